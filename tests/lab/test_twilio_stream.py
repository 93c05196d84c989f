"""The websocket client by itself (as a test or a benchmark uses it), and the program around the emulator."""

from __future__ import annotations

import asyncio
import json
import signal
import sys

import aiohttp
import pytest

from infra.local.twilio.frames import Mark, Media
from infra.local.twilio.signing import SigningKey
from infra.local.twilio.stream import Closed, StreamIds, StreamRefused, TwilioStream
from tests.lab.twilio_product import SID, TOKEN, MediaSocket, laboratory, tone

IDS = StreamIds(SID, "CA" + "1" * 32, "MZ" + "2" * 32)
KEY = SigningKey(TOKEN)


async def test_a_bare_client_speaks_hears_and_sees_an_orderly_close() -> None:
    async with laboratory() as lab:

        async def echo(media: MediaSocket) -> None:
            heard = await media.next("media")
            await media.send("media", media={"payload": heard["media"]["payload"]})
            await media.mark("echoed")

        lab.product.media = echo
        stream = await TwilioStream.open(lab.http, lab.product.socket_url, KEY, IDS)
        stream.start({})
        stream.media(tone(20))
        assert await stream.receive() == Media(tone(20))
        assert await stream.receive() == Mark("echoed")
        assert await stream.receive() == Closed(1000, None)
        await stream.close()


async def test_a_service_that_does_not_read_loses_the_callers_frames() -> None:
    async with laboratory() as lab:

        async def wait(media: MediaSocket) -> None:
            await media.next("stop")

        lab.product.media = wait
        stream = await TwilioStream.open(lab.http, lab.product.socket_url, KEY, IDS)
        stream.start({})
        sent = [stream.media(b"\xff" * 160) for _ in range(600)]  # nothing is written while nobody awaits
        assert sent[0]
        assert not sent[-1]
        assert stream.slow_reader
        stream.stop()
        await stream.close()


async def test_an_upgrade_answered_403_and_a_port_nobody_listens_on_are_told_apart() -> None:
    async with laboratory() as lab:
        with pytest.raises(StreamRefused) as refused:
            await TwilioStream.open(lab.http, lab.product.socket_url, KEY, IDS)
        assert (refused.value.fault.code, refused.value.status) == (31920, 403)
        with pytest.raises(StreamRefused) as unreachable:
            await TwilioStream.open(lab.http, "ws://127.0.0.1:9/media-stream/x", KEY, IDS)
        assert (unreachable.value.fault.code, unreachable.value.status) == (31902, None)


async def test_a_host_that_takes_the_connection_and_says_nothing_is_31901() -> None:
    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    writers: list[asyncio.StreamWriter] = []
    async with laboratory() as lab, await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/media-stream/x"
        with pytest.raises(StreamRefused) as refused:
            await TwilioStream.open(lab.http, url, KEY, IDS, within=0.2)
        assert (refused.value.fault.code, refused.value.status) == (31901, None)
        for writer in writers:
            writer.close()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
async def test_the_program_prints_one_ready_line_and_ends_in_order_when_told(ending: signal.Signals) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "infra.local.twilio", "--account-sid", SID, "--auth-token", TOKEN,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert program.stdout is not None
    ready = json.loads(await program.stdout.readline())
    assert ready["ready"] is True
    async with aiohttp.ClientSession() as http:
        number = {"number": "+15125550100", "voice_url": "http://127.0.0.1:9/voice"}
        async with http.post(ready["url"] + "/_lab/numbers", json=number) as response:
            assert response.status == 201
    program.send_signal(ending)
    rest, _ = await program.communicate()
    assert (program.returncode, rest) == (0, b"")
