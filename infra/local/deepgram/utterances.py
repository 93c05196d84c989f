"""One connection's utterances, as Nova tells them: frames and words in; Results, SpeechStarted and UtteranceEnd out.

Deepgram's rules hold here: `endpointing` milliseconds of silence finish an utterance (`speech_final`), an interim may
still change, `UtteranceEnd` follows a gap behind the last finished word, and silence is transcribed too, as nothing.
Time is the audio's own. It knows no sockets.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.local.deepgram.formatting import numerals, plain, punctuated, telephone
from infra.local.speech import ulaw
from infra.local.speech.endpointer import FRAME_MS, Endpointer
from infra.local.speech.recogniser import Stream, Word

INTERIM_MS = 500
_LONGEST_MS = 10_000  # of an utterance before its words are finished although the speaker goes on
_QUIET_MS = 5_000  # of silence that is told as a result without words
_UNENDED_MS = 1_000  # of silence after which words are finished where no endpointing is wanted
_PREROLL_FRAMES = 15


@dataclass(frozen=True)
class Wanted:
    """What a connection asked for; `endpointing_ms` and `utterance_end_ms` None: not at all."""

    endpointing_ms: int | None = 10
    utterance_end_ms: int | None = None
    interims: bool = False
    vad_events: bool = False
    punctuate: bool = False
    smart_format: bool = False
    numerals: bool = False
    multilingual: bool = False


@dataclass
class Utterances:
    """Feed `hear` with 20 ms frames in order and send what it yields."""

    stream: Stream
    wanted: Wanted
    keyterms: Sequence[str] | None = None
    """New ones, for the next utterance."""
    now_ms: int = 0
    _endpointer: Endpointer = field(default_factory=Endpointer)
    _preroll: deque[bytes] = field(default_factory=lambda: deque(maxlen=_PREROLL_FRAMES))
    _finished_ms: int = 0
    _began_ms: int | None = None
    _told_ms: int = 0
    _last_word_end: float | None = None

    async def hear(self, frame: bytes) -> AsyncIterator[dict[str, Any]]:
        """Takes 160 µ-law bytes."""
        self.now_ms += FRAME_MS
        began = self._endpointer.feed(ulaw.decode(frame))
        if self._began_ms is not None:
            await self.stream.hear(frame)
            told = await self._progress()
        else:
            self._preroll.append(frame)
            told = await self._begin() if began else self._quiet()
        if told is not None:
            yield told
        if self._utterance_is_over():
            yield {"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": round(self._last_word_end or 0.0, 3)}
            self._last_word_end = None

    async def finish(self, *, from_finalize: bool = False) -> dict[str, Any]:
        """What was heard and not yet finished, as a final result (Finalize and CloseStream)."""
        words = await self.stream.settle() if self._began_ms is not None else ()
        return await self._final(words, speech_final=False, from_finalize=from_finalize)

    @property
    def unfinished(self) -> bool:
        """Whether an utterance is under way."""
        return self._began_ms is not None

    async def _begin(self) -> dict[str, Any] | None:
        if self.keyterms is not None:
            await self.stream.set_keyterms(self.keyterms)
            self.keyterms = None
        self._began_ms = max(self._finished_ms, self.now_ms - len(self._preroll) * FRAME_MS)
        await self.stream.hear(b"".join(self._preroll))
        self._preroll.clear()
        if not self.wanted.vad_events:
            return None
        return {"type": "SpeechStarted", "channel": [0], "timestamp": self._began_ms / 1_000}

    async def _progress(self) -> dict[str, Any] | None:
        silence = self._endpointer.silence_ms
        endpointing = self.wanted.endpointing_ms
        if endpointing is not None and silence >= max(FRAME_MS, endpointing):
            return await self._final(await self.stream.settle(), speech_final=True)
        if silence >= _UNENDED_MS and endpointing is None:
            return await self._final(await self.stream.settle(), speech_final=False)
        if self.now_ms - (self._began_ms or 0) >= _LONGEST_MS:
            return await self._final(await self.stream.settle(), speech_final=False)
        return self._result(await self.stream.guess()) if self._interim_is_due() else None

    def _quiet(self) -> dict[str, Any] | None:
        if self.now_ms - self._finished_ms >= _QUIET_MS:
            quiet = self._result((), is_final=True)
            self._finished_ms = self.now_ms
            return quiet
        return self._result(()) if self._interim_is_due() else None

    def _interim_is_due(self) -> bool:
        return self.wanted.interims and self.now_ms - self._told_ms >= INTERIM_MS

    def _utterance_is_over(self) -> bool:
        gap = self.wanted.utterance_end_ms
        if gap is None or self._last_word_end is None or self._began_ms is not None:
            return False
        return self.now_ms - 1_000 * self._last_word_end >= gap

    async def _final(self, words: Sequence[Word], *, speech_final: bool, from_finalize: bool = False) -> dict[str, Any]:
        result = self._result(words, is_final=True, speech_final=speech_final, from_finalize=from_finalize)
        if words:
            self._last_word_end = self._offset + words[-1].end
        if self._began_ms is not None:
            await self.stream.close_turn()
        self._endpointer.rest()
        self._began_ms = None
        self._finished_ms = self.now_ms
        return result

    @property
    def _offset(self) -> float:
        return (self._began_ms or 0) / 1_000

    def _result(
        self, words: Sequence[Word], *, is_final: bool = False, speech_final: bool = False, from_finalize: bool = False
    ) -> dict[str, Any]:
        self._told_ms = self.now_ms
        return {
            "type": "Results",
            "channel_index": [0, 1],
            "duration": (self.now_ms - self._finished_ms) / 1_000,
            "start": self._finished_ms / 1_000,
            "is_final": is_final,
            "speech_final": speech_final,
            "channel": {"alternatives": [self._alternative(words, ends=speech_final)]},
            "from_finalize": from_finalize,
        }

    def _alternative(self, words: Sequence[Word], *, ends: bool) -> dict[str, Any]:
        wanted = self.wanted
        written = list(numerals(words) if wanted.numerals or wanted.smart_format else words)
        pretty = punctuated(written, ends=ends) if wanted.punctuate or wanted.smart_format else []
        if wanted.smart_format:
            pretty = [telephone(text) for text in pretty]
        alternative = {
            "transcript": " ".join(pretty or [plain(word.text) for word in written]),
            "confidence": round(sum(word.confidence for word in written) / max(1, len(written)), 4),
            "words": [self._word(word, nth, pretty) for nth, word in enumerate(written)],
        }
        if wanted.multilingual:
            alternative |= {"languages": list(self.stream.direction.languages) if words else [], "languages_hinted": []}
        return alternative

    def _word(self, word: Word, nth: int, pretty: Sequence[str]) -> dict[str, Any]:
        told = {
            "word": plain(word.text),
            "start": round(self._offset + word.start, 3),
            "end": round(self._offset + word.end, 3),
            "confidence": round(word.confidence, 4),
        }
        return told | ({"punctuated_word": pretty[nth]} if pretty else {})
