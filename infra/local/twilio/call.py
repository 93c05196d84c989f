"""One telephone call of the lab, from the queue or the ring to the last callback: who may end or redirect it.

Whether `<Connect action>` is also asked after the caller has hung up is not documented; it is here, with
CallStatus=completed, as it is for `<Dial>`. It refuses to know of REST, accounts and of what documents say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any

from infra.local.caller.ears import Attention
from infra.local.caller.script import Answer
from infra.local.twilio.amd import Verdict
from infra.local.twilio.callbacks import Courier, Progress
from infra.local.twilio.clock import LineClock
from infra.local.twilio.documents import Documents
from infra.local.twilio.line import Line
from infra.local.twilio.people import Called, Person
from infra.local.twilio.plan import Exchange, Plan, Source
from infra.local.twilio.record import CallRecord
from infra.local.twilio.scene import Scene
from infra.local.twilio.verbs import END, HANGUP, Performance


@dataclass(frozen=True)
class _HangUp:
    by: str


class PhoneCall:
    """Public facts are for REST and the record; `carry_out` is the call itself and is awaited once."""

    def __init__(self, plan: Plan, exchange: Exchange, number: int) -> None:
        self.plan, self.leg = plan, plan.leg
        self.clock = LineClock(exchange.speed)
        self.record = CallRecord(self.clock)
        self.ended_by: str | None = None
        self._exchange = exchange
        self._courier = Courier(exchange.webhooks, exchange.delivery, number, self.clock, self.record)
        self._progress = Progress(self.leg, plan.callbacks, self._courier, self.clock)
        self._documents = Documents(exchange.webhooks, plan.fallback, self.record, self.leg.form)
        self._time_limit = plan.time_limit
        self._order: asyncio.Future[_HangUp | Source] = asyncio.get_running_loop().create_future()
        self._line: Line | None = None
        self._performance: Performance | None = None
        self._status: str | None = None
        self._limit: asyncio.TimerHandle | None = None
        exchange.legs[self.leg.sid] = self.leg
        self.leg.queued_ms = round(1000 * plan.wait)
        if self.leg.direction == "inbound":
            self.leg.start()

    async def carry_out(self) -> None:
        """The whole call. It ends by itself, by `hang_up`, or with the last document of a `redirect`."""
        telling = asyncio.create_task(self._courier.deliver())
        try:
            await self._live()
        finally:
            self._end()
            self._courier.close()
            await telling
            self.record.note("ended", by=self.ended_by, status=self.leg.status)
            self.record.end()

    def hang_up(self, by: str) -> None:
        self._give_order(_HangUp(by))

    def redirect(self, source: Source) -> None:
        """New instructions replace what is being performed, at once."""
        self._give_order(source)

    def change(self, fallback: Source | None, callback: Source | None, time_limit: int | None) -> None:
        """New terms for what is still to come; None leaves one as it was, and so is which events are told."""
        if fallback is not None:
            self._documents.fallback = fallback
        if callback is not None:
            self._progress.callbacks = replace(self._progress.callbacks, url=callback.url, method=callback.method)
        if time_limit is not None:
            self._time_limit = time_limit
            self._keep_time()

    def _give_order(self, order: _HangUp | Source) -> None:
        if not self._order.done():
            self._order.set_result(order)

    async def _live(self) -> None:
        self.record.note("placed", direction=self.leg.direction, to=self.leg.to_number)
        phone = self.plan.phone
        inbound = self.leg.direction == "inbound"
        if not inbound and not await self._reach():
            return
        called = await asyncio.to_thread(Called, replace(phone, opening="") if inbound else phone)
        person = called.answering(understands=self._exchange.ears is not None)
        attention = self._attention()
        by = "caller" if inbound else "callee"
        self._line = Line(person, self.clock, self.record, lambda: self.hang_up(by), attention)
        self._performance = Performance(self._scene(self._line))
        if not inbound:
            self._answer()
        async with asyncio.TaskGroup() as around:
            side_jobs = [around.create_task(job) for job in self._side_jobs(called, person, attention)]
            try:
                await self._converse(self._performance, await self._first_source(called))
            finally:
                for job in side_jobs:
                    job.cancel()

    def _scene(self, line: Line) -> Scene:
        plan = self.plan
        return Scene(
            self._exchange, self.leg, line, self._documents, self._courier, self.clock, self.record, self._answer,
            plan.phone.network, plan.phone.script.desk,
        )  # fmt: skip

    async def _reach(self) -> bool:
        """Wait in the queue, then ring the other end; False when nobody took the call."""
        await self._unless_ordered(asyncio.create_task(self.clock.sleep(self.plan.wait)))
        seconds, missed = self.plan.phone.ringing(self.plan.timeout)
        if not self._order.done():
            self._progress.initiated()
            self._progress.rings()
            self._note_status()
            await self._unless_ordered(asyncio.create_task(self.clock.sleep(seconds)))
        if self._order.done():
            self._status, self.ended_by = "canceled", "rest"
        elif missed is not None:
            self._status, self.ended_by = missed, "callee"
        return self._status is None

    def _attention(self) -> Attention | None:
        """None for one who neither listens to words nor hums them."""
        script, ears = self.plan.phone.script, self._exchange.ears
        listens = any(isinstance(line, Answer) for line in script.lines)
        return Attention(ears, script.signed) if ears is not None and (listens or script.signed is not None) else None

    def _side_jobs(
        self, called: Called, person: Person, attention: Attention | None
    ) -> list[Coroutine[Any, Any, None]]:
        """What goes on beside the documents: a detection nobody waits for, and the caller's understanding."""
        jobs: list[Coroutine[Any, Any, None]] = []
        detection = self.plan.detection
        if detection is not None and detection.asynchronous:
            jobs.append(self._tell_verdict(called.verdict(detection)))
        if attention is not None:
            jobs.append(attention.pay(person.hear))
        return jobs

    async def _tell_verdict(self, verdict: Verdict) -> None:
        detection = self.plan.detection
        assert detection is not None
        await self.clock.sleep(verdict.after)
        self._know(verdict)
        if detection.callback is not None:
            form = {"AccountSid": self.leg.account_sid, "CallSid": self.leg.sid, **verdict.form}
            self._courier.tell("amd", detection.method, detection.callback, form)

    def _know(self, verdict: Verdict) -> None:
        self.leg.answered_by = verdict.by
        self.record.note("answered_by", verdict=verdict.by)

    async def _first_source(self, called: Called) -> Source:
        """With a detection that is waited for, the first document is asked for with its verdict."""
        source, detection = self.plan.source, self.plan.detection
        if self.plan.send_digits:
            self.record.note("digits_sent", digits=self.plan.send_digits)
        if detection is None or detection.asynchronous:
            return source
        verdict = called.verdict(detection)
        if await self._unless_ordered(asyncio.create_task(self.clock.sleep(verdict.after))) is None:
            self._know(verdict)
        return replace(source, extra={**source.extra, **verdict.form})

    async def _converse(self, performance: Performance, first: Source) -> None:
        source: Source | None = first
        while source is not None:
            work = asyncio.create_task(performance.follow(source))
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

    def _conclude(self, ending: str) -> None:
        how, _, reason = ending.partition(":")
        self.ended_by = "twiml" if how in (HANGUP, END) else how
        if reason:
            self._status = "busy" if reason == "busy" else "no-answer"

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
        if self.leg.answered is not None or self._line is None:
            return
        self._progress.answered()
        self._note_status()
        self._line.open()
        self._keep_time()

    def _keep_time(self) -> None:
        """The limit counts from the answer, also one that was given later."""
        if self._limit is not None:
            self._limit.cancel()
        if self._time_limit is not None and self.leg.answered is not None:
            left = self.clock.real(self._time_limit - self.leg.since_answer(self.clock.now()))
            self._limit = asyncio.get_running_loop().call_later(max(0, left), self.hang_up, "time-limit")

    def _note_status(self) -> None:
        self.record.note("status", status=self.leg.status)

    def _end(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
        if self._line is not None:
            self._line.close()
        self.leg.status = self._status or ("completed" if self.leg.answered else "failed")
        owed = self._performance and self._performance.take_owed()
        if owed:
            self._courier.tell("action", owed.method, owed.url, self.leg.form(owed.extra))
        self._progress.ended(self.leg.status)
        self._note_status()
