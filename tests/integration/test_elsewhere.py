"""Whether calls can go on in another process, as one that must end finds out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from media_service.elsewhere import can_go_on_elsewhere
from media_service.threads import Threads
from shared.services import Services
from shared.sessions.in_time import RedisInTime


@asynccontextmanager
async def front_end(answer: bytes) -> AsyncIterator[str]:
    """The origin of whoever answers each request with these bytes."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(say, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield f"ws://{host}:{port}"


async def asked(services: Services, answer: bytes, redis: RedisInTime | None = None) -> bool:
    threads = Threads()
    async with front_end(answer) as origin:
        there = replace(
            services, settings=replace(services.settings, media_stream_url=origin), redis=redis or services.redis
        )
        ready = await can_go_on_elsewhere(there, threads)
    threads.close()
    return ready


@pytest.mark.parametrize(
    ("answer", "ready"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n", True),
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", False),
        (b"", False),
        (b"\x00 no HTTP at all\r\n\r\n", False),
    ],
)
async def test_calls_go_on_elsewhere_only_where_a_process_answers_that_it_is_ready(
    services: Services, answer: bytes, ready: bool
) -> None:
    assert await asked(services, answer) is ready


async def test_without_redis_no_call_goes_on_elsewhere_because_it_would_begin_anew(services: Services) -> None:
    nobody = RedisInTime("redis://127.0.0.1:9/0")
    assert not await asked(services, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n", nobody)
