"""The lab's own endpoints beside the carrier's: numbers, callers, phones, signing, and the record of each call.

    POST /_lab/numbers  {"number", "voice_url", "voice_fallback_url"?, "status_callback"?}
    POST /_lab/calls    {"from", "to", "script"?, "parameters"?}       → 201 {"call_sid", …}
    POST /_lab/phones   {"number", "answers"?, "rings_s"?, "script"?}  what happens when the product dials out
    POST /_lab/signing  {"secret", "algorithm"?, "key_id"?}            sign with another secret from now on
    GET  /_lab/calls/{sid} · …/events (NDJSON until the call ends) · …/audio.wav

It refuses to know how calls are carried out.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from infra.local.caller import audio as caller_audio
from infra.local.caller.script import script_of
from infra.local.twilio.account import Account, Number
from infra.local.twilio.call import PhoneCall
from infra.local.twilio.plan import Phone
from infra.local.twilio.signing import SigningKey

_ANSWERS = ("human", "no-answer", "busy", "failed")


class LabControl:
    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/_lab/numbers", _complaining(self.add_number)),
            web.post("/_lab/phones", _complaining(self.add_phone)),
            web.post("/_lab/signing", _complaining(self.sign_with)),
            web.post("/_lab/calls", _complaining(self.call_in)),
            web.get("/_lab/calls", self.all_calls),
            web.get("/_lab/calls/{sid}", self.record),
            web.get("/_lab/calls/{sid}/events", self.live),
            web.get("/_lab/calls/{sid}/audio.wav", self.audio),
        ]

    async def add_number(self, request: web.Request) -> web.Response:
        given = await _object(request, {"number", "voice_url"}, {"voice_fallback_url", "status_callback"})
        self._account.numbers[given["number"]] = Number(**given)
        return web.json_response(given, status=201)

    async def add_phone(self, request: web.Request) -> web.Response:
        given = await _object(request, {"number"}, {"answers", "rings_s", "script"})
        answers = given.get("answers", "human")
        if answers not in _ANSWERS:
            raise ValueError(f"`answers` is one of {', '.join(_ANSWERS)}.")
        phone = Phone(answers, float(given.get("rings_s", Phone.rings)), script_of(given.get("script", {})))
        self._account.phones[given["number"]] = phone
        return web.json_response(given, status=201)

    async def sign_with(self, request: web.Request) -> web.Response:
        given = await _object(request, {"secret"}, {"algorithm", "key_id"})
        self._account.webhooks.key = SigningKey(**given)
        return web.json_response({}, status=200)

    async def call_in(self, request: web.Request) -> web.Response:
        given = await _object(request, {"from", "to"}, {"script", "parameters"})
        number = self._account.numbers.get(given["to"])
        if number is None:
            complaint = f"{given['to']} is no number here: POST it to /_lab/numbers."
            return web.json_response({"error": complaint}, status=404)
        parameters = _texts(given.get("parameters", {}))
        script = script_of(given.get("script", {}))
        await asyncio.to_thread(caller_audio.render, script)  # a voice that does not exist is told at once
        call = self._account.ring_in(given["from"], number, script, parameters)
        path = f"/_lab/calls/{call.sid}"
        links = {"record": path, "events": f"{path}/events", "audio": f"{path}/audio.wav"}
        return web.json_response({"call_sid": call.sid, **links}, status=201)

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


def _head(call: PhoneCall) -> dict[str, Any]:
    return {
        "call_sid": call.sid,
        "direction": call.plan.direction,
        "from": call.plan.from_number,
        "to": call.plan.to_number,
        "status": call.status,
        "over": call.record.ended,
        "ended_by": call.ended_by,
        "seconds": call.seconds,
    }


async def _object(request: web.Request, wanted: set[str], welcome: set[str]) -> dict[str, Any]:
    given = await request.json()
    if not isinstance(given, dict):
        raise ValueError("The body is a JSON object.")
    if missing := wanted - given.keys():
        raise ValueError(f"The body lacks {', '.join(sorted(missing))}.")
    if wrong := [name for name in wanted if not isinstance(given[name], str)]:
        raise ValueError(f"{', '.join(sorted(wrong))}: give a text.")
    if unknown := given.keys() - wanted - welcome:
        raise ValueError(f"The body has fields nobody reads: {', '.join(sorted(unknown))}.")
    return given


def _texts(given: Any) -> dict[str, str]:
    if not isinstance(given, dict):
        raise ValueError("`parameters` is an object of texts.")
    return {str(name): str(value) for name, value in given.items()}


def _complaining(
    door: Callable[[web.Request], Awaitable[web.Response]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """What is wrong with a request to the lab is answered as a sentence."""

    async def complaining(request: web.Request) -> web.Response:
        try:
            return await door(request)
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)

    return complaining
