"""What the Deepgram stand-in heard and said, for a demo's transcript and for tests to ask about."""

from __future__ import annotations

import json
import time
from typing import Any


class Log:
    """Entries of `time` (Unix seconds), `kind` (`heard`, `spoken`), `text` and what belongs to it, oldest first."""

    def __init__(self) -> None:
        self._entries: list[dict[str, Any]] = []

    def write(self, kind: str, text: str, **more: Any) -> None:
        self._entries.append({"time": round(time.time(), 3), "kind": kind, "text": text, **more})

    def as_lines(self, kind: str | None = None, session: int | None = None) -> str:
        """JSON lines: all, or those of one kind and of one connection."""
        return "".join(
            json.dumps(entry) + "\n"
            for entry in self._entries
            if kind in (None, entry["kind"]) and session in (None, entry.get("session"))
        )
