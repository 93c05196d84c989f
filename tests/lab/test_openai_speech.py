"""The speech endpoint of the stand-in for OpenAI, driven by OpenAI's own SDK."""

from __future__ import annotations

import base64
import io
import json
import wave
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import openai
import pytest
from aiohttp.test_utils import BaseTestServer, TestServer

from infra.local.openai_chat.app import make_app

TEXT = "Your car is ready."
REQUEST: dict[str, Any] = {"model": "gpt-4o-mini-tts", "voice": "coral", "input": TEXT, "response_format": "pcm"}
SAMPLES = len(TEXT) * 60 * 24
"""At 24 kHz, of a tone of 60 ms a character."""


@pytest.fixture
async def server() -> AsyncIterator[BaseTestServer]:
    async with TestServer(make_app(voice="tone")) as running:
        yield running


@pytest.fixture
async def sdk(server: BaseTestServer) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(api_key="sk-lab", base_url=str(server.make_url("/v1")), max_retries=0) as client:
        yield client


@pytest.mark.parametrize("model", ["gpt-4o-mini-tts", "tts-1", "tts-1-hd"])
async def test_pcm_is_24_kilohertz_16_bit_mono_without_a_header(sdk: openai.AsyncOpenAI, model: str) -> None:
    answer = await sdk.audio.speech.create(**(REQUEST | {"model": model}))
    assert len(answer.content) == 2 * SAMPLES
    assert answer.response.headers["content-type"] == "audio/pcm"
    assert answer.response.headers["x-request-id"]


async def test_wav_is_a_file_of_the_same_samples(sdk: openai.AsyncOpenAI) -> None:
    answer = await sdk.audio.speech.create(**(REQUEST | {"response_format": "wav"}))
    with wave.open(io.BytesIO(answer.content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        assert file.getnframes() == SAMPLES


async def test_a_streamed_answer_comes_in_chunks_of_one_body(sdk: openai.AsyncOpenAI) -> None:
    async with sdk.audio.speech.with_streaming_response.create(**REQUEST) as answer:
        assert answer.headers["transfer-encoding"] == "chunked"
        pieces = [piece async for piece in answer.iter_bytes()]
    assert len(pieces) > 1
    assert len(b"".join(pieces)) == 2 * SAMPLES


async def test_events_carry_the_audio_and_end_with_the_usage(server: BaseTestServer) -> None:
    body = REQUEST | {"stream_format": "sse"}
    headers = {"Authorization": "Bearer sk-lab"}
    url = server.make_url("/v1/audio/speech")
    async with aiohttp.ClientSession() as http, http.post(url, json=body, headers=headers) as answer:
        assert answer.content_type == "text/event-stream"
        events = [json.loads(line[6:]) for line in (await answer.text()).splitlines() if line]
    deltas, done = events[:-1], events[-1]
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    assert len(b"".join(base64.b64decode(event["audio"]) for event in deltas)) == 2 * SAMPLES
    assert done["type"] == "speech.audio.done"
    assert done["usage"]["total_tokens"] == done["usage"]["input_tokens"] + done["usage"]["output_tokens"]


@pytest.mark.parametrize(
    ("wrong", "status", "param"),
    [
        ({"input": ""}, 400, "input"),
        ({"input": "x" * 4_097}, 400, "input"),
        ({"voice": "asteria"}, 400, "voice"),
        ({"voice": "marin", "model": "tts-1"}, 400, "voice"),
        ({"speed": 5}, 400, "speed"),
        ({"response_format": "ogg"}, 400, "response_format"),
        ({"response_format": "mp3"}, 400, "response_format"),
        ({"model": "tts-1", "stream_format": "sse"}, 400, "stream_format"),
        ({"extra_body": {"volume": 11}}, 400, None),
        ({"model": "tts-99"}, 404, None),
        ({"model": "gpt-4o"}, 404, "model"),
    ],
)
async def test_what_the_api_does_not_take_is_refused_in_its_shape(
    sdk: openai.AsyncOpenAI, wrong: dict[str, Any], status: int, param: str | None
) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        await sdk.audio.speech.create(**(REQUEST | wrong))
    assert (refused.value.status_code, refused.value.param) == (status, param)


async def test_speech_without_a_good_key_is_a_401(server: BaseTestServer) -> None:
    base = str(server.make_url("/v1"))
    async with openai.AsyncOpenAI(api_key="sk-bad-key", base_url=base, max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError):
            await client.audio.speech.create(**REQUEST)


async def test_the_speech_models_are_listed_and_do_not_chat(sdk: openai.AsyncOpenAI) -> None:
    assert {"gpt-4o-mini-tts", "tts-1", "tts-1-hd"} <= {model.id async for model in sdk.models.list()}
    with pytest.raises(openai.NotFoundError, match="not a chat model"):
        await sdk.chat.completions.create(model="tts-1", messages=[{"role": "user", "content": "hello"}])


async def test_speed_makes_real_speech_shorter() -> None:
    async with (
        TestServer(make_app()) as server,
        openai.AsyncOpenAI(api_key="sk", base_url=str(server.make_url("/v1")), max_retries=0) as client,
    ):
        lengths = [len((await client.audio.speech.create(**REQUEST, speed=speed)).content) for speed in (0.8, 1.5)]
    assert lengths[0] > 1.3 * lengths[1] > 0
