"""One leg's line from the answer to the end: who is at the other end, what they hear, and who listens to them now.

Every 20 ms the person is asked what they do; what is played to them goes through one playback buffer, whether a media
stream sends it or the carrier itself speaks. Whoever listens (a stream, a `<Gather>`, a `<Record>`) is attached for a
while. It refuses to know documents and sockets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from infra.local.caller.caller import Moment
from infra.local.caller.ears import Attention
from infra.local.twilio.clock import Beat, LineClock
from infra.local.twilio.people import Person
from infra.local.twilio.playback import Hearing, Playback, ReturnedMark, Sound
from infra.local.twilio.record import CallRecord

_EDGES = {"start": "sophie_starts", "end": "sophie_stops"}


class Listener(Protocol):
    def heard(self, moment: Moment, due: int) -> None:
        """What the person does in the 20 ms that begin at sample `due`."""

    def returned(self, mark: ReturnedMark) -> None:
        """A mark in the playback fell due or was cleared."""


class Line:
    def __init__(
        self,
        person: Person,
        clock: LineClock,
        record: CallRecord,
        hang_up: Callable[[], None],
        attention: Attention | None = None,
    ) -> None:
        self.playback = Playback()
        self._person = person
        self._clock = clock
        self._record = record
        self._hang_up = hang_up
        self._attention = attention
        self._hearing = Hearing()
        self._listener: Listener | None = None
        self._beat: Beat | None = None
        self._on_hold = False

    def open(self) -> None:
        if self._beat is None:
            self._beat = Beat(self._clock, self._tick)

    def close(self) -> None:
        if self._beat is not None:
            self._beat.stop()
            self.cut()

    @contextmanager
    def listened_to_by(self, listener: Listener) -> Iterator[None]:
        self._listener = listener
        try:
            yield
        finally:
            self._listener = None

    @contextmanager
    def on_hold(self, holds: float | None = None) -> Iterator[None]:
        """Somebody else is being rung or spoken to: the person waits, for so many seconds or for ever."""
        self._on_hold = True
        loop = asyncio.get_running_loop()
        leaving = None if holds is None else loop.call_later(self._clock.real(holds), self._hang_up)
        try:
            yield
        finally:
            self._on_hold = False
            if leaving is not None:
                leaving.cancel()

    async def say(self, audio: bytes, words: str = "") -> None:
        """The carrier plays this; cancelled, it stops at once."""
        if words:
            self._person.hear(words)
        self.playback.put(audio, self._clock.now())
        try:
            await self._clock.sleep(len(audio) / 8_000)
        finally:
            self.cut()

    def cut(self) -> int:
        """What is still buffered is never heard; answers how many samples. Pending marks come back to nobody."""
        now = self._clock.now()
        self.settle(now)
        unheard = self.playback.clear(now)
        self.playback.drain(now)
        for edge, sample in self._hearing.listen([], now + 8_000):  # a sound that was cut off ended now
            self._record.note(_EDGES[edge], sample)
        return unheard

    def settle(self, now: int) -> None:
        """Let the person hear what was played up to now."""
        sounds, marks = self.playback.drain(now)
        self._hear(sounds, now)
        if self._listener is not None:
            for mark in marks:
                self._listener.returned(mark)

    def _hear(self, sounds: list[Sound], now: int) -> None:
        for sound in sounds:
            self._record.sophie_track.write(sound.start, sound.payload)
            if self._attention is not None:
                self._attention.sounds(sound.payload)
        for edge, sample in self._hearing.listen(sounds, now):
            self._record.note(_EDGES[edge], sample)
            if self._attention is not None:
                self._attention.edge()

    def _tick(self, due: int) -> None:
        self.settle(self._clock.now())
        if self._on_hold:
            return
        moment = self._person.next(due, self._hearing)
        self._record.caller_track.write(due, moment.frame.samples)
        if moment.began is not None:
            self._record.note("caller_starts", due, text=moment.began)
        if moment.hint is not None and self._attention is not None:
            self._attention.hums(moment.hint)
        if moment.ended is not None:
            self._record.note("caller_stops", moment.spoken_by, text=moment.ended)
        if moment.digit is not None:
            self._record.note("key", digit=moment.digit)
        if self._listener is not None:
            self._listener.heard(moment, due)
        if moment.hangs_up:
            self._hang_up()
