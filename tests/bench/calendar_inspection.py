"""Holds a calendar's events against appointments and call-backs, one by one, after a storm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from shared.calendar.event import Key
from shared.domain.spoken import car_words

_APPOINTMENTS = text(
    "SELECT a.id, a.created_at, a.starts_at, a.ends_at, a.status, a.calendar_state, c.first_name, v.year, v.make, "
    "v.model FROM appointments a JOIN customers c ON c.id = a.customer_id JOIN vehicles v ON v.id = a.vehicle_id"
)
_CALLS = text(
    "SELECT b.id, b.created_at, b.state, b.call_at, b.phone, c.first_name, c.last_name "
    "FROM callbacks b LEFT JOIN customers c ON c.id = b.customer_id"
)

Event = Mapping[str, Any]


def wrong_with(
    connection: Connection, events: Sequence[Event], moved_by_hand: Mapping[str, str]
) -> tuple[int, int, Counter[str]]:
    """How many appointments are active, how many call-backs open, and what is wrong by kind; all zero is well."""
    wrong: Counter[str] = Counter()
    left = {each["id"]: each for each in events}
    wrong["events that are there twice"] = len(events) - len(left)
    answers = set(connection.execute(text("SELECT answers_etag FROM calendar_outbox")).scalars())
    active = calls = 0
    for row in connection.execute(_APPOINTMENTS):
        key = Key("appointment", row.id, row.created_at)
        event = left.pop(key.event_id, None)
        if row.status == "cancelled":
            wrong["events of cancelled appointments"] += event is not None
            continue
        active += 1
        wrong["changes by hand that were written over"] += moved_by_hand.get(key.about) not in answers | {None}
        wrong["appointments without an event"] += event is None
        wrong["appointments not known to be in the calendar"] += row.calendar_state != "synced"
        if event is not None:
            _appointment(wrong, row, event)
    for row in connection.execute(_CALLS):
        key = Key("call-back", row.id, row.created_at)
        event = left.pop(key.event_id, None)
        if row.state == "done":
            wrong["entries of call-backs that were made"] += event is not None
            continue
        calls += 1
        wrong["changes by hand that were written over"] += moved_by_hand.get(key.about) not in answers | {None}
        wrong["call-backs without an entry"] += event is None
        if event is not None:
            _call(wrong, row, event)
    wrong["events of nobody"] = len(left)
    states = connection.execute(
        text("SELECT state, count(*) FROM calendar_outbox WHERE state <> 'done' GROUP BY state")
    )
    wrong.update({f"rows {state}": count for state, count in states})
    return active, calls, wrong


def _appointment(wrong: Counter[str], row: Row[Any], event: Event) -> None:
    times = [datetime.fromisoformat(event[edge]["dateTime"]) for edge in ("start", "end")]
    wrong["events at another time"] += times != [row.starts_at, row.ends_at]
    said = f": {row.first_name}, {car_words(row.year, row.make, row.model)}"
    wrong["events of another name or car"] += not event["summary"].endswith(said)


def _call(wrong: Counter[str], row: Row[Any], event: Event) -> None:
    at = datetime.fromisoformat(event["start"]["dateTime"])
    wrong["entries at another time"] += row.call_at not in (None, at)
    name = f"{row.first_name} {row.last_name}, " if row.first_name else ""
    wrong["entries of another name"] += not event["summary"].startswith(f"Call back: {name}{row.phone} ")
