"""The language model: chat completions streamed through the official SDK's transport.

The SDK gives authentication, connection pool and errors; its typed parsing (some 90 µs a chunk) and its request
transform (over 3 ms with seven tools) are passed by: the body goes in as it is, the lines come out as they are.
"""

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx2
import openai

from media_service.conversation.commands import Message
from media_service.conversation.events import ToolCall
from media_service.wire import openai_chat
from shared.errors import ProtocolError, Unavailable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """The end of a reply: the tools the model asks for."""

    tool_calls: tuple[ToolCall, ...]


class LanguageModel(Protocol):
    """One per process."""

    def reply(self, model: str, system: Sequence[Message], messages: Sequence[Message]) -> AsyncIterator[str | Asked]:
        """The reply's text in pieces, then what it asks for. Raises PeerError when it breaks off or never begins."""

    async def close(self) -> None:
        """Give its connections back; nothing is asked any more."""


class OpenAIChat:
    """A LanguageModel over `/v1/chat/completions`."""

    def __init__(self, base_url: str, api_key: str, tools: Sequence[Any], cache_key: str) -> None:
        # The default pool drops a connection after 5 idle seconds, so that nearly every turn would shake hands anew;
        # the default retries and time-outs (twice, 600 s) belong to no telephone call: the conversation has its own
        # patience.
        pool = openai.DefaultAsyncHttpxClient(
            limits=httpx2.Limits(max_connections=1000, max_keepalive_connections=100, keepalive_expiry=300),
            timeout=httpx2.Timeout(connect=2, read=10, write=2, pool=1),
        )
        self._client = openai.AsyncOpenAI(base_url=base_url, api_key=api_key, max_retries=0, http_client=pool)
        self._tools = tools
        self._cache_key = cache_key
        self._completions = self._client.chat.completions.with_streaming_response

    async def reply(
        self, model: str, system: Sequence[Message], messages: Sequence[Message]
    ) -> AsyncIterator[str | Asked]:
        body = openai_chat.body(model, system, messages, self._tools, self._cache_key)
        answer = openai_chat.Answer()
        try:
            async with self._completions.create(model=model, messages=[], extra_body=body) as response:
                async for line in response.iter_lines():
                    if text := answer.feed(line):
                        yield text
        except (openai.APIError, httpx2.HTTPError) as why:
            raise Unavailable(f"The model gave no answer: {type(why).__name__}.") from why
        if not answer.finished:
            raise ProtocolError("The model's answer broke off.")
        yield Asked(answer.tool_calls)

    async def close(self) -> None:
        await self._client.close()
