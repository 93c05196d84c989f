"""Calls: create, fetch, list and update under `/2010-04-01/Accounts/{Sid}/Calls`; shapes and errors are the vendor's.

It refuses to know how a call is carried out.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from infra.local.twilio.account import Account
from infra.local.twilio.amd import Detection
from infra.local.twilio.callbacks import Callbacks
from infra.local.twilio.leg import API_VERSION, ENDED, Leg
from infra.local.twilio.plan import Phone, Plan, Source
from infra.local.twilio.rest.doors import E164, PREFIX, Form, date, guarded, not_found, page, span
from infra.local.twilio.rest.errors import INVALID, RestError

_SOURCE = {"Url", "Method", "Twiml"}
_CREATE = _SOURCE | {
    "To", "From", "FallbackUrl", "FallbackMethod", "StatusCallback", "StatusCallbackEvent", "StatusCallbackMethod",
    "Timeout", "TimeLimit", "SendDigits", "MachineDetection", "MachineDetectionTimeout",
    "MachineDetectionSpeechThreshold", "MachineDetectionSpeechEndThreshold", "MachineDetectionSilenceTimeout",
    "AsyncAmd", "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod",
}  # fmt: skip
_TERMS = {"FallbackUrl", "FallbackMethod", "StatusCallback", "StatusCallbackMethod", "TimeLimit"}
_UPDATE = _SOURCE | _TERMS | {"Status"}
_EVENTS = {"initiated", "ringing", "answered", "completed"}
_MAX_TWIML = 4_000
_LONGEST = 14_400
_KEYS = set("0123456789*#wW")
_UNKNOWN_PHONE = Phone(answers="failed", rings=0.2)


class CallsResource:
    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        calls = f"{PREFIX}/{{account}}/Calls"
        return [
            web.post(f"{calls}.json", guarded(self._account, self.create)),
            web.get(f"{calls}.json", guarded(self._account, self.list)),
            web.get(f"{calls}/{{sid}}.json", guarded(self._account, self.fetch)),
            web.post(f"{calls}/{{sid}}.json", guarded(self._account, self.update)),
        ]

    async def create(self, request: web.Request) -> web.Response:
        call = self._account.place(self._plan(await Form.of(request, _CREATE)))
        return web.json_response(as_json(call.leg), status=201)

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(as_json(self._leg(request)))

    async def update(self, request: web.Request) -> web.Response:
        """Completed ends a call at any time, canceled one that nobody answered yet; instructions need one that goes
        on; new terms can be given until it has ended."""
        form = await Form.of(request, _UPDATE)
        leg = self._leg(request)
        call = self._account.calls.get(leg.sid)
        if leg.status in ENDED or call is None:
            raise RestError(21220)
        status = form.choice("Status", ("completed", "canceled"))
        source = None if status or (not form.has(_SOURCE) and form.has(_TERMS)) else _source(form)
        if source is not None and leg.status != "in-progress":
            raise RestError(21220)
        limit = form.whole("TimeLimit", _LONGEST, 1, _LONGEST) if "TimeLimit" in form else None
        call.change(_fallback(form), _told_at(form), limit)
        if source is not None:
            call.redirect(source)
        elif status == "completed" or (status == "canceled" and leg.answered is None):
            call.hang_up("rest")
        return web.json_response(as_json(leg))

    async def list(self, request: web.Request) -> web.Response:
        query = request.query
        started, ended = span(query, "StartTime"), span(query, "EndTime")

        def fits(leg: Leg) -> bool:
            has = {"To": leg.to_number, "From": leg.from_number, "Status": leg.status, "ParentCallSid": leg.parent_sid}
            alike = all(query.get(name, value) == value for name, value in has.items())
            return alike and started(leg.started) and ended(leg.ended)

        found = [leg for leg in reversed(self._account.exchange.legs.values()) if fits(leg)]
        return page(request, "calls", found, as_json)

    def _leg(self, request: web.Request) -> Leg:
        leg = self._account.exchange.legs.get(request.match_info["sid"])
        if leg is None:
            raise not_found(request)
        return leg

    def _plan(self, form: Form) -> Plan:
        to, caller = form.text("To"), form.text("From")
        self._check_ends(to, caller)
        phone = self._account.exchange.phones.get(to, _UNKNOWN_PHONE)
        if phone.refused is not None:
            raise RestError(phone.refused)
        source, callbacks, detection = _source(form), _callbacks(form), _detection(form)
        digits = form.text("SendDigits")
        if not set(digits) <= _KEYS:
            raise RestError(21206, "SendDigits holds the keys 0-9, *, # and w for a pause.")
        timeout = form.whole("Timeout", 60, 1, 600, 21208)
        limit = form.whole("TimeLimit", _LONGEST, 1, _LONGEST)
        if self._account.departures.is_full:
            raise RestError(22005)
        return Plan(
            Leg(self._account.credentials.account_sid, "outbound-api", caller, to, "queued"),
            source,
            _fallback(form),
            callbacks,
            phone,
            timeout,
            limit,
            self._account.departures.wait(),
            None if digits else detection,
            digits,
        )

    def _check_ends(self, to: str, caller: str) -> None:
        if not to:
            raise RestError(21201, "No 'To' number is specified")
        if not caller:
            raise RestError(21213, "No 'From' number is specified")
        if not E164.fullmatch(to):
            raise RestError(21211, f"The phone number you are attempting to call, {to}, is not valid.")
        if not E164.fullmatch(caller):
            raise RestError(21212, f"The source phone number provided, {caller}, is not a valid phone number.")
        if caller not in self._account.numbers:
            raise RestError(21210, f"The source phone number provided, {caller}, is not owned by your account.")


def _source(form: Form) -> Source:
    """`Url` wins over `Twiml`, as with the carrier."""
    if (url := form.url("Url", 21205)) is not None:
        return Source(url, form.method("Method"))
    twiml = form.text("Twiml")
    if not twiml:
        raise RestError(21205, "Url parameter is required.")
    if len(twiml) > _MAX_TWIML:
        raise RestError(32018, f"Twiml is longer than {_MAX_TWIML} characters.")
    return Source(twiml=twiml)


def _fallback(form: Form) -> Source | None:
    method = form.method("FallbackMethod")
    return Source(url, method) if (url := form.url("FallbackUrl", INVALID)) else None


def _told_at(form: Form) -> Source | None:
    method = form.method("StatusCallbackMethod")
    return Source(url, method) if (url := form.url("StatusCallback", 21609)) else None


def _callbacks(form: Form) -> Callbacks:
    events = frozenset(form.all("StatusCallbackEvent"))
    if events - _EVENTS:
        raise RestError(21626, f"Invalid StatusCallbackEvent: {', '.join(sorted(events - _EVENTS))}.")
    told_at = _told_at(form) or Source()
    return Callbacks(told_at.url or None, told_at.method, events or Callbacks.events)


def _detection(form: Form) -> Detection | None:
    mode = form.choice("MachineDetection", ("Enable", "DetectMessageEnd"))
    if mode is None:
        return None
    return Detection(
        mode,
        form.whole("MachineDetectionTimeout", 30, 3, 59),
        form.whole("MachineDetectionSpeechThreshold", 2400, 1000, 6000) / 1000,
        form.whole("MachineDetectionSpeechEndThreshold", 1200, 500, 5000) / 1000,
        form.whole("MachineDetectionSilenceTimeout", 5000, 2000, 10000) / 1000,
        form.choice("AsyncAmd", ("true", "false")) == "true",
        form.url("AsyncAmdStatusCallback", INVALID),
        form.method("AsyncAmdStatusCallbackMethod"),
    )


def as_json(leg: Leg) -> dict[str, Any]:
    """The Call resource: numbers as strings and RFC 2822 dates, as the vendor writes them."""
    uri = f"{PREFIX}/{leg.account_sid}/Calls/{leg.sid}"
    parts = {
        "events": "Events", "notifications": "Notifications", "payments": "Payments", "recordings": "Recordings",
        "siprec": "Siprec", "streams": "Streams", "transcriptions": "Transcriptions",
        "user_defined_message_subscriptions": "UserDefinedMessageSubscriptions",
        "user_defined_messages": "UserDefinedMessages",
    }  # fmt: skip
    return {
        "sid": leg.sid,
        "account_sid": leg.account_sid,
        "annotation": None,
        "answered_by": _answered_by(leg.answered_by),
        "api_version": API_VERSION,
        "caller_name": leg.parameters.get("CallerName"),
        "date_created": date(leg.created),
        "date_updated": date(leg.updated),
        "direction": leg.direction,
        "duration": None if leg.answered is None or leg.seconds is None else str(leg.seconds),
        "end_time": date(leg.ended),
        "forwarded_from": leg.parameters.get("ForwardedFrom"),
        "from": leg.from_number,
        "from_formatted": _formatted(leg.from_number),
        "group_sid": None,
        "parent_call_sid": leg.parent_sid,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": str(leg.queued_ms),
        "start_time": date(leg.started),
        "status": leg.status,
        "subresource_uris": {name: f"{uri}/{part}.json" for name, part in parts.items()},
        "to": leg.to_number,
        "to_formatted": _formatted(leg.to_number),
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def _answered_by(verdict: str | None) -> str | None:
    """The resource knows only people and machines."""
    if verdict is None or verdict == "human":
        return verdict
    return "machine" if verdict.startswith("machine") else None


def _formatted(number: str) -> str:
    """For display: numbers of North America as people there write them."""
    if len(number) == 12 and number.startswith("+1"):
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number
