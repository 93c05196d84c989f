"""What goes wrong on the Deepgram stand-in when it is told to: faults of websockets and of REST, keys and limits."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from deepgram.core.api_error import ApiError
from deepgram.speak.v1.types import SpeakV1Text
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK, InvalidMessage

from tests.lab.deepgram_lab import AURA, FLUX, Lab, saying, serving

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:websockets", "ignore:websockets:DeprecationWarning")

NOVA: dict[str, Any] = {"model": "nova-3", "encoding": "mulaw", "sample_rate": 8000, "endpointing": 300}
DOORS = [("/v1/listen", NOVA), ("/v2/listen", FLUX), ("/v1/speak", AURA)]


async def _say_turn(connection: Any) -> None:
    for piece in saying(600, 900):
        await connection.send_media(piece)


def _ended_turns(messages: list[Any]) -> list[str]:
    return [message.transcript for message in messages if getattr(message, "event", "") == "EndOfTurn"]


async def test_a_refused_upgrade_is_a_connection_without_an_answer_and_the_next_one_is_served() -> None:
    async with serving() as lab:
        await lab.fault("refuse", "listen.v2")
        with pytest.raises((InvalidMessage, EOFError, ConnectionError)):
            async with lab.client.listen.v2.connect(**FLUX):
                pass
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            assert (await connection.recv()).type == "Connected"
        assert await lab.struck() == ["refuse"]


@pytest.mark.parametrize(("path", "query"), DOORS)
async def test_an_ordered_status_refuses_the_upgrade_in_the_vendors_shape(path: str, query: dict[str, Any]) -> None:
    async with serving() as lab:
        await lab.fault("status", path, code=503)
        assert await lab.refused_at(path, **query) == 503


async def test_a_stalled_stream_tells_nothing_after_its_nth_message_and_still_closes() -> None:
    async with serving() as lab:
        await lab.script("nobody will know")
        await lab.fault("stall", "listen.v2", after=2)
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            await _say_turn(connection)
            await connection.send_close_stream()
            messages = [message async for message in connection]
        assert [message.sequence_id for message in messages] == [0, 1]
        assert any("nobody will know" in line for line in await lab.log(kind="heard"))


@pytest.mark.parametrize("kind", ["cut", "drop_reply"])
async def test_a_cut_stream_ends_after_n_messages_without_a_close_frame(kind: str) -> None:
    async with serving() as lab:
        await lab.script("cut")
        await lab.fault(kind, "listen.v2", after=2)
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            await _say_turn(connection)
            received = [await connection.recv(), await connection.recv()]
            with pytest.raises(ConnectionClosedError) as closed:
                await connection.recv()
    assert [message.sequence_id for message in received] == [0, 1]
    assert closed.value.rcvd is None


async def test_speech_can_be_cut_in_the_middle_of_a_piece_of_audio() -> None:
    async with serving() as lab:
        await lab.fault("cut", "speak.v1", after=2)
        async with lab.client.speak.v1.connect(**AURA) as connection:
            await connection.send_text(SpeakV1Text(text="A sentence that is cut short."))
            await connection.send_flush()
            assert (await connection.recv()).type == "Metadata"
            assert len(await connection.recv()) == 2_000
            with pytest.raises(ConnectionClosedError) as closed:
                await connection.recv()
    assert closed.value.rcvd is None


async def test_a_voice_that_drips_sends_a_byte_at_a_time_and_still_obeys() -> None:
    async with serving() as lab:
        await lab.fault("drip", "speak.v1", ms=1)
        async with lab.client.speak.v1.connect(**AURA) as connection:
            await connection.send_text(SpeakV1Text(text="A sentence without end."))
            await connection.send_flush()
            assert (await connection.recv()).type == "Metadata"
            assert [len(await connection.recv()) for _ in range(20)] == [1] * 20
            await connection.send_clear()
            while isinstance(told := await connection.recv(), bytes):
                assert len(told) == 1
            assert told.type == "Cleared"


async def test_wrong_json_stands_in_one_messages_place() -> None:
    async with serving() as lab:
        await lab.fault("wrong_json", "listen.v2", after=1)
        async with (
            aiohttp.ClientSession(headers={"Authorization": "Token lab"}) as http,
            http.ws_connect(f"{lab.url}/v2/listen", params={k: str(v) for k, v in FLUX.items()}) as socket,
        ):
            for piece in saying(600, 0):
                await socket.send_bytes(piece)
            first, wrong, next_one = [await socket.receive_str() for _ in range(3)]
    assert '"sequence_id": 0' in first and wrong == '{"unfinished": ' and '"sequence_id": 2' in next_one


async def test_an_ordered_error_is_fluxs_fatal_message_of_that_code_and_closes_the_stream() -> None:
    async with serving() as lab:
        await lab.fault("error", "listen.v2", after=1, reason="NET-0000")
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            await _say_turn(connection)
            assert (await connection.recv()).type == "Connected"
            error = await connection.recv()
            with pytest.raises(ConnectionClosedError) as closed:
                await connection.recv()
    assert (error.type, error.code, error.sequence_id) == ("Error", "NET-0000", 1)
    assert closed.value.rcvd is not None and (closed.value.rcvd.code, closed.value.rcvd.reason) == (1011, "NET-0000")


async def test_an_ordered_error_is_a_close_frame_alone_where_the_api_has_no_error_message() -> None:
    async with serving() as lab:
        await lab.fault("error", "speak.v1", after=1, reason="DATA-0000")
        async with lab.client.speak.v1.connect(**AURA) as connection:
            await connection.send_flush()
            assert (await connection.recv()).type == "Metadata"
            with pytest.raises(ConnectionClosedError) as closed:
                await connection.recv()
    assert closed.value.rcvd is not None and (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "DATA-0000")


async def test_a_flux_client_that_sends_nothing_is_told_net_0001_and_closed() -> None:
    async with serving() as lab:
        await lab.control("/_lab/limits", {"idle_seconds": 0.05})
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            assert (await connection.recv()).type == "Connected"
            error = await connection.recv()
            with pytest.raises(ConnectionClosedError) as closed:
                await connection.recv()
    assert (error.type, error.code) == ("Error", "NET-0001")
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1011


async def test_an_ordered_warning_comes_between_and_the_stream_goes_on() -> None:
    async with serving() as lab:
        await lab.script("still going")
        await lab.fault("warning", "listen.v2", after=1, reason="SLOW")
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            await _say_turn(connection)
            await connection.send_close_stream()
            messages = [message async for message in connection]
    assert [message.sequence_id for message in messages] == list(range(len(messages)))
    assert (messages[1].type, messages[1].code) == ("Warning", "SLOW")
    assert "still going" in _ended_turns(messages)


async def test_delayed_messages_keep_their_order_and_their_distance_from_the_audio() -> None:
    async with serving() as lab:
        await lab.script("late but whole")
        await lab.fault("delay", "listen.v2", ms=30)
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            await _say_turn(connection)
            await connection.send_close_stream()
            messages = [message async for message in connection]
    assert [message.sequence_id for message in messages] == list(range(len(messages)))
    assert "late but whole" in _ended_turns(messages)


async def test_a_slow_reader_takes_no_more_audio_until_the_faults_are_cleared() -> None:
    async with serving() as lab:
        await lab.script("heard at last")
        await lab.fault("slow_reader", "listen.v2", after=3)
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            await _say_turn(connection)
            await connection.send_close_stream()
            assert (await connection.recv()).type == "Connected"
            assert await lab.log(kind="heard") == []
            await lab.clear_faults()
            messages = [message async for message in connection]
    assert "heard at last" in _ended_turns(messages)


async def test_a_slow_reader_makes_the_client_wait_once_the_buffers_are_full() -> None:
    at_once = aiohttp.ClientWSTimeout(ws_close=0.01)
    async with serving() as lab:
        await lab.fault("slow_reader", "listen.v2")
        async with (
            aiohttp.ClientSession(headers={"Authorization": "Token lab"}) as http,
            http.ws_connect(
                f"{lab.url}/v2/listen", params={k: str(v) for k, v in FLUX.items()}, timeout=at_once
            ) as one,
        ):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    while True:
                        await one.send_bytes(bytes(2**19))


async def test_rest_speech_can_be_answered_429_and_cut_like_any_request() -> None:
    async with serving() as lab:
        await lab.fault("status", "speak.v1.rest", code=429, retry_after=1)
        with pytest.raises(ApiError) as refused:
            async for _ in lab.client.speak.v1.audio.generate(
                text="hello", encoding="mulaw", container="none", request_options={"max_retries": 0}
            ):
                pass
    assert refused.value.status_code == 429
    assert refused.value.body["err_code"] == "TOO_MANY_REQUESTS"


@pytest.mark.parametrize(("path", "query"), DOORS)
async def test_a_wrong_key_and_one_stream_too_many_are_refused_at_the_handshake(
    path: str, query: dict[str, Any]
) -> None:
    async with serving() as lab:
        assert await lab.refused_at(path, key="bad-key", **query) == 401
        assert await lab.refused_at(path, key="", **query) == 401
        await lab.control("/_lab/limits", {"listen": 0, "speak": 0})
        assert await lab.refused_at(path, **query) == 429


async def test_the_limit_counts_streams_that_are_open_and_forgets_those_that_ended() -> None:
    async with serving() as lab:
        await lab.control("/_lab/limits", {"listen": 1})
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            await connection.recv()
            assert await lab.refused_at("/v1/listen", **NOVA) == 429
            await connection.send_close_stream()
            with pytest.raises(ConnectionClosedOK):
                while True:
                    await connection.recv()
        async with lab.client.listen.v1.connect(**NOVA) as connection:
            await connection.send_close_stream()
            assert [message.type async for message in connection] == ["Metadata"]


@pytest.mark.parametrize("wrong", [{"streams": 1}, {"listen": -1}, {"speak": "many"}, []])
async def test_a_limit_that_does_not_exist_is_refused_with_a_sentence(wrong: Any) -> None:
    async with serving() as lab:
        assert await lab.control("/_lab/limits", wrong) == 400


async def _spoken(lab: Lab) -> None:
    async with lab.client.speak.v1.connect(**AURA) as connection:
        await connection.send_text(SpeakV1Text(text="Hello."))
        await connection.send_flush()
        async for message in connection:
            if not isinstance(message, bytes) and message.type == "Flushed":
                return


async def test_a_fault_strikes_as_often_as_it_was_told_and_no_other_door() -> None:
    async with serving() as lab:
        await lab.fault("status", "listen.v2", code=500, times=2)
        await _spoken(lab)
        assert [await lab.refused_at("/v2/listen", **FLUX) for _ in range(2)] == [500, 500]
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            assert (await connection.recv()).type == "Connected"
        assert await lab.struck() == ["status", "status"]
