"""Aura, as deepgram-sdk sees the stand-in, by websocket and by REST."""

from __future__ import annotations

import io
import json
import wave
from typing import Any

import aiohttp
import pytest
from deepgram.speak.v1.types import SpeakV1Text

from infra.local.deepgram.project import FLUSHES_PER_MINUTE
from infra.local.speech import ulaw, voices, watermark
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


async def test_clear_stops_the_audio_that_is_not_under_way_and_the_next_flush_is_not_mixed_with_it() -> None:
    async with serving() as lab, lab.client.speak.v1.connect(**AURA) as connection:
        long = "x" * 1_500
        await connection.send_text(SpeakV1Text(text=long))
        await connection.send_flush()
        await connection.recv()  # Metadata
        assert isinstance(await connection.recv(), bytes)
        await connection.send_clear()
        audio, messages = await _until(connection, "Cleared")
        assert 0 < len(audio) < len(long) * 60 * 8 // 2
        assert [message.type for message in messages] == ["Cleared"]
        await connection.send_text(SpeakV1Text(text="Next."))
        await connection.send_flush()
        audio, messages = await _until(connection, "Flushed")
    assert len(audio) == len("Next.") * 60 * 8


async def test_the_flush_beyond_the_limit_is_answered_with_a_warning() -> None:
    async with serving() as lab, lab.client.speak.v1.connect(**AURA) as connection:
        for _ in range(FLUSHES_PER_MINUTE + 1):
            await connection.send_flush()
        _, messages = await _until(connection, "Warning")
        assert messages[-1].code and messages[-1].description
        await connection.send_close()
        _, rest = await _until(connection, "never")
    assert sum(message.type == "Flushed" for message in messages + rest) == FLUSHES_PER_MINUTE


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
        ({"text": "hi"}, HEADERS, {"container": "ogg"}, 400),
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


async def test_a_voice_that_does_not_exist_is_refused_by_websocket_and_by_rest() -> None:
    async with serving() as lab:
        assert await lab.refused_at("/v1/speak", **(AURA | {"model": "aura-2-nobody-en"})) == 400
        assert (await _post(lab, {"text": "hi"}, HEADERS, model="aura-2-nobody-en"))[0] == 400


@pytest.mark.parametrize(
    "wrong", [{"encoding": "mp3"}, {"sample_rate": 24_000}, {"container": "none"}, {"speed": 3}, {"voice": "asteria"}]
)
async def test_what_a_stream_cannot_be_asked_for_is_refused_before_the_upgrade(wrong: dict[str, Any]) -> None:
    async with serving() as lab:
        assert await lab.refused_at("/v1/speak", **(AURA | wrong)) == 400


async def test_without_parameters_a_stream_speaks_linear_samples_at_24_kilohertz() -> None:
    async with serving() as lab, lab.client.speak.v1.connect(model="aura-2-asteria-en") as connection:
        await connection.send_text(SpeakV1Text(text="Hello there."))
        await connection.send_flush()
        audio, _ = await _until(connection, "Flushed")
    assert len(audio) == len("Hello there.") * 60 * 24 * 2


async def test_a_text_longer_than_a_message_may_hold_is_warned_of_and_not_spoken() -> None:
    async with serving() as lab, lab.client.speak.v1.connect(**AURA) as connection:
        await connection.send_text(SpeakV1Text(text="x" * 2_001))
        await connection.send_flush()
        audio, messages = await _until(connection, "Flushed")
    assert [message.type for message in messages] == ["Metadata", "Warning", "Flushed"]
    assert audio == b""


async def test_a_message_that_cannot_be_read_is_warned_of_and_the_stream_goes_on() -> None:
    query = {name: str(value) for name, value in AURA.items()}
    async with (
        serving() as lab,
        aiohttp.ClientSession(headers=HEADERS) as http,
        http.ws_connect(f"{lab.url}/v1/speak", params=query) as socket,
    ):
        for text in ("no json", '{"type": "Shout"}', '{"type": "Flush"}'):
            await socket.send_str(text)
        kinds = [(await socket.receive_json())["type"] for _ in range(4)]
    assert kinds == ["Metadata", "Warning", "Warning", "Flushed"]


async def _whole(lab: Lab, data: bytes, content_type: str, **query: str) -> tuple[int, bytes, Any]:
    headers = HEADERS | {"Content-Type": content_type}
    wanted = {"model": "aura-2-asteria-en"} | query
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{lab.url}/v1/speak", params=wanted, data=data, headers=headers) as answer,
    ):
        return answer.status, await answer.read(), answer.headers


async def test_rest_takes_plain_text_and_tells_what_it_made_of_it_in_headers() -> None:
    async with serving() as lab:
        query = {"encoding": "mulaw", "container": "none"}
        status, audio, headers = await _whole(lab, b"Hello.", "text/plain", **query)
    assert (status, len(audio), headers["Content-Type"]) == (200, 6 * 60 * 8, "audio/basic")
    assert (headers["dg-char-count"], headers["dg-model-name"]) == ("6", "aura-2-asteria-en")
    assert headers["dg-request-id"] and headers["dg-model-uuid"]


async def test_rest_wraps_linear_samples_in_a_wav_file_of_their_rate() -> None:
    async with serving() as lab:
        query = {"encoding": "linear16", "sample_rate": "16000"}
        _, audio, headers = await _whole(lab, b'{"text": "Hello."}', "application/json", **query)
    with wave.open(io.BytesIO(audio)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        assert file.getnframes() == 6 * 60 * 16
    assert headers["Content-Type"] == "audio/wav"


async def test_rest_refuses_a_body_of_another_type_and_an_encoding_that_it_cannot_make() -> None:
    async with serving() as lab:
        assert (await _whole(lab, b"<text/>", "text/xml", encoding="mulaw"))[0] == 415
        assert (await _whole(lab, b"Hello.", "text/plain"))[0] == 400  # mp3, where nothing is asked for


async def _speak_line(lab: Lab, text: str) -> bytes:
    async with lab.client.speak.v1.connect(**AURA) as connection:
        await connection.send_text(SpeakV1Text(text=text))
        await connection.send_flush()
        return (await _until(connection, "Flushed"))[0]


async def test_what_a_websocket_speaks_carries_its_number_so_that_its_hearer_finds_its_lines() -> None:
    async with serving() as lab:
        await _speak_line(lab, "To somebody else.")
        audio = await _speak_line(lab, "To you.")
        number = watermark.read(audio[333:500])
        assert number == 1
        lines = await lab.log(kind="spoken", session=number)
    assert [json.loads(line)["text"] for line in lines] == ["To you."]


@pytest.mark.parametrize("at", [0, 1, 7, 100, 159])
def test_a_signature_is_read_from_any_20_milliseconds_and_is_not_heard(at: int) -> None:
    plain = voices.speak("hello", voices.TONE)
    signed = watermark.sign(plain, 40_000)
    assert watermark.read(signed[at : at + 160]) == 40_000
    assert watermark.read(plain) is None
    assert watermark.read(signed[:40]) is None
    loud, changed = ulaw.decode(plain).astype(int), ulaw.decode(signed).astype(int)
    assert abs(loud - changed).max() <= abs(loud).max() / 16
