"""The lab's own endpoints beside Google's: a staff member's hand in the calendar, tokens' ends, the scheduler's clock.

    POST   /_lab/calendar/{calendar}                    {"summary"?, "time_zone"?, "access_role"?}  one more calendar
    POST   /_lab/calendar/{calendar}/events             an event as staff make one; ?unchecked=true stores any fields
    GET    /_lab/calendar/{calendar}/events             every event, the deleted ones too
    PATCH  /_lab/calendar/{calendar}/events/{event}     moves or changes one; DELETE takes it away
    POST   /_lab/calendar/{calendar}/expire-sync-tokens every sync token is too old from now on
    POST   /_lab/calendar/{calendar}/unreadable         {"reason"}: free/busy's error, such as internalError; "" ends it
    POST   /_lab/oauth          {"lifetime"?, "testing"?, "declined"?}  of access tokens, the consent screen, the person
    POST   /_lab/oauth/expire   {"what": "access" | "refresh"}          ends all such tokens
    POST   /_lab/oidc-token     {"audience", "email"?, "issuer"?, "age"?, "email_verified"?, "foreign_key"?} → {"token"}
    POST   /_lab/oidc/rotate    signs with a fresh key from now on
    POST   /_lab/scheduler/clock[?at=RFC3339]           holds the clock there, without `at` lets it run; fires nothing
    POST   /_lab/scheduler/tick?to=RFC3339[&deliveries=2]   moves it and fires every job due on the way → {"attempts"}
    GET    /_lab/scheduler/attempts                     all attempts so far, once the runs asked for have ended
    GET    /_lab/log                                    requests to Google that were carried out, oldest first

`primary` is the account's own calendar here too. Faults are in `infra.local.faults`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from infra.local.google.calendar.book import Calendar
from infra.local.google.calendar.rest import CalendarService
from infra.local.google.calendar.times import moment_of, zone_of
from infra.local.google.oidc import Issuer
from infra.local.google.refusals import Refused, body_of
from infra.local.google.scheduler.jobs import Jobs

Door = Callable[[web.Request], Awaitable[web.Response]]

_SETTINGS = {"lifetime": int, "testing": bool, "declined": bool}
_CLAIMS = {"audience": str, "email": str, "issuer": str, "age": int, "email_verified": bool, "foreign_key": bool}


@dataclass
class LabControl:
    """The doors of one lab; `staff` is the address of whoever works in the calendar by hand."""

    service: CalendarService
    issuer: Issuer
    jobs: Callable[[], Jobs]
    log: list[dict[str, Any]]
    staff: str

    def routes(self) -> list[web.RouteDef]:
        events = "/_lab/calendar/{calendar}/events"
        doors: list[tuple[str, str, Door]] = [
            ("POST", "/_lab/calendar/{calendar}", self._add_calendar),
            ("POST", "/_lab/calendar/{calendar}/expire-sync-tokens", self._expire_sync_tokens),
            ("POST", "/_lab/calendar/{calendar}/unreadable", self._make_unreadable),
            ("GET", events, self._events),
            ("POST", events, self._add_event),
            ("PATCH", f"{events}/{{event}}", self._change_event),
            ("DELETE", f"{events}/{{event}}", self._remove_event),
            ("POST", "/_lab/oauth", self._set_oauth),
            ("POST", "/_lab/oauth/expire", self._expire_tokens),
            ("POST", "/_lab/oidc-token", self._mint),
            ("POST", "/_lab/oidc/rotate", self._rotate),
            ("POST", "/_lab/scheduler/clock", self._set_clock),
            ("POST", "/_lab/scheduler/tick", self._tick),
            ("GET", "/_lab/scheduler/attempts", self._attempts),
            ("GET", "/_lab/log", self._read_log),
        ]
        return [web.route(method, path, _complaining(door)) for method, path, door in doors]

    def _calendar(self, request: web.Request) -> Calendar:
        return self.service.calendar(request.match_info["calendar"])

    async def _add_calendar(self, request: web.Request) -> web.Response:
        name, given = request.match_info["calendar"], await body_of(request)
        self.service.calendars[name] = Calendar(
            id=name,
            summary=given.get("summary", name),
            zone=zone_of(given.get("time_zone", "UTC"), "the calendar"),
            owner=self.service.account,
            access_role=given.get("access_role", "owner"),
        )
        return web.json_response({"id": name}, status=201)

    async def _expire_sync_tokens(self, request: web.Request) -> web.Response:
        self._calendar(request).generation += 1
        return web.json_response({})

    async def _make_unreadable(self, request: web.Request) -> web.Response:
        self._calendar(request).unreadable = str((await body_of(request)).get("reason", ""))
        return web.json_response({})

    async def _events(self, request: web.Request) -> web.Response:
        calendar = self._calendar(request)
        return web.json_response([calendar.show(event) for event in calendar.events.values()])

    async def _add_event(self, request: web.Request) -> web.Response:
        calendar, body = self._calendar(request), await body_of(request)
        insert = calendar.insert_unchecked if request.query.get("unchecked") == "true" else calendar.insert
        return web.json_response(calendar.show(insert(body, self.staff)), status=201)

    async def _change_event(self, request: web.Request) -> web.Response:
        calendar = self._calendar(request)
        return web.json_response(
            calendar.show(calendar.patch(request.match_info["event"], await body_of(request), None))
        )

    async def _remove_event(self, request: web.Request) -> web.Response:
        self._calendar(request).delete(request.match_info["event"], None)
        return web.json_response({})

    async def _set_oauth(self, request: web.Request) -> web.Response:
        for name, value in _known(await body_of(request), _SETTINGS).items():
            setattr(self.service.consent, name, value)
        return web.json_response({})

    async def _expire_tokens(self, request: web.Request) -> web.Response:
        consent = self.service.consent
        ends = {"access": consent.expire_access_tokens, "refresh": consent.end_grants}
        what = (await body_of(request)).get("what")
        if what not in ends:
            raise ValueError("`what` is access or refresh.")
        ends[what]()
        return web.json_response({})

    async def _mint(self, request: web.Request) -> web.Response:
        wanted = _known(await body_of(request), _CLAIMS)
        if "audience" not in wanted:
            raise ValueError("A token needs its `audience`.")
        return web.json_response({"token": self.issuer.mint(**wanted)})

    async def _rotate(self, _request: web.Request) -> web.Response:
        self.issuer.rotate()
        return web.json_response({"kid": self.issuer.published[-1].kid})

    async def _set_clock(self, request: web.Request) -> web.Response:
        jobs = self.jobs()
        jobs.clock.held = _moment(request, "at") if "at" in request.query else None
        jobs.reset_due()
        return web.json_response({"now": jobs.clock.now().isoformat()})

    async def _tick(self, request: web.Request) -> web.Response:
        jobs, to = self.jobs(), _moment(request, "to")
        if jobs.clock.held is None:
            raise ValueError("The scheduler's clock runs by itself: set it with /_lab/scheduler/clock to hold it.")
        if to < jobs.clock.held:
            raise ValueError("A tick goes forward: set the clock back with /_lab/scheduler/clock.")
        jobs.clock.held = to
        return web.json_response({"attempts": await jobs.fire_due(int(request.query.get("deliveries", "1")))})

    async def _attempts(self, _request: web.Request) -> web.Response:
        await self.jobs().settled()
        return web.json_response(self.jobs().attempts)

    async def _read_log(self, _request: web.Request) -> web.Response:
        return web.json_response(self.log)


def _moment(request: web.Request, name: str) -> dt.datetime:
    try:
        return moment_of(request.query.get(name)).astimezone(dt.UTC)
    except Refused as error:
        raise ValueError(f"`{name}` is a moment such as 2026-11-23T09:00:00Z.") from error


def _known(given: dict[str, Any], kinds: dict[str, type]) -> dict[str, Any]:
    if unknown := given.keys() - kinds.keys():
        raise ValueError(f"The body has fields nobody reads: {', '.join(sorted(unknown))}.")
    if wrong := [name for name, value in given.items() if type(value) is not kinds[name]]:
        raise ValueError(f"{', '.join(wrong)}: give {', '.join(kinds[name].__name__ for name in wrong)}.")
    return given


def _complaining(door: Door) -> Door:
    """What is wrong with a request to the lab is answered as a sentence."""

    async def answer(request: web.Request) -> web.Response:
        try:
            return await door(request)
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        except Refused as refused:
            return refused.answer()

    return answer
