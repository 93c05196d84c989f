"""What passes between a caller of the lab and Sophie beside the sound: her words to the caller, and the words of a
caller who only hums to the recogniser.

Both go through the speech stand-in, and neither is mixed with another call's: her speech is signed with the number of
the connection that spoke it, which the caller hears, and a caller's hum with the caller's own. Lines that the product
had rendered at its start are sounds without words here. It refuses to know what the caller makes of the words.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import aiohttp

from infra.local.speech import watermark

log = logging.getLogger(__name__)

_PATIENCE = aiohttp.ClientTimeout(total=2)


class Ears:
    """One speech stand-in, for all calls."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url.rstrip("/")

    async def spoken(self, speaker: int) -> list[str]:
        """All that this connection has spoken. A log that cannot be read is silence, and told."""
        about = {"kind": "spoken", "session": str(speaker)}
        try:
            async with self._session.get(f"{self._url}/_lab/log", params=about, timeout=_PATIENCE) as answer:
                answer.raise_for_status()
                return [str(json.loads(line)["text"]) for line in (await answer.text()).splitlines()]
        except (aiohttp.ClientError, OSError, ValueError) as why:
            log.warning("A caller hears no words: the log of %s could not be read (%s).", self._url, why)
            return []

    async def tell(self, caller: int, line: dict[str, Any]) -> None:
        """What the caller with that signature is about to hum."""
        told = {"caller": caller, "lines": [line]}
        try:
            async with self._session.post(f"{self._url}/_lab/transcripts", json=told, timeout=_PATIENCE) as answer:
                answer.raise_for_status()
        except (aiohttp.ClientError, OSError) as why:
            log.warning("A caller's words are lost: %s could not be told them (%s).", self._url, why)


class Attention:
    """One call's: what is heard goes in by `sounds`, at each beginning and end of a sound by `edge`."""

    def __init__(self, ears: Ears, caller: int | None) -> None:
        self._ears = ears
        self._caller = caller
        self._speakers: dict[int, int] = {}
        self._edge = asyncio.Event()
        self._hums: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def sounds(self, audio: bytes) -> None:
        if (speaker := watermark.read(audio)) is not None and speaker not in self._speakers:
            self._speakers[speaker] = 0
            self._edge.set()

    def edge(self) -> None:
        self._edge.set()

    def hums(self, line: dict[str, Any]) -> None:
        """The caller begins to hum that line."""
        self._hums.put_nowait(line)

    async def pay(self, hear: Callable[[str], None]) -> None:
        """Hand over each line that this caller is spoken, and tell what the caller hums; until cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._listen(hear))
            both.create_task(self._tell())

    async def _listen(self, hear: Callable[[str], None]) -> None:
        while True:
            await self._edge.wait()
            self._edge.clear()
            for speaker, known in list(self._speakers.items()):
                spoken = await self._ears.spoken(speaker)
                for words in spoken[known:]:
                    hear(words)
                self._speakers[speaker] = max(known, len(spoken))

    async def _tell(self) -> None:
        while True:
            line = await self._hums.get()
            if self._caller is not None:
                await self._ears.tell(self._caller, line)
