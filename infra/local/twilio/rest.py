"""The carrier's REST for calls: create, fetch, list, update under `/2010-04-01/Accounts/{Sid}/Calls`, as the SDK does.

Shapes and error bodies are the vendor's. It refuses to know how a call is carried out.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from infra.local.twilio.account import Account
from infra.local.twilio.call import API_VERSION, PhoneCall
from infra.local.twilio.plan import ENDED, Callbacks, Phone, Plan, Source

PREFIX = f"/{API_VERSION}/Accounts"
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_MAX_TWIML = 4_000
_EVENTS = {"initiated", "ringing", "answered", "completed"}
_UNKNOWN_PHONE = Phone(answers="failed", rings=0.2)


class RestError(Exception):
    """An error answer: HTTP status, the vendor's number, a sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def answer(self) -> web.Response:
        body = {
            "code": self.code,
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        return web.json_response(body, status=self.status)


class CallsResource:
    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        calls = f"{PREFIX}/{{account}}/Calls"
        return [
            web.post(f"{calls}.json", self._guarded(self.create)),
            web.get(f"{calls}.json", self._guarded(self.list)),
            web.get(f"{calls}/{{sid}}.json", self._guarded(self.fetch)),
            web.post(f"{calls}/{{sid}}.json", self._guarded(self.update)),
        ]

    def _guarded(
        self, door: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def guarded(request: web.Request) -> web.Response:
            try:
                self._authenticate(request)
                return await door(request)
            except RestError as error:
                return error.answer()

        return guarded

    def _authenticate(self, request: web.Request) -> None:
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user = password = ""
        if scheme.lower() != "basic" or not self._account.credentials.admits(user, password):
            raise RestError(401, 20003, "Authenticate")
        if request.match_info["account"] != self._account.credentials.account_sid:
            raise _not_found(request.path)

    async def create(self, request: web.Request) -> web.Response:
        form = await request.post()
        given = {name: str(value) for name, value in form.items()}
        events = frozenset(str(value) for value in form.getall("StatusCallbackEvent", []))
        call = self._account.place(self._plan(given, events))
        return web.json_response(as_json(call, self._account.credentials.account_sid), status=201)

    def _plan(self, given: Mapping[str, str], events: frozenset[str]) -> Plan:
        to, caller = given.get("To", ""), given.get("From", "")
        if not to:
            raise RestError(400, 21201, "No 'To' number is specified")
        if not caller:
            raise RestError(400, 21213, "No 'From' number is specified")
        if not _E164.fullmatch(to):
            raise RestError(400, 21211, f"The phone number you are attempting to call, {to}, is not valid.")
        if caller not in self._account.numbers:
            raise RestError(400, 21210, f"The source phone number provided, {caller}, is not owned by your account.")
        if events - _EVENTS:
            raise RestError(400, 21626, f"Invalid StatusCallbackEvent: {', '.join(sorted(events - _EVENTS))}.")
        method = given.get("StatusCallbackMethod", "POST")
        callbacks = Callbacks(given.get("StatusCallback"), method, events or Callbacks.events)
        fallback = given.get("FallbackUrl")
        return Plan(
            direction="outbound-api",
            from_number=caller,
            to_number=to,
            source=_source(given),
            fallback=Source(fallback, given.get("FallbackMethod", "POST")) if fallback else None,
            callbacks=callbacks,
            phone=self._account.phones.get(to, _UNKNOWN_PHONE),
            timeout=_timeout(given.get("Timeout", "60")),
        )

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(as_json(self._call(request), self._account.credentials.account_sid))

    async def update(self, request: web.Request) -> web.Response:
        call = self._call(request)
        given = {name: str(value) for name, value in (await request.post()).items()}
        if call.status in ENDED:
            raise RestError(400, 21220, "Call is not in-progress. Cannot redirect.")
        status = given.get("Status")
        if status in ("completed", "canceled"):
            call.hang_up("rest")
        elif status is not None:
            raise RestError(400, 21218, f"Invalid status {status!r}: completed or canceled.")
        else:
            call.redirect(_source(given))
        return web.json_response(as_json(call, self._account.credentials.account_sid))

    async def list(self, request: web.Request) -> web.Response:
        found = [call for call in reversed(self._account.calls.values()) if _matches(call, request.query)]
        size, page = _whole(request.query.get("PageSize", "50")), _whole(request.query.get("Page", "0"))
        shown = found[page * size : (page + 1) * size]
        uri = request.path

        def page_uri(number: int) -> str:
            return f"{uri}?{urlencode({**request.query, 'PageSize': size, 'Page': number})}"

        body = {
            "calls": [as_json(call, self._account.credentials.account_sid) for call in shown],
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": max(page * size + len(shown) - 1, 0),
            "uri": page_uri(page),
            "first_page_uri": page_uri(0),
            "previous_page_uri": page_uri(page - 1) if page else None,
            "next_page_uri": page_uri(page + 1) if len(found) > (page + 1) * size else None,
        }
        return web.json_response(body)

    def _call(self, request: web.Request) -> PhoneCall:
        call = self._account.calls.get(request.match_info["sid"])
        if call is None:
            raise _not_found(request.path)
        return call


def _not_found(path: str) -> RestError:
    return RestError(404, 20404, f"The requested resource {path} was not found")


def _source(given: Mapping[str, str]) -> Source:
    """`Url` wins over `Twiml`, as with the carrier."""
    if given.get("Url"):
        return Source(given["Url"], given.get("Method", "POST"))
    if not given.get("Twiml"):
        raise RestError(400, 21205, "Url parameter is required.")
    if len(given["Twiml"]) > _MAX_TWIML:
        raise RestError(400, 32018, f"Twiml is longer than {_MAX_TWIML} characters.")
    return Source(twiml=given["Twiml"])


def _timeout(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 600:
        raise RestError(400, 20001, "Timeout is a number of seconds from 1 to 600.")
    return int(text)


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise RestError(400, 20001, "Page and PageSize are whole numbers.")
    return int(text)


def _matches(call: PhoneCall, query: Mapping[str, str]) -> bool:
    wanted = {"To": call.plan.to_number, "From": call.plan.from_number, "Status": call.status}
    if any(query.get(name, value) != value for name, value in wanted.items()):
        return False
    day = call.created
    after, before, on = query.get("StartTime>"), query.get("StartTime<"), query.get("StartTime")
    if after is not None and day < _moment(after):
        return False
    if before is not None and day > _moment(before):
        return False
    return on is None or day.date() == _moment(on).date()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise RestError(400, 20001, f"{text!r} is no date.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def as_json(call: PhoneCall, account_sid: str) -> dict[str, Any]:
    """The Call resource: numbers as strings and RFC 2822 dates, as the vendor writes them."""
    uri = f"{PREFIX}/{account_sid}/Calls/{call.sid}"
    inbound = call.plan.direction == "inbound"
    parts = ("events", "notifications", "payments", "recordings", "siprec", "streams", "transcriptions")
    return {
        "sid": call.sid,
        "account_sid": account_sid,
        "annotation": None,
        "answered_by": None,
        "api_version": API_VERSION,
        "caller_name": call.plan.parameters.get("CallerName"),
        "date_created": format_datetime(call.created),
        "date_updated": format_datetime(call.updated),
        "direction": call.plan.direction,
        "duration": None if call.answered is None or call.seconds is None else str(call.seconds),
        "end_time": call.ended and format_datetime(call.ended),
        "forwarded_from": call.plan.parameters.get("ForwardedFrom"),
        "from": call.plan.from_number,
        "from_formatted": call.plan.from_number,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": f"PN{'0' * 32}" if inbound else None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "start_time": call.answered and format_datetime(call.answered),
        "status": call.status,
        "stir_verstat": call.plan.parameters.get("StirVerstat"),
        "subresource_uris": {part: f"{uri}/{part.capitalize()}.json" for part in parts},
        "to": call.plan.to_number,
        "to_formatted": call.plan.to_number,
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }
