"""The account's numbers: fetch, list and update under `/2010-04-01/Accounts/{Sid}/IncomingPhoneNumbers`.

A deployment points them at itself here. It refuses to know what happens when one is called.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from infra.local.twilio.account import Account, Number
from infra.local.twilio.leg import API_VERSION
from infra.local.twilio.rest.doors import PREFIX, Form, date, guarded, not_found, page

_URLS = {
    "VoiceUrl": "voice_url",
    "VoiceFallbackUrl": "voice_fallback_url",
    "StatusCallback": "status_callback",
    "SmsUrl": "sms_url",
    "SmsFallbackUrl": "sms_fallback_url",
}
_METHODS = {
    "VoiceMethod": "voice_method",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallbackMethod": "status_callback_method",
    "SmsMethod": "sms_method",
    "SmsFallbackMethod": "sms_fallback_method",
}
_INVALID_URL, _INVALID_METHOD = 21402, 21403


class NumbersResource:
    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        numbers = f"{PREFIX}/{{account}}/IncomingPhoneNumbers"
        return [
            web.get(f"{numbers}.json", guarded(self._account, self.list)),
            web.get(f"{numbers}/{{sid}}.json", guarded(self._account, self.fetch)),
            web.post(f"{numbers}/{{sid}}.json", guarded(self._account, self.update)),
        ]

    async def list(self, request: web.Request) -> web.Response:
        wanted, named = request.query.get("PhoneNumber", ""), request.query.get("FriendlyName")
        numbers = self._account.numbers.values()
        found = [each for each in numbers if wanted in each.number and named in (None, _name(each))]
        return page(request, "incoming_phone_numbers", found, self._as_json)

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._as_json(self._number(request)))

    async def update(self, request: web.Request) -> web.Response:
        """What is given is changed, all else stays; an empty address takes it away."""
        form = await Form.of(request, {"FriendlyName", *_URLS, *_METHODS})
        changed = {field: form.url(name, _INVALID_URL) or "" for name, field in _URLS.items() if name in form}
        changed |= {field: form.method(name, _INVALID_METHOD) for name, field in _METHODS.items() if name in form}
        if "FriendlyName" in form:
            changed["friendly_name"] = form.text("FriendlyName")
        updated: dict[str, Any] = {**changed, "updated": datetime.now(UTC)}
        number = replace(self._number(request), **updated)
        self._account.set_up(number)
        return web.json_response(self._as_json(number))

    def _number(self, request: web.Request) -> Number:
        for number in self._account.numbers.values():
            if number.sid == request.match_info["sid"]:
                return number
        raise not_found(request)

    def _as_json(self, number: Number) -> dict[str, Any]:
        account = self._account.credentials.account_sid
        uri = f"{PREFIX}/{account}/IncomingPhoneNumbers/{number.sid}"
        return {
            "sid": number.sid,
            "account_sid": account,
            "address_requirements": "none",
            "address_sid": None,
            "api_version": API_VERSION,
            "beta": False,
            "bundle_sid": None,
            "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
            "date_created": date(number.created),
            "date_updated": date(number.updated),
            "emergency_address_sid": None,
            "emergency_address_status": "unregistered",
            "emergency_status": "Inactive",
            "friendly_name": _name(number),
            "identity_sid": None,
            "origin": "twilio",
            "phone_number": number.number,
            "sms_application_sid": "",
            "sms_fallback_method": number.sms_fallback_method,
            "sms_fallback_url": number.sms_fallback_url,
            "sms_method": number.sms_method,
            "sms_url": number.sms_url,
            "status": "in-use",
            "status_callback": number.status_callback,
            "status_callback_method": number.status_callback_method,
            "subresource_uris": {"assigned_add_ons": f"{uri}/AssignedAddOns.json"},
            "trunk_sid": None,
            "type": None,
            "uri": f"{uri}.json",
            "voice_application_sid": "",
            "voice_caller_id_lookup": False,
            "voice_fallback_method": number.voice_fallback_method,
            "voice_fallback_url": number.voice_fallback_url,
            "voice_method": number.voice_method,
            "voice_receive_mode": "voice",
            "voice_url": number.voice_url,
        }


def _name(number: Number) -> str:
    return number.friendly_name or number.number
