"""What passes between a caller of the lab and Sophie beside the sound: her words to the caller, and the words of a
caller who only hums to the recogniser.

Both go through the speech stand-in, and neither is mixed with another call's: her speech is signed with the number of
the connection that spoke it, which the caller hears, and a caller's hum with the caller's own. A line that the product
had rendered at its start has a number of its own. It refuses to know what the caller makes of the words.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import aiohttp

from infra.local.caller.lines import ReadyMade
from infra.local.speech import watermark

log = logging.getLogger(__name__)

_PATIENCE = aiohttp.ClientTimeout(total=2)
_WORDS: dict[str, type[str]] = {"spoken": str, "rendered": ReadyMade}
"""Of the log's kinds those that are Sophie's words."""


class Ears:
    """One speech stand-in, for all calls."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url.rstrip("/")

    async def spoken(self, speaker: int) -> list[str]:
        """All that this connection has spoken, or the one line that was rendered with this number. A log that cannot be
        read is silence, and told."""
        about = {"session": str(speaker)}
        try:
            async with self._session.get(f"{self._url}/_lab/log", params=about, timeout=_PATIENCE) as answer:
                answer.raise_for_status()
                entries = [json.loads(line) for line in (await answer.text()).splitlines()]
                return [_WORDS[entry["kind"]](entry["text"]) for entry in entries if entry["kind"] in _WORDS]
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
        self._speaker: int | None = None
        self._known: dict[int, int] = {}  # how many lines of each speaker were handed over
        self._ready_made: set[int] = set()
        self._edge = asyncio.Event()
        self._hums: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def sounds(self, audio: bytes) -> None:
        speaker = watermark.read(audio)
        if speaker is None or speaker == self._speaker:
            return
        self._speaker = speaker
        if speaker in self._ready_made or speaker not in self._known:
            self._known[speaker] = 0
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
            for speaker, known in list(self._known.items()):
                if known and speaker in self._ready_made:
                    continue
                spoken = await self._ears.spoken(speaker)
                for words in spoken[known:]:
                    hear(words)
                if spoken and isinstance(spoken[0], ReadyMade):
                    self._ready_made.add(speaker)
                self._known[speaker] = max(known, len(spoken))

    async def _tell(self) -> None:
        while True:
            line = await self._hums.get()
            if self._caller is not None:
                await self._ears.tell(self._caller, line)
