"""How long each stage of a turn took, in milliseconds, from the moments that the call reports.

The clock is the event loop's; nothing here decides anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class TurnLatency:
    """One exchange: from the end of the caller's turn to the first audio of the answer.

    An answer may be begun before the turn has ended: what was waited for until then delays nobody.
    `added_ms` is what is left of the response time when the waits for model, tools and voice are taken off: our own.
    """

    ended: float | None = None
    asked: float | None = None
    said: float | None = None
    waited_ms: float = 0.0
    first_token_ms: float | None = None
    first_speech_ms: float | None = None
    response_ms: float | None = None
    tools_ms: float | None = None
    tools: list[Mapping[str, Any]] = field(default_factory=list)
    tools_running: int = 0
    tools_since: float = 0.0

    def model_asked(self, now: float) -> None:
        """Asked a second time before it has given anything, it has been waited for since the first."""
        if self.asked is None:
            self.asked = now

    def first_token(self, now: float) -> None:
        """The first sign of the reply, words or tools."""
        if self.asked is None:
            return
        asked, self.asked = self.asked, None
        if self.first_token_ms is None:
            self.first_token_ms = (now - asked) * 1000
        self._wait(asked, now)

    def tool_started(self, now: float) -> None:
        if not self.tools_running:
            self.tools_since = now
        self.tools_running += 1

    def tool_answered(self, name: str, status: object, started: float, now: float) -> None:
        """A tool that was late answers twice; only the first answer was waited for."""
        self.tools.append({"name": name, "status": status, "ms": round((now - started) * 1000, 1)})
        self.tools_running = max(0, self.tools_running - 1)
        if not self.tools_running:
            self.tools_ms = (self.tools_ms or 0.0) + (now - self.tools_since) * 1000
            self._wait(self.tools_since, now)

    def text_said(self, now: float) -> None:
        if self.said is None:
            self.said = now

    def first_audio(self, now: float) -> None:
        if self.response_ms is not None or self.said is None:
            return
        self.first_speech_ms = (now - self.said) * 1000
        self._wait(self.said, now)
        self.response_ms = (now - self.ended) * 1000 if self.ended is not None else None

    def stages(self) -> dict[str, float]:
        """The stages that took place, under the names of the `turns` table."""
        values = {
            "first_token_ms": self.first_token_ms,
            "tools_ms": self.tools_ms,
            "first_speech_ms": self.first_speech_ms,
            "response_ms": self.response_ms,
            "added_ms": max(0.0, self.response_ms - self.waited_ms) if self.response_ms is not None else None,
        }
        return {name: round(ms, 1) for name, ms in values.items() if ms is not None}

    def _wait(self, since: float, now: float) -> None:
        """Only what stands between the turn's end and the first audio delays the answer."""
        if self.response_ms is None and self.ended is not None:
            self.waited_ms += max(0.0, now - max(since, self.ended)) * 1000
