"""One connection's turns, as Flux tells them: frames and words in, TurnInfo events out.

Flux's own rules hold here, unless a test has a turn forget its words: an EagerEndOfTurn is never empty, EndOfTurn
repeats the last EagerEndOfTurn's transcript or a TurnResumed came between, the index grows after each EndOfTurn. Time
is the audio's own. It knows no sockets.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.local.deepgram.formatting import numerals
from infra.local.speech import ulaw
from infra.local.speech.endpointer import FRAME_MS, Endpointer
from infra.local.speech.recogniser import Stream, Word

UPDATE_MS = 240
"""An Update about every quarter of a second of audio, in whole frames."""

_SETTLE_MS = 180
_PREROLL_FRAMES = 15
_SURE_AFTER_MS = 800  # of silence, when what was said may well be all
_SURE_AFTER_MORE_MS = 1_600  # when it sounds as if more were to come
_NEVER_SURE = 0.49  # below every end-of-turn threshold
_RESUMES_AFTER_MS = 120  # of audio, where a test has a speaker go on without a sound

_CONNECTIVES = frozenset(
    "and or but the a an at on in to for with from of my your is are by um uh so because around between i i'm it's "  # noqa: SIM905
    "name under about past quarter half this next".split()
)
_DIGITS = "zero oh one two three four five six seven eight nine double".split()  # noqa: SIM905
_SIGNS = frozenset([*_DIGITS, *"abcdefghijklmnopqrstuvwxyz"])
_WHOLE_GROUPS = frozenset({4, 5, 7, 10, 17})


@dataclass
class Thresholds:
    """As in the query; `eager` None: no early ends."""

    eager: float | None = None
    end: float = 0.7
    timeout_ms: int = 5_000


@dataclass(frozen=True)
class Pace:
    """How soon silence ends a turn: by the confidence model, or after a fixed time for measurements."""

    fixed_ms: int | None = None

    def confidence(self, silence_ms: int, words: Sequence[str], end: float) -> float:
        """That no more speech is coming in this turn, after so much silence."""
        if self.fixed_ms is not None:
            return min(1.0, end * silence_ms / max(1, self.fixed_ms))
        return min(0.99, silence_ms / (_SURE_AFTER_MORE_MS if expects_more(words) else _SURE_AFTER_MS))


def expects_more(words: Sequence[str]) -> bool:
    """Whether the words sound unfinished: a connective, a lone letter or digit, an odd count of spelled signs."""
    if not words or words[-1] in _CONNECTIVES:
        return bool(words)
    spelled = 0
    for word in reversed(words):
        if word not in _SIGNS:
            break
        spelled += 1
    return spelled == len(words) == 1 or (spelled > 1 and spelled not in _WHOLE_GROUPS)


@dataclass
class Turns:
    """Feed `hear` with 20 ms frames in order and send what it yields."""

    stream: Stream
    thresholds: Thresholds
    pace: Pace
    numerals: bool = False
    multilingual: bool = False
    hints: Sequence[str] = ()
    index: int = 0
    _endpointer: Endpointer = field(default_factory=Endpointer)
    _preroll: deque[bytes] = field(default_factory=lambda: deque(maxlen=_PREROLL_FRAMES))
    _now_ms: int = 0
    _began_ms: int | None = None
    _window_ms: int = 0
    _told_ms: int = 0
    _settled: Sequence[Word] | None = None
    _eager_ms: int | None = None
    _resumed: bool = False
    _keyterms: Sequence[str] | None = None

    async def hear(self, frame: bytes) -> AsyncIterator[dict[str, Any]]:
        """Takes 160 µ-law bytes."""
        self._now_ms += FRAME_MS
        began = self._endpointer.feed(ulaw.decode(frame))
        if self._began_ms is None:
            self._preroll.append(frame)
            if began:
                yield await self._begin()
            elif self._now_ms - self._told_ms >= UPDATE_MS:
                yield self._event("Update", ())
            return
        await self.stream.hear(frame)
        if self._settled is not None and self._goes_on():
            self._settled = None
            if self._eager_ms is not None:
                self._eager_ms, self._resumed = None, True
                yield self._event("TurnResumed", await self._guess())
        async for event in self._progress():
            yield event

    def _goes_on(self) -> bool:
        """Whether speech came again after the words were settled, by the sound or because a test has it so."""
        if self._is_to_resume and self._now_ms - (self._eager_ms or 0) >= _RESUMES_AFTER_MS:
            self._endpointer.goes_on()
        return self._endpointer.silence_ms == 0

    @property
    def _is_to_resume(self) -> bool:
        """Whether a test has the speaker go on after the early end that was told."""
        return self._eager_ms is not None and not self._resumed and self.stream.direction.resumes

    async def _progress(self) -> AsyncIterator[dict[str, Any]]:
        silence = self._endpointer.silence_ms
        if self._settled is None and silence >= min(_SETTLE_MS, self.pace.fixed_ms or _SETTLE_MS):
            self._settled = await self._settle()
        if self._settled is None:
            if self._now_ms - self._told_ms >= UPDATE_MS:
                yield self._event("Update", await self._guess())
            return
        words = self._settled
        sure = self._confidence()
        if self._eager_ms is None and words and self.thresholds.eager is not None and sure >= self.thresholds.eager:
            self._eager_ms = self._now_ms
            yield self._event("EagerEndOfTurn", words)
        timed_out = silence >= self.thresholds.timeout_ms
        if (sure >= self.thresholds.end or timed_out) and not self._is_to_resume:
            yield await self._end("timeout" if timed_out and sure < self.thresholds.end else "model")
        elif self._now_ms - self._told_ms >= UPDATE_MS:
            yield self._event("Update", words)

    async def force_end(self) -> AsyncIterator[dict[str, Any]]:
        """ForceEndTurn: ends the turn under way; between turns there is nothing to end."""
        if self._began_ms is None:
            return
        if self._settled is None:
            self._settled = await self._settle()
        yield await self._end("manual")

    async def _settle(self) -> Sequence[Word]:
        """The words as well as they can be heard, and as they are written."""
        words = await self.stream.settle()
        if self.stream.direction.resumes and self.thresholds.eager is not None and not self._resumed:
            words = words[: max(1, len(words) // 2)]
        return numerals(words) if self.numerals else words

    async def _guess(self) -> Sequence[Word]:
        words = await self.stream.guess()
        return numerals(words) if self.numerals else words

    def expect(self, keyterms: Sequence[str]) -> None:
        """New keyterms; a turn under way is finished with the old ones."""
        self._keyterms = tuple(keyterms)

    async def _begin(self) -> dict[str, Any]:
        if self._keyterms is not None:
            await self.stream.set_keyterms(self._keyterms)
            self._keyterms = None
        self._window_ms = self._began_ms = max(self._window_ms, self._now_ms - len(self._preroll) * FRAME_MS)
        await self.stream.hear(b"".join(self._preroll))
        self._preroll.clear()
        return self._event("StartOfTurn", ())

    async def _end(self, trigger: str) -> dict[str, Any]:
        words = () if self.stream.direction.forgets else self._settled or ()
        event = self._event("EndOfTurn", words) | {"trigger": trigger}
        self._eager_ms, self._resumed = None, False
        await self.stream.close_turn()
        self._endpointer.rest()
        self._settled, self._began_ms = None, None
        self._window_ms = self._now_ms
        self.index += 1
        return event

    def _confidence(self) -> float:
        words = [word.text.lower().strip(".,?!") for word in self._settled or ()]
        sure = self.pace.confidence(self._endpointer.silence_ms, words, self.thresholds.end)
        return min(sure, _NEVER_SURE) if self.stream.direction.never_sure else sure

    def _event(self, kind: str, words: Sequence[Word]) -> dict[str, Any]:
        self._told_ms = self._now_ms
        offset = (self._began_ms or 0) / 1_000
        told = {
            "type": "TurnInfo",
            "event": kind,
            "turn_index": self.index,
            "audio_window_start": self._window_ms / 1_000,
            "audio_window_end": self._now_ms / 1_000,
            "transcript": " ".join(word.text for word in words),
            "words": [
                {
                    "word": word.text,
                    "confidence": round(word.confidence, 4),
                    "start": round(offset + word.start, 3),
                    "end": round(offset + word.end, 3),
                }
                for word in words
            ],
            "end_of_turn_confidence": round(self._confidence() if self._settled is not None else 0.01, 4),
        }
        if self.multilingual and words:
            told["languages"] = list(self.stream.direction.languages)
        if self.hints:
            told["languages_hinted"] = list(self.hints)
        return told
