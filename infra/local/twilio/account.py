"""The account of the lab: its secrets, its numbers, the phones that can be rung, the calls and the messages.

It refuses to know of HTTP: REST and the lab's control endpoints are two doors to it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.local.caller.script import Script
from infra.local.twilio.call import PhoneCall
from infra.local.twilio.callbacks import Callbacks
from infra.local.twilio.clock import LineClock
from infra.local.twilio.leg import Leg
from infra.local.twilio.network import GOOD, Network
from infra.local.twilio.plan import Exchange, Phone, Plan, Source
from infra.local.twilio.texts import Incoming, Message, Outgoing, Texts
from infra.local.twilio.webhook import Webhooks

log = logging.getLogger(__name__)

_DAY = 24 * 3600.0


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
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    friendly_name: str = ""
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def sid(self) -> str:
        return "PN" + hashlib.md5(self.number.encode(), usedforsecurity=False).hexdigest()


class Departures:
    """The queue of created calls: so many leave it in a second, one after the other."""

    def __init__(self, clock: LineClock, per_second: float) -> None:
        self.per_second = per_second
        self._clock = clock
        self._next = 0.0

    def wait(self) -> float:
        """How long the call that is created now stays in the queue, in seconds of the line's time."""
        now = self._clock.now() / 8_000
        leaves = max(now, self._next)
        self._next = leaves + 1 / self.per_second
        return leaves - now

    @property
    def is_full(self) -> bool:
        """A day's worth of calls is waiting."""
        return self._next - self._clock.now() / 8_000 > _DAY


class Account:
    """Must be closed: calls that still run are cut off."""

    def __init__(self, credentials: Credentials, exchange: Exchange, calls_per_second: float = 1.0) -> None:
        self.credentials = credentials
        self.exchange = exchange
        self.created = datetime.now(UTC)
        self.numbers: dict[str, Number] = {}
        self.calls: dict[str, PhoneCall] = {}
        self.departures = Departures(LineClock(exchange.speed), calls_per_second)
        self.texts = Texts(exchange)
        self._running: set[asyncio.Task[None]] = set()

    @property
    def webhooks(self) -> Webhooks:
        return self.exchange.webhooks

    def set_up(self, number: Number) -> None:
        self.numbers[number.number] = number
        self.exchange.numbers.add(number.number)

    def ring_in(
        self, from_number: str, number: Number, script: Script, parameters: Mapping[str, str], network: Network = GOOD
    ) -> PhoneCall:
        """A person calls one of the account's numbers."""
        leg = Leg(self.credentials.account_sid, "inbound", from_number, number.number, "ringing", parameters=parameters)
        fallback = number.voice_fallback_url
        return self.place(
            Plan(
                leg,
                Source(number.voice_url, number.voice_method),
                Source(fallback, number.voice_fallback_method) if fallback else None,
                Callbacks(number.status_callback or None, number.status_callback_method),
                Phone(script=script, network=network),
            )
        )

    def place(self, plan: Plan) -> PhoneCall:
        call = PhoneCall(plan, self.exchange, len(self.calls))
        self.calls[plan.leg.sid] = call
        self._run(plan.leg.sid, call.carry_out())
        return call

    def text(self, outgoing: Outgoing) -> Message:
        """The product sends a message."""
        message = self.texts.take(outgoing)
        self._run(message.sid, self.texts.deliver(message))
        return message

    def text_in(self, from_number: str, number: Number, body: str) -> Message:
        """A person sends a message to one of the account's numbers."""
        fallback = number.sms_fallback_url
        told = Incoming(
            Source(number.sms_url, number.sms_method) if number.sms_url else None,
            Source(fallback, number.sms_fallback_method) if fallback else None,
        )
        message = self.texts.receive(from_number, number.number, body)
        self._run(message.sid, self._hear_text(message, told))
        return message

    async def _hear_text(self, message: Message, told: Incoming) -> None:
        for reply in await self.texts.tell(message, told):
            await self.texts.deliver(self.texts.take(reply))
        message.record.end()

    def _run(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("The lab itself failed in %s.", task.get_name(), exc_info=error)

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        if self._running:
            _, stubborn = await asyncio.wait(self._running, timeout=0.4)
            for task in stubborn:  # it waits for a last callback's answer
                task.cancel()
            if stubborn:
                await asyncio.wait(stubborn, timeout=0.2)
