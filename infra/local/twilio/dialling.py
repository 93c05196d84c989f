"""`<Dial>`: the numbers ring at the same time, whoever answers first hears his own document, then both are joined.

Each number is a leg of its own with its own callbacks; the lab's phones say what happens there. Source of the rules:
the carrier's pages on `<Dial>` and `<Number>`. It refuses to know what comes after the dialling.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from infra.local.caller.script import Desk
from infra.local.twilio.callbacks import Callbacks, Progress
from infra.local.twilio.documents import Documents
from infra.local.twilio.frames import Fault
from infra.local.twilio.leg import Leg
from infra.local.twilio.line import Line
from infra.local.twilio.people import Called
from infra.local.twilio.plan import Phone, Source
from infra.local.twilio.record import CallRecord
from infra.local.twilio.scene import Scene
from infra.local.twilio.vocabulary import Dial, DialledNumber

BAD_CALLER_ID, DIALS_AGAIN = 13214, 13201

Whisper = Callable[[Scene, Source], Awaitable[bool]]
"""Performs a document on the called person's leg; answers whether that leg is still there afterwards."""


@dataclass
class _Called:
    """One number that is rung."""

    noun: DialledNumber
    phone: Phone
    leg: Leg
    progress: Progress
    outcome: str = "canceled"


class Dialling:
    """One `<Dial>`. Cancelled, it hangs up on everybody it rang; `results` are for its action at any moment."""

    def __init__(self, scene: Scene, verb: Dial, whisper: Whisper) -> None:
        self._scene = scene
        self._verb = verb
        self._whisper = whisper
        self._called = [self._call(noun) for noun in verb.numbers]
        self._reached: _Called | None = None
        self._talked_from: int | None = None

    async def run(self) -> None:
        if (wrong := self._wrong_caller_id()) is not None:
            self._scene.record.fault(wrong)
            for called in self._called:
                called.outcome = "failed"
            return
        for called in self._called:
            self._scene.record.note("dialled", number=called.noun.number, caller_id=self._verb.caller_id)
        try:
            with self._scene.line.on_hold(self._scene.desk.holds):
                self._reached = await self._first_to_answer()
                if self._reached is not None:
                    await self._put_through(self._reached)
        finally:
            self._hang_up()

    async def _put_through(self, reached: _Called) -> None:
        detecting = asyncio.create_task(self._detect(reached))
        try:
            if await self._is_accepted(reached):
                self._scene.answer()
                self._talked_from = self._scene.clock.now()
                await self._scene.clock.sleep(min(reached.phone.talks, self._verb.time_limit))
        finally:
            detecting.cancel()

    async def _detect(self, called: _Called) -> None:
        """Nobody waits for the verdict: it is told when it is there, if they still are."""
        detection = called.noun.detection
        if detection is None:
            return
        verdict = (await asyncio.to_thread(Called, called.phone)).verdict(detection)
        await self._scene.clock.sleep(verdict.after)
        called.leg.answered_by = verdict.by
        self._scene.record.note("answered_by", number=called.noun.number, verdict=verdict.by)
        if detection.callback is not None:
            form = {"AccountSid": called.leg.account_sid, "CallSid": called.leg.sid, **verdict.form}
            self._scene.courier.tell("amd", detection.method, detection.callback, form)

    def results(self) -> dict[str, str]:
        leg = self._reached.leg if self._reached else self._called[0].leg if self._called else None
        bridged = self._talked_from is not None
        seconds = 0 if self._talked_from is None else (self._scene.clock.now() - self._talked_from) / 8_000
        return {
            "DialCallStatus": self._status(),
            "DialCallDuration": str(math.ceil(seconds)),
            "DialBridged": str(bridged).lower(),
            **({"DialCallSid": leg.sid} if leg else {}),
        }

    def _status(self) -> str:
        """One who answered makes it completed, whatever happened to the others."""
        outcomes = [called.outcome for called in self._called]
        order = ("completed", "busy", "no-answer", "failed", "canceled")
        return next((outcome for outcome in order if outcome in outcomes), "failed")

    def _call(self, noun: DialledNumber) -> _Called:
        scene = self._scene
        phone = scene.exchange.phones.get(noun.number) or _phone_of(scene.desk)
        caller = self._verb.caller_id or scene.leg.from_number
        leg = Leg(scene.leg.account_sid, "outbound-dial", caller, noun.number, "queued", parent_sid=scene.leg.sid)
        callbacks = Callbacks(noun.status_callback, noun.status_callback_method, noun.status_callback_events)
        return _Called(noun, phone, leg, Progress(leg, callbacks, scene.courier, scene.clock))

    def _wrong_caller_id(self) -> Fault | None:
        """A number of the account, or that of one of the two ends of this call."""
        known = {self._scene.leg.from_number, self._scene.leg.to_number, *self._scene.exchange.numbers, None}
        if self._verb.caller_id in known:
            return None
        return Fault(BAD_CALLER_ID, f"callerId={self._verb.caller_id!r} is neither the account's nor the caller's.")

    async def _first_to_answer(self) -> _Called | None:
        ringing = {asyncio.ensure_future(self._ring(called)): called for called in self._called}
        waiting = set(ringing)
        try:
            while waiting:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    if task.result():
                        return ringing[task]
            return None
        finally:
            for task in waiting:
                task.cancel()
            if waiting:
                await asyncio.wait(waiting)

    async def _ring(self, called: _Called) -> bool:
        self._scene.exchange.legs[called.leg.sid] = called.leg
        called.progress.initiated()
        called.progress.rings()
        seconds, missed = called.phone.ringing(self._verb.timeout)
        await self._scene.clock.sleep(seconds)
        called.outcome = missed or "completed"
        if missed is None:
            called.progress.answered()
        return missed is None

    async def _is_accepted(self, called: _Called) -> bool:
        """What the one who answered is told, and may refuse, before he is joined to the caller."""
        if called.noun.url is None:
            return True
        scene, record = self._scene, CallRecord(self._scene.clock)
        gone = asyncio.get_running_loop().create_future()
        person = (await asyncio.to_thread(Called, called.phone)).answering(understands=False)
        line = Line(person, scene.clock, record, lambda: None if gone.done() else gone.set_result(None))
        documents = Documents(scene.exchange.webhooks, None, record, called.leg.form)
        theirs = replace(scene, leg=called.leg, line=line, documents=documents, record=record, answer=lambda: None)
        line.open()
        told = asyncio.ensure_future(self._whisper(theirs, Source(called.noun.url, called.noun.method)))
        try:
            await asyncio.wait({told, gone}, return_when=asyncio.FIRST_COMPLETED)
            return told.done() and told.result()
        finally:
            told.cancel()
            await asyncio.wait({told})
            line.close()
            self._add(record)

    def _add(self, record: CallRecord) -> None:
        """What happened at the called person's end, in the record of the call."""
        for event in record.of_kind("say"):
            self._scene.record.note("whisper", round(8 * event["ms"]), text=event["text"])
        for event in record.of_kind("key"):
            self._scene.record.note("whisper_key", round(8 * event["ms"]), digit=event["digit"])
        for fault in record.faults:
            self._scene.record.fault(Fault(fault["code"], fault["message"]))

    def _hang_up(self) -> None:
        for called in self._called:
            if called.leg.sid in self._scene.exchange.legs and called.leg.ended is None:
                called.progress.ended(called.outcome)
            self._scene.record.note("dial_ended", number=called.noun.number, status=called.outcome)


def _phone_of(desk: Desk) -> Phone:
    answers = "human" if desk.status == "completed" else desk.status
    return Phone(answers, desk.answers_after, opening="", talks=desk.talks)
