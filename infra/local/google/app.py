"""The lab's Google (``python -m infra.local.google``): OAuth, OIDC certificates, Calendar v3 and Cloud Scheduler.

The ready line names the account's credentials beside the URL: what was not given on the command line is made up. The
lab's own endpoints are listed in `control`, faults in `infra.local.faults`.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from infra.local.faults import add_faults
from infra.local.google.calendar.book import Calendar
from infra.local.google.calendar.rest import CalendarService
from infra.local.google.control import LabControl
from infra.local.google.oauth import Consent, Grant, OAuthClient, scope_urls
from infra.local.google.oidc import Issuer
from infra.local.google.refusals import refusal_of
from infra.local.google.scheduler.clock import Clock
from infra.local.google.scheduler.jobs import Jobs
from infra.local.google.scheduler.rest import SchedulerDoors
from infra.local.serving import serve

_JOBS: web.AppKey[Jobs] = web.AppKey("jobs", Jobs)
_OAUTH_OPERATIONS = {
    "POST /token": "oauth.token",
    "GET /o/oauth2/v2/auth": "oauth.auth",
    "GET /oauth2/v1/certs": "oidc.certs",
    "GET /oauth2/v3/certs": "oidc.certs",
}
_TICK_SECONDS = 0.2  # a running clock jumps when its offset changes, so the next due moment cannot be slept to


@dataclass(frozen=True, kw_only=True)
class GoogleAccount:
    """The workshop's Google account with one calendar, the operator's OAuth client and the project's service account.

    `scopes` are the last words of those that were consented to.
    """

    client_id: str = field(default_factory=lambda: f"{secrets.randbelow(10**12):012d}-lab.apps.googleusercontent.com")
    client_secret: str = field(default_factory=lambda: f"GOCSPX-{secrets.token_urlsafe(21)}")
    refresh_token: str = field(default_factory=lambda: f"1//0{secrets.token_urlsafe(48)}")
    scopes: str = "calendar.events.owned calendar.freebusy calendar.calendars.readonly calendar.calendarlist.readonly"
    email: str = "workshop.lab@gmail.com"
    calendar_id: str = "sophie.lab@group.calendar.google.com"
    time_zone: str = "America/Chicago"
    service_account: str = "sophie-scheduler@sophie-lab.iam.gserviceaccount.com"


def make_app(account: GoogleAccount | None = None, clock: Clock | None = None) -> web.Application:
    """The stand-in as an application. The scheduler's clock is held at the present unless a running one is given."""
    account = account or GoogleAccount()
    clock = clock or Clock(dt.datetime.now(dt.UTC))
    issuer = Issuer(account.service_account)
    service = _calendar_service(account)
    log: list[dict[str, Any]] = []
    app = web.Application()
    doors = SchedulerDoors(lambda: app[_JOBS])
    control = LabControl(service, issuer, lambda: app[_JOBS], log, staff=f"advisor.{account.email}")
    operations = _OAUTH_OPERATIONS | service.operations() | doors.operations()
    add_faults(app, operations, refusal_of)
    app.middlewares.append(_logging(log, operations))
    app.add_routes([*service.consent.routes(), *issuer.routes(), *service.routes(), *doors.routes()])
    app.add_routes(control.routes())

    async def lifetime(_app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            app[_JOBS] = Jobs(clock, issuer, session)
            ticking = asyncio.create_task(_tick(app[_JOBS]))
            yield
            ticking.cancel()
            with suppress(asyncio.CancelledError):
                await ticking

    app.cleanup_ctx.append(lifetime)
    return app


def _calendar_service(account: GoogleAccount) -> CalendarService:
    consent = Consent(client=OAuthClient(client_id=account.client_id, client_secret=account.client_secret))
    consent.grants[account.refresh_token] = Grant(scopes=scope_urls(account.scopes))
    zone = ZoneInfo(account.time_zone)
    names = {account.email: account.email, account.calendar_id: "Workshop"}
    calendars = {
        name: Calendar(id=name, summary=summary, zone=zone, owner=account.email) for name, summary in names.items()
    }
    return CalendarService(account.email, consent, calendars)


async def _tick(jobs: Jobs) -> None:
    """Fires what is due, for as long as the clock runs; a held one is moved by hand."""
    while True:
        if jobs.jobs and jobs.clock.held is None:
            await jobs.fire_due()
        await asyncio.sleep(_TICK_SECONDS)


def _logging(log: list[dict[str, Any]], operations: Mapping[str, str]) -> Middleware:
    @web.middleware
    async def remember(request: web.Request, handler: Handler) -> web.StreamResponse:  # aiohttp passes it by this name
        answer = await handler(request)
        if not request.path.startswith("/_lab/"):
            resource = request.match_info.route.resource
            name = operations.get(f"{request.method} {resource.canonical}", "") if resource else ""
            log.append({"operation": name, "request": f"{request.method} {request.path_qs}", "status": answer.status})
        return answer

    return remember


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.google", description="The lab's Google.")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    for one in fields(GoogleAccount):
        parser.add_argument(f"--{one.name.replace('_', '-')}", default=argparse.SUPPRESS)
    parser.add_argument("--live-clock", action="store_true", help="the scheduler fires in real time, not at ticks")
    parser.add_argument("--clock-file", type=Path, help="seconds that the live clock is ahead of the real one")
    given = vars(parser.parse_args())
    port, live, offset = given.pop("port"), given.pop("live_clock"), given.pop("clock_file")
    account = GoogleAccount(**given)
    clock = Clock(None if live else dt.datetime.now(dt.UTC), offset)
    asyncio.run(serve(make_app(account, clock), port, asdict(account)))
