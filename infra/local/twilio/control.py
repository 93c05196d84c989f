"""The lab's own endpoints beside the carrier's: numbers, people, how badly things go, and the record of each call.

    POST /_lab/numbers   {"number", "voice_url"?, "voice_fallback_url"?, "status_callback"?, "sms_url"?, …}
    POST /_lab/calls     {"from", "to", "script"?, "parameters"?, "network"?}   → 201 {"call_sid", …}
    POST /_lab/phones    {"number", "answers"?, "rings_s"?, "script"?, …}   what happens when the product calls or
                         texts there (`forms.phone_of` lists all)
    POST /_lab/messages  {"from", "to", "body"}      a person texts the account   → 201 {"message_sid"}
    POST /_lab/account   {"calls_per_second"?}
    POST /_lab/delivery  {"shuffle"?, "copies"?, "late_s"?, "lose"?, "seed"?}   how callbacks arrive from now on
    POST /_lab/webhooks  {"kind", "path"?, "times"?, "seconds"?}   what goes wrong with requests to the product
    DELETE /_lab/webhooks
    POST /_lab/signing   {"secret", "algorithm"?, "key_id"?}   sign with another secret from now on
    GET  /_lab/calls · /_lab/calls/{sid} · …/events (NDJSON until the call ends) · …/audio.wav · /_lab/messages

It refuses to know how calls are carried out.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import fields
from typing import Any

from aiohttp import web

from infra.local.caller import audio as caller_audio
from infra.local.caller.script import script_of
from infra.local.twilio import forms
from infra.local.twilio.account import Account, Number
from infra.local.twilio.call import PhoneCall
from infra.local.twilio.people import Called
from infra.local.twilio.signing import SigningKey
from infra.local.twilio.texts import Message

_NUMBER = {one.name for one in fields(Number)} - {"number", "created", "updated"}

Door = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LabControl:
    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/_lab/numbers", _complaining(self.add_number)),
            web.post("/_lab/phones", _complaining(self.add_phone)),
            web.post("/_lab/account", _complaining(self.set_account)),
            web.post("/_lab/delivery", _complaining(self.deliver_so)),
            web.post("/_lab/webhooks", _complaining(self.spoil_webhooks)),
            web.delete("/_lab/webhooks", self.heal_webhooks),
            web.post("/_lab/signing", _complaining(self.sign_with)),
            web.post("/_lab/messages", _complaining(self.text_in)),
            web.get("/_lab/messages", self.all_messages),
            web.post("/_lab/calls", _complaining(self.call_in)),
            web.get("/_lab/calls", self.all_calls),
            web.get("/_lab/calls/{sid}", self.record),
            web.get("/_lab/calls/{sid}/events", self.live),
            web.get("/_lab/calls/{sid}/audio.wav", self.audio),
        ]

    async def add_number(self, request: web.Request) -> web.Response:
        given = forms.checked(await request.json(), {"number"}, _NUMBER)
        forms.texts(given)
        self._account.set_up(Number(**given))
        return web.json_response(given, status=201)

    async def add_phone(self, request: web.Request) -> web.Response:
        given = await request.json()
        number, phone = forms.phone_of(given)
        await asyncio.to_thread(Called, phone)  # a voice that does not exist is told at once
        self._account.exchange.phones[number] = phone
        return web.json_response(given, status=201)

    async def set_account(self, request: web.Request) -> web.Response:
        given = forms.checked(await request.json(), {"calls_per_second"}, set())
        self._account.departures.per_second = forms.positive(given, "calls_per_second")
        return web.json_response(given)

    async def deliver_so(self, request: web.Request) -> web.Response:
        self._account.exchange.delivery = forms.delivery_of(given := await request.json())
        return web.json_response(given)

    async def spoil_webhooks(self, request: web.Request) -> web.Response:
        self._account.webhooks.faults.append(forms.webhook_fault_of(given := await request.json()))
        return web.json_response(given, status=201)

    async def heal_webhooks(self, _request: web.Request) -> web.Response:
        self._account.webhooks.faults.clear()
        return web.json_response({})

    async def sign_with(self, request: web.Request) -> web.Response:
        given = forms.checked(await request.json(), {"secret"}, {"algorithm", "key_id"})
        forms.texts(given)
        self._account.webhooks.key = SigningKey(**given)
        return web.json_response({})

    async def text_in(self, request: web.Request) -> web.Response:
        given = forms.checked(await request.json(), {"from", "to", "body"}, set())
        forms.texts(given)
        number = self._account.numbers.get(given["to"])
        if number is None:
            return _no_number(given["to"])
        message = self._account.text_in(given["from"], number, given["body"])
        return web.json_response({"message_sid": message.sid}, status=201)

    async def all_messages(self, _request: web.Request) -> web.Response:
        return web.json_response({"messages": [_told(each) for each in self._account.texts.messages.values()]})

    async def call_in(self, request: web.Request) -> web.Response:
        given = forms.checked(await request.json(), {"from", "to"}, {"script", "parameters", "network"})
        number = self._account.numbers.get(given["to"])
        if number is None:
            return _no_number(given["to"])
        parameters, network = forms.parameters_of(given), forms.network_of(given.get("network", {}))
        script = script_of(given.get("script", {}))
        await asyncio.to_thread(caller_audio.render, script)  # a voice that does not exist is told at once
        call = self._account.ring_in(str(given["from"]), number, script, parameters, network)
        path = f"/_lab/calls/{call.leg.sid}"
        links = {"record": path, "events": f"{path}/events", "audio": f"{path}/audio.wav"}
        return web.json_response({"call_sid": call.leg.sid, **links}, status=201)

    async def all_calls(self, _request: web.Request) -> web.Response:
        calls = self._account.calls.values()
        return web.json_response({"calls": [_head(call) | {"faults": call.record.faults} for call in calls]})

    async def record(self, request: web.Request) -> web.Response:
        call = self._call(request)
        return web.json_response(_head(call) | call.record.summary())

    async def live(self, request: web.Request) -> web.StreamResponse:
        call = self._call(request)
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        async for event in call.record.live():
            await response.write(json.dumps(event).encode() + b"\n")
        await response.write_eof()
        return response

    async def audio(self, request: web.Request) -> web.Response:
        return web.Response(body=self._call(request).record.wav(), content_type="audio/wav")

    def _call(self, request: web.Request) -> PhoneCall:
        call = self._account.calls.get(request.match_info["sid"])
        if call is None:
            raise web.HTTPNotFound(text="No call of that sid was placed here.")
        return call


def _no_number(number: str) -> web.Response:
    complaint = f"{number} is no number here: POST it to /_lab/numbers."
    return web.json_response({"error": complaint}, status=404)


def _head(call: PhoneCall) -> dict[str, Any]:
    return {
        "call_sid": call.leg.sid,
        "direction": call.leg.direction,
        "from": call.leg.from_number,
        "to": call.leg.to_number,
        "status": call.leg.status,
        "answered_by": call.leg.answered_by,
        "queue_ms": call.leg.queued_ms,
        "over": call.record.ended,
        "ended_by": call.ended_by,
        "seconds": call.leg.seconds,
    }


def _told(message: Message) -> dict[str, Any]:
    return {
        "message_sid": message.sid,
        "direction": message.asked.direction,
        "from": message.asked.from_number,
        "to": message.asked.to_number,
        "body": message.asked.body,
        "status": message.status,
        "error_code": message.error_code,
        "over": message.record.ended,
        "faults": message.record.faults,
    }


def _complaining(door: Door) -> Door:
    """What is wrong with a request to the lab is answered as a sentence."""

    async def complaining(request: web.Request) -> web.StreamResponse:
        try:
            return await door(request)
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)

    return complaining
