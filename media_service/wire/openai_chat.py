"""Chat completions with tools, streamed: the request's body and the chunks of the answer. Pure.

A tool call arrives in fragments: the first names index, id and function, later ones only add to the arguments. What a
model wants beside tools differs by model, so each has a profile.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from media_service.conversation.commands import Message
from media_service.conversation.events import ToolCall
from shared.domain.costs import Tokens
from shared.errors import ProtocolError, Unavailable

_MAX_TOKENS = 400


def body(
    model: str, system: Sequence[Message], messages: Sequence[Message], tools: Sequence[Any], cache_key: str
) -> dict[str, Any]:
    """The request. The system prompt's static part stands first, so that the provider's prompt cache serves it."""
    return {
        "model": model,
        "messages": [*system, *messages],
        "tools": list(tools),
        "stream": True,
        "stream_options": {"include_usage": True},
        "prompt_cache_key": cache_key,
        **_profile(model),
    }


def _profile(model: str) -> dict[str, Any]:
    """gpt-5 and later take no `max_tokens`; with tools they insist on reasoning_effort "none" being sent."""
    if model.startswith(("gpt-4", "gpt-3", "ft:gpt-4")):
        return {"temperature": 0.4, "max_tokens": _MAX_TOKENS}
    return {"reasoning_effort": "none", "max_completion_tokens": _MAX_TOKENS}


class Answer:
    """Puts a streamed answer together, line by line of its server-sent events."""

    def __init__(self) -> None:
        self._calls: dict[int, dict[str, str]] = {}
        self.begun = False
        """Whether it has shown a word or a tool."""
        self.finished = False
        self.tokens = Tokens()

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tools asked for, in the order of their index."""
        return tuple(ToolCall(c["id"], c["name"], c["arguments"]) for _, c in sorted(self._calls.items()))

    def feed(self, line: str) -> str:
        """One line; the text it adds to the reply, often none.

        Raises Unavailable when the provider reports an error inside the stream, ProtocolError for a broken chunk.
        """
        if not line.startswith("data:"):
            return ""
        data = line[5:].strip()
        if data == "[DONE]":
            return ""
        try:
            chunk = orjson.loads(data)
            if "error" in chunk:
                raise Unavailable("The model's provider ended the stream with an error.")
            if usage := chunk.get("usage"):
                self.tokens = _tokens(usage)
            return "".join(self._choice(choice) for choice in chunk["choices"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as why:
            raise ProtocolError("The model's provider sent a chunk that does not have its shape.") from why

    def _choice(self, choice: dict[str, Any]) -> str:
        delta = choice.get("delta") or {}
        for fragment in delta.get("tool_calls") or ():
            self._fragment(fragment)
        self.begun = self.begun or bool(self._calls or delta.get("content"))
        if choice.get("finish_reason"):
            self.finished = True
        return delta.get("content") or ""

    def _fragment(self, fragment: dict[str, Any]) -> None:
        function = fragment.get("function") or {}
        call = self._calls.setdefault(int(fragment["index"]), {"id": "", "name": "", "arguments": ""})
        call["id"] = str(fragment.get("id") or call["id"])
        call["name"] = str(function.get("name") or call["name"])
        call["arguments"] += function.get("arguments") or ""


def _tokens(usage: dict[str, Any]) -> Tokens:
    """The last chunk's counts: cached tokens are among the prompt's."""
    cached = int((usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0)
    return Tokens(int(usage["prompt_tokens"]) - cached, cached, int(usage["completion_tokens"]))
