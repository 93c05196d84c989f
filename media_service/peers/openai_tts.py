"""OpenAI's voice for one call: the second one, for when the first does not speak.

A request a text, streamed as 24 kHz samples and brought down to the telephone's audio in a thread. It holds no
connection of its own, so it costs nothing while it is not needed.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable
from concurrent.futures import Executor
from contextlib import AsyncExitStack, aclosing
from typing import TypeVar

import httpx2
import openai

from media_service.peers.tts import Spoken
from media_service.wire.mulaw import Downsampler
from shared.errors import Unavailable
from shared.log import fields

log = logging.getLogger(__name__)

# Between a text and its first audio, and between two pieces of audio.
_PATIENCE_SECONDS = 2.0
_PIECE = 4_800

Got = TypeVar("Got")


class OpenAITextToSpeech:
    """A TextToSpeech over `/v1/audio/speech`."""

    def __init__(self, client: openai.AsyncOpenAI, model: str, voice: str, threads: Executor) -> None:
        self._speech = client.audio.speech.with_streaming_response
        self.model = model
        self._voice = voice
        self._threads = threads
        self._texts: deque[str] = deque()
        self._wanted = asyncio.Event()
        self._stops = 0
        self._patience: asyncio.Timeout | None = None

    def say(self, text: str) -> None:
        self._texts.append(text)
        self._wanted.set()

    def stop(self) -> None:
        self._texts.clear()
        self._stops += 1
        if self._patience is not None:
            self._patience.reschedule(0)

    async def speech(self) -> AsyncGenerator[bytes | Spoken, None]:
        while True:
            while not self._texts:
                self._wanted.clear()
                await self._wanted.wait()
            stops = self._stops
            try:
                async with aclosing(self._spoken(self._texts[0])) as audio:
                    async for piece in audio:
                        if stops != self._stops:
                            break
                        yield piece
            except (openai.APIError, httpx2.HTTPError, Unavailable) as why:
                if stops == self._stops:
                    log.warning("second voice failed", extra=fields(why=type(why).__name__))
                    self._texts.clear()
                    yield Spoken.FAILED
                continue
            if stops == self._stops:
                self._texts.popleft()
                yield Spoken.OUT

    async def _spoken(self, text: str) -> AsyncGenerator[bytes, None]:
        down, loop = Downsampler(), asyncio.get_running_loop()
        async with AsyncExitStack() as open_until_said:
            asked = self._speech.create(model=self.model, voice=self._voice, input=text, response_format="pcm")
            response = await self._in_time(open_until_said.enter_async_context(asked))
            pieces = aiter(response.iter_bytes(_PIECE))
            while piece := await self._in_time(anext(pieces, b"")):
                yield await loop.run_in_executor(self._threads, down.feed, piece)
        yield await loop.run_in_executor(self._threads, down.rest)

    async def _in_time(self, step: Awaitable[Got]) -> Got:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS) as self._patience:
                return await step
        except TimeoutError as why:
            raise Unavailable("OpenAI's voice owes speech and sends none.") from why
        finally:
            self._patience = None
