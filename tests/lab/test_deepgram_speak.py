"""Aura, as deepgram-sdk sees the stand-in, by websocket and by REST."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from deepgram.speak.v1.types import SpeakV1Text

from infra.local.deepgram.speak import MAX_FLUSHES
from tests.lab.deepgram_lab import AURA, Lab, serving

# The SDK dials through parts of websockets that warn of their age.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:websockets", "ignore:websockets:DeprecationWarning")

HEADERS = {"Authorization": "Token lab"}
REST = {"model": "aura-2-asteria-en", "encoding": "mulaw", "sample_rate": "8000", "container": "none"}


async def _until(connection: Any, kind: str) -> tuple[bytes, list[Any]]:
    """The audio and the messages up to the first one of that type."""
    audio, messages = b"", []
    async for message in connection:
        if isinstance(message, bytes):
            audio += message
            continue
        messages.append(message)
        if message.type == kind:
            break
    return audio, messages


async def test_flushed_text_comes_back_as_audio_of_its_length_and_then_flushed() -> None:
    async with serving() as lab, lab.client.speak.v1.connect(**AURA) as connection:
        await connection.send_text(SpeakV1Text(text="Good morning. "))
        await connection.send_text(SpeakV1Text(text="How can I help?"))
        await connection.send_flush()
        audio, messages = await _until(connection, "Flushed")
    assert [message.type for message in messages] == ["Metadata", "Flushed"]
    assert messages[0].model_name == "aura-2-asteria-en"
    assert len(audio) == len("Good morning. How can I help?") * 60 * 8


async def test_two_flushes_are_spoken_in_order_and_numbered() -> None:
    async with serving() as lab, lab.client.speak.v1.connect(**AURA) as connection:
        for text in ("First.", "And second."):
            await connection.send_text(SpeakV1Text(text=text))
            await connection.send_flush()
        _, one = await _until(connection, "Flushed")
        audio, two = await _until(connection, "Flushed")
        spoken = [json.loads(line)["text"] for line in await lab.log()]
    assert (one[-1].sequence_id, two[-1].sequence_id) == (0, 1)
    assert len(audio) == len("And second.") * 60 * 8
    assert spoken == ["First.", "And second."]


async def test_clear_stops_the_audio_and_the_next_flush_is_not_mixed_with_it() -> None:
    async with serving() as lab, lab.client.speak.v1.connect(**AURA) as connection:
        long = "x" * 1_500
        await connection.send_text(SpeakV1Text(text=long))
        await connection.send_flush()
        await connection.recv()  # Metadata
        assert isinstance(await connection.recv(), bytes)
        await connection.send_clear()
        audio, messages = await _until(connection, "Cleared")
        assert len(audio) < len(long) * 60 * 8 // 2
        assert [message.type for message in messages] == ["Cleared"]
        await connection.send_text(SpeakV1Text(text="Next."))
        await connection.send_flush()
        audio, messages = await _until(connection, "Flushed")
    assert len(audio) == len("Next.") * 60 * 8


async def test_the_flush_beyond_the_limit_is_answered_with_a_warning() -> None:
    async with serving() as lab, lab.client.speak.v1.connect(**AURA) as connection:
        for _ in range(MAX_FLUSHES + 1):
            await connection.send_flush()
        _, messages = await _until(connection, "Warning")
        assert messages[-1].code and messages[-1].description
        await connection.send_close()
        _, rest = await _until(connection, "never")
    assert sum(message.type == "Flushed" for message in messages + rest) == MAX_FLUSHES


async def test_close_speaks_what_was_not_flushed_and_closes() -> None:
    async with serving() as lab, lab.client.speak.v1.connect(**AURA) as connection:
        await connection.send_text(SpeakV1Text(text="Goodbye."))
        await connection.send_close()
        audio, _ = await _until(connection, "never")
    assert len(audio) == len("Goodbye.") * 60 * 8


async def test_rest_gives_the_same_raw_bytes() -> None:
    async with serving() as lab:
        pieces = lab.client.speak.v1.audio.generate(
            text="Hello there.", model="aura-2-asteria-en", encoding="mulaw", sample_rate=8000, container="none"
        )
        audio = b"".join([piece async for piece in pieces])
    assert len(audio) == len("Hello there.") * 60 * 8


async def _post(lab: Lab, body: Any, headers: dict[str, str], **query: str) -> tuple[int, dict[str, Any]]:
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{lab.url}/v1/speak", params=REST | query, json=body, headers=headers) as answer,
    ):
        return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("body", "headers", "query", "status"),
    [
        ({"text": "hi"}, {}, {}, 401),
        ({"text": ""}, HEADERS, {}, 400),
        ({"words": "hi"}, HEADERS, {}, 400),
        ({"text": "hi"}, HEADERS, {"model": "nova-3"}, 400),
        ({"text": "hi"}, HEADERS, {"container": "wav"}, 400),
        ({"text": "x" * 2_001}, HEADERS, {}, 413),
    ],
)
async def test_rest_refuses_in_the_vendors_shape(
    body: Any, headers: dict[str, str], query: dict[str, str], status: int
) -> None:
    async with serving() as lab:
        refused, shape = await _post(lab, body, headers, **query)
    assert refused == status
    assert set(shape) == {"err_code", "err_msg", "request_id"}


async def test_a_flux_voice_is_refused_on_the_aura_path() -> None:
    query = {"model": "flux-alexis-en", "encoding": "mulaw", "sample_rate": "8000"}
    async with serving() as lab, aiohttp.ClientSession(headers=HEADERS) as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(f"{lab.url}/v1/speak", params=query)
    assert refused.value.status == 400
