"""The handshake of a media stream, with a bare client shaped like Twilio."""

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from time import time
from typing import Any

import pytest
from sqlalchemy import text
from websockets import State
from websockets.exceptions import ConnectionClosed, InvalidStatus

from media_service.conversation.events import RecogniserLost, TurnEnded
from shared import stream_token
from shared.services import Services
from tests.integration.media_door import (
    AUDIO,
    CONNECTED,
    ORIGIN,
    SECRET,
    TOKEN_SECRET,
    MediaDoor,
    media_door,
    start,
)


@pytest.fixture
async def door(services: Services) -> AsyncIterator[MediaDoor]:
    settings = replace(
        services.settings,
        port=0,
        media_stream_url=ORIGIN,
        twilio_auth_token=SECRET,
        stream_token_secret=TOKEN_SECRET,
        max_calls=3,
        max_calls_per_number=2,
        metrics_token="metrics",
    )
    async with media_door(replace(services, settings=settings)) as opened:
        yield opened


async def receive(socket: Any, event: str) -> dict[str, Any]:
    async with asyncio.timeout(5):
        while True:
            message = json.loads(await socket.recv())
            if message["event"] == event:
                return dict(message)


async def closed(socket: Any) -> int | None:
    """The code with which the service closes."""
    async with asyncio.timeout(5):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else None


async def recorded(services: Services, query: str, rows: int) -> list[Any]:
    """What a second connection reads, as soon as there are that many rows."""
    async with asyncio.timeout(5):
        while True:
            with services.database.transaction() as connection:
                found = connection.execute(text(query)).all()
            if len(found) >= rows:
                return [tuple(row) for row in found]
            await asyncio.sleep(0.01)


async def test_the_greeting_is_the_first_thing_after_the_start(door: MediaDoor) -> None:
    async with door.dial(door.token()) as socket:
        await socket.send(CONNECTED)
        await socket.send(start())
        first = json.loads(await socket.recv())
        assert first["event"] == "media" and first["streamSid"] == "MZ1"


async def test_the_greetings_audio_is_marked_at_least_every_200_ms_and_at_its_last_millisecond(door: MediaDoor) -> None:
    async with door.dial(door.token()) as socket:
        await socket.send(start())
        marks, whole = [0], len(AUDIO) // 8
        while marks[-1] < whole:
            utterance, _, ms = (await receive(socket, "mark"))["mark"]["name"].rpartition(".")
            assert utterance == "0.1"
            marks.append(int(ms))
        assert marks[-1] == whole
        assert all(0 < later - earlier <= 200 for earlier, later in pairwise(marks))


async def test_the_last_line_is_heard_before_the_service_hangs_up(door: MediaDoor, services: Services) -> None:
    async with door.dial(door.token()) as socket:
        await socket.send(start())
        await receive(socket, "mark")
        door.providers.hear(RecogniserLost())
        await receive(socket, "clear")
        last = ""
        while not last.endswith(f".{len(AUDIO) // 8}"):
            last = (await receive(socket, "mark"))["mark"]["name"]
        assert last.startswith("1.")
        await socket.send(json.dumps({"event": "mark", "streamSid": "MZ1", "mark": {"name": last}}))
        assert await closed(socket) == 1000
    session = services.sessions.load("CA1")
    assert session is not None and session.ending == "transfer"


async def test_every_call_leaves_a_row_with_an_outcome(door: MediaDoor, services: Services) -> None:
    async with door.dial(door.token()) as socket:
        await socket.send(start())
        await receive(socket, "mark")
        await socket.send(json.dumps({"event": "stop", "streamSid": "MZ1", "stop": {}}))
        await closed(socket)
    query = "SELECT call_sid, direction, outcome FROM reporting.calls WHERE outcome IS NOT NULL"
    assert await recorded(services, query, 1) == [("CA1", "inbound", "abandoned")]


async def test_the_callers_audio_reaches_the_recogniser_as_it_came(door: MediaDoor) -> None:
    async with door.dial(door.token()) as socket:
        await socket.send(start())
        frame = {"event": "media", "streamSid": "MZ1", "media": {"payload": "/38="}}
        await socket.send(json.dumps(frame))
        await receive(socket, "media")
        async with asyncio.timeout(5):
            await door.providers.pushed.wait()
        assert bytes(door.providers.audio) == b"\xff\x7f"


@pytest.mark.parametrize("case", ["unsigned", "forged", "expired", "malformed", "none"])
async def test_a_stream_that_is_not_ours_is_refused_before_any_provider_is_contacted(
    door: MediaDoor, case: str
) -> None:
    token = {
        "unsigned": door.token(),
        "forged": door.token(secret="x" * 32),
        "expired": door.token(age=61),
        "malformed": "a" * 600,
        "none": "",
    }[case]
    with pytest.raises(InvalidStatus) as refusal:
        async with door.dial(token, secret="guess" if case == "unsigned" else SECRET):
            pass
    assert refusal.value.response.status_code == 403
    assert door.providers.contacted == 0


async def test_a_token_is_good_once(door: MediaDoor) -> None:
    token = door.token()
    async with door.dial(token):
        with pytest.raises(InvalidStatus) as refusal:
            async with door.dial(token):
                pass
    assert refusal.value.response.status_code == 403


async def test_a_token_spent_in_another_process_is_refused_here(door: MediaDoor, services: Services) -> None:
    token = door.token()
    nonce = stream_nonce(token)
    assert services.sessions.spend_nonce(nonce, 60)
    with pytest.raises(InvalidStatus):
        async with door.dial(token):
            pass


def stream_nonce(token: str) -> str:
    said = stream_token.check([TOKEN_SECRET], token, time())
    assert said is not None
    return said.nonce


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("not json", 1007),
        ('{"event":"start"}', 1007),
        ('{"event":"media","streamSid":"MZ1","media":{"payload":""}}', 1007),
        ('{"event":"weather"}', 1008),
        (b"\x00\x01", 1003),
        ("x" * 70_000, 1009),
        (start(leg="CA2"), 1008),
    ],
)
async def test_a_stream_that_does_not_start_as_it_must_is_closed_before_any_provider_is_contacted(
    door: MediaDoor, message: str | bytes, code: int
) -> None:
    async with door.dial(door.token()) as socket:
        await socket.send(message)
        assert await closed(socket) == code
    assert door.providers.contacted == 0


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("not json", 1007),
        ('{"event":"media","streamSid":"MZ2","media":{"payload":""}}', 1007),
        ('{"event":"dtmf","streamSid":"MZ1","dtmf":{"digit":"A"}}', 1007),
        (b"\x00", 1003),
        ("x" * 70_000, 1009),
    ],
)
async def test_a_broken_message_ends_its_own_call_and_no_other(
    door: MediaDoor, message: str | bytes, code: int
) -> None:
    async with door.dial(door.token("CA1")) as broken, door.dial(door.token("CA2")) as other:
        await broken.send(start("CA1"))
        await other.send(start("CA2", "MZ2"))
        await receive(other, "mark")
        await broken.send(message)
        assert await closed(broken) == code
        door.providers.hear(RecogniserLost())
        assert (await receive(other, "clear"))["streamSid"] == "MZ2"


async def test_an_event_that_twilio_may_add_one_day_is_passed_over(door: MediaDoor) -> None:
    async with door.dial(door.token()) as socket:
        await socket.send(start())
        await socket.send('{"event":"weather","streamSid":"MZ1"}')
        await receive(socket, "mark")
        door.providers.hear(RecogniserLost())
        await receive(socket, "clear")


async def test_of_two_streams_of_one_epoch_the_first_start_wins(door: MediaDoor) -> None:
    async with door.dial(door.token()) as first, door.dial(door.token()) as second:
        await first.send(start())
        await receive(first, "mark")
        await second.send(start())
        assert await closed(second) == 1008
        door.providers.hear(RecogniserLost())
        await receive(first, "clear")


async def test_a_stream_of_a_later_epoch_ends_the_one_before_it(door: MediaDoor) -> None:
    async with door.dial(door.token()) as first, door.dial(door.token(epoch=1)) as second:
        await first.send(start())
        await receive(first, "mark")
        await second.send(start(stream="MZ2"))
        assert await closed(first) == 1008
        assert second.state is State.OPEN


async def test_calls_beyond_the_limits_are_turned_away(door: MediaDoor) -> None:
    async with door.dial(door.token("CA1")) as one, door.dial(door.token("CA2")) as two:
        for number, socket in ((1, one), (2, two)):
            await socket.send(start(f"CA{number}"))
            await receive(socket, "mark")
        async with door.dial(door.token("CA3")) as third:
            await third.send(start("CA3"))
            assert await closed(third) == 1008, "one number, too many calls"
        async with door.dial(door.token("CA4")) as fourth:
            await fourth.send(start("CA4", caller="anonymous"))
            await receive(fourth, "mark")
            with pytest.raises(InvalidStatus) as refusal:
                async with door.dial(door.token("CA5")):
                    pass
            assert refusal.value.response.status_code == 503


async def got(door: MediaDoor, path: str, **headers: str) -> tuple[int, str]:
    def get() -> tuple[int, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{door.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, ""

    return await asyncio.to_thread(get)


async def test_health_and_metrics_answer_as_they_should(door: MediaDoor) -> None:
    assert (await got(door, "/health"))[0] == 200
    assert (await got(door, "/metrics"))[0] == 401
    status, body = await got(door, "/metrics", Authorization="Bearer metrics")
    assert status == 200 and "sophie_calls_active 0" in body
    assert (await got(door, "/"))[0] == 404


async def test_while_the_last_calls_finish_health_says_that_no_more_are_taken(door: MediaDoor) -> None:
    async with door.dial(door.token()) as socket, asyncio.TaskGroup() as tasks:
        await socket.send(start())
        await receive(socket, "mark")
        tasks.create_task(door.drain())
        await receive(socket, "clear")
        assert (await got(door, "/health"))[0] == 503
        await socket.send(json.dumps({"event": "stop", "streamSid": "MZ1", "stop": {}}))


async def test_a_call_goes_on_when_its_record_cannot_be_written(door: MediaDoor, services: Services) -> None:
    services.database.close()
    async with door.dial(door.token()) as socket:
        await socket.send(start())
        await receive(socket, "mark")
        with services.database.engine.begin() as connection:
            connection.execute(text("ALTER TABLE turns RENAME TO turns_away"))
        door.providers.hear(TurnEnded("Hello there."))
        door.providers.hear(TurnEnded("Hello again."))
        door.providers.hear(RecogniserLost())
        last = ""
        while not last.endswith(f".{len(AUDIO) // 8}"):
            last = (await receive(socket, "mark"))["mark"]["name"]


async def test_a_call_whose_part_breaks_unforeseen_still_ends_with_a_word_and_an_outcome(
    door: MediaDoor, services: Services
) -> None:
    async with door.dial(door.token()) as socket:
        await socket.send(start())
        await receive(socket, "mark")
        door.providers.hear(RuntimeError("unforeseen"))
        await receive(socket, "clear")
        await receive(socket, "mark")
        await socket.send(json.dumps({"event": "stop", "streamSid": "MZ1", "stop": {}}))
        await closed(socket)
    query = "SELECT outcome FROM reporting.calls WHERE outcome IS NOT NULL"
    assert await recorded(services, query, 1) == [("failed",)]


async def test_streams_that_have_not_started_count_as_calls(door: MediaDoor) -> None:
    async with door.dial(door.token("CA1")), door.dial(door.token("CA2")), door.dial(door.token("CA3")):
        with pytest.raises(InvalidStatus) as refusal:
            async with door.dial(door.token("CA4")):
                pass
    assert refusal.value.response.status_code == 503


async def test_without_a_limit_of_calls_everybody_is_let_in(services: Services) -> None:
    settings = replace(services.settings, port=0, media_stream_url=ORIGIN, twilio_auth_token=SECRET)
    settings = replace(settings, stream_token_secret=TOKEN_SECRET, max_calls=0)
    async with media_door(replace(services, settings=settings)) as door, door.dial(door.token()) as socket:
        await socket.send(start())
        await receive(socket, "mark")


async def test_a_stream_that_starts_while_the_process_ends_is_turned_away(door: MediaDoor) -> None:
    async with door.dial(door.token()) as socket:
        await door.drain()
        await socket.send(start())
        assert await closed(socket) == 1001
    assert door.providers.contacted == 0


async def test_a_call_that_is_over_frees_its_place_whatever_is_still_to_be_written(door: MediaDoor) -> None:
    for round_trip in range(5):
        async with door.dial(door.token(f"CA{round_trip}")) as socket:
            await socket.send(start(f"CA{round_trip}"))
            await receive(socket, "mark")
            await socket.send(json.dumps({"event": "stop", "streamSid": "MZ1", "stop": {}}))
            await closed(socket)
