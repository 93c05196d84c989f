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
from infra.local.house.lab import DIALLER, EMULATORS, PRODUCT, Lab, LabPlan, fetch_json

# A Tuesday, five past ten in the morning at the workshop.
_NOW = datetime(2026, 12, 1, 16, 5, tzinfo=UTC)
_CONSENTED = "2026-11-02T16:00:00Z"
_LONGEST = 240.0
_AUDIENCE = "https://dial-reminders.lab"

_REMINDERS = (
    "SELECT r.phone, r.call_sid, r.outcome, r.state, r.answered_by, r.local_time::text AS local_time, a.status "
    "FROM reporting.reminders r JOIN reporting.appointments a ON a.id = r.appointment_id "
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


def plan(customers: Sequence[Customer], directory: Path) -> LabPlan:
    """A house with the dialler and nobody but these customers; `directory` keeps the rows until it is up."""
    rows = directory / "situation.json"
    rows.write_text(json.dumps(_situation(customers)))
    return LabPlan(
        parts=(*EMULATORS, *PRODUCT, DIALLER),
        seed=("--from", str(rows)),
        flags={"twilio": ("--calls-per-second", "1")},
    )


def _situation(customers: Sequence[Customer]) -> dict[str, Any]:
    each = [(which, phone_of(which), customer) for which, customer in enumerate(customers)]
    return {
        "customers": [
            {"phone": phone, "first_name": one.name[0], "last_name": one.name[1], "zip": "62704"}
            for _, phone, one in each
        ],
        "vehicles": [{"customer_phone": phone, "year": 2018, "make": "Mazda", "model": "CX-5"} for _, phone, _ in each],
        "appointments": [
            {"customer_phone": phone, "service": "oil_change", "bay": 1 + which % 4, "status": "booked",
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
        about = {"number": phone_of(which), "answers": one.answers, "script": {"text": "\n".join(one.lines)}}
        fetch_json(f"{at.twilio}/_lab/phones", about)
    first = _tick(lab)
    _wait_until_over(lab)
    again = _tick(lab)
    calls: list[dict[str, Any]] = fetch_json(f"{at.twilio}/_lab/calls")["calls"]
    connection = evidence.connect(at.database)
    reminders = {row["phone"]: row for row in evidence.rows(connection, _REMINDERS)}
    turns = evidence.rows(connection, _TURNS)
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


def _wait_until_over(lab: Lab) -> None:
    """A call that never ends is given up, with what happened so far."""
    deadline = time.monotonic() + _LONGEST
    while time.monotonic() < deadline:
        calls = fetch_json(f"{lab.addresses.twilio}/_lab/calls")["calls"]
        if calls and all(call["over"] for call in calls):
            time.sleep(1.0)  # the last rows are written when the line is already gone
            return
        lab.check()
        time.sleep(0.5)


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
