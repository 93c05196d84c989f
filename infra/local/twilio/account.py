"""The account of the lab: its secrets, its numbers, the phones that can be rung, and the calls that were placed.

It refuses to know of HTTP: REST and the lab's control endpoints are two doors to it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from infra.local.caller.script import Script
from infra.local.twilio.call import PhoneCall
from infra.local.twilio.plan import Callbacks, Exchange, Phone, Plan, Source
from infra.local.twilio.webhook import Webhooks

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Credentials:
    """REST accepts both tokens; only the primary one signs, until the lab is told otherwise."""

    account_sid: str
    auth_token: str
    secondary_auth_token: str | None = None

    def admits(self, user: str, password: str) -> bool:
        return user == self.account_sid and password in (self.auth_token, self.secondary_auth_token)


@dataclass(frozen=True)
class Number:
    """A number of the account and where the product answers for it."""

    number: str
    voice_url: str
    voice_fallback_url: str | None = None
    status_callback: str | None = None


class Account:
    """Must be closed: calls that still run are cut off."""

    def __init__(self, credentials: Credentials, exchange: Exchange) -> None:
        self.credentials = credentials
        self.numbers: dict[str, Number] = {}
        self.phones: dict[str, Phone] = {}
        self.calls: dict[str, PhoneCall] = {}
        self._exchange = exchange
        self._running: set[asyncio.Task[None]] = set()

    @property
    def webhooks(self) -> Webhooks:
        return self._exchange.webhooks

    def ring_in(self, from_number: str, number: Number, script: Script, parameters: Mapping[str, str]) -> PhoneCall:
        """A person calls one of the account's numbers."""
        fallback = Source(number.voice_fallback_url) if number.voice_fallback_url else None
        callbacks = Callbacks(number.status_callback)
        source, phone = Source(number.voice_url), Phone(script=script)
        return self.place(
            Plan("inbound", from_number, number.number, source, fallback, callbacks, phone, parameters=parameters)
        )

    def place(self, plan: Plan) -> PhoneCall:
        call = PhoneCall(plan, self._exchange)
        self.calls[call.sid] = call
        task = asyncio.create_task(call.carry_out(), name=call.sid)
        self._running.add(task)
        task.add_done_callback(self._over)
        return call

    def _over(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("The lab itself failed in call %s.", task.get_name(), exc_info=error)

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        if self._running:
            _, stubborn = await asyncio.wait(self._running, timeout=0.4)
            for task in stubborn:  # it waits for a last callback's answer
                task.cancel()
            if stubborn:
                await asyncio.wait(stubborn, timeout=0.2)
