"""What a call left behind, read by a connection of its own: the booked row, the turns, the verdict.

It refuses to believe anything that was said; it reads tables and the carrier's record.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import pg8000.dbapi

_STANDING = ("booked", "confirmed")
_WRITTEN_SECONDS = 10.0

_BOOKED = """
SELECT a.id, a.call_sid, a.service, a.status, a.mode, a.bay, a.customer_phone, c.first_name, c.last_name,
       (SELECT concat_ws(' ', v.year, v.make, v.model) FROM public.appointments p JOIN public.vehicles v
        ON v.id = p.vehicle_id WHERE p.id = a.id) AS vehicle, a.vin,
       to_char(a.starts_at AT TIME ZONE s.zone, 'FMDay, FMMonth FMDD, YYYY, FMHH12:MI AM') AS starts,
       to_char(a.ends_at AT TIME ZONE s.zone, 'FMHH12:MI AM') AS ends, a.needs_review,
       a.starts_at
FROM reporting.appointments a JOIN reporting.customers c ON c.phone = a.customer_phone CROSS JOIN public.shop s
WHERE a.call_sid = %s ORDER BY a.id
"""
_TURNS = "SELECT * FROM public.turns WHERE call_sid = %s ORDER BY turn"
_CALL = "SELECT outcome, transferred_to, seconds FROM reporting.calls WHERE call_sid = %s"

_ENDS = (".", "?", "!")

_ABOUT_EXPECTING = re.compile(r"#\s*expect\b", re.IGNORECASE)
CUTS_IN, LISTENS = "cuts_in", "listens"
"""Not of the row: what the caller says while Sophie speaks, to stop her and not to stop her."""

_EXPECT = re.compile(r"#\s*expect\s+(\w+):\s*(\S.*)", re.IGNORECASE)

Row = dict[str, Any]
Expectation = tuple[str, str]
"""A column of the booked row and what it must hold."""


@dataclass(frozen=True)
class Evidence:
    """Everything the database holds about one call."""

    appointments: list[Row]
    turns: list[Row]
    call: Row | None


def connect(dsn: str) -> Any:
    """A plain connection of our own to the lab's database."""
    at = urlsplit(dsn)
    return pg8000.dbapi.connect(
        user=unquote(at.username or ""),
        password=unquote(at.password or ""),
        host=at.hostname or "",
        port=at.port or 5432,
        database=at.path.lstrip("/"),
    )


def rows(connection: Any, statement: str, *values: object) -> list[Row]:
    """A statement's rows by column name, in a transaction of its own."""
    cursor = connection.cursor()
    cursor.execute(statement, values)
    names = [column[0] for column in cursor.description]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    connection.commit()
    return found


def collect(dsn: str, call_sid: str) -> Evidence:
    """Reads it all once the call's end is recorded, or after ten seconds as it then is."""
    connection = connect(dsn)
    try:
        deadline = time.monotonic() + _WRITTEN_SECONDS
        while not (call := rows(connection, _CALL, call_sid)) or call[0]["outcome"] is None:
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)  # the media service writes the outcome after the line is closed
        booked, turns = rows(connection, _BOOKED, call_sid), rows(connection, _TURNS, call_sid)
        return Evidence(booked, turns, call[0] if call else None)
    finally:
        connection.close()


def expectations(script: str) -> list[Expectation]:
    """What a script's caller wants, from its lines `# expect COLUMN: TEXT`; a column is one of the booked row's, or
    `cuts_in` or `listens` with what is said while Sophie speaks.

    Raises ValueError for a line that begins so and goes on otherwise: what is expected must not pass unread.
    """
    lines = [line.strip() for line in script.splitlines()]
    found = [(line, _EXPECT.fullmatch(line)) for line in lines if _ABOUT_EXPECTING.match(line)]
    if wrong := next((line for line, match in found if match is None), None):
        raise ValueError(
            f"{wrong!r}: an expectation is written # expect COLUMN: TEXT, such as # expect starts: Tuesday."
        )
    return [(match[1].lower(), match[2]) for _, match in found if match]


def standing(evidence: Evidence) -> list[Row]:
    """The appointments that hold a place in the book."""
    return [row for row in evidence.appointments if row["status"] in _STANDING]


def complaints(record: Mapping[str, Any], evidence: Evidence, wanted: Sequence[Expectation]) -> list[str]:
    """Why this call did not prove the booking that its caller wanted: sentences, none when it did."""
    of_row = [each for each in wanted if each[0] not in (CUTS_IN, LISTENS)]
    found = [
        f"The booked {column} is {row.get(column)!r}, but the caller wanted {text!r}."
        for row in standing(evidence)
        for column, text in of_row
        if row.get(column) is None or text.lower() not in str(row[column]).lower()
    ]
    found += _about_floor(record, evidence, wanted)
    if not standing(evidence):
        outcome = evidence.call["outcome"] if evidence.call else None
        found.append(f"No appointment was booked in this call (its outcome: {outcome or 'none was recorded'}).")
    for fault in record["faults"]:
        found.append(f"The media stream broke a rule, {fault['code']}: {fault['message']}.")
    if not record["over"]:
        found.append("The call did not end.")
    return found


def _about_floor(record: Mapping[str, Any], evidence: Evidence, wanted: Sequence[Expectation]) -> list[str]:
    """What is wrong with who let whom speak, where the script says something of it."""
    said = [(kind, text) for kind, text in wanted if kind in (CUTS_IN, LISTENS)]
    if not said:
        return []
    found = [f"Nobody said {text!r} while Sophie spoke." for _, text in said if not _while_she_spoke(record, text)]
    stops = [text for kind, text in said if kind == CUTS_IN]
    stopped = [turn for turn in evidence.turns if turn["barged_in"]]
    if len(stopped) != len(stops):
        found.append(f"Sophie was to be cut short once for each of {stops}, but was so in {len(stopped)} turns.")
    whole = [turn["sophie_said"] for turn in stopped if str(turn["sophie_said"] or "").rstrip().endswith(_ENDS)]
    found += [f"Sophie was cut short, but what was heard of her ends a sentence: {text!r}." for text in whole]
    answered = {_plain(turn["caller_said"]) for turn in evidence.turns}
    found += [f"{text!r} only meant that the caller listens, but was answered." for kind, text in said
              if kind == LISTENS and _plain(text) in answered]  # fmt: skip
    return found


def _while_she_spoke(record: Mapping[str, Any], text: str) -> bool:
    starts = [turn["start_ms"] for turn in record["turns"] if turn["said"] == text]
    return any(
        span["start_ms"] < start and (span["end_ms"] is None or start < span["end_ms"])
        for start in starts
        for span in record["sophie_speaking"]
    )


def _plain(text: str | None) -> str:
    return " ".join(re.findall(r"[a-z']+", (text or "").lower()))
