"""Completions and chunks exactly as the API writes them. Knows nothing of HTTP and nothing of brains' reasons.

Source: https://platform.openai.com/docs/api-reference/chat and chat-streaming; fields in the order of the API's.
"""

from __future__ import annotations

import re
import secrets
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from infra.local.openai_chat.brains import Reply, ToolCall

_PIECE = re.compile(r"\s*\S+")


def token_count(text: str) -> int:
    """Tokens, near enough for a usage figure: four characters each."""
    return (len(text) + 3) // 4


class PromptCache:
    """The API caches exact prefixes from 1,024 tokens on, in steps of 128."""

    def __init__(self) -> None:
        self._seen: deque[str] = deque(maxlen=64)

    def cached_tokens(self, prompt: str) -> int:
        """Tokens of ``prompt`` that an earlier prompt began with; remembers this one."""
        longest = max((_shared(prompt, seen) for seen in self._seen), default=0)
        self._seen.append(prompt)
        tokens = longest // 4
        return tokens // 128 * 128 if tokens >= 1024 else 0


def _shared(one: str, other: str) -> int:
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


class Completion:
    """One answer of the API, to be sent whole or in chunks."""

    def __init__(
        self, reply: Reply, *, model: str, created: int, prompt: str, cached: int, options: Mapping[str, Any]
    ) -> None:
        self.reply = reply
        self.model = model
        self.created = created
        self.options = options
        self.id = f"chatcmpl-{secrets.token_urlsafe(21)}"
        self.calls = [(f"call_{secrets.token_hex(12)}", call) for call in reply.tool_calls]
        written = (reply.text or "") + "".join(call.name + call.arguments for call in reply.tool_calls)
        self.prompt_tokens, self.cached, self.completion_tokens = token_count(prompt), cached, token_count(written)

    @property
    def finish_reason(self) -> str:
        """Why the model stopped."""
        return "tool_calls" if self.calls else "stop"

    @property
    def usage(self) -> dict[str, Any]:
        """The usage object."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": self.cached, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 0,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }

    def whole(self) -> dict[str, Any]:
        """The answer to a request that does not stream."""
        message: dict[str, Any] = {"role": "assistant", "content": self.reply.text}
        if self.calls:
            message["tool_calls"] = [_call(call_id, call, call.arguments) for call_id, call in self.calls]
        message |= {"refusal": None, "annotations": []}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.finish_reason}
        return self._frame("chat.completion", [choice]) | {"usage": self.usage}

    def chunks(self) -> Iterator[dict[str, Any]]:
        """The answer in deltas: the role, words or arguments in pieces, the reason, and the usage if asked for."""
        yield from (self._chunk(delta) for delta in self._deltas())
        yield self._chunk({}, self.finish_reason)
        if self.options.get("include_usage"):
            yield self._frame("chat.completion.chunk", []) | {"usage": self.usage}

    def _deltas(self) -> Iterator[dict[str, Any]]:
        first: dict[str, Any] = {
            "role": "assistant",
            "content": None if self.calls and not self.reply.text else "",
            "refusal": None,
        }
        if self.reply.text or not self.calls:
            yield first
            first = {}
            yield from ({"content": piece} for piece in _PIECE.findall(self.reply.text or ""))
        for index, (call_id, call) in enumerate(self.calls):
            yield first | {"tool_calls": [{"index": index, **_call(call_id, call, "")}]}
            first = {}
            for piece in _pieces(call.arguments):
                yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        chunk = self._frame("chat.completion.chunk", [choice])
        if self.options.get("include_usage"):
            chunk["usage"] = None
        if self.options.get("include_obfuscation", True):
            chunk["obfuscation"] = secrets.token_urlsafe(8)[: 4 + secrets.randbelow(7)]
        return chunk

    def _frame(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "service_tier": "default",
            "system_fingerprint": "fp_lab0000000",
            "choices": choices,
        }


def _call(call_id: str, call: ToolCall, arguments: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _pieces(text: str) -> list[str]:
    """Arguments in the small pieces that tokens make."""
    return [text[at : at + 6] for at in range(0, len(text), 6)]
