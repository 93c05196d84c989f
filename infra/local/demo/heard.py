"""What the recogniser understood and the voice spoke, from the speech emulator's log, as it grows.

With real providers there is no such log and nothing to tell. It refuses to know what was meant.
"""

from __future__ import annotations

import json
import urllib.request
from typing import Any


class HeardLog:
    """Remembers how far it has read; what was there before the call is left out."""

    def __init__(self, deepgram_url: str) -> None:
        self._url = deepgram_url
        self.entries: list[dict[str, Any]] = []
        self._before = 0
        self._before = len(self._read())

    def news(self) -> list[tuple[str, str]]:
        """The new entries as (who, words): `understood` is the caller's words, `Sophie` is hers."""
        fresh = self._read()[len(self.entries) :]
        self.entries += fresh
        names = {"heard": "understood", "spoken": "Sophie"}
        return [(names[entry["kind"]], entry["text"]) for entry in fresh if entry["kind"] in names]

    def _read(self) -> list[dict[str, Any]]:
        if not self._url:
            return []
        with urllib.request.urlopen(f"{self._url}/_lab/log", timeout=10) as answer:  # noqa: S310
            return [json.loads(line) for line in answer if line.strip()][self._before :]
