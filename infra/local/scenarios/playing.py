"""Plays a scenario on a running lab and says what was not as it should be.

The same scenario is played in real time, with callers who speak, and in fast time: there callers hum, and the
recogniser is told their words. It refuses to know what a scenario is about.
"""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.demo import evidence
from infra.local.demo.evidence import Evidence
from infra.local.house.lab import Lab, fetch_json
from infra.local.scenarios import trouble, views
from infra.local.scenarios.scenario import Caller, Scenario

FAST = 16.0
"""How many times faster than a person the line of a fast lab goes."""

_USUAL = {"patience_s": 2.0}
_MOST_SECONDS = 420.0

Event = dict[str, Any]
Reset = Callable[[Path], None]
"""Replaces all data by the rows in a file, as `python -m seed --from` does."""


@dataclass(frozen=True)
class Call:
    """One call that is over: the carrier's record and what the database holds of it."""

    sid: str
    record: Mapping[str, Any]
    left: Evidence

    @property
    def said(self) -> str:
        """All that was heard of Sophie, and of the carrier's own voice."""
        return " ".join([*(str(turn["sophie_said"] or "") for turn in self.left.turns), *self.record["said"]])

    @property
    def outcome(self) -> str | None:
        return self.left.call["outcome"] if self.left.call else None


@dataclass(frozen=True)
class Played:
    """What came of a scenario; no complaints: all that was expected."""

    complaints: list[str]
    calls: list[Call]
    changed: views.Tables


@dataclass
class Player:
    """Plays one scenario after the other on one lab whose line goes `speed` times as fast as a person."""

    lab: Lab
    reset: Reset
    speed: float = 1.0
    _signatures: Iterator[int] = field(default_factory=lambda: count(1))

    def play(self, scenario: Scenario, watch: Callable[[Event], None] = lambda _: None) -> Played:
        at = self.lab.addresses
        zone = views.zone_of(at.database)
        self._set_up(scenario, zone)
        before = views.look(at.database, zone)
        try:
            placed = self._call(scenario, watch)
        finally:
            trouble.end_all(self.lab)
        calls = [self._read(one) for one in placed]
        after = views.look(at.database, zone)
        changed = views.changes(before, after)
        complaints = [*views.lost(before, after), *views.complaints(scenario.expected.rows, changed)]
        return Played([*complaints, *self._about(scenario, calls)], calls, changed)

    def _set_up(self, scenario: Scenario, zone: ZoneInfo) -> None:
        at = self.lab.addresses
        clock = Path(at.clock_file)
        clock.write_text(f"{(scenario.clock.replace(tzinfo=zone) - datetime.now(UTC)).total_seconds()}\n")
        rows = clock.with_name("situation.json")
        rows.write_text(json.dumps(_with_zone(scenario.situation, zone)))
        self.reset(rows)
        fetch_json(f"{at.twilio}/_lab/phones", _desk(views.desk_number(at.database), scenario.desk))
        if at.openai:
            openai = at.openai.removesuffix("/v1")
            fetch_json(f"{openai}/_lab/brain", {"brain": scenario.brain["name"]})
            if "attacks" in scenario.brain:
                fetch_json(f"{openai}/_lab/attacks", {"attacks": scenario.brain["attacks"]})
        for each in scenario.troubles:
            if not each.after_line:
                trouble.begin(self.lab, each)

    def _call(self, scenario: Scenario, watch: Callable[[Event], None]) -> list[Event]:
        """Places the calls, each and every trouble when its moment has come, and waits until all are over."""
        placed = [self._place(scenario.callers[0])]
        lines = 0
        for event in self._events(placed[0]):
            watch(event)
            if event["kind"] == "caller_starts":
                lines += 1
                placed += [self._place(other) for other in scenario.callers[1:] if other.after_line == lines]
                for each in scenario.troubles:
                    if each.after_line == lines:
                        trouble.begin(self.lab, each)
                    if each.until_line == lines:
                        trouble.end(self.lab, each.of)
        for other in placed[1:]:
            for _ in self._events(other):
                pass
        return placed

    def _place(self, caller: Caller) -> Event:
        at = self.lab.addresses
        script = dict(caller.script)
        if self.speed > 1:
            patience = {key: float(script.get(key, usual)) * self.speed for key, usual in _REAL_PATIENCE.items()}
            script = _USUAL | script | _HUM | patience | {"signed": next(self._signatures)}
        told = {"from": caller.number, "to": at.number, "script": script, "parameters": dict(caller.parameters)}
        placed: Event = fetch_json(f"{at.twilio}/_lab/calls", told | {"network": dict(caller.network)})
        return placed

    def _events(self, placed: Event) -> Iterator[Event]:
        with urllib.request.urlopen(self.lab.addresses.twilio + placed["events"], timeout=_MOST_SECONDS) as stream:  # noqa: S310
            for raw in stream:
                self.lab.check()
                yield json.loads(raw)

    def _read(self, placed: Event) -> Call:
        at = self.lab.addresses
        record = fetch_json(at.twilio + placed["record"])
        return Call(placed["call_sid"], record, evidence.collect(at.database, placed["call_sid"]))

    def _about(self, scenario: Scenario, calls: list[Call]) -> list[str]:
        """What the calls themselves were not as they should be."""
        expected, found = scenario.expected, []
        for wanted, call in zip(expected.outcomes, calls, strict=True):
            if call.outcome != wanted:
                found.append(f"The call's outcome is {call.outcome!r}, not {wanted!r}.")
            for fault in call.record["faults"]:
                found.append(f"The media stream broke a rule, {fault['code']}: {fault['message']}.")
            gaps = [each["response_gap_ms"] or 0.0 for each in call.record["turns"]]
            if (longest := max(gaps, default=0.0) / 1000 / self.speed) > expected.silence:
                found.append(f"The caller waited {longest:.1f} s in silence; {expected.silence:.1f} s is the limit.")
        said = calls[0].said
        found += [f"Sophie never said {each!r}." for each in expected.spoken if not _in(each, said)]
        found += [f"Sophie said {each!r}." for each in expected.never_spoken if _in(each, said)]
        rung = [each["number"] for each in calls[0].record["dialled"]]
        if expected.dialled is not None and expected.dialled not in rung:
            found.append(f"{expected.dialled} was not rung; {rung or 'nobody'} was.")
        if expected.dialled is None and rung:
            found.append(f"Nobody was to be rung, and {', '.join(rung)} was.")
        return found


def _desk(number: str, how: str) -> dict[str, Any]:
    """The phone at the desk: whoever takes a call there hears who it is, and presses a key."""
    if how in ("no-answer", "busy"):
        return {"number": number, "answers": how}
    presses = "[keys 1]" if how == "accepts" else "[hangup]"
    return {"number": number, "opening": "", "script": {"lines": [presses]}}


_HUM = {"voice": "tone", "rate": 320}
_REAL_PATIENCE = {"moves_on_s": 8.0, "gives_up_s": 15.0}
"""These wait for the product, which does not go faster."""


def _in(pattern: str, said: str) -> bool:
    return bool(re.search(pattern, said, re.IGNORECASE | re.DOTALL))


def _with_zone(situation: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
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


def _moment(value: Any, zone: ZoneInfo) -> str:
    try:
        return datetime.strptime(str(value), "%Y-%m-%d %H:%M").replace(tzinfo=zone).isoformat()
    except ValueError:
        return str(value)  # a moment already; the seed says what is wrong with another
