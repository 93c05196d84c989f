"""One calendar's events and every change to them: ids that stay taken, etags, sequence numbers, who changed since when.

It refuses to know HTTP. Two things Google's documentation leaves open: that a patch of a deleted event without a status
leaves it deleted, and that busy times are cut to the question's bounds.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.google.calendar.event import SETTABLE, Event, merged, settable
from infra.local.google.calendar.recurrence import Series, series_of
from infra.local.google.calendar.times import Span, milliseconds, shown, span_of
from infra.local.google.refusals import Refused

_ID = re.compile(r"[a-v0-9]{5,1024}")
_BASE32HEX = "0123456789abcdefghijklmnopqrstuv"
_HORIZON = dt.timedelta(days=366)


@dataclass(kw_only=True)
class Calendar:
    """One calendar. `owner` is the account's address; `generation` is raised to end every sync token; `unreadable` is
    the reason why free/busy cannot be told, if it cannot."""

    id: str
    summary: str
    zone: ZoneInfo
    owner: str
    access_role: str = "owner"
    generation: int = 1
    unreadable: str = ""
    events: dict[str, Event] = field(default_factory=dict)
    last_change: int = 0

    def insert(self, body: Mapping[str, Any], creator: str) -> Event:
        """Raises Refused: a bad id, one that is or ever was taken, or what is wrong with the event."""
        event_id = body.get("id") or "".join(secrets.choice(_BASE32HEX) for _ in range(26))
        if not isinstance(event_id, str) or not _ID.fullmatch(event_id):
            raise Refused(400, "invalid", "Invalid resource id value.")
        if event_id in self.events:
            raise Refused(409, "duplicate")
        person = {"email": creator, "self": creator == self.owner}
        fields = {
            "kind": "calendar#event",
            "id": event_id,
            "status": "confirmed",
            "htmlLink": f"https://www.google.com/calendar/event?eid={event_id}",
            "created": milliseconds(dt.datetime.now(dt.UTC)),
            "creator": person,
            "organizer": {"email": self.id, "displayName": self.summary, "self": True},
            "iCalUID": f"{event_id}@google.com",
            "sequence": 0,
            "reminders": {"useDefault": True},
            "eventType": "default",
        }
        return self._store(fields | settable(body))

    def insert_unchecked(self, body: Mapping[str, Any], creator: str) -> Event:
        """An event with fields of any kind, as importers and other programs leave them; only its id is made sure of."""
        plain = {"start": {"date": "2000-01-01"}, "end": {"date": "2000-01-02"}}
        event = self.insert(plain | {name: body[name] for name in ("id",) if name in body}, creator)
        del event.fields["start"], event.fields["end"]
        event.fields |= body
        try:
            event.span = span_of(event.fields, self.zone)
            event.series = series_of(event.fields, event.span)
        except Refused:
            event.span = event.series = None
        return event

    def find(self, event_id: str) -> Event:
        """Any event that ever was, the deleted ones as cancelled; an instance by the series' id and its start."""
        if event_id in self.events:
            return self.events[event_id]
        series = self.events.get(event_id.rpartition("_")[0])
        if series and series.series and series.span:
            for instance in self._instances(series, series.span[0], dt.datetime.now(dt.UTC) + _HORIZON):
                if instance.id == event_id:
                    return instance
        raise Refused(404, "notFound")

    def replace(self, event_id: str, body: Mapping[str, Any], if_match: str | None) -> Event:
        """`events.update`: what the body leaves out is gone; so a deleted event comes back."""
        old = self._matching(event_id, if_match)
        kept = {name: value for name, value in old.fields.items() if name not in SETTABLE}
        usual = {"status": "confirmed", "sequence": old.fields["sequence"], "reminders": {"useDefault": True}}
        fields = kept | usual | settable(body)
        if fields["sequence"] < old.fields["sequence"]:
            raise Refused(400, "invalid", "Invalid sequence value. The specified sequence number is below the current.")
        return self._store(fields, old)

    def patch(self, event_id: str, body: Mapping[str, Any], if_match: str | None) -> Event:
        """`events.patch`: objects are merged, null removes. A deleted event stays deleted unless `status` says so."""
        old = self._matching(event_id, if_match)
        changes = {name: value for name, value in body.items() if name in SETTABLE}
        return self._store(settable(merged(old.fields, changes), old.fields), old)

    def delete(self, event_id: str, if_match: str | None) -> None:
        """Raises Refused with 410 for an event that is deleted already. A series takes its changed instances along."""
        old = self._matching(event_id, if_match)
        if old.cancelled:
            raise Refused(410, "deleted")
        changed = [one for one in self.events.values() if one.fields.get("recurringEventId") == event_id]
        for event in (old, *(one for one in changed if not one.cancelled)):
            self._keep(event.fields | {"status": "cancelled"}, event.span, event.series)

    def show(self, event: Event, zone: ZoneInfo | None = None) -> dict[str, Any]:
        """The event as an answer holds it, its times in the answer's zone (the calendar's, unless told)."""
        times = {}
        if event.span:
            for edge, moment in zip(("start", "end"), event.span, strict=True):
                times[edge] = shown(event.fields[edge], moment, self.zone.key, zone or self.zone)
        return deepcopy(event.fields) | times

    def busy_spans(self, since: dt.datetime, until: dt.datetime) -> Iterator[Span]:
        """Times that are taken, overlapping ones joined, cut to the bounds."""
        spans = sorted(
            (max(one.span[0], since), min(one.span[1], until))
            for event in self.events.values()
            if event.busy
            for one in self._instances(event, since, until)
            if one.span and one.span[0] < until and one.span[1] > since
        )
        current: Span | None = None
        for start, end in spans:
            if current and start <= current[1]:
                current = (current[0], max(current[1], end))
                continue
            if current:
                yield current
            current = (start, end)
        if current:
            yield current

    def select(
        self, wanted: Callable[[Event], bool], expand: tuple[dt.datetime | None, dt.datetime | None] | None = None
    ) -> list[Event]:
        """The events that are wanted, in the order they were made; recurring ones as their instances within `expand`,
        whose ends may be open (to a year from now)."""
        if expand is None:
            return [event for event in self.events.values() if wanted(event)]
        until = expand[1] or dt.datetime.now(dt.UTC) + _HORIZON
        return [
            one
            for event in self.events.values()
            for one in self._instances(event, expand[0] or (event.span or (until,))[0], until)
            if wanted(one)
        ]

    def _instances(self, event: Event, since: dt.datetime, until: dt.datetime) -> Iterator[Event]:
        """The event itself, or of a series the instances that overlap the bounds and were never changed alone: those
        are events of their own."""
        if event.series is None:
            yield event
            return
        kept = {name: value for name, value in event.fields.items() if name != "recurrence"}
        name = event.fields["start"].get("timeZone")
        for span in event.series.spans(since, until, self.zone):
            stamp = f"{span[0]:%Y%m%d}" if name is None else f"{span[0].astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
            start, end = (
                {"date": f"{one:%Y-%m-%d}"} if name is None else {"dateTime": one.isoformat(), "timeZone": name}
                for one in span
            )
            fields = kept | {"id": f"{event.id}_{stamp}", "recurringEventId": event.id, "start": start, "end": end}
            if fields["id"] not in self.events:
                fields["originalStartTime"] = start
                yield Event(fields=fields, span=span, series=None, change=event.change)

    def _matching(self, event_id: str, if_match: str | None) -> Event:
        event = self.find(event_id)
        if if_match not in (None, "*", event.etag):
            raise Refused(412, "conditionNotMet")
        return event

    def _store(self, fields: dict[str, Any], old: Event | None = None) -> Event:
        span = span_of(fields, self.zone)
        fields = {"status": "confirmed", "sequence": old.fields["sequence"] if old else 0} | fields
        if old and old.span != span and fields["sequence"] == old.fields["sequence"]:
            fields["sequence"] += 1
        return self._keep(fields, span, series_of(fields, span))

    def _keep(self, fields: dict[str, Any], span: Span | None, series: Series | None) -> Event:
        now = dt.datetime.now(dt.UTC)
        self.last_change += 1
        fields["updated"] = milliseconds(now)
        fields["etag"] = f'"{int(now.timestamp() * 1000) * 2_000 + self.last_change}"'
        event = Event(fields=fields, span=span, series=series, change=self.last_change)
        self.events[event.id] = event
        return event
