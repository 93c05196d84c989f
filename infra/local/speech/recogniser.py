"""What was said in a turn's audio: the interface of the lab's recognisers, and the one whose words a test supplies.

A `Stream` belongs to one connection and hears one turn after the other. The real recogniser is in
`speech_recogniser`. Nothing here knows websockets, events or when a turn ends.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Word:
    """A recognised word; times in seconds since the turn's first sample."""

    text: str
    confidence: float
    start: float
    end: float


class Stream(Protocol):
    """One connection's recogniser: `hear` … `guess` … `settle` [more `hear`, `settle` …] and `close_turn`."""

    async def hear(self, ulaw: bytes) -> None:
        """More of the turn's audio, 8 kHz µ-law; after `settle` the turn goes on."""

    async def guess(self) -> Sequence[Word]:
        """The turn so far, quickly."""

    async def settle(self) -> Sequence[Word]:
        """The turn so far, as well as it can be heard, with confidences."""

    async def close_turn(self) -> None:
        """The turn is over."""

    async def set_keyterms(self, keyterms: Sequence[str]) -> None:
        """Words and phrases to expect, from the next turn on."""

    async def close(self) -> None:
        """The connection is over."""


class Recogniser(Protocol):
    async def open(self, session: int, keyterms: Sequence[str]) -> Stream:
        """A stream for the connection with that number."""

    async def close(self) -> None:
        """No more streams."""


Line = list[tuple[str, float]]


class Script:
    """Lines for scripted turns: per session, or for whichever session asks next."""

    def __init__(self) -> None:
        self._lines: dict[int | None, deque[Line]] = {}

    def add(self, session: int | None, lines: Iterable[Any]) -> None:
        """Lines are strings, or lists of `{"word", "confidence"}`; ValueError says what is wrong with another."""
        self._lines.setdefault(session, deque()).extend([_read_line(line) for line in lines])

    def clear(self) -> None:
        """Forget what no turn has taken yet."""
        self._lines.clear()

    def peek(self, session: int) -> Line:
        queue = self._lines.get(session) or self._lines.get(None)
        return queue[0] if queue else []

    def spend(self, session: int) -> None:
        queue = self._lines.get(session) or self._lines.get(None)
        if queue:
            queue.popleft()


def _read_line(line: Any) -> Line:
    if isinstance(line, str):
        return [(word, 1.0) for word in line.split()]
    if isinstance(line, list) and all(isinstance(word, dict) and "word" in word for word in line):
        return [(str(word["word"]), float(word.get("confidence", 1.0))) for word in line]
    raise ValueError('A line is a string or a list of {"word": …, "confidence": …}.')


class ScriptedRecogniser:
    """Hears nothing: each turn's words are the script's next line, spread over the turn's audio."""

    def __init__(self, script: Script) -> None:
        self._script = script

    async def open(self, session: int, keyterms: Sequence[str]) -> ScriptedStream:  # noqa: ARG002
        return ScriptedStream(self._script, session)

    async def close(self) -> None:
        return None


class ScriptedStream:
    def __init__(self, script: Script, session: int) -> None:
        self._script = script
        self._session = session
        self._seconds = 0.0

    async def hear(self, ulaw: bytes) -> None:
        self._seconds += len(ulaw) / 8_000

    async def guess(self) -> Sequence[Word]:
        """As many words as an unhurried speaker has said by now."""
        return self._spread()[: int(self._seconds / 0.35)]

    async def settle(self) -> Sequence[Word]:
        return self._spread()

    def _spread(self) -> list[Word]:
        line = self._script.peek(self._session)
        step = self._seconds / max(1, len(line))
        return [Word(text, sure, nth * step, (nth + 1) * step) for nth, (text, sure) in enumerate(line)]

    async def close_turn(self) -> None:
        self._script.spend(self._session)
        self._seconds = 0.0

    async def set_keyterms(self, keyterms: Sequence[str]) -> None:  # noqa: ARG002
        return None

    async def close(self) -> None:
        return None
