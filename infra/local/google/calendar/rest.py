"""Calendar v3 over HTTP: its paths, the scopes each call needs, and free/busy whose errors come inside a 200.

It refuses to know what a request means to anybody; the calendars themselves are in `book`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from infra.local.google.calendar.book import Calendar
from infra.local.google.calendar.listing import Listings
from infra.local.google.calendar.times import milliseconds, moment_of, rfc3339, zone_of
from infra.local.google.oauth import Consent
from infra.local.google.refusals import Refused, body_of

_ROOT = "/calendar/v3"
_EVENTS = "/calendars/{calendar}/events"
_ONE = f"{_EVENTS}/{{event}}"
_ENTRIES = "/users/me/calendarList"
_ALL = "calendar calendar.readonly"
_READ = f"{_ALL} calendar.app.created calendar.events calendar.events.freebusy calendar.events.owned"
_READ += " calendar.events.owned.readonly calendar.events.public.readonly calendar.events.readonly"
_WRITE = "calendar calendar.app.created calendar.events calendar.events.owned"
_MOST_CALENDARS = 50

Door = Callable[[web.Request], Awaitable[web.Response]]


@dataclass
class CalendarService:
    """The calendars of one account, behind its consent."""

    account: str
    consent: Consent
    calendars: dict[str, Calendar] = field(default_factory=dict)
    _listings: Listings = field(default_factory=Listings)

    def __post_init__(self) -> None:
        # Method, path, operation, scopes (of the discovery document), door.
        self._doors: list[tuple[str, str, str, str, Door]] = [
            ("GET", _EVENTS, "events.list", _READ, self._list),
            ("POST", _EVENTS, "events.insert", _WRITE, self._insert),
            ("GET", _ONE, "events.get", _READ, self._get),
            ("PUT", _ONE, "events.update", _WRITE, self._update),
            ("PATCH", _ONE, "events.patch", _WRITE, self._patch),
            ("DELETE", _ONE, "events.delete", _WRITE, self._delete),
            ("POST", "/freeBusy", "freebusy.query", f"{_ALL} calendar.events.freebusy calendar.freebusy", self._free),
            ("GET", "/calendars/{calendar}", "calendars.get", _calendar_scopes("calendars"), self._calendar),
            ("GET", _ENTRIES, "calendarList.list", _calendar_scopes("calendarlist"), self._entries),
            ("GET", f"{_ENTRIES}/{{calendar}}", "calendarList.get", _calendar_scopes("calendarlist"), self._entry),
        ]

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route(method, _ROOT + path, self._guarded(door, scopes))
            for method, path, _, scopes, door in self._doors
        ] + [web.route("*", f"{_ROOT}/{{rest:.*}}", _nowhere)]

    def operations(self) -> dict[str, str]:
        """The operations by method and route, for faults and the log."""
        return {f"{method} {_ROOT}{path}": f"calendar.{operation}" for method, path, operation, _, _ in self._doors}

    def calendar(self, name: str) -> Calendar:
        """Raises Refused when there is none; `primary` is the account's own."""
        found = self.calendars.get(self.account if name == "primary" else name)
        if found is None:
            raise Refused(404, "notFound")
        return found

    def _guarded(self, door: Door, scopes: str) -> Door:
        allowed = frozenset(scopes.split())

        async def answer(request: web.Request) -> web.Response:
            try:
                self.consent.check(request.headers.get("Authorization"), allowed)
                if "fields" in request.query:
                    raise Refused(400, "invalid", "The lab's calendar answers whole resources: leave `fields` out.")
                return await door(request)
            except Refused as refused:
                return refused.answer()

        return answer

    def _writable(self, request: web.Request) -> Calendar:
        calendar = self.calendar(request.match_info["calendar"])
        if calendar.access_role not in ("owner", "writer"):
            raise Refused(403, "requiredAccessLevel")
        return calendar

    async def _list(self, request: web.Request) -> web.Response:
        calendar = self.calendar(request.match_info["calendar"])
        return web.json_response(self._listings.answer(calendar, request.query))

    async def _insert(self, request: web.Request) -> web.Response:
        calendar = self._writable(request)
        event = calendar.insert(await body_of(request), self.account)
        return web.json_response(calendar.show(event), headers={"ETag": event.etag})

    async def _get(self, request: web.Request) -> web.Response:
        calendar = self.calendar(request.match_info["calendar"])
        event = calendar.find(request.match_info["event"])
        zone = zone_of(request.query["timeZone"], "the response") if "timeZone" in request.query else None
        return web.json_response(calendar.show(event, zone), headers={"ETag": event.etag})

    async def _update(self, request: web.Request) -> web.Response:
        calendar, body = self._writable(request), await body_of(request)
        event = calendar.replace(request.match_info["event"], body, request.headers.get("If-Match"))
        return web.json_response(calendar.show(event), headers={"ETag": event.etag})

    async def _patch(self, request: web.Request) -> web.Response:
        calendar, body = self._writable(request), await body_of(request)
        event = calendar.patch(request.match_info["event"], body, request.headers.get("If-Match"))
        return web.json_response(calendar.show(event), headers={"ETag": event.etag})

    async def _delete(self, request: web.Request) -> web.Response:
        self._writable(request).delete(request.match_info["event"], request.headers.get("If-Match"))
        return web.Response(status=204)

    async def _free(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        since, until = moment_of(body.get("timeMin")), moment_of(body.get("timeMax"))
        if since >= until:
            raise Refused(400, "timeRangeEmpty")
        zone = zone_of(body.get("timeZone") or "UTC", "the response")
        names = [str(one.get("id")) for one in body.get("items", []) if isinstance(one, dict)]
        found: dict[str, Any] = {}
        for place, name in enumerate(names):
            calendar = self.calendars.get(self.account if name == "primary" else name)
            wrong = "tooManyCalendarsRequested" if place >= _MOST_CALENDARS else ""
            wrong = wrong or (calendar.unreadable if calendar else "notFound")
            if wrong or calendar is None:
                found[name] = {"errors": [{"domain": "global", "reason": wrong}], "busy": []}
                continue
            spans = calendar.busy_spans(since, until)
            found[name] = {"busy": [{"start": rfc3339(a, zone), "end": rfc3339(b, zone)} for a, b in spans]}
        bounds = {"timeMin": milliseconds(since), "timeMax": milliseconds(until)}
        return web.json_response({"kind": "calendar#freeBusy", **bounds, "calendars": found})

    async def _calendar(self, request: web.Request) -> web.Response:
        return web.json_response(_plain(self.calendar(request.match_info["calendar"])))

    async def _entries(self, _request: web.Request) -> web.Response:
        items = [self._as_entry(one) for one in self.calendars.values()]
        return web.json_response({"kind": "calendar#calendarList", "etag": '"p1"', "items": items})

    async def _entry(self, request: web.Request) -> web.Response:
        return web.json_response(self._as_entry(self.calendar(request.match_info["calendar"])))

    def _as_entry(self, calendar: Calendar) -> dict[str, Any]:
        own = {"primary": True} if calendar.id == self.account else {}
        more = {"accessRole": calendar.access_role, "selected": True, "defaultReminders": []}
        return _plain(calendar) | {"kind": "calendar#calendarListEntry"} | more | own


def _calendar_scopes(room: str) -> str:
    return f"{_ALL} calendar.app.created calendar.{room} calendar.{room}.readonly"


def _plain(calendar: Calendar) -> dict[str, Any]:
    head = {"kind": "calendar#calendar", "etag": f'"c{calendar.generation}"', "id": calendar.id}
    return head | {"summary": calendar.summary, "timeZone": calendar.zone.key}


async def _nowhere(_request: web.Request) -> web.Response:
    return Refused(404, "notFound").answer()
