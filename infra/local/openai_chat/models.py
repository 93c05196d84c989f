"""The models that the stand-in for OpenAI knows, and what each accepts. Shutdown dates as OpenAI announced them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    """One model: the snapshot that its alias answers as, its shutdown, whether it reasons or speaks."""

    id: str
    snapshot: str
    created: int
    shutdown_date: str | None = None
    reasoning: bool = False
    speaks: bool = False
    tools_need_no_effort: bool = False  # "Function tools with reasoning_effort are not supported": gpt-5.6 and gpt-6


_LISTED = (
    Model("gpt-4o", "gpt-4o-2024-08-06", 1715367049, "2027-01-14"),
    Model("gpt-4o-2024-08-06", "gpt-4o-2024-08-06", 1722814719, "2027-01-14"),
    Model("gpt-4o-2024-11-20", "gpt-4o-2024-11-20", 1739331543, "2027-01-14"),
    Model("gpt-4o-mini", "gpt-4o-mini-2024-07-18", 1721172741, "2027-01-14"),
    Model("gpt-4.1", "gpt-4.1-2025-04-14", 1744316542, "2027-01-14"),
    Model("gpt-4.1-mini", "gpt-4.1-mini-2025-04-14", 1744318173, "2027-01-14"),
    Model("gpt-5.4-mini", "gpt-5.4-mini-2026-03-17", 1773705600, None, reasoning=True),
    Model("gpt-5.6-luna", "gpt-5.6-luna", 1782000000, None, reasoning=True, tools_need_no_effort=True),
    Model("gpt-6-luna", "gpt-6-luna", 1788000000, None, reasoning=True, tools_need_no_effort=True),
    Model("gpt-6-sol", "gpt-6-sol", 1788000000, None, reasoning=True, tools_need_no_effort=True),
    Model("gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15", 1742403959, speaks=True),
    Model("tts-1", "tts-1", 1681940951, speaks=True),
    Model("tts-1-hd", "tts-1-hd", 1699046015, speaks=True),
    Model("offline-desk", "offline-desk", 1788000000),
)

MODELS = {model.id: model for model in _LISTED}
EFFORTS = ("none", "low", "medium", "high", "xhigh")
EFFORTS_WITH_MINIMAL = ("none", "minimal", "low", "medium", "high", "xhigh")
