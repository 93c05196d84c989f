"""Event times as Calendar reads and writes them: dates, moments with an offset, and wall times with a zone's name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from infra.local.google.refusals import Refused

Span = tuple[dt.datetime, dt.datetime]


def zone_of(name: str, what: str) -> ZoneInfo:
    """The zone; raises Refused with Calendar's words about `what`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refused(400, "invalid", f"Invalid time zone definition for {what}.") from error


def moment_of(text: Any) -> dt.datetime:
    """An RFC 3339 moment, whose offset is mandatory; raises Refused."""
    try:
        found = dt.datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise Refused(400, "badRequest") from error
    if found.tzinfo is None:
        raise Refused(400, "badRequest")
    return found


def span_of(event: Mapping[str, Any], zone: ZoneInfo) -> Span:
    """An event's start and end; a date is midnight in the calendar's zone. Raises Refused for what Calendar refuses."""
    ends = {}
    for edge in ("start", "end"):
        given = event.get(edge)
        if not isinstance(given, Mapping) or not (given.get("date") or given.get("dateTime")):
            raise Refused(400, "required", f"Missing {edge} time.")
        ends[edge] = given
    if any(bool(ends["start"].get(kind)) != bool(ends["end"].get(kind)) for kind in ("date", "dateTime")):
        raise Refused(400, "invalid", "Start and end times must either both be date or both be dateTime.")
    start, end = (_edge(edge, given, zone) for edge, given in ends.items())
    if end < start:
        raise Refused(400, "timeRangeEmpty")
    return start, end


def _edge(edge: str, given: Mapping[str, Any], zone: ZoneInfo) -> dt.datetime:
    text: Any = given.get("date") or given.get("dateTime")
    try:
        if given.get("date"):
            if given.get("dateTime"):
                raise ValueError(text)
            return dt.datetime.combine(dt.date.fromisoformat(text), dt.time(), zone)
        found = dt.datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise Refused(400, "invalid", f'Invalid value for: Invalid format: "{text}"') from error
    named = zone_of(given["timeZone"], f"{edge} time") if given.get("timeZone") else None
    if found.tzinfo is None and named is None:
        raise Refused(400, "required", f"Missing time zone definition for {edge} time.")
    return found if found.tzinfo else found.replace(tzinfo=named)


def shown(given: Mapping[str, Any], moment: dt.datetime, event_zone: str, response_zone: ZoneInfo) -> dict[str, Any]:
    """One edge of an event as an answer shows it: moments in the zone of the answer, beside the event's own zone."""
    if given.get("date"):
        return {"date": given["date"]}
    return {"dateTime": rfc3339(moment, response_zone), "timeZone": given.get("timeZone") or event_zone}


def rfc3339(moment: dt.datetime, zone: dt.tzinfo = dt.UTC) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds").replace("+00:00", "Z")


def milliseconds(moment: dt.datetime) -> str:
    """As `created`, `updated` and free/busy's bounds are written."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
