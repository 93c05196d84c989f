"""The verbs of a call's documents, performed one after the other: the stream, the dialled desk, the words, the waiting.

It refuses to know how a call began and who ends it: cancelled at any moment, it leaves the stream in order and keeps
the `<Connect>` or `<Dial>` action that is still owed to the product.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from infra.local.twilio import twiml
from infra.local.twilio.clock import LineClock
from infra.local.twilio.documents import Documents, NoDocument
from infra.local.twilio.frames import Fault
from infra.local.twilio.leg import Ear, StreamLeg
from infra.local.twilio.plan import Exchange, Source
from infra.local.twilio.record import CallRecord
from infra.local.twilio.stream import StreamIds, StreamRefused, TwilioStream

_SECONDS_PER_CHARACTER = 0.06
_APOLOGY = "We are sorry, an application error has occurred. Goodbye."

Tell = Callable[[str, str, dict[str, str]], None]
"""Queue a callback: method, address, form."""


class Performance:
    def __init__(
        self, call_sid: str, exchange: Exchange, documents: Documents, ear: Ear, clock: LineClock, record: CallRecord
    ) -> None:
        self._call_sid = call_sid
        self._exchange = exchange
        self._documents = documents
        self._ear = ear
        self._clock = clock
        self._record = record
        self._owed: Source | None = None

    async def follow(self, source: Source, answer: Callable[[], None], tell: Tell) -> str:
        """Perform documents until one ends the call. Answers who ended it: twiml, failure, or reject:REASON."""
        following: Source | None = source
        while following is not None:
            try:
                document = await self._documents.fetch(following)
            except NoDocument:
                self._record.note("say", text=_APOLOGY)
                return "failure"
            following = None
            for verb in document.verbs:
                if isinstance(verb, twiml.Reject) and verb is document.verbs[0]:
                    return f"reject:{verb.reason}"
                answer()
                if isinstance(verb, twiml.Hangup):
                    return "twiml"
                following = await self._perform(verb, tell)
                if following is not None:
                    break
        return "twiml"

    def take_owed(self, extra: Mapping[str, str] | None = None) -> Source | None:
        """The action address of the verb that ended or was cut short, once."""
        owed, self._owed = self._owed, None
        return owed and Source(owed.url, owed.method, extra=extra or {})

    async def _perform(self, verb: twiml.Verb, tell: Tell) -> Source | None:
        """One verb; answers where to go on when that is not the next verb."""
        match verb:
            case twiml.Connect():
                return await self._connect(verb, tell)
            case twiml.Dial():
                return await self._dial(verb)
            case twiml.Redirect():
                return Source(verb.url, verb.method)
            case twiml.Say():
                self._record.note("say", text=verb.text)
                await self._clock.sleep(len(verb.text) * _SECONDS_PER_CHARACTER)
            case twiml.Pause():
                await self._clock.sleep(verb.seconds)
            case twiml.Reject():
                self._record.fault(Fault(twiml.SCHEMA, "<Reject> may only be a document's first verb."))
        return None

    async def _connect(self, verb: twiml.Connect, tell: Tell) -> Source | None:
        self._owed = Source(verb.action, verb.method) if verb.action else None
        if verb.stream is not None:
            await self._stream(verb.stream, tell)
        return self.take_owed()

    async def _stream(self, noun: twiml.Stream, tell: Tell) -> None:
        ids = StreamIds(self._exchange.account_sid, self._call_sid, f"MZ{uuid.uuid4().hex}")
        try:
            stream = await TwilioStream.open(self._exchange.session, noun.url, self._exchange.webhooks.key, ids)
        except StreamRefused as refusal:
            self._record.fault(refusal.fault)
            self._record.note("stream_refused", code=refusal.fault.code, status=refusal.status)
            _tell_stream(tell, noun, ids, "stream-error", refusal.fault.message)
            return
        _tell_stream(tell, noun, ids, "stream-started")
        try:
            await StreamLeg(stream, self._ear, self._clock, self._record).run(noun.parameters)
        finally:
            _tell_stream(tell, noun, ids, "stream-stopped")

    async def _dial(self, verb: twiml.Dial) -> Source | None:
        desk = self._ear.desk
        self._owed = Source(verb.action, verb.method) if verb.action else None
        leg_sid = f"CA{uuid.uuid4().hex}"
        for called in verb.numbers:
            self._record.note("dialled", number=called.number, caller_id=verb.caller_id, status=desk.status)
        await self._clock.sleep(verb.timeout if desk.status == "no-answer" else desk.answers_after)
        answered = desk.status == "completed"
        if answered:
            for called in verb.numbers:
                await self._whisper(called, leg_sid)
            await self._clock.sleep(desk.talks)
        return self.take_owed(
            {
                "DialCallStatus": desk.status,
                "DialCallSid": leg_sid,
                "DialCallDuration": str(math.ceil(desk.talks) if answered else 0),
                "DialBridged": str(answered).lower(),
            }
        )

    async def _whisper(self, called: twiml.DialledNumber, leg_sid: str) -> None:
        """What the person at the desk is told before being joined to the caller."""
        if called.url is None:
            return
        extra = {
            "CallSid": leg_sid,
            "ParentCallSid": self._call_sid,
            "Direction": "outbound-dial",
            "To": called.number,
            "Called": called.number,
        }
        try:
            document = await self._documents.fetch(Source(called.url, called.method, extra=extra))
        except NoDocument:
            return
        for verb in document.verbs:
            if isinstance(verb, twiml.Say):
                self._record.note("whisper", text=verb.text)


def _tell_stream(tell: Tell, noun: twiml.Stream, ids: StreamIds, event: str, error: str | None = None) -> None:
    if noun.status_callback is None:
        return
    form = {
        "AccountSid": ids.account_sid,
        "CallSid": ids.call_sid,
        "StreamSid": ids.stream_sid,
        "StreamName": noun.name,
        "StreamEvent": event,
        "Timestamp": datetime.now(UTC).isoformat(),
    }
    tell(noun.status_callback_method, noun.status_callback, form if error is None else {**form, "StreamError": error})
