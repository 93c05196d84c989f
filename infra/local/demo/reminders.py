"""`infra/demo reminders`: the workshop calls its customers of tomorrow, each answers in their own way, and a table
shows what came of it.

The function is asked as Cloud Scheduler asks it; people, machines and a screening phone answer at the carrier's
emulator, and speak. Exit code 0 only when each appointment came to what its person wanted, nobody was called twice, and
no media stream broke a rule. It refuses to know how any of it was decided.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.local.demo import evidence
from infra.local.house.lab import DIALLER, EMULATORS, PRODUCT, Lab, LabPlan, fetch_json
from infra.local.house.lab_command import ToldToEnd, end_on_signals
from infra.local.house.programs import ProgramFailed

# A Tuesday, five past ten in the morning at the workshop.
_NOW = datetime(2026, 12, 1, 16, 5, tzinfo=UTC)
_LONGEST = 240.0
_AUDIENCE = "https://dial-reminders.lab"
_PERSON = r"am i speaking"
_COMING = r"can you make it"

# Who is called, what happens there, and what must come of it.
_YES, _BYE = f"[on {_PERSON}] Yes, it is.", "[on anything else] No, thank you. Goodbye."
_TOWN: tuple[dict[str, Any], ...] = (
    {"name": ("Ana", "Lopez"), "lines": [_YES, f"[on {_COMING}] Yes.", _BYE], "outcome": "confirmed"},
    {"name": ("Ben", "Quill"), "lines": [_YES, f"[on {_COMING}] Cancel it please.", "[on shall i] Yes.", _BYE],
     "outcome": "cancelled"},
    {"name": ("Cora", "Reed"), "lines": [f"[on {_PERSON}] Call me back please."], "outcome": "no_answer"},
    {"name": ("Dan", "Moss"), "answers": "no-answer", "outcome": "no_answer"},
    {"name": ("Eve", "Hart"), "lines": [f"[on {_PERSON}] [keys 9]"], "outcome": "opted_out"},
    {"name": ("Finn", "Wade"), "answers": "machine", "outcome": "voicemail"},
    {"name": ("Gail", "Ross"), "answers": "busy", "outcome": "no_answer"},
    {"name": ("Hugo", "Lane"), "answers": "screening",
     "lines": [_YES, f"[on {_COMING}] Yes.", f"[on {_COMING}] Yes.", _BYE],
     "outcome": "confirmed"},
)  # fmt: skip


def _phone(which: int) -> str:
    return f"+1217555016{which}"


def _situation() -> dict[str, Any]:
    then = "2026-11-02T16:00:00Z"
    people = [(which, one["name"]) for which, one in enumerate(_TOWN)]
    return {
        "customers": [
            {"phone": _phone(which), "first_name": name[0], "last_name": name[1], "zip": "62704"}
            for which, name in people
        ],
        "vehicles": [
            {"customer_phone": _phone(which), "year": 2018, "make": "Mazda", "model": "CX-5"} for which, _ in people
        ],
        "appointments": [
            {"customer_phone": _phone(which), "service": "oil_change", "bay": 1 + which % 4, "status": "booked",
             "starts_at": f"2026-12-02T{15 + which // 4}:00:00Z"}
            for which, _ in people
        ],
        "consents": [
            {"phone": _phone(which), "kind": "reminder_call", "source": "desk", "given_at": then}
            for which, _ in people
        ],
    }  # fmt: skip


def main() -> int:
    argparse.ArgumentParser(prog="infra/demo reminders", description="Calls to customers, spoken.").parse_args()
    end_on_signals()
    try:
        with tempfile.TemporaryDirectory() as directory:
            rows = Path(directory) / "situation.json"
            rows.write_text(json.dumps(_situation()))
            plan = LabPlan(
                parts=(*EMULATORS, *PRODUCT, DIALLER),
                seed=("--from", str(rows)),
                flags={"twilio": ("--calls-per-second", "1")},
            )
            with Lab(plan, say=lambda words: print(f"  {words} …", flush=True)) as lab:
                return _campaign(lab)
    except ToldToEnd:
        return 130
    except (ProgramFailed, OSError) as why:
        print(f"\nThe demo could not run: {why}", file=sys.stderr)
        return 1


def _campaign(lab: Lab) -> int:
    at = lab.addresses
    Path(at.clock_file).write_text(str((_NOW - datetime.now(UTC)).total_seconds()))
    for which, one in enumerate(_TOWN):
        script = "\n".join(one.get("lines", []))
        about = {"number": _phone(which), "answers": one.get("answers", "human"), "script": {"text": script}}
        fetch_json(f"{at.twilio}/_lab/phones", about)
    summary = _tick(lab)
    print(f"\nThe dialler says: {json.dumps(summary)}\n", flush=True)
    _wait_until_over(lab)
    again = _tick(lab)
    return _verdict(lab, summary, again)


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
    deadline = time.monotonic() + _LONGEST
    while time.monotonic() < deadline:
        calls = fetch_json(f"{lab.addresses.twilio}/_lab/calls")["calls"]
        if calls and all(call["over"] for call in calls):
            time.sleep(1.0)  # the last rows are written when the line is already gone
            return
        lab.check()
        time.sleep(0.5)
    print("  (the calls are taking too long: they are not waited for any further)")


def _print_talks(rows: list[dict[str, Any]], turns: list[dict[str, Any]]) -> None:
    """What was said in each call, as the media service kept it."""
    for row in rows:
        print(f"{row['phone']}:")
        for turn in (each for each in turns if each["call_sid"] == row["call_sid"]):
            tools = ", ".join(each["name"] for each in turn["tools"])
            print(f"  they:   {turn['caller_said'] or '-'}")
            print(f"  Sophie: {turn['sophie_said'] or '-'}{f'  [{tools}]' if tools else ''}")
    print()


def _verdict(lab: Lab, first: dict[str, Any], again: dict[str, Any]) -> int:
    at = lab.addresses
    calls = fetch_json(f"{at.twilio}/_lab/calls")["calls"]
    connection = evidence.connect(at.database)
    rows = evidence.rows(
        connection,
        "SELECT r.phone, r.call_sid, r.outcome, r.state, r.answered_by, r.local_time::text AS local_time, a.status "
        "FROM reporting.reminders r JOIN reporting.appointments a ON a.id = r.appointment_id "
        "WHERE r.phone IS NOT NULL ORDER BY r.phone",
    )
    turns = evidence.rows(
        connection, "SELECT call_sid, caller_said, sophie_said, tools FROM turns ORDER BY call_sid, turn"
    )
    connection.close()
    _print_talks(rows, turns)
    print(f"{'customer':<12} {'at the phone':<13} {'outcome':<13} {'heard by the carrier':<21} {'their time':<11} book")
    wrong = [f"{call['to']} {fault['code']}" for call in calls for fault in call["faults"]]
    found = {row["phone"]: row for row in rows}
    for which, one in enumerate(_TOWN):
        row = found.get(_phone(which), {})
        print(
            f"{' '.join(one['name']):<12} {one.get('answers', 'human'):<13} {row.get('outcome') or '-':<13} "
            f"{row.get('answered_by') or '-':<21} {row.get('local_time') or '-':<11} {row.get('status') or '-'}"
        )
        if row.get("outcome") != one["outcome"]:
            wrong.append(f"{' '.join(one['name'])}: {row.get('outcome')} and not {one['outcome']}")
    if len(calls) != len(_TOWN) or again["placed"]:
        wrong.append(f"{len(calls)} calls for {len(_TOWN)} customers")
    print(
        f"\n{'NOT AS WANTED: ' + '; '.join(wrong) if wrong else 'EVERYBODY WAS CALLED ONCE, AND ASKED AS THEY WANTED'}"
    )
    return int(bool(wrong) or first["placed"] != len(_TOWN))


if __name__ == "__main__":
    sys.exit(main())
