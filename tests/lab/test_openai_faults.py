"""What goes wrong on the stand-in for OpenAI when it is told to, as OpenAI's own SDK meets it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import httpx2
import openai
import pytest
from aiohttp.test_utils import BaseTestServer, TestServer

from infra.local.openai_chat.app import make_app

HELLO: list[Any] = [{"role": "user", "content": "what are your hours"}]
SPEECH: dict[str, Any] = {"model": "tts-1", "voice": "nova", "input": "One more moment.", "response_format": "pcm"}
PIECE = 9_600


class Api:
    """A running stand-in with a scripted brain, and the SDK pointed at it."""

    def __init__(self, server: BaseTestServer) -> None:
        self.server = server
        self.sdk = openai.AsyncOpenAI(api_key="sk-lab", base_url=str(server.make_url("/v1")), max_retries=0)

    async def post(self, path: str, body: Any) -> None:
        async with aiohttp.ClientSession() as http, http.post(self.server.make_url(path), json=body) as answer:
            assert answer.status < 300

    async def fault(self, kind: str, match: str = "chat", **more: Any) -> None:
        await self.post("/_lab/faults", {"kind": kind, "match": match, **more})

    async def clear(self) -> None:
        async with aiohttp.ClientSession() as http, http.delete(self.server.make_url("/_lab/faults")) as answer:
            assert answer.status == 200

    async def words(self) -> AsyncIterator[str]:
        async for chunk in await self.sdk.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True):
            if chunk.choices and chunk.choices[0].delta.content:
                yield chunk.choices[0].delta.content


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with TestServer(make_app("scripted", voice="tone")) as server:
        running = Api(server)
        await running.post("/_lab/script", {"replies": [{"text": "one two three four five six"}] * 3})
        yield running
        await running.sdk.close()


@pytest.mark.parametrize(
    ("code", "error"), [(429, openai.RateLimitError), (500, openai.InternalServerError), (503, openai.APIStatusError)]
)
async def test_an_ordered_status_comes_in_the_apis_shape_and_the_next_request_is_served(
    api: Api, code: int, error: type[openai.APIStatusError]
) -> None:
    await api.fault("status", code=code, retry_after=2)
    with pytest.raises(error) as refused:
        await anext(api.words())
    assert refused.value.status_code == code and refused.value.request_id
    assert refused.value.response.headers["retry-after"] == "2"
    assert await anext(api.words()) == "one"


@pytest.mark.parametrize("kind", ["refuse", "drop_reply"])
async def test_a_request_without_an_answer_is_a_connection_error(api: Api, kind: str) -> None:
    await api.fault(kind)
    with pytest.raises(openai.APIConnectionError):
        await api.sdk.chat.completions.create(model="gpt-4o", messages=HELLO)


@pytest.mark.parametrize("kind", ["cut", "drop_reply"])
async def test_a_stream_can_be_cut_after_some_of_its_words(api: Api, kind: str) -> None:
    await api.fault(kind, after=3)
    heard: list[str] = []
    with pytest.raises(openai.APIConnectionError):
        async for word in api.words():
            heard.append(word)
    assert heard == ["one", " two"]


async def test_an_error_in_the_middle_of_a_stream_is_an_api_error_with_its_message(api: Api) -> None:
    await api.fault("error", after=2, reason="The model is on fire.")
    heard: list[str] = []
    with pytest.raises(openai.APIError, match="on fire"):
        async for word in api.words():
            heard.append(word)
    assert heard == ["one"]


async def test_a_chunk_that_is_no_json_breaks_the_stream(api: Api) -> None:
    await api.fault("wrong_json", after=2)
    with pytest.raises(ValueError, match="Expecting value"):
        _ = [word async for word in api.words()]


async def test_a_stalled_stream_holds_back_the_rest_until_the_faults_are_cleared(api: Api) -> None:
    await api.fault("stall", after=3)
    words = api.words()
    assert [await anext(words), await anext(words)] == ["one", " two"]
    await api.clear()
    with pytest.raises(openai.APIConnectionError):
        await anext(words)


async def test_a_delayed_stream_is_whole(api: Api) -> None:
    await api.fault("delay", after=1, ms=5)
    assert "".join([word async for word in api.words()]) == "one two three four five six"


async def test_speech_can_be_cut_in_the_middle_of_a_chunk(api: Api) -> None:
    await api.fault("cut", "speech", after=2)
    heard = b""
    with pytest.raises(httpx2.RemoteProtocolError):  # which the SDK lets through where it streams bytes
        async with api.sdk.audio.speech.with_streaming_response.create(**SPEECH) as answer:
            async for piece in answer.iter_bytes():
                heard += piece
    assert len(heard) == 2 * PIECE + PIECE // 2


async def test_a_fault_for_speech_leaves_chat_alone(api: Api) -> None:
    await api.fault("status", "speech", code=503)
    assert await anext(api.words()) == "one"
    with pytest.raises(openai.APIStatusError):
        await api.sdk.audio.speech.create(**SPEECH)
