"""Sophie's words for a caller who listens, as the lab knows them: from the log of the stand-in that speaks them.

Lines that the product had rendered at its start do not appear there again: they are sounds without words. The log does
not say to whom something is spoken, so the words of calls that go on at the same moment are mixed: let callers who
listen call one after the other. It refuses to know what the caller makes of the words.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable

import aiohttp

log = logging.getLogger(__name__)

_EVERY = 0.2  # seconds: a caller waits a second after the last sound before he speaks, so that is soon enough
_PATIENCE = aiohttp.ClientTimeout(total=2)


class Ears:
    """Reads one speech stand-in's log."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._log = f"{url.rstrip('/')}/_lab/log"

    async def so_far(self) -> int:
        """How much was spoken already: where a caller begins to listen."""
        return len(await self._spoken())

    async def listen(self, known: int, hear: Callable[[str], None]) -> None:
        """Hand over what is spoken after that, until cancelled. A log that cannot be read is silence, and told."""
        while True:
            await asyncio.sleep(_EVERY)
            spoken = await self._spoken()
            for words in spoken[known:]:
                hear(words)
            known = max(known, len(spoken))

    async def _spoken(self) -> list[str]:
        try:
            async with self._session.get(self._log, timeout=_PATIENCE) as answer:
                answer.raise_for_status()
                entries = [json.loads(line) for line in (await answer.text()).splitlines()]
        except (aiohttp.ClientError, OSError, ValueError) as why:
            log.warning("The caller hears no words: %s could not be read (%s).", self._log, why)
            return []
        return [str(entry["text"]) for entry in entries if entry["kind"] == "spoken"]
