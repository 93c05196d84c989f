"""The verbs of a leg's documents, performed one after the other: the stream, the dialled desk, the words, the waiting.

It refuses to know how a call began and who ends it: cancelled at any moment, it leaves the stream in order and keeps
the action that its verb still owes to the product.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from datetime import UTC, datetime

from infra.local.twilio import sounds, twiml, vocabulary
from infra.local.twilio.dialling import DIALS_AGAIN, Dialling
from infra.local.twilio.documents import NoDocument
from infra.local.twilio.frames import Fault
from infra.local.twilio.gathering import Gathering, Recording
from infra.local.twilio.leg import API_VERSION, sid
from infra.local.twilio.plan import Source
from infra.local.twilio.scene import Scene
from infra.local.twilio.stream import StreamIds, StreamRefused, TwilioStream
from infra.local.twilio.streaming import StreamLeg
from infra.local.twilio.webhook import WebhookFailed

_APOLOGY = "We are sorry, an application error has occurred. Goodbye."
_SECONDS_PER_TONE = 0.5

HANGUP, END, FAILURE = "hangup", "end", "failure"


class Performance:
    """One leg's. `whispers` is a document on the leg of one who was dialled: he cannot be put through any further."""

    def __init__(self, scene: Scene, *, whispers: bool = False) -> None:
        self._scene = scene
        self._whispers = whispers
        self._owed: Source | None = None

    async def follow(self, source: Source) -> str:
        """Perform documents until one ends. Answers how: hangup, end, failure, or reject:REASON."""
        following: Source | None = source
        while following is not None:
            try:
                document = await self._scene.documents.fetch(following)
            except NoDocument:
                self._scene.record.note("say", text=_APOLOGY)
                return FAILURE
            following = None
            for verb in document.verbs:
                if isinstance(verb, vocabulary.Reject) and verb is document.verbs[0]:
                    return f"reject:{verb.reason}"
                if not _leaves_ringing(verb):
                    self._scene.answer()
                if isinstance(verb, vocabulary.Hangup):
                    return HANGUP
                following = await self._perform(verb)
                if following is not None:
                    break
        return END

    def take_owed(self) -> Source | None:
        """The action address of the verb that ended or was cut short, once."""
        owed, self._owed = self._owed, None
        return owed

    async def _perform(self, verb: vocabulary.Verb) -> Source | None:
        """One verb; answers where to go on when that is not the next verb."""
        match verb:
            case vocabulary.Connect():
                return await self._connect(verb)
            case vocabulary.Dial():
                return await self._dial(verb)
            case vocabulary.Gather():
                return await self._gather(verb)
            case vocabulary.Record():
                return await self._record(verb)
            case vocabulary.Redirect():
                return Source(verb.url, verb.method)
            case vocabulary.Reject():
                self._scene.record.fault(Fault(twiml.SCHEMA, "<Reject> may only be a document's first verb."))
            case vocabulary.Say() | vocabulary.Play() | vocabulary.Pause():
                await self._prompt([verb])
        return None

    async def _prompt(self, prompts: Sequence[vocabulary.Prompt]) -> None:
        for prompt in prompts:
            match prompt:
                case vocabulary.Pause():
                    await self._scene.clock.sleep(prompt.seconds)
                case vocabulary.Say():
                    audio = await asyncio.to_thread(sounds.spoken, prompt.text)
                    self._scene.record.note("say", text=prompt.text, seconds=len(audio) / 8_000)
                    await self._say(audio, prompt.loop, prompt.text)
                case vocabulary.Play():
                    await self._play(prompt)

    async def _say(self, audio: bytes, loop: int, words: str = "") -> None:
        said = 0
        while audio and (loop == 0 or said < loop):
            await self._scene.line.say(audio, words)
            said += 1

    async def _play(self, verb: vocabulary.Play) -> None:
        if verb.url is None:
            self._scene.record.note("play", digits=verb.digits)
            await self._scene.clock.sleep(_SECONDS_PER_TONE * len(verb.digits))
            return
        try:
            answer = await self._scene.exchange.webhooks.ask("GET", verb.url, {})
            audio = await asyncio.to_thread(sounds.decoded, answer.content_type, answer.body)
        except WebhookFailed as failure:
            self._scene.record.fault(Fault(failure.code, str(failure)))
        except ValueError as error:
            self._scene.record.fault(Fault(twiml.CONTENT_TYPE, f"{verb.url}: {error}"))
        else:
            self._scene.record.note("play", url=verb.url, seconds=len(audio) / 8_000)
            await self._say(audio, verb.loop)

    async def _gather(self, verb: vocabulary.Gather) -> Source | None:
        found = await Gathering(verb, self._scene.line, self._scene.clock, self._prompt).run()
        self._scene.record.note("gathered", found=found)
        if found is None and not verb.action_on_empty_result:
            return None
        return Source(verb.action, verb.method, extra=found or {"Digits": ""})

    async def _record(self, verb: vocabulary.Record) -> Source | None:
        """A message; one who hangs up has finished it too. An empty one leads to the next verb."""
        if verb.beeps:
            await self._scene.line.say(sounds.BEEP)
        recording, hung_up = Recording(verb), True
        try:
            with self._scene.line.listened_to_by(recording):
                await recording.over.wait()
            hung_up = False
        finally:
            self._keep(verb, recording.audio, "hangup" if hung_up else recording.digit)
        return self.take_owed()

    def _keep(self, verb: vocabulary.Record, audio: bytes, digits: str) -> None:
        scene, found = self._scene, sid("RE")
        scene.record.note("recorded", recording_sid=found, seconds=len(audio) / 8_000)
        results = {
            "RecordingSid": found,
            "RecordingUrl": f"https://api.twilio.com/{API_VERSION}/Accounts/{scene.leg.account_sid}/Recordings/{found}",
            "RecordingDuration": str(math.ceil(len(audio) / 8_000)),
        }
        if not audio:
            return
        scene.exchange.recordings[found] = audio
        self._owed = Source(verb.action, verb.method, extra={**results, "Digits": digits})
        if verb.status_callback is not None:
            form = {
                "AccountSid": scene.leg.account_sid,
                "CallSid": scene.leg.sid,
                **results,
                "RecordingStatus": "completed",
                "RecordingChannels": "1",
                "RecordingSource": "RecordVerb",
            }
            scene.courier.tell("recording", verb.status_callback_method, verb.status_callback, form)

    async def _connect(self, verb: vocabulary.Connect) -> Source | None:
        self._owed = Source(verb.action, verb.method) if verb.action else None
        if verb.stream is not None:
            await self._stream(verb.stream)
        return self.take_owed()

    async def _stream(self, noun: vocabulary.Stream) -> None:
        scene = self._scene
        ids = StreamIds(scene.leg.account_sid, scene.leg.sid, sid("MZ"))
        try:
            stream = await TwilioStream.open(scene.exchange.session, noun.url, scene.exchange.webhooks.key, ids)
        except StreamRefused as refusal:
            scene.record.fault(refusal.fault)
            scene.record.note("stream_refused", code=refusal.fault.code, status=refusal.status)
            self._tell_stream(noun, ids, "stream-error", refusal.fault.message)
            return
        self._tell_stream(noun, ids, "stream-started")
        try:
            await StreamLeg(stream, scene.line, scene.clock, scene.record, scene.network).run(noun.parameters)
        finally:
            self._tell_stream(noun, ids, "stream-stopped")

    def _tell_stream(self, noun: vocabulary.Stream, ids: StreamIds, event: str, error: str | None = None) -> None:
        if noun.status_callback is None:
            return
        form = {
            "AccountSid": ids.account_sid,
            "CallSid": ids.call_sid,
            "StreamSid": ids.stream_sid,
            "StreamName": noun.name,
            "StreamEvent": event,
            "Timestamp": datetime.now(UTC).isoformat(),
            **({} if error is None else {"StreamError": error}),
        }
        self._scene.courier.tell(event, noun.status_callback_method, noun.status_callback, form)

    async def _dial(self, verb: vocabulary.Dial) -> Source | None:
        if self._whispers:
            complaint = "<Dial> may not stand in a document for one who was dialled."
            self._scene.record.fault(Fault(DIALS_AGAIN, complaint))
            return None
        dialling = Dialling(self._scene, verb, _whisper)
        try:
            await dialling.run()
        finally:
            if verb.action is not None:
                self._owed = Source(verb.action, verb.method, extra=dialling.results())
        return self.take_owed()


def _leaves_ringing(verb: vocabulary.Verb) -> bool:
    """What can be done before a call is answered: wait, look elsewhere, or ring on for somebody else."""
    waits = isinstance(verb, vocabulary.Pause | vocabulary.Redirect)
    return waits or (isinstance(verb, vocabulary.Dial) and verb.answer_on_bridge)


async def _whisper(scene: Scene, source: Source) -> bool:
    """A document for the one who answered; the two are joined when it ends, unless it hangs up or cannot be had."""
    return await Performance(scene, whispers=True).follow(source) == END
