"""What was said in a turn's audio: the interface of the lab's recognisers, and the one whose words a test supplies.

A `Stream` belongs to one connection and hears one turn after the other. The real recogniser is in
`speech_recogniser`. Nothing here knows websockets, events or when a turn ends.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from infra.local.speech import watermark


@dataclass(frozen=True)
class Word:
    """A recognised word; times in seconds since the turn's first sample."""

    text: str
    confidence: float
    start: float
    end: float


@dataclass(frozen=True)
class Direction:
    """What a test wants of a turn's end, where the sound alone would not do it."""

    resumes: bool = False
    """The speaker goes on after the first early end, with the second half of the words."""
    never_sure: bool = False
    """The words sound as if more were to come: only a time-out ends this turn."""
    forgets: bool = False
    """The turn ends without the words that were told early."""
    languages: tuple[str, ...] = ("en",)


class Stream(Protocol):
    """One connection's recogniser: `hear` … `guess` … `settle` [more `hear`, `settle` …] and `close_turn`."""

    @property
    def direction(self) -> Direction:
        """Of the turn under way."""

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


@dataclass(frozen=True)
class Line:
    """The words of one turn with their confidences."""

    words: tuple[tuple[str, float], ...] = ()
    direction: Direction = Direction()


@dataclass(frozen=True)
class Taken:
    """A line and where it came from."""

    line: Line
    source: deque[Line]

    def give_back(self) -> None:
        """Its turn did not end: the connection was lost in it, and another will hear it again."""
        self.source.appendleft(self.line)


_LATE_SECONDS = 1.0

Whose = tuple[str, int] | None
"""`("session", n)`: the nth connection; `("caller", n)`: whoever's sound is signed so; None: whoever asks next."""


class Script:
    """Lines for scripted turns."""

    def __init__(self) -> None:
        self._lines: dict[Whose, deque[Line]] = {}
        self._news = asyncio.Event()

    def add(self, whose: Whose, lines: Iterable[Any]) -> None:
        """Takes lines as `read_line` reads them."""
        self._lines.setdefault(whose, deque()).extend([read_line(line) for line in lines])
        self._news.set()
        self._news = asyncio.Event()

    async def wait_for(self, whose: Whose) -> None:
        """Until there is a line of theirs, which may come later than its sound; not for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LATE_SECONDS):
                while not self._lines.get(whose):
                    await self._news.wait()

    def clear(self) -> None:
        """Forget what no turn has taken yet, and what comes back from one."""
        self._lines = {}

    def take(self, owners: Sequence[Whose]) -> Taken | None:
        """The next line for the first of these that has one."""
        for whose in owners:
            if queue := self._lines.get(whose):
                return Taken(queue.popleft(), queue)
        return None


def read_line(line: Any) -> Line:
    """A string, a list of `{"word", "confidence"?}`, or an object with either as `text` or `words` and `resumes`,
    `ends` (`model`, `timeout`, or `empty`: without the words) and `languages`; ValueError says what is wrong with
    another."""
    if isinstance(line, str):
        return Line(tuple((word, 1.0) for word in line.split()))
    if isinstance(line, list) and all(isinstance(word, dict) and "word" in word for word in line):
        return Line(tuple((str(word["word"]), float(word.get("confidence", 1.0))) for word in line))
    if isinstance(line, dict) and line.keys() <= {"text", "words", "resumes", "ends", "languages"}:
        ends = line.get("ends", "model")
        if ends not in ("model", "timeout", "empty"):
            raise ValueError("A line ends by `model`, by `timeout` or `empty`.")
        words = read_line(line.get("text", line.get("words", ""))).words
        languages = tuple(line.get("languages", ["en"]))
        return Line(words, Direction(bool(line.get("resumes")), ends == "timeout", ends == "empty", languages))
    raise ValueError('A line is a string, a list of {"word": …, "confidence": …} or {"text": …, "resumes": …, …}.')


class ScriptedRecogniser:
    """Hears nothing: each turn's words are the script's next line, spread over the turn's audio."""

    def __init__(self, script: Script) -> None:
        self._script = script

    async def open(self, session: int, keyterms: Sequence[str]) -> ScriptedStream:  # noqa: ARG002
        return ScriptedStream(self._script, session)

    async def close(self) -> None:
        return None


class ScriptedStream:
    """A connection's turns. A turn takes its line when it is first asked for words, so that two connections never share
    one; the caller whose sound it is is known as soon as the sound tells."""

    def __init__(self, script: Script, session: int) -> None:
        self._script = script
        self._owners: list[Whose] = [("session", session), None]
        self._taken: Taken | None = None
        self._signed_by: Whose = None
        self._seconds = 0.0

    @property
    def direction(self) -> Direction:
        return self._line().direction

    async def hear(self, ulaw: bytes) -> None:
        self._seconds += len(ulaw) / 8_000
        if self._signed_by is None and (caller := watermark.read(ulaw)) is not None:
            self._signed_by = ("caller", caller)
            self._owners = [self._signed_by, *self._owners[-2:]]

    async def guess(self) -> Sequence[Word]:
        """As many words as an unhurried speaker has said by now."""
        return self._spread()[: int(self._seconds / 0.35)]

    async def settle(self) -> Sequence[Word]:
        if self._taken is None and self._signed_by is not None:
            await self._script.wait_for(self._signed_by)
        return self._spread()

    def _line(self) -> Line:
        if self._taken is None:
            self._taken = self._script.take(self._owners)
        return self._taken.line if self._taken else Line()

    def _spread(self) -> list[Word]:
        line = self._line().words
        step = self._seconds / max(1, len(line))
        return [Word(text, sure, nth * step, (nth + 1) * step) for nth, (text, sure) in enumerate(line)]

    async def close_turn(self) -> None:
        self._taken = self._signed_by = None
        self._seconds = 0.0

    async def set_keyterms(self, keyterms: Sequence[str]) -> None:  # noqa: ARG002
        return None

    async def close(self) -> None:
        if self._taken is not None:
            self._taken.give_back()
            self._taken = None
