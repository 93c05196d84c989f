"""One media stream of a call while it is open: the caller's frames out, Sophie's audio into the playback, marks back.

It joins the websocket, the playback clock, the caller and the record. It refuses to know what comes before the stream
or after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from infra.local.caller.caller import Caller
from infra.local.caller.script import Desk
from infra.local.twilio.clock import Beat, LineClock
from infra.local.twilio.frames import BUFFER_FULL, SLOW_READER, Clear, Fault, Mark, Media
from infra.local.twilio.playback import Hearing, Playback, ReturnedMark, Sound
from infra.local.twilio.record import CallRecord
from infra.local.twilio.stream import Closed, TwilioStream

_EDGES = {"start": "sophie_starts", "end": "sophie_stops"}


@dataclass(frozen=True)
class Ear:
    """The caller, what he has heard so far, who answers at the desk, how he hangs up: all outlive a stream."""

    caller: Caller
    hearing: Hearing
    desk: Desk
    hang_up: Callable[[], None]


class StreamLeg:
    def __init__(self, stream: TwilioStream, ear: Ear, clock: LineClock, record: CallRecord) -> None:
        self._stream = stream
        self._ear = ear
        self._clock = clock
        self._record = record
        self._playback = Playback()
        self._heard_media = False

    async def run(self, parameters: dict[str, str]) -> Closed:
        """Until the service closes the stream; cancelled, it says `stop` and closes the stream itself."""
        self._stream.start(parameters)
        self._record.note("stream_started", stream_sid=self._stream.ids.stream_sid)
        beat = Beat(self._clock, self._tick)
        closed: Closed | None = None
        try:
            while not isinstance(message := await self._stream.receive(), Closed):
                self._take(message)
            closed = message
            return closed
        finally:
            beat.stop()
            if closed is None:
                self._stream.stop()
            await self._stream.close()
            self._finish(closed)

    def _tick(self, due: int) -> None:
        self._drain(self._clock.now())
        moment = self._ear.caller.next(due, self._ear.hearing)
        self._record.caller_track.write(due, moment.frame.samples)
        if self._stream.media(moment.frame.payload):
            self._record.counts["frames_sent"] += 1
        else:
            self._record.fault(Fault(SLOW_READER, "The service reads too slowly: frames of the caller were dropped."))
        if moment.began is not None:
            self._record.note("caller_starts", due, text=moment.began)
        if moment.ended is not None:
            self._record.note("caller_stops", moment.spoken_by, text=moment.ended)
        if moment.digit is not None:
            self._stream.dtmf(moment.digit)
            self._record.note("key", digit=moment.digit)
        if moment.hangs_up:
            self._ear.hang_up()

    def _take(self, message: Media | Mark | Clear | Fault) -> None:
        now = self._clock.now()
        match message:
            case Media():
                self._take_media(message.payload, now)
            case Mark():
                self._record.counts["marks_received"] += 1
                self._record.note("mark_received", now, name=message.name)
                self._playback.mark(message.name, now)
            case Clear():
                unheard = self._playback.clear(now)
                self._record.counts["clears"] += 1
                self._record.note("clear", now, unheard_ms=unheard / 8)
            case Fault():
                self._record.fault(message)
        self._drain(now)

    def _take_media(self, payload: bytes, now: int) -> None:
        self._record.counts["media_received"] += 1
        self._record.counts["bytes_received"] += len(payload)
        if not self._heard_media:
            self._heard_media = True
            self._record.note("first_media", now)
        if dropped := self._playback.put(payload, now):
            self._record.counts["bytes_dropped"] += dropped
            self._record.fault(Fault(BUFFER_FULL, "More than ten minutes of audio are buffered; the rest was dropped."))

    def _drain(self, now: int) -> None:
        sounds, marks = self._playback.drain(now)
        self._hear(sounds, now)
        for mark in marks:
            self._return(mark)

    def _hear(self, sounds: list[Sound], now: int) -> None:
        for sound in sounds:
            self._record.sophie_track.write(sound.start, sound.payload)
        for edge, sample in self._ear.hearing.listen(sounds, now):
            self._record.note(_EDGES[edge], sample)

    def _return(self, mark: ReturnedMark) -> None:
        self._stream.mark(mark.name)
        self._record.counts["marks_cleared" if mark.cleared else "marks_returned"] += 1
        self._record.note("mark_returned", mark.at, name=mark.name, cleared=mark.cleared)

    def _finish(self, closed: Closed | None) -> None:
        """What was still buffered is never heard; a sound that was cut off ended now."""
        now = self._clock.now()
        sounds, _ = self._playback.drain(now)
        self._hear(sounds, now)
        for edge, sample in self._ear.hearing.listen([], now + 8_000):
            self._record.note(_EDGES[edge], sample)
        self._record.note(
            "stream_ended",
            now,
            by="carrier" if closed is None else "service",
            code=None if closed is None else closed.code,
            unheard_ms=self._playback.buffered / 8,
        )
        if closed is not None and closed.fault is not None:
            self._record.fault(closed.fault)
