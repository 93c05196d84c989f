"""`events.list`: its filters, its pages and its sync tokens, with the rules which of them may stand together.

A sync token brings what changed since the list it ended: deleted events always, and of those only the id unless the
details of deleted events were asked for.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from multidict import MultiMapping

from infra.local.google.calendar.book import Calendar
from infra.local.google.calendar.event import Event
from infra.local.google.calendar.times import milliseconds, moment_of, zone_of
from infra.local.google.refusals import Refused

# Not beside a sync token (the description of that parameter).
_NOT_WITH_SYNC = {
    "iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin",
}  # fmt: skip
# A list narrowed by these ends without a sync token; one bounded in time still gets its token (the guide to
# synchronization begins with such a list).
_WITHOUT_SYNC = _NOT_WITH_SYNC - {"timeMin", "timeMax"}
_UNKNOWN_HERE = ("q", "iCalUID", "eventTypes")
_PAGE, _LONGEST_PAGE = 250, 2500


@dataclass
class _Rest:
    """What the next page of a list begins with, and where the whole list ends in time."""

    events: list[Event]
    change: int


@dataclass
class Listings:
    """All lists that are still being paged through."""

    _pages: dict[str, _Rest] = field(default_factory=dict)

    def answer(self, calendar: Calendar, query: MultiMapping[str]) -> dict[str, Any]:
        """One page. Raises Refused for parameters that make no sense, alone or together."""
        if unsupported := [name for name in _UNKNOWN_HERE if name in query]:
            raise Refused(400, "invalid", f"The lab's calendar does not know {unsupported[0]}: leave it out.")
        since = self._since(calendar, query)
        if "pageToken" in query:
            rest = self._pages.get(query["pageToken"])
            if rest is None:
                raise Refused(400, "invalid", "Invalid page token value.")
        else:
            rest = _Rest(_selected(calendar, query, since), calendar.last_change)
        size = min(max(_whole(query.get("maxResults", str(_PAGE))), 1), _LONGEST_PAGE)
        return self._page(calendar, query, rest, size)

    def _page(self, calendar: Calendar, query: MultiMapping[str], rest: _Rest, size: int) -> dict[str, Any]:
        zone = zone_of(query["timeZone"], "the response") if "timeZone" in query else None
        bare = "syncToken" in query and not _flag(query, "showDeleted")
        items = [_bare(one) if bare and one.cancelled else calendar.show(one, zone) for one in rest.events[:size]]
        page: dict[str, Any] = {
            "kind": "calendar#events",
            "etag": f'"p{calendar.last_change:08d}"',
            "summary": calendar.summary,
            "description": "",
            "updated": milliseconds(dt.datetime.now(dt.UTC)),
            "timeZone": calendar.zone.key,
            "accessRole": calendar.access_role,
            "defaultReminders": [],
            "items": items,
        }
        if len(rest.events) > size:
            page["nextPageToken"] = _encoded(
                f"{calendar.id} {rest.change} {len(rest.events) - size} {len(self._pages)}"
            )
            self._pages[page["nextPageToken"]] = _Rest(rest.events[size:], rest.change)
        elif not _WITHOUT_SYNC & set(query):
            page["nextSyncToken"] = _encoded(f"sync {calendar.id} {calendar.generation} {rest.change}")
        return page

    def _since(self, calendar: Calendar, query: MultiMapping[str]) -> int:
        """The change that a sync token names, 0 without one."""
        if "syncToken" not in query:
            return 0
        if together := _NOT_WITH_SYNC & set(query):
            words = f"Sync token cannot be used with other query restrictions: {', '.join(sorted(together))}."
            raise Refused(400, "invalid", words)
        if query.get("showDeleted") == "false":
            raise Refused(400, "invalid", "Sync token cannot be used with showDeleted=false.")
        token = _decoded(query["syncToken"]).split(" ")
        if len(token) != 4 or token[:2] != ["sync", calendar.id]:
            raise Refused(400, "invalid", "Invalid sync token value.")
        if int(token[2]) != calendar.generation:
            raise Refused(410, "fullSyncRequired")
        return int(token[3])


def _selected(calendar: Calendar, query: MultiMapping[str], since: int) -> list[Event]:
    lowest, highest, updated = (
        moment_of(query[name]) if name in query else None for name in ("timeMin", "timeMax", "updatedMin")
    )
    if lowest and highest and lowest >= highest:
        raise Refused(400, "timeRangeEmpty")
    properties = {
        kind: [tuple(pair.split("=", 1)) for pair in query.getall(f"{kind}ExtendedProperty", [])]
        for kind in ("private", "shared")
    }
    if any(len(pair) != 2 for pairs in properties.values() for pair in pairs):
        raise Refused(400, "invalid", "Invalid value for: an extended property constraint is propertyName=value")
    with_deleted = _flag(query, "showDeleted") or "syncToken" in query or updated is not None

    single = _flag(query, "singleEvents")

    def wanted(event: Event) -> bool:
        # A deleted instance belongs to its series, which would be read wrongly without it.
        gap = not single and "recurringEventId" in event.fields
        return (
            event.change > since
            and (with_deleted or gap or not event.cancelled)
            and (updated is None or event.updated >= updated)
            and _within(event, lowest, highest)
            and all(_has(event, kind, pairs) for kind, pairs in properties.items())
        )

    return _ordered(calendar.select(wanted, (lowest, highest) if single else None), query)


def _within(event: Event, lowest: dt.datetime | None, highest: dt.datetime | None) -> bool:
    """Both bounds are exclusive: the lower of an event's end, the upper of its start."""
    if event.span is None or event.series:
        return True  # a series may have instances in the bounds; who needs to know asks for single events
    return (lowest is None or event.span[1] > lowest) and (highest is None or event.span[0] < highest)


def _has(event: Event, kind: str, pairs: list[tuple[str, ...]]) -> bool:
    kinds = event.fields.get("extendedProperties")
    found = kinds.get(kind) if isinstance(kinds, Mapping) else None
    return not pairs or (isinstance(found, Mapping) and all(found.get(name) == value for name, value in pairs))


def _ordered(events: list[Event], query: MultiMapping[str]) -> list[Event]:
    order = query.get("orderBy")
    if order is None:
        return events
    if order == "startTime" and _flag(query, "singleEvents"):
        return sorted(events, key=lambda event: event.span[0] if event.span else dt.datetime.max.replace(tzinfo=dt.UTC))
    if order == "updated":
        return sorted(events, key=lambda event: event.change)
    raise Refused(400, "badRequest", "The requested ordering is not available for the particular query.")


def _bare(event: Event) -> dict[str, Any]:
    """A deleted event to whom the details of deleted events were not asked for."""
    return {name: event.fields[name] for name in ("kind", "etag", "id", "status")}


def _flag(query: MultiMapping[str], name: str) -> bool:
    return query.get(name) == "true"


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise Refused(400, "invalid", f"Invalid value '{text}'.") from error


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def _decoded(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, ValueError):
        return ""
