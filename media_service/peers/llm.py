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

from media_service.conversation.commands import Message, Model
from media_service.conversation.events import ToolCall
from media_service.wire import openai_chat
from shared.domain.costs import Tokens
from shared.errors import ProtocolError, Unavailable
from shared.log import fields

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """The end of a reply: the tools the model asks for, what the reply used, and which model wrote it."""

    tool_calls: tuple[ToolCall, ...]
    tokens: Tokens
    model: str


class LanguageModel(Protocol):
    """One per process."""

    def reply(self, model: Model, system: Sequence[Message], messages: Sequence[Message]) -> AsyncIterator[str | Asked]:
        """The reply's text in pieces, the first of which may be empty when it begins with a tool, then what it asks
        for. Raises PeerError when it breaks off or never begins."""

    async def warm(self) -> None:
        """Have a connection ready for the next reply. Never raises for a peer that is away."""

    async def close(self) -> None:
        """Give its connections back; nothing is asked any more."""


class OpenAIChat:
    """A LanguageModel over `/v1/chat/completions`. A first model that is said to be gone is not asked any more."""

    def __init__(
        self, client: openai.AsyncOpenAI, first: str, fallback: str, tools: Sequence[Any], cache_key: str
    ) -> None:
        self._client = client
        self._names: dict[Model, str] = {"first": first, "fallback": fallback}
        self._tools = tools
        self._cache_key = cache_key
        self._completions = client.chat.completions.with_streaming_response

    async def reply(
        self, model: Model, system: Sequence[Message], messages: Sequence[Message]
    ) -> AsyncIterator[str | Asked]:
        name = self._names[model]
        body = openai_chat.body(name, system, messages, self._tools, self._cache_key)
        answer = openai_chat.Answer()
        begun = False
        try:
            async with self._completions.create(model=name, messages=[], extra_body=body) as response:
                async for line in response.iter_lines():
                    text = answer.feed(line)
                    if text or (answer.begun and not begun):
                        begun = True
                        yield text
        except openai.APIStatusError as why:
            self._note_retirement(name, why)
            raise Unavailable(f"The model gave no answer: {why.status_code}.") from why
        except (openai.APIError, httpx2.HTTPError) as why:
            raise Unavailable(f"The model gave no answer: {type(why).__name__}.") from why
        if not answer.finished:
            raise ProtocolError("The model's answer broke off.")
        yield Asked(answer.tool_calls, answer.tokens, name)

    async def warm(self) -> None:
        name = self._names["first"]
        try:
            await self._client.models.retrieve(name)
        except openai.APIStatusError as why:
            # Also a refusal leaves the connection open.
            self._note_retirement(name, why)
        except openai.APIError as why:
            log.warning("the model's provider cannot be reached", extra=fields(why=type(why).__name__))

    def _note_retirement(self, name: str, why: openai.APIStatusError) -> None:
        gone = why.status_code == 410 or (why.status_code == 404 and why.code == "model_not_found")
        if gone and self._names["first"] == name:
            self._names["first"] = self._names["fallback"]
            log.error("the model is retired: the fallback answers from now on", extra=fields(model=name))

    async def close(self) -> None:
        await self._client.close()
