"""Plays a scenario on a running lab and says what was not as it should be.

The same scenario is played in real time, with callers who speak, and in fast time: there callers hum, and the
recogniser is told their words. It refuses to know what a scenario is about.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from infra.local.demo import evidence
from infra.local.house.lab import Lab, fetch_json
from infra.local.scenarios import trouble, verdict, views
from infra.local.scenarios.model import (
    Caller,
    ClockSet,
    DeskCommand,
    Reminders,
    Scenario,
    Step,
    TextMessage,
)
from infra.local.scenarios.situations import Situations, ask_program
from infra.local.scenarios.telephone import Event, Telephone
from infra.local.scenarios.verdict import Call, Played, Told

FAST = 16.0
"""How many times faster than a person the line of a fast lab goes."""

Watch = Callable[[Event], None]


class Player:
    """Plays one scenario after the other on one lab whose line goes `speed` times as fast as a person."""

    def __init__(self, lab: Lab, speed: float = 1.0) -> None:
        self._lab = lab
        self._speed = speed
        self._telephone = Telephone(lab, speed)
        self._connection = evidence.connect(lab.addresses.database)
        self._zone = views.zone_of(self._connection)
        self._situations = Situations(lab.addresses, self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def play(self, scenario: Scenario, watch: Watch = lambda _: None) -> Played:
        self._set_up(scenario)
        before, texts_before = views.look(self._connection, self._zone), len(self._telephone.texts())
        told: list[Told] = []
        try:
            calls = self._play_steps(scenario, watch, told)
        finally:
            trouble.end_all(self._lab)
        read = [self._read(each) for each in calls]
        after = views.look(self._connection, self._zone)
        texts = self._telephone.texts()[texts_before:]
        found = verdict.complaints(scenario, read, before, after, told, texts, self._speed)
        return Played(found, read, views.changes(before, after))

    def _set_up(self, scenario: Scenario) -> None:
        at = self._lab.addresses
        self._set_clock(scenario.clock)
        now = scenario.clock.replace(tzinfo=self._zone)
        self._situations.set_up(_with_zone(scenario.situation, self._zone), now)
        for phone in (_desk(views.desk_number(self._connection), scenario.desk), *scenario.phones):
            self._telephone.put_phone(phone)
        if at.openai:
            openai = at.openai.removesuffix("/v1")
            fetch_json(f"{openai}/_lab/brain", {"brain": scenario.brain["name"]})
            if "attacks" in scenario.brain:
                fetch_json(f"{openai}/_lab/attacks", {"attacks": scenario.brain["attacks"]})
        for each in scenario.troubles:
            if not each.after_line:
                trouble.begin(self._lab, each)

    def _set_clock(self, local: datetime) -> None:
        offset = local.replace(tzinfo=self._zone) - datetime.now(UTC)
        Path(self._lab.addresses.clock_file).write_text(f"{offset / timedelta(seconds=1)}\n")

    def _play_steps(self, scenario: Scenario, watch: Watch, told: list[Told]) -> list[Event]:
        calls: list[Event] = []
        first = next((each for each in scenario.steps if isinstance(each, Caller)), None)
        for step in scenario.steps:
            if isinstance(step, Caller):
                calls += self._call(step, scenario if step is first else None, watch, told, calls)
            else:
                calls += self._do(step, told, calls)
        return calls

    def _do(self, step: Step, told: list[Told], calls: list[Event]) -> list[Event]:
        match step:
            case DeskCommand():
                self._ask_desk(step, told, calls)
            case TextMessage():
                told.append(self._text(step))
            case ClockSet():
                self._set_clock(step.to)
            case Reminders():
                return self._remind()
        return []

    def _call(
        self, caller: Caller, scenario: Scenario | None, watch: Watch, told: list[Told], calls: list[Event]
    ) -> list[Event]:
        """The call and those that come in while it lasts; every trouble when its moment has come. All are over then."""
        placed = [self._telephone.ring_in(caller)]
        lines = 0
        for event in self._telephone.follow(placed[0]):
            watch(event)
            if event["kind"] == "caller_starts" and scenario is not None:
                lines += 1
                placed += [self._telephone.ring_in(each) for each in scenario.others if each.after_line == lines]
                self._trouble(scenario, lines)
                for command in scenario.meanwhile:
                    if command.after_line == lines:
                        self._ask_desk(command, told, calls + placed)
        for other in placed[1:]:
            self._until_over(other)
        return placed

    def _trouble(self, scenario: Scenario, lines: int) -> None:
        for each in scenario.troubles:
            if each.after_line == lines:
                trouble.begin(self._lab, each)
            if each.until_line == lines:
                trouble.end(self._lab, each.of)

    def _remind(self) -> list[Event]:
        known = {each["call_sid"] for each in self._telephone.rung(set())}
        self._telephone.remind()
        placed = self._telephone.rung(known)
        for each in placed:
            self._until_over(each)
        return placed

    def _text(self, step: TextMessage) -> Told:
        """What the carrier has to send to them when theirs has been taken."""
        before = len(self._telephone.texts())
        self._telephone.text_in(step)
        texts = self._telephone.until_taken(before)
        answers = [str(each["body"]) for each in texts if each["to"] == step.number]
        return Told(f"the text {step.body!r}", " ".join(answers), step.answered, silent=not step.answered)

    def _ask_desk(self, step: DeskCommand, told: list[Told], calls: list[Event]) -> None:
        at = self._lab.addresses
        words = shlex.split(step.words.format(first=calls[0]["call_sid"] if calls else ""))
        done = ask_program(at, ["infra.service_desk", *words])
        said = done.stdout + done.stderr
        told.append(Told(f"infra/desk {step.words}", said, step.told, wrong_end=(step.ends, done.returncode)))

    def _until_over(self, call: Event) -> None:
        for _ in self._telephone.follow(call):
            pass

    def _read(self, placed: Event) -> Call:
        sid = str(placed["call_sid"])
        return Call(sid, self._telephone.record(placed), evidence.collect(self._lab.addresses.database, sid))


def _desk(number: str, how: str) -> dict[str, Any]:
    """The phone at the desk: whoever takes a call there hears who it is, and presses a key."""
    if how in ("no-answer", "busy", "failed"):
        return {"number": number, "answers": how}
    if how == "voicemail":
        return {"number": number, "answers": "machine"}
    presses = "[keys 1]" if how == "accepts" else "[hangup]"
    return {"number": number, "opening": "", "script": {"lines": [presses]}}


def _with_zone(situation: Mapping[str, Any], zone: Any) -> dict[str, Any]:
    """The rows with their local times as moments."""
    return {
        view: [
            {
                column: _moment(value, zone) if column.endswith("_at") and value is not None else value
                for column, value in row.items()
            }
            for row in rows
        ]
        for view, rows in situation.items()
    }


def _moment(value: Any, zone: Any) -> str:
    try:
        return datetime.strptime(str(value), "%Y-%m-%d %H:%M").replace(tzinfo=zone).isoformat()
    except ValueError:
        return str(value)  # a moment already; the seed says what is wrong with another
