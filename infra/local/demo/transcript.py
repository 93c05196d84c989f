"""A call as a page to read while it happens: who said what, what was understood, which tools ran, how long it took.

It refuses to decide anything: it prints what the emulators and the database recorded.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

_STAGES = {
    "end_of_turn_ms": "end of turn",
    "first_token_ms": "first token",
    "tools_ms": "tools",
    "first_speech_ms": "first speech",
    "response_ms": "response",
    "added_ms": "added by us",
}


def line(ms: float, who: str, text: str) -> None:
    """One line of the live page; `ms` since the call was placed."""
    seconds = ms / 1000
    print(f"  {int(seconds // 60)}:{seconds % 60:04.1f}  {who:<9} {text}", flush=True)


def event(happened: Mapping[str, Any]) -> None:
    """An event of the carrier's record, if it is worth a line."""
    ms = float(happened["ms"])
    match happened:
        case {"kind": "placed", "to": to}:
            line(ms, "line", f"ringing {to}")
        case {"kind": "document", "url": url}:
            line(ms, "line", f"instructions fetched from {url}")
        case {"kind": "stream_started"}:
            line(ms, "line", "the media stream is open")
        case {"kind": "caller_stops", "text": text}:
            line(ms, "caller", f"“{text}”")
        case {"kind": "key", "digit": digit}:
            line(ms, "caller", f"presses {digit}")
        case {"kind": "clear"}:
            line(ms, "Sophie", "(falls silent and listens)")
        case {"kind": "say", "text": text}:
            line(ms, "carrier", f"says “{text}”")
        case {"kind": "dialled", "number": number}:
            line(ms, "line", f"dials the desk, {number}")
        case {"kind": "fault", "code": code, "message": message}:
            line(ms, "FAULT", f"{code} {message}")
        case {"kind": "stream_refused", "code": code, "status": status}:
            line(ms, "FAULT", f"{code} the media service refused the stream with {status}")
        case {"kind": "ended", "by": by}:
            line(ms, "line", f"the call has ended (by {by})")


def turns(found: list[dict[str, Any]], record: Mapping[str, Any]) -> None:
    """What was understood, what was heard, tools and latencies, exchange by exchange."""
    print("\nTurn by turn, as the media service recorded it:")
    for turn in found:
        if turn["caller_said"]:
            print(f"  {turn['turn']:>2}  understood  “{turn['caller_said']}”")
        for tool in turn["tools"] if isinstance(turn["tools"], list) else json.loads(turn["tools"]):
            print(f"      tool        {_tool(tool)}")
        if turn["sophie_said"]:
            cut = " …" if turn["barged_in"] else ""
            print(f"      heard       “{turn['sophie_said']}”{cut}")
        stages = [f"{name} {turn[column]:.0f} ms" for column, name in _STAGES.items() if turn.get(column) is not None]
        if stages:
            print(f"      latency     {', '.join(stages)}")
    gaps = [turn["response_gap_ms"] for turn in record["turns"] if turn["response_gap_ms"] is not None]
    if gaps:
        mean = sum(gaps) / len(gaps)
        print("\nFrom the caller's last sound to Sophie's first:", end=" ")
        print(f"{len(gaps)} times, mean {mean:.0f} ms, longest {max(gaps):.0f} ms.")
    if record["first_audio_ms"] is not None:
        print(f"First audio {record['first_audio_ms']:.0f} ms after the stream's start.")
    sys.stdout.flush()


def _tool(tool: Mapping[str, Any]) -> str:
    parts = [str(tool.get("name", "?"))]
    if tool.get("status"):
        parts.append(f"→ {tool['status']}")
    if tool.get("ms") is not None:
        parts.append(f"({float(tool['ms']):.0f} ms)")
    return " ".join(parts)


def appointment(row: Mapping[str, Any]) -> None:
    """The booked row, as a second connection read it."""
    print("\nThe row, read back by a connection of its own from reporting.appointments:")
    for name, value in row.items():
        print(f"  {name:<15} {value}")
    sys.stdout.flush()


def calendar_event(event: Mapping[str, Any]) -> None:
    """The appointment's event, as another client of the calendar's API read it."""
    print("\nThe event, read by a client of its own from the workshop's calendar:")
    for name in ("id", "summary", "start", "end", "status", "transparency"):
        value = event.get(name)
        print(f"  {name:<15} {value.get('dateTime') if isinstance(value, dict) else value}")
    sys.stdout.flush()


def floor(kind: str, words: str, found: list[dict[str, Any]]) -> None:
    """What the caller said while Sophie spoke, and what it did; `found` are the turns."""
    if kind == "listens":
        print(f"  listens aloud   “{words}”: Sophie goes on, and nothing is answered to it")
        return
    heard = next((turn["sophie_said"] for turn in found if turn["barged_in"]), None)
    print(f"  cuts in         “{words}”, having heard: “{heard or ''}”")
