"""`infra/demo`: a caller rings the workshop, speaks, and the row that comes of it is read back.

Starts the lab, lets the carrier's emulator place the call, prints what happens as it happens, and ends with a verdict:
exit code 0 only when the call booked an appointment that another connection can read, the row is what the script
says its caller wants (`# expect COLUMN: TEXT`), its event stands in the calendar, and the media stream broke no rule.
`--scenario NAME` plays one of `infra.local.scenarios` aloud instead, and ends by what that expects. It refuses to know
what was meant beyond that.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.local.caller.script import script_of
from infra.local.demo import calendar, evidence, scenario, transcript
from infra.local.demo.heard import HeardLog
from infra.local.house.lab import Addresses, Lab, fetch_json
from infra.local.house.lab_command import ToldToEnd, add_plan_options, end_on_signals, plan_of, stay
from infra.local.house.programs import ProgramFailed
from infra.local.scenarios import scenario as scenarios

_SCRIPTS = Path(__file__).with_name("scripts")
_DEFAULT_SCRIPT = _SCRIPTS / "new_customer_oil_change.txt"
_CALL_SECONDS = 420.0
_PATIENCE_SECONDS = 0.6  # of Sophie's silence, before the caller answers
_WORDS_A_MINUTE = "190"  # of Sophie's, who has two thirds of the words
_FROM = re.compile(r"^\s*#\s*from\s+(\+\d+)\s*$", re.MULTILINE)
_STRANGER = "+17085550{:03}"


def main() -> int:
    options = _options()
    end_on_signals()
    try:
        script = options.say.read_text()
        script_of({"text": script})
        evidence.expectations(script)
        wanted = scenarios.read(options.scenario) if options.scenario else None
    except scenarios.Malformed as why:
        print(why, file=sys.stderr)
        return 2
    except (OSError, ValueError) as why:
        print(f"The script cannot be read: {why}", file=sys.stderr)
        return 2
    good: bool | None = None
    try:
        plan = replace(plan_of(options), flags={"deepgram": ("--rate", _WORDS_A_MINUTE)})
        with Lab(replace(plan, seed=None) if wanted else plan, say=_say) as lab:
            good = scenario.play(lab, wanted) if wanted else _one_call(lab, script, options)
            if options.serve:
                _invite(lab)
                stay(lab)
    except ToldToEnd:
        if good is None or not options.serve:
            return 130
    except (ProgramFailed, OSError) as why:
        print(f"\nThe demo could not run: {why}", file=sys.stderr)
        return 1
    return 0 if good else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="infra/demo", description="A spoken booking, from the ringing to the row.")
    form = "your own script: one line an utterance, also [on PATTERN] …, [keys 12#], [pause 2], [barge 800] …, [hangup]"
    parser.add_argument("--say", type=Path, default=_DEFAULT_SCRIPT, metavar="FILE", help=form)
    parser.add_argument(
        "--from",
        dest="caller",
        metavar="NUMBER",
        help="the caller's number; by default the script's, or an unknown one",
    )
    played = f"play one of {', '.join(scenarios.names())}, or a file of yours"
    parser.add_argument("--scenario", metavar="NAME", help=played)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that happened")
    parser.add_argument("--wav", type=Path, metavar="FILE", help="keep the recording: left the caller, right Sophie")
    parser.add_argument("--serve", action="store_true", help="leave everything running afterwards")
    add_plan_options(parser)
    return parser.parse_args()


def _one_call(lab: Lab, script: str, options: argparse.Namespace) -> bool:
    at = lab.addresses
    caller = options.caller or _own_number(script) or _unknown_number(at.database)
    print(f"\nA call from {caller} to {at.number}, said by {options.say.name}\n", flush=True)
    heard = HeardLog(at.deepgram)
    spoken = {"text": script, "patience_s": _PATIENCE_SECONDS}
    placed = fetch_json(f"{at.twilio}/_lab/calls", {"from": caller, "to": at.number, "script": spoken})
    _follow(lab, at.twilio + placed["events"], heard)
    record = fetch_json(at.twilio + placed["record"])
    found = evidence.collect(at.database, placed["call_sid"])
    wanted = evidence.expectations(script)
    transcript.turns(found.turns, record)
    if spoken_over := [each for each in wanted if each[0] in (evidence.CUTS_IN, evidence.LISTENS)]:
        print("\nWhile Sophie speaks, the caller")
        for kind, words in spoken_over:
            transcript.floor(kind, words, found.turns)
    for row in found.appointments:
        transcript.appointment(row)
    recording = _keep_recording(at.twilio + placed["audio"], options.wav)
    complaints = evidence.complaints(record, found, wanted)
    events = _events_of(at, found)
    complaints += [f"No event stands in the calendar for row {row}." for row, event in events.items() if event is None]
    if options.json:
        everything = {
            "verdict": complaints or "booked",
            "appointments": found.appointments,
            "events": list(events.values()),
            "call": found.call,
            "turns": found.turns,
            "carrier": record,
            "heard": heard.entries,
            "model": fetch_json(at.openai.removesuffix("/v1") + "/_lab/log") if at.openai else None,
        }
        options.json.write_text(json.dumps(everything, indent=2, default=str))
    print(f"\nRecording: {recording} (left the caller, right Sophie)")
    if complaints:
        print(f"What the programs logged: {_keep_logs(Path(at.logs))}")
        print(f"{'WRONGLY BOOKED' if found.appointments else 'NOT BOOKED'}: {' '.join(complaints)}", flush=True)
    else:
        print(f"BOOKED: {_sentence(found.appointments[0])}", flush=True)
    return not complaints


def _events_of(at: Addresses, found: evidence.Evidence) -> dict[int, calendar.Event | None]:
    """The event of each standing row by its id, printed; nothing is looked for where no calendar is kept."""
    if not at.google:
        return {}
    events = {row["id"]: calendar.find_event(at, row) for row in evidence.standing(found)}
    for event in events.values():
        if event is not None:
            transcript.calendar_event(event)
    return events


def _follow(lab: Lab, url: str, heard: HeardLog) -> None:
    """Prints the call until it has ended. A call that never ends is given up, with what happened so far."""
    deadline = time.monotonic() + _CALL_SECONDS
    for happened in _events(url):
        transcript.event(happened)
        for kind, text in heard.news():
            transcript.line(float(happened["ms"]), kind, f"“{text}”")
        lab.check()
        if time.monotonic() > deadline:
            print("  (the call is taking too long: it is not followed any further)")
            return


def _events(url: str) -> Iterator[dict[str, Any]]:
    with urllib.request.urlopen(url, timeout=90) as stream:  # noqa: S310
        for raw in stream:
            yield json.loads(raw)


def _own_number(script: str) -> str | None:
    """The number that a script's caller calls from, by its line `# from +1…`."""
    found = _FROM.search(script)
    return found[1] if found else None


def _unknown_number(dsn: str) -> str:
    """A number that is never assigned to anybody and belongs to no customer of the lab."""
    connection = evidence.connect(dsn)
    try:
        known = {row["phone"] for row in evidence.rows(connection, "SELECT phone FROM reporting.customers")}
    finally:
        connection.close()
    return next(number for each in range(100, 200) if (number := _STRANGER.format(each)) not in known)


def _keep_recording(url: str, wanted: Path | None) -> Path:
    if wanted is None:
        with tempfile.NamedTemporaryFile(prefix="sophie-call-", suffix=".wav", delete=False) as kept:
            wanted = Path(kept.name)
    with urllib.request.urlopen(url, timeout=60) as audio:  # noqa: S310
        wanted.write_bytes(audio.read())
    return wanted


def _keep_logs(logs: Path) -> Path:
    """The lab's own directory goes with it; what may explain a failure stays."""
    kept = Path(tempfile.mkdtemp(prefix="sophie-call-"))
    return Path(shutil.copytree(logs, kept / "logs"))


def _sentence(row: dict[str, Any]) -> str:
    name = f"{row['first_name']} {row['last_name']}"
    return f"{row['service']} for {name}, {row['vehicle']}, on {row['starts']} in bay {row['bay']} (row {row['id']})."


def _invite(lab: Lab) -> None:
    at = lab.addresses
    call = json.dumps({"from": "+17085550199", "to": at.number, "script": {"lines": ["Hi, what are your hours?"]}})
    print("\nEverything keeps running until Ctrl-C. Place another call with:")
    print(f"  curl -s {at.twilio}/_lab/calls -H 'Content-Type: application/json' -d '{call}'")
    print(f"and follow it at {at.twilio}/_lab/calls/<call_sid>/events. The database: {at.database}", flush=True)


def _say(text: str) -> None:
    print(f"  … {text}", flush=True)
