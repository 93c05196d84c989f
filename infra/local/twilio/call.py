"""One telephone call of the lab, from the ring to the last callback: who may end or redirect it, and whom it tells.

Whether `<Connect action>` is also asked after the caller has hung up is not documented; it is here, with
CallStatus=completed, as it is for `<Dial>`. It refuses to know of REST, accounts and of what documents say.
"""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from infra.local.caller import audio as caller_audio
from infra.local.caller.caller import Caller
from infra.local.caller.script import Answer
from infra.local.twilio.clock import LineClock
from infra.local.twilio.documents import Documents
from infra.local.twilio.frames import Fault
from infra.local.twilio.leg import Ear
from infra.local.twilio.plan import ENDED, Exchange, Plan, Source
from infra.local.twilio.playback import Hearing
from infra.local.twilio.record import CallRecord
from infra.local.twilio.verbs import Performance
from infra.local.twilio.webhook import WebhookFailed

API_VERSION = "2010-04-01"
_PARTIES = ("From", "To", "Caller", "Called")


@dataclass(frozen=True)
class _HangUp:
    by: str


class PhoneCall:
    """Public facts are for REST and the record; `carry_out` is the call itself and is awaited once."""

    def __init__(self, plan: Plan, exchange: Exchange) -> None:
        self.sid = f"CA{uuid.uuid4().hex}"
        self.plan = plan
        self.status = "ringing" if plan.direction == "inbound" else "queued"
        self.clock = LineClock(exchange.speed)
        self.record = CallRecord(self.clock)
        self.created = self.updated = datetime.now(UTC)
        self.answered: datetime | None = None
        self.ended: datetime | None = None
        self.ended_by: str | None = None
        self._exchange = exchange
        self._answered_at = 0
        self._ended_at = 0
        self._order: asyncio.Future[_HangUp | Source] = asyncio.get_running_loop().create_future()
        self._performance: Performance | None = None
        self._told = 0
        self._to_tell: asyncio.Queue[tuple[str, str, dict[str, str]] | None] = asyncio.Queue()

    @property
    def seconds(self) -> int | None:
        """Billed seconds, once the call has ended."""
        return None if self.ended is None else math.ceil((self._ended_at - self._answered_at) / 8_000)

    async def carry_out(self) -> None:
        """The whole call. It ends by itself, by `hang_up`, or with the last document of a `redirect`."""
        telling = asyncio.create_task(self._tell_all())
        try:
            await self._live()
        finally:
            self._end()
            self._to_tell.put_nowait(None)
            await telling
            self.record.note("ended", by=self.ended_by, status=self.status)
            self.record.end()

    def hang_up(self, by: str) -> None:
        self._give_order(_HangUp(by))

    def redirect(self, source: Source) -> None:
        """New instructions replace what is being performed, at once."""
        self._give_order(source)

    def parameters(self, extra: Mapping[str, str]) -> dict[str, str]:
        """The form of a voice webhook. Places are blank, as for most numbers: a blank value is signed too."""
        plan = self.plan
        form = {
            "AccountSid": self._exchange.account_sid,
            "ApiVersion": API_VERSION,
            "CallSid": self.sid,
            "CallStatus": self.status,
            "Direction": plan.direction,
            "From": plan.from_number,
            "Caller": plan.from_number,
            "To": plan.to_number,
            "Called": plan.to_number,
        }
        form |= {f"{party}{part}": "" for party in _PARTIES for part in ("City", "State", "Zip")}
        form |= {f"{party}Country": "US" for party in _PARTIES}
        if plan.direction == "inbound":
            form["CallToken"] = f"lab-{self.sid}"
        return {**form, **plan.parameters, **extra}

    def _give_order(self, order: _HangUp | Source) -> None:
        if not self._order.done():
            self._order.set_result(order)

    async def _live(self) -> None:
        self.record.note("placed", direction=self.plan.direction, to=self.plan.to_number)
        script = self.plan.phone.script
        audio = await asyncio.to_thread(caller_audio.render, script)
        if self.plan.direction != "inbound" and not await self._ring():
            return
        caller = Caller(script, audio, self.clock.now(), understands=self._exchange.ears is not None)
        ear = Ear(caller, Hearing(), script.desk, lambda: self.hang_up("caller"))
        documents = Documents(self._exchange.webhooks, self.plan.fallback, self.record, self.parameters)
        self._performance = Performance(self.sid, self._exchange, documents, ear, self.clock, self.record)
        await self._converse_listening(self._performance, caller)

    async def _ring(self) -> bool:
        """Ring the other end; False when nobody took the call."""
        phone = self.plan.phone
        self._change("queued", "initiated")
        self._change("ringing", "ringing")
        rings = self.plan.timeout if phone.answers == "no-answer" else phone.rings
        await self._unless_ordered(asyncio.create_task(self.clock.sleep(rings)))
        if self._order.done():
            self.status, self.ended_by = "canceled", "rest"
        elif phone.answers == "human":
            self._answer()
            return True
        else:
            self.status, self.ended_by = phone.answers, "callee"
        return False

    async def _converse_listening(self, performance: Performance, caller: Caller) -> None:
        ears = self._exchange.ears
        if ears is None or not any(isinstance(line, Answer) for line in self.plan.phone.script.lines):
            await self._converse(performance)
            return
        listening = asyncio.create_task(ears.listen(await ears.so_far(), caller.hear))
        try:
            await self._converse(performance)
        finally:
            listening.cancel()

    async def _converse(self, performance: Performance) -> None:
        source: Source | None = self.plan.source
        while source is not None:
            work = asyncio.create_task(performance.follow(source, self._answer, self._queue))
            order = await self._unless_ordered(work)
            if order is None:
                self._conclude(work.result())
                return
            if isinstance(order, _HangUp):
                self.ended_by = order.by
                return
            self._order = asyncio.get_running_loop().create_future()
            performance.take_owed()  # replaced instructions owe nothing any more
            source = order

    def _conclude(self, by: str) -> None:
        self.ended_by, _, reason = by.partition(":")
        if reason:
            self.status = "busy" if reason == "busy" else "no-answer"

    async def _unless_ordered(self, work: asyncio.Task[str] | asyncio.Task[None]) -> _HangUp | Source | None:
        """Wait for the work, or for an order that cuts it short."""
        try:
            await asyncio.wait({work, self._order}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not work.done():
                work.cancel()
                await asyncio.wait({work})
        return self._order.result() if self._order.done() else None

    def _answer(self) -> None:
        if self.answered is None:
            self.answered, self._answered_at = datetime.now(UTC), self.clock.now()
            self._change("in-progress", "answered")

    def _change(self, status: str, event: str) -> None:
        self.status, self.updated = status, datetime.now(UTC)
        self.record.note("status", status=status)
        self._tell(event)

    def _end(self) -> None:
        self.ended, self._ended_at = datetime.now(UTC), self.clock.now()
        if self.answered is None:
            self._answered_at = self._ended_at
        status = self.status if self.status in ENDED else "completed" if self.answered else "failed"
        owed = self._performance and self._performance.take_owed()
        self.status = status
        if owed:
            self._queue(owed.method, owed.url, self.parameters({}))
        self._change(status, "completed")

    def _tell(self, event: str) -> None:
        """Queue a status callback if the product asked for this event."""
        callbacks = self.plan.callbacks
        if callbacks.url is None or event not in callbacks.events:
            return
        number, self._told = self._told, self._told + 1
        told = {
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(number),
            "Timestamp": format_datetime(datetime.now(UTC)),
            # the resource still says queued at that moment
            **({"CallStatus": "initiated"} if event == "initiated" else {}),
        }
        if self.seconds is not None:
            told |= {"CallDuration": str(self.seconds), "Duration": str(math.ceil(self.seconds / 60))}
        self._queue(callbacks.method, callbacks.url, self.parameters(told))

    def _queue(self, method: str, url: str, form: dict[str, str]) -> None:
        self._to_tell.put_nowait((method, url, form))

    async def _tell_all(self) -> None:
        """Callbacks go out in order and hold nothing up; their answers are not performed."""
        while (told := await self._to_tell.get()) is not None:
            method, url, form = told
            try:
                answer = await self._exchange.webhooks.ask(method, url, form)
            except WebhookFailed as failure:
                self.record.fault(Fault(failure.code, str(failure)))
            else:
                self.record.note("callback", url=url, status=answer.status, call_status=form.get("CallStatus"))
