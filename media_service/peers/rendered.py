"""The fixed lines of a call as audio, rendered once before the first call and kept in memory.

Rendering goes through the vendor's SDK over REST. A line that could not be rendered is spoken live like any other text,
and tried again when another call begins.
"""

import asyncio
import logging
from collections.abc import Mapping

import httpx
from deepgram import AsyncDeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.environment import DeepgramClientEnvironment

from media_service.wire.mulaw import leading_quiet
from shared.log import fields

log = logging.getLogger(__name__)

_SECONDS = 5.0


class FixedLines:
    """One per process. `audio` holds, by its text, every line that was rendered so far; each has its voice."""

    def __init__(self, voices: Mapping[str, str], base_url: str, api_key: str) -> None:
        self.audio: dict[str, bytes] = {}
        self._voices = voices
        self._peer = base_url, api_key
        self._rendering = False

    async def render_missing(self) -> None:
        """Try the lines that are not here yet, unless that is just being done."""
        missing = {line: voice for line, voice in self._voices.items() if line not in self.audio}
        if self._rendering or not missing:
            return
        self._rendering = True
        try:
            self.audio |= await render(missing, *self._peer)
        finally:
            self._rendering = False


async def render(voices: Mapping[str, str], base_url: str, api_key: str) -> dict[str, bytes]:
    """Each line in its voice as 8 kHz µ-law without leading silence, by its text."""
    address = base_url.replace("http", "ws", 1)
    environment = DeepgramClientEnvironment(base=base_url, production=address, agent=address, agent_rest=base_url)
    async with httpx.AsyncClient(timeout=_SECONDS) as http:
        client = AsyncDeepgramClient(api_key=api_key, environment=environment, httpx_client=http)
        audio = await asyncio.gather(*(_render(client, line, voice) for line, voice in voices.items()))
    return {line: sound for line, sound in zip(voices, audio, strict=True) if sound}


async def _render(client: AsyncDeepgramClient, line: str, model: str) -> bytes:
    pieces = []
    try:
        async with asyncio.timeout(_SECONDS):
            async for piece in client.speak.v1.audio.generate(
                text=line, model=model, encoding="mulaw", sample_rate=8000, container="none"
            ):
                pieces.append(piece)
    except (ApiError, httpx.HTTPError, TimeoutError) as why:
        log.warning("a fixed line could not be rendered", extra=fields(why=type(why).__name__))
        return b""
    audio = b"".join(pieces)
    return audio[leading_quiet(audio, len(audio)) :]
