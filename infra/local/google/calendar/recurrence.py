"""The instances of a recurring event: RFC 5545 lines as Calendar takes them, in wall time of the event's zone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rruleset, rrulestr  # type: ignore[import-untyped]

from infra.local.google.calendar.times import Span, zone_of
from infra.local.google.refusals import Refused


@dataclass(frozen=True)
class Series:
    """When a recurring event takes place. `zone` is None for whole days, which have the calendar's."""

    rule: rruleset
    length: dt.timedelta
    zone: ZoneInfo | None

    def spans(self, since: dt.datetime, until: dt.datetime, zone: ZoneInfo) -> Iterator[Span]:
        """The instances that overlap the bounds, for a calendar in this zone."""
        local = self.zone or zone
        first, last = ((one.astimezone(local).replace(tzinfo=None)) for one in (since - self.length, until))
        if self.zone:
            first, last = first.replace(tzinfo=local), last.replace(tzinfo=local)
        for start in self.rule.between(first, last, inc=True):
            begins = start.replace(tzinfo=local)
            span = begins, (start.replace(tzinfo=None) + self.length).replace(tzinfo=local)
            if span[0] < until and span[1] > since:
                yield span


def series_of(event: Mapping[str, Any], span: Span) -> Series | None:
    """None for an event that takes place once; raises Refused for rules that are none."""
    lines = event.get("recurrence")
    if not lines:
        return None
    name = event["start"].get("timeZone")
    if event["start"].get("dateTime") and not name:
        raise Refused(400, "required", "Missing time zone definition for start time.")
    zone = zone_of(name, "start time") if event["start"].get("dateTime") else None
    start, end = (one.astimezone(zone) if zone else one.replace(tzinfo=None) for one in span)
    try:
        rule = rrulestr("\n".join(lines), dtstart=start, forceset=True, tzids=ZoneInfo)
    except (TypeError, ValueError) as error:
        raise Refused(400, "invalid", "Invalid recurrence rule.") from error
    return Series(rule, end.replace(tzinfo=None) - start.replace(tzinfo=None), zone)
