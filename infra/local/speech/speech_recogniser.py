"""The real recogniser: pocketsphinx in worker processes, so that decoding never holds up the emulator's event loop.

Each connection's decoder lives in one worker for the connection's life; a worker serves several of them in turn. This
side sends audio bytes and keyterms and gets words.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import signal
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from infra.local.speech import language_model
from infra.local.speech.decoding import Hearing
from infra.local.speech.recogniser import Direction, Word

_hearings: dict[int, Hearing] = {}  # of this worker process, by stream


def _in_worker() -> None:
    """A terminal's Ctrl-C reaches the whole group: the parent decides when workers end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _open(stream: int, model: str, keyterms: Sequence[str]) -> None:
    _hearings[stream] = Hearing(Path(model), keyterms)


def _hear(stream: int, audio: bytes) -> None:
    _hearings[stream].hear(audio)


def _guess(stream: int, audio: bytes) -> list[Word]:
    _hearings[stream].hear(audio)
    return _hearings[stream].guess()


def _settle(stream: int, audio: bytes) -> list[Word]:
    if audio:
        _hearings[stream].hear(audio)
    return _hearings[stream].settle()


def _close_turn(stream: int) -> None:
    _hearings[stream].close_turn()


def _close(stream: int) -> None:
    _hearings.pop(stream, None)


class SpeechRecogniser:
    """Workers and the language model's files; opened by `start`, ended by `close`."""

    def __init__(self, workers: int = 2) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="recogniser-")
        context = multiprocessing.get_context("spawn")
        self._workers = [ProcessPoolExecutor(1, context, initializer=_in_worker) for _ in range(workers)]
        self._streams = itertools.count()
        self._first_worker = 0

    async def start(self) -> None:
        """Makes the language model and warms the workers: about two seconds."""
        model = Path(self._directory.name)
        await asyncio.to_thread(language_model.write, model)
        warm = next(self._streams)
        for work in (lambda w: (w, _open, warm, str(model), ()), lambda w: (w, _close, warm)):
            await asyncio.gather(*(self._call(*work(worker)) for worker in self._workers))

    async def _call(self, worker: ProcessPoolExecutor, work: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(worker, work, *arguments)

    async def open(self, session: int, keyterms: Sequence[str]) -> SpeechStream:  # noqa: ARG002
        number = next(self._streams)
        worker = self._workers[number % len(self._workers)]
        stream = SpeechStream(worker, number, self._directory.name)
        await stream.set_keyterms(keyterms)
        return stream

    async def processor_seconds(self) -> float:
        """What the workers have used so far, together."""
        used: list[float] = await asyncio.gather(*(self._call(one, time.process_time) for one in self._workers))
        return sum(used)

    async def close(self) -> None:
        for worker in self._workers:
            worker.shutdown(wait=False, cancel_futures=True)
        self._directory.cleanup()


class SpeechStream:
    """One connection's end of the pipe to its worker; small pieces wait here until there is something to ask."""

    direction = Direction()

    def __init__(self, worker: ProcessPoolExecutor, number: int, model: str) -> None:
        self._worker = worker
        self._number = number
        self._model = model
        self._pending = bytearray()

    async def _call(self, work: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work, self._number, *arguments)

    def _take(self) -> bytes:
        audio = bytes(self._pending)
        self._pending.clear()
        return audio

    async def hear(self, ulaw: bytes) -> None:
        self._pending += ulaw

    async def guess(self) -> Sequence[Word]:
        words: list[Word] = await self._call(_guess, self._take())
        return words

    async def settle(self) -> Sequence[Word]:
        words: list[Word] = await self._call(_settle, self._take())
        return words

    async def close_turn(self) -> None:
        self._pending.clear()
        await self._call(_close_turn)

    async def set_keyterms(self, keyterms: Sequence[str]) -> None:
        await self._call(_open, self._model, tuple(keyterms))

    async def close(self) -> None:
        await self._call(_close)
