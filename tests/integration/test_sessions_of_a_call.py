"""What the media service leaves in Redis while a call goes on, so that a second stream can take it over."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from media_service.conversation.events import ToolCall, TurnEnded
from media_service.saving import Saving
from media_service.threads import Threads
from media_service.toolbox import Toolbox
from shared.services import Services
from shared.sessions.in_time import RedisInTime
from shared.sessions.sessions import Session, Sessions
from shared.sessions.state import SessionState
from shared.tools.call import CallContext, ToolResult
from tests.integration.media_door import ORIGIN, SECRET, TOKEN_SECRET, MediaDoor, media_door, start


@pytest.fixture
async def door(services: Services) -> AsyncIterator[MediaDoor]:
    settings = replace(
        services.settings,
        port=0,
        media_stream_url=ORIGIN,
        twilio_auth_token=SECRET,
        stream_token_secret=TOKEN_SECRET,
    )
    async with media_door(replace(services, settings=settings)) as opened:
        yield opened


async def loaded(services: Services, fits: Callable[[Session], bool]) -> SessionState:
    """The state of the call, as soon as it is as wanted."""
    async with asyncio.timeout(5):
        while True:
            session = services.sessions.load("CA1")
            if session is not None and session.state is not None and fits(session):
                return session.state
            await asyncio.sleep(0.01)


async def first(socket: Any, event: str) -> dict[str, Any]:
    async with asyncio.timeout(5):
        while (message := json.loads(await socket.recv()))["event"] != event:
            pass
        return dict(message)


async def test_after_each_turn_the_session_holds_what_was_said_and_heard(door: MediaDoor, services: Services) -> None:
    async with door.dial(door.token()) as socket:
        await socket.send(start())
        name = (await first(socket, "mark"))["mark"]["name"]
        await socket.send(json.dumps({"event": "mark", "streamSid": "MZ1", "mark": {"name": name}}))
        door.providers.hear(TurnEnded("an oil change"))
        state = await loaded(services, lambda session: session.state is not None and session.state.turn == 1)
    assert state.context == CallContext("CA1", "inbound", "+12175550142")
    assert state.dialogue[-1] == {"role": "user", "content": "an oil change"}
    assert state.outcome is None and state.flow == "service"


async def test_what_the_caller_has_not_heard_is_not_in_the_session(door: MediaDoor, services: Services) -> None:
    async with door.dial(door.token()) as socket:
        await socket.send(start())
        await first(socket, "media")
        door.providers.hear(TurnEnded("an oil change please"))
        state = await loaded(services, lambda session: session.state is not None and session.state.turn == 1)
    assert state.dialogue == [{"role": "user", "content": "an oil change please"}]


async def test_a_stream_whose_call_was_taken_over_ends_at_its_next_turn(door: MediaDoor, services: Services) -> None:
    async with door.dial(door.token()) as socket:
        await socket.send(start())
        await first(socket, "media")
        assert services.sessions.claim("CA1", 1)
        door.providers.hear(TurnEnded("an oil change please"))
        with pytest.raises(ConnectionClosed) as closed:
            await first(socket, "never")
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008


class SteppedSessions(Sessions):
    """Saves end when the test says so."""

    def __init__(self) -> None:
        super().__init__(RedisInTime("redis://127.0.0.1:9/0"), ["s" * 32])
        self.saved: list[tuple[int, int]] = []
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)

    def save(self, call_sid: str, epoch: int, revision: int, state: SessionState) -> bool:
        self.begun.release()
        assert self.may_end.acquire(timeout=5)
        self.saved.append((revision, state.turn))
        return True


@pytest.fixture
async def threads() -> AsyncIterator[Threads]:
    made = Threads()
    yield made
    made.close()


async def test_one_save_is_under_way_at_a_time_and_the_next_one_has_the_newest_state(threads: Threads) -> None:
    sessions, turn = SteppedSessions(), 0

    def now() -> SessionState:
        return SessionState(CallContext("CA1", "inbound", None), "service", turn, [], {}, None)

    saving = Saving(sessions, threads, "CA1", 0, now)
    async with asyncio.TaskGroup() as group:
        all_saved = group.create_task(saving.save_all())
        saving.changed()
        await asyncio.to_thread(sessions.begun.acquire)
        for turn in range(1, 51):  # noqa: B007 (each turn is told while the first save is still under way)
            saving.changed()
        sessions.may_end.release()
        await asyncio.to_thread(sessions.begun.acquire)
        saving.ended("booked")
        sessions.may_end.release()
    assert all_saved.result()
    assert sessions.saved == [(1, 0), (2, 50)]


async def test_a_call_of_which_nothing_changed_leaves_nothing_and_ends(threads: Threads) -> None:
    sessions = SteppedSessions()
    saving = Saving(sessions, threads, "CA1", 0, lambda: pytest.fail("nothing has changed"))
    saving.ended("booked")
    async with asyncio.timeout(5):
        assert await saving.save_all()
    assert sessions.saved == []


class HalfwayDesk:
    """A tool that has changed half of what it will when the test looks."""

    def __init__(self) -> None:
        self.halfway, self.may_end = threading.Event(), threading.Event()

    def run(self, call: CallContext, *_: object) -> ToolResult:
        call.proposed = [7]
        self.halfway.set()
        assert self.may_end.wait(5)
        call.verified = 7
        return ToolResult({"status": "verified"})


async def test_what_a_tool_has_changed_halfway_is_not_in_the_session(threads: Threads) -> None:
    desk = HalfwayDesk()
    toolbox = Toolbox(desk, CallContext("CA1", "inbound", None), threads)  # type: ignore[arg-type]

    async def run() -> None:
        async for _ in toolbox.run(ToolCall("id", "verify_caller", "{}"), {}):
            pass

    async with asyncio.TaskGroup() as group:
        group.create_task(run())
        assert await asyncio.to_thread(desk.halfway.wait, 5)
        assert toolbox.known == CallContext("CA1", "inbound", None)
        desk.may_end.set()
    assert toolbox.known == CallContext("CA1", "inbound", None, proposed=[7], verified=7)
