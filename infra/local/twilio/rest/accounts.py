"""The account itself, and the messages that callers left: fetched under `/2010-04-01/Accounts/{Sid}`."""

from __future__ import annotations

import io
import wave
from typing import Any

from aiohttp import web

from infra.local.speech import ulaw, voices
from infra.local.twilio.account import Account
from infra.local.twilio.rest.doors import PREFIX, date, guarded, not_found

_PARTS = ("Applications", "AvailablePhoneNumbers", "Calls", "Conferences", "IncomingPhoneNumbers", "Messages",
          "Notifications", "OutgoingCallerIds", "Queues", "Recordings", "Transcriptions")  # fmt: skip


class AccountResource:
    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{PREFIX}/{{account}}.json", guarded(self._account, self.fetch)),
            web.get(f"{PREFIX}/{{account}}/Recordings/{{sid}}.wav", guarded(self._account, self.recording)),
        ]

    async def fetch(self, _request: web.Request) -> web.Response:
        return web.json_response(self._as_json())

    async def recording(self, request: web.Request) -> web.Response:
        audio = self._account.exchange.recordings.get(request.match_info["sid"])
        if audio is None:
            raise not_found(request)
        with io.BytesIO() as file:
            with wave.open(file, "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(2)
                sound.setframerate(voices.RATE)
                sound.writeframes(ulaw.decode(audio).astype("<i2").tobytes())
            return web.Response(body=file.getvalue(), content_type="audio/x-wav")

    def _as_json(self) -> dict[str, Any]:
        credentials = self._account.credentials
        uri = f"{PREFIX}/{credentials.account_sid}"
        return {
            "sid": credentials.account_sid,
            "auth_token": credentials.auth_token,
            "date_created": date(self._account.created),
            "date_updated": date(self._account.created),
            "friendly_name": "The lab",
            "owner_account_sid": credentials.account_sid,
            "status": "active",
            "subresource_uris": {part.lower(): f"{uri}/{part}.json" for part in _PARTS},
            "type": "Full",
            "uri": f"{uri}.json",
        }
