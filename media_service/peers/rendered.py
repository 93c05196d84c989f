"""The fixed lines of a call as audio, rendered once before the first call and kept in memory.

Rendering goes through the vendor's SDK over REST. A line that cannot be rendered is simply not here; it is then spoken
live like any other text.
"""

import asyncio
import logging
from collections.abc import Iterable

import httpx
from deepgram import AsyncDeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.environment import DeepgramClientEnvironment

from shared.log import fields

log = logging.getLogger(__name__)

_SECONDS = 5.0
# µ-law bytes whose level is below about -60 dBFS, either sign: a voice's leading silence is never exactly zero.
_QUIET = frozenset({*range(0x78, 0x80), *range(0xF8, 0x100)})
_KEPT_LEADING = 160


async def render(lines: Iterable[str], base_url: str, api_key: str, model: str) -> dict[str, bytes]:
    """Each line as 8 kHz µ-law without leading silence, by its text."""
    address = base_url.replace("http", "ws", 1)
    environment = DeepgramClientEnvironment(base=base_url, production=address, agent=address, agent_rest=base_url)
    wanted = list(dict.fromkeys(lines))
    async with httpx.AsyncClient(timeout=_SECONDS) as http:
        client = AsyncDeepgramClient(api_key=api_key, environment=environment, httpx_client=http)
        audio = await asyncio.gather(*(_render(client, line, model) for line in wanted))
    return {line: sound for line, sound in zip(wanted, audio, strict=True) if sound}


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
    return _without_leading_silence(b"".join(pieces))


def _without_leading_silence(audio: bytes) -> bytes:
    start = next((i for i, byte in enumerate(audio) if byte not in _QUIET), 0)
    return audio[max(0, start - _KEPT_LEADING) :]
