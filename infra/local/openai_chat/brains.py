"""What answers in the place of a model: the shape of a reply, and the brains that a test or a demo can choose."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from infra.local.openai_chat.desk_policy.desk import next_move
from infra.local.openai_chat.reminder_policy import next_step


@dataclass(frozen=True)
class ToolCall:
    """A tool call as a model writes it; the arguments are text, which need not be JSON."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Reply:
    """What a model answers: words, tool calls, or a fault of the API that the test wants."""

    text: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    status: int | None = None
    stall_ms: int = 0
    cut_after: int | None = None


class Brain(Protocol):
    """Anything that answers a checked request."""

    def reply(self, messages: Sequence[Mapping[str, Any]], tools: frozenset[str]) -> Reply:
        """The answer to ``messages`` with the tools of these names."""


class OfflineDesk:
    """The rule-based service desk."""

    def reply(self, messages: Sequence[Mapping[str, Any]], tools: frozenset[str]) -> Reply:
        """The desk's next step, as a model would give it."""
        # Calls that the workshop makes are another trade: the tools tell which it is.
        move = next_step(messages) if "confirm_person" in tools else next_move(messages, tools)
        calls = tuple(ToolCall(name, json.dumps(arguments, separators=(",", ":"))) for name, arguments in move.calls)
        return Reply(None if calls else move.text or "", calls)


@dataclass
class Script:
    """Replies in order for the requests whose messages contain ``match``."""

    match: str
    replies: list[Reply]


class Scripted:
    """Gives the replies it was told, in order; a script with a ``match`` serves only the conversation that holds it."""

    def __init__(self) -> None:
        self.scripts: list[Script] = []

    def add(self, body: Mapping[str, Any]) -> None:
        """Take a script as the control endpoint gets it."""
        self.scripts.append(Script(str(body.get("match") or ""), [_reply(one) for one in body["replies"]]))

    def reply(self, messages: Sequence[Mapping[str, Any]], tools: frozenset[str]) -> Reply:  # noqa: ARG002 - a script knows
        """The next reply of the first script that fits and is not spent."""
        said = json.dumps(list(messages))
        for script in self.scripts:
            if script.match in said and script.replies:
                return script.replies.pop(0)
        return Reply("The script of this test has no reply left.")


def _reply(value: Mapping[str, Any]) -> Reply:
    calls = tuple(
        ToolCall(
            str(call["name"]),
            call["arguments"] if isinstance(call["arguments"], str) else json.dumps(call["arguments"]),
        )
        for call in value.get("tool_calls") or ()
    )
    return Reply(value.get("text"), calls, value.get("status"), int(value.get("stall_ms") or 0), value.get("cut_after"))
