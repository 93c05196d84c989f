"""A small campaign of reminder calls: customers with an appointment tomorrow, how each takes the call, what came of it.

The dialler's function is asked as Cloud Scheduler asks it; people, machines and a screening phone answer at the
carrier's emulator, and speak. Nothing is printed here. It refuses to know how any of it was decided.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.local.demo import evidence
from infra.local.house.lab import DIALLER, EMULATORS, PRODUCT, Addresses, Lab, LabPlan, fetch_json

# A Tuesday, five past one at the workshop: who comes on Wednesday morning is to be called by now.
_NOW = datetime(2026, 12, 1, 19, 5, tzinfo=UTC)
_CONSENTED = "2026-11-02T16:00:00Z"
_WRITTEN_SECONDS = 10.0
_CALLS_PER_SECOND = 4
_PATIENCE_SECONDS = 0.4  # of silence, before somebody who is called answers
_AUDIENCE = "https://dial-reminders.lab"

_REMINDERS = (
    "SELECT r.phone, r.call_sid, r.outcome, r.state, r.answered_by, r.local_time::text AS local_time, a.status, "
    "to_char(a.starts_at AT TIME ZONE s.zone, 'FMDay') AS day "
    "FROM reporting.reminders r JOIN reporting.appointments a ON a.id = r.appointment_id CROSS JOIN public.shop s "
    "WHERE r.phone IS NOT NULL ORDER BY r.phone"
)
_TURNS = "SELECT call_sid, caller_said, sophie_said, tools FROM turns ORDER BY call_sid, turn"


@dataclass(frozen=True)
class Customer:
    """Whoever is called: what is at the phone, what is said there, and what must come of it."""

    name: tuple[str, str]
    outcome: str
    lines: tuple[str, ...] = ()
    answers: str = "human"


@dataclass(frozen=True)
class Played:
    """What the campaign left: the dialler's summaries of the first pass and of one after it, calls, rows, turns."""

    first: dict[str, Any]
    again: dict[str, Any]
    calls: list[dict[str, Any]]
    reminders: dict[str, evidence.Row]
    """By the number that was called."""
    turns: list[evidence.Row]


def phone_of(which: int) -> str:
    return f"+1217555{160 + which:04}"


def plan(customers: Sequence[Customer], directory: Path, words_a_minute: int | None = None) -> LabPlan:
    """A house with the dialler and nobody but these customers; `directory` keeps the rows until it is up.

    Sophie speaks at that pace, or at the voice's own: what she must say at the beginning is long.
    """
    rows = directory / "situation.json"
    rows.write_text(json.dumps(_situation(customers)))
    return LabPlan(
        parts=(*EMULATORS, *PRODUCT, DIALLER),
        seed=("--from", str(rows)),
        settings={"REMINDER_CALLS_PER_SECOND": str(_CALLS_PER_SECOND)},
        flags={
            "twilio": ("--calls-per-second", str(_CALLS_PER_SECOND)),
            "deepgram": () if words_a_minute is None else ("--rate", str(words_a_minute)),
        },
    )


def _situation(customers: Sequence[Customer]) -> dict[str, Any]:
    each = [(which, phone_of(which), customer) for which, customer in enumerate(customers)]
    return {
        "customers": [
            {"phone": phone, "first_name": one.name[0], "last_name": one.name[1], "zip": "62704"}
            for _, phone, one in each
        ],
        "vehicles": [{"customer_phone": phone, "year": 2018, "make": "Kia", "model": "Rio"} for _, phone, _ in each],
        "appointments": [
            {"customer_phone": phone, "service": "tire_rotation", "bay": 1 + which % 4, "status": "booked",
             "starts_at": f"2026-12-02T{15 + which // 4}:00:00Z"}
            for which, phone, _ in each
        ],
        "consents": [
            {"phone": phone, "kind": "reminder_call", "source": "desk", "given_at": _CONSENTED} for _, phone, _ in each
        ],
    }  # fmt: skip


def play(lab: Lab, customers: Sequence[Customer]) -> Played:
    """Calls everybody, waits until the last line is over, and asks the dialler once more."""
    at = lab.addresses
    Path(at.clock_file).write_text(str((_NOW - datetime.now(UTC)).total_seconds()))
    for which, one in enumerate(customers):
        script = {"text": "\n".join(one.lines), "patience_s": _PATIENCE_SECONDS}
        about = {"number": phone_of(which), "answers": one.answers, "script": script}
        fetch_json(f"{at.twilio}/_lab/phones", about)
    first = _tick(lab)
    _listen_to_all(at)
    connection = evidence.connect(at.database)
    try:
        reminders = _settled(connection)
        again = _tick(lab)
        calls: list[dict[str, Any]] = fetch_json(f"{at.twilio}/_lab/calls")["calls"]
        turns = evidence.rows(connection, _TURNS)
    finally:
        connection.close()
    return Played(first, again, calls, reminders, turns)


def _tick(lab: Lab) -> dict[str, Any]:
    """As Cloud Scheduler asks."""
    at = lab.addresses
    token = fetch_json(f"{at.google}/_lab/oidc-token", {"audience": _AUDIENCE})["token"]
    request = urllib.request.Request(  # noqa: S310
        f"{at.dial_reminders}/", data=b"", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=200) as answer:  # noqa: S310
        found: dict[str, Any] = json.loads(answer.read())
        return found


def _listen_to_all(at: Addresses) -> None:
    """Until the last line is over: a call's events end with it."""
    for call in fetch_json(f"{at.twilio}/_lab/calls")["calls"]:
        with urllib.request.urlopen(f"{at.twilio}/_lab/calls/{call['call_sid']}/events", timeout=90) as events:  # noqa: S310
            events.read()


def _settled(connection: Any) -> dict[str, evidence.Row]:
    """The reminders by number, once each that was dialled has its outcome: it is written when the line is already gone.

    What has none in time is told without.
    """
    deadline = time.monotonic() + _WRITTEN_SECONDS
    while True:
        found = {row["phone"]: row for row in evidence.rows(connection, _REMINDERS)}
        if all(row["outcome"] for row in found.values()) or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def complaints(customers: Sequence[Customer], played: Played) -> list[str]:
    """What did not come out as these customers wanted: sentences, none when all did."""
    wrong = [f"{call['to']}: {fault['code']} {fault['message']}." for call in played.calls for fault in call["faults"]]
    wrong += [f"The call to {call['to']} did not end." for call in played.calls if not call["over"]]
    for which, one in enumerate(customers):
        found = played.reminders.get(phone_of(which), {}).get("outcome")
        if found != one.outcome:
            wrong.append(f"{' '.join(one.name)}: {found} and not {one.outcome}.")
    if len(played.calls) != len(customers) or played.first["placed"] != len(customers) or played.again["placed"]:
        wrong.append(f"{len(played.calls)} calls for {len(customers)} customers.")
    return wrong
