"""Callbacks: what is told of a leg's or a message's course, and how it arrives.

The carrier delivers them as well as it can, in no promised order, and perhaps twice. By default each goes out at once
and in order; the lab can shuffle, duplicate, delay or lose them, the same way for the same seed. Their answers are not
performed. It refuses to know why something is told.
"""

from __future__ import annotations

import asyncio
import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from infra.local.twilio.clock import LineClock
from infra.local.twilio.frames import Fault
from infra.local.twilio.leg import Leg
from infra.local.twilio.record import CallRecord
from infra.local.twilio.webhook import WebhookFailed, Webhooks


@dataclass(frozen=True)
class Delivery:
    """How callbacks arrive. `shuffle` keeps all until the end and sends them in another order; each goes out `copies`
    times, up to `late` seconds late; those named in `lose` (completed, amd, delivered…) never do."""

    shuffle: bool = False
    copies: int = 1
    late: float = 0.0
    lose: frozenset[str] = frozenset()
    seed: int = 0


@dataclass(frozen=True)
class Callbacks:
    """Where the product wants to hear of which of initiated, ringing, answered and completed."""

    url: str | None = None
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True)
class _Callback:
    event: str
    method: str
    url: str
    form: dict[str, str]


class Courier:
    """One call's or message's callbacks. `deliver` runs until `close` was called and everything is on its way."""

    def __init__(self, webhooks: Webhooks, delivery: Delivery, number: int, clock: LineClock, record: CallRecord):
        self._webhooks = webhooks
        self._delivery = delivery
        self._chance = random.Random(f"{delivery.seed}:{number}")
        self._clock = clock
        self._record = record
        self._queue: asyncio.Queue[_Callback | None] = asyncio.Queue()

    def tell(self, event: str, method: str, url: str, form: dict[str, str]) -> None:
        """Send it off without waiting."""
        if event in self._delivery.lose:
            self._record.note("callback_lost", event=event, url=url)
        else:
            self._queue.put_nowait(_Callback(event, method, url, form))

    def close(self) -> None:
        self._queue.put_nowait(None)

    async def deliver(self) -> None:
        held: list[_Callback] = []
        async with asyncio.TaskGroup() as group:
            while (callback := await self._queue.get()) is not None:
                for _ in range(self._delivery.copies):
                    if self._delivery.shuffle:
                        held.append(callback)
                    elif self._delivery.late:
                        group.create_task(self._send(callback, self._chance.uniform(0, self._delivery.late)))
                    else:
                        await self._send(callback)
            self._chance.shuffle(held)
            for callback in held:
                await self._send(callback)

    async def _send(self, callback: _Callback, late: float = 0.0) -> None:
        if late:
            await self._clock.sleep(late)
        try:
            answer = await self._webhooks.ask(callback.method, callback.url, callback.form)
        except WebhookFailed as failure:
            self._record.fault(Fault(failure.code, str(failure)))
        else:
            status = callback.form.get("CallStatus")
            self._record.note("callback", url=callback.url, status=answer.status, call_status=status)


class Progress:
    """Moves one leg through its statuses and tells each step to whom asked for it; `callbacks` may be exchanged."""

    def __init__(self, leg: Leg, callbacks: Callbacks, courier: Courier, clock: LineClock) -> None:
        self._leg = leg
        self.callbacks = callbacks
        self._courier = courier
        self._clock = clock
        self._told = 0

    def initiated(self) -> None:
        """It left the queue: the resource still says queued, the callback says initiated."""
        self._leg.start()
        self._tell("initiated", {"CallStatus": "initiated"})

    def rings(self) -> None:
        self._change("ringing", "ringing", {"StirStatus": "A"} if self._leg.direction != "inbound" else {})

    def answered(self) -> None:
        self._leg.answer(self._clock.now())
        self._change("in-progress", "answered", {"StirStatus": "A"} if self._leg.direction != "inbound" else {})

    def ended(self, status: str) -> None:
        self._leg.end(self._clock.now())
        seconds = self._leg.seconds or 0
        told = {"CallDuration": str(seconds), "Duration": str(math.ceil(seconds / 60))}
        if self._leg.direction != "inbound":
            told["SipResponseCode"] = _SIP[status]
        if self._leg.answered_by is not None:
            told["AnsweredBy"] = self._leg.answered_by
        self._change(status, "completed", told)

    def _change(self, status: str, event: str, told: dict[str, str]) -> None:
        self._leg.status, self._leg.updated = status, datetime.now(UTC)
        self._tell(event, told)

    def _tell(self, event: str, told: dict[str, str]) -> None:
        if self.callbacks.url is None or event not in self.callbacks.events:
            return
        number, self._told = self._told, self._told + 1
        always = {
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(number),
            "Timestamp": format_datetime(datetime.now(UTC)),
        }
        form = self._leg.form({**always, **told})
        self._courier.tell(event, self.callbacks.method, self.callbacks.url, form)


_SIP = {"completed": "200", "busy": "486", "no-answer": "487", "canceled": "487", "failed": "404"}
