"""The telephone network's ear: a buffer of µ-law that plays in real time, and what a listener hears of it.

The clock is a count of samples (8,000 a second) that the one who calls passes in, so the same rules run in real time
and in virtual time. Source of the rules: the carrier's description of bidirectional media streams (audio is buffered
and played in order; a mark comes back when all before it was played, at once when nothing is buffered, and when the
buffer is cleared). It refuses to know of sockets, JSON, calls and tasks.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from infra.local.speech import ulaw

SAMPLES_PER_MS = 8
FRAME = 160
"""Samples in 20 ms."""

LIMIT = 10 * 60 * 8_000
"""Ten minutes: what the carrier buffers at most; the rest is dropped."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Audio that was played, from this sample on."""

    start: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class ReturnedMark:
    """A mark to be echoed: where it fell due, and whether the listener really heard all before it."""

    name: str
    at: int
    cleared: bool


class Playback:
    """One stream's buffer. Every method plays up to `now` first; what became of it is fetched by `drain`."""

    def __init__(self) -> None:
        self.buffered = 0
        self._queue: deque[bytes | str] = deque()
        self._cursor = 0
        self._sounds: list[Sound] = []
        self._marks: list[ReturnedMark] = []

    def put(self, payload: bytes, now: int) -> int:
        """Queue audio; answers how many bytes did not fit into the ten minutes."""
        self._play_to(now)
        kept = payload[: LIMIT - self.buffered]
        if kept:
            self._queue.append(kept)
            self.buffered += len(kept)
        return len(payload) - len(kept)

    def mark(self, name: str, now: int) -> None:
        self._play_to(now)
        if self._queue:
            self._queue.append(name)
        else:
            self._marks.append(ReturnedMark(name, self._cursor, cleared=False))

    def clear(self, now: int) -> int:
        """Empty the buffer: pending marks come back in order. Answers how many bytes will never be heard."""
        self._play_to(now)
        dropped, self.buffered = self.buffered, 0
        waiting = [item for item in self._queue if isinstance(item, str)]
        self._marks += [ReturnedMark(name, self._cursor, cleared=True) for name in waiting]
        self._queue.clear()
        return dropped

    def drain(self, now: int) -> tuple[list[Sound], list[ReturnedMark]]:
        """What was played and which marks fell due since the last time."""
        self._play_to(now)
        sounds, self._sounds = self._sounds, []
        marks, self._marks = self._marks, []
        return sounds, marks

    def _play_to(self, now: int) -> None:
        while self._queue:
            head = self._queue[0]
            if isinstance(head, str):
                self._queue.popleft()
                self._marks.append(ReturnedMark(head, self._cursor, cleared=False))
            elif now > self._cursor:
                self._play(head, now - self._cursor)
            else:
                return
        self._cursor = max(self._cursor, now)  # an empty buffer lets time pass in silence

    def _play(self, head: bytes, room: int) -> None:
        heard = head[:room]
        if len(heard) == len(head):
            self._queue.popleft()
        else:
            self._queue[0] = head[room:]
        self._sounds.append(Sound(self._cursor, heard))
        self._cursor += len(heard)
        self.buffered -= len(heard)


@dataclass(slots=True)
class Span:
    """A stretch of audible sound, in samples; `end` moves while it lasts."""

    start: int
    end: int


@dataclass
class Hearing:
    """Which of the played audio a person would have heard as sound: silence that was sent counts for nothing."""

    spans: list[Span] = field(default_factory=list)
    sounding: bool = False

    def listen(self, sounds: list[Sound], now: int) -> list[tuple[str, int]]:
        """Take in what was played; answers the edges ("start" or "end", sample) that became certain."""
        edges: list[tuple[str, int]] = []
        for sound in sounds:
            for offset in range(0, len(sound.payload), FRAME):
                if is_sound(frame := sound.payload[offset : offset + FRAME]):
                    edges += self._loud(sound.start + offset, len(frame))
        return edges + self._quiet_by(now)

    def ended_after(self, sample: int) -> Span | None:
        """The first sound that is heard, or still heard, after that sample."""
        return next((span for span in self.spans if span.end > sample), None)

    @property
    def last_sound(self) -> int:
        """Where the last sound ended; 0 when there was none yet."""
        return self.spans[-1].end if self.spans else 0

    def _loud(self, start: int, length: int) -> list[tuple[str, int]]:
        edges = self._quiet_by(start)
        if self.sounding:
            self.spans[-1].end = start + length
            return edges
        self.sounding = True
        self.spans.append(Span(start, start + length))
        return [*edges, ("start", start)]

    def _quiet_by(self, now: int) -> list[tuple[str, int]]:
        if not self.sounding or now - self.spans[-1].end < _PAUSE:
            return []
        self.sounding = False
        return [("end", self.spans[-1].end)]


_PAUSE = 400 * SAMPLES_PER_MS
"""Shorter silences are pauses between words and sentences: the same stretch of speech."""

_AUDIBLE = 5
_LOUDNESS = bytes(min(255, abs(int(sample)) >> 5) for sample in ulaw.decode(bytes(range(256))))


def is_sound(frame: bytes) -> bool:
    """Whether the mean level is above that of a quiet line (some −46 dB of full scale)."""
    return sum(frame.translate(_LOUDNESS)) > _AUDIBLE * len(frame)
