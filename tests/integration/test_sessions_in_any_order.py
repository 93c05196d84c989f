"""Sessions and the customer cache, held against what they promise in random orders of what may come."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from shared.sessions.customer_cache import CustomerCache, OnFile
from shared.sessions.in_time import RedisInTime
from shared.sessions.sessions import Session, Sessions
from shared.sessions.state import SessionState
from shared.tools.call import CallContext

SECRETS = ["s" * 32]
PHONE = "+12175550123"
EPOCHS, REVISIONS = st.integers(0, 3), st.integers(1, 5)
on_one_redis = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)


@pytest.fixture
def redis(redis_url: str) -> Iterator[RedisInTime]:
    made = RedisInTime(redis_url, seconds=5.0)
    yield made
    made.close()


@pytest.fixture
def client(redis_url: str) -> Iterator["Redis"]:
    with Redis.from_url(redis_url) as one:
        yield one


@dataclass
class Model:
    """The rules of a session, said once more: a higher epoch wins, revisions grow within an epoch."""

    epoch: int = -1
    revision: int = -1
    turn: int | None = None
    ending: str | None = None

    def enters(self, epoch: int) -> bool:
        if epoch > self.epoch:
            self.epoch, self.revision, self.ending = epoch, -1, None
        return epoch >= self.epoch

    def claim(self, epoch: int) -> bool:
        return epoch > self.epoch and self.enters(epoch)

    def save(self, epoch: int, revision: int, turn: int) -> bool:
        held = self.enters(epoch)
        if held and revision > self.revision:
            self.revision, self.turn = revision, turn
        return held

    def end(self, epoch: int) -> None:
        if self.enters(epoch):
            self.ending = "goodbye"


def state(turn: int) -> SessionState:
    return SessionState(CallContext("CA1", "inbound", None), "service", turn, [], {}, None)


@on_one_redis
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("claim"), EPOCHS, st.just(0)),
            st.tuples(st.just("save"), EPOCHS, REVISIONS),
            st.tuples(st.just("end"), EPOCHS, st.just(0)),
            st.tuples(st.just("flush"), st.just(0), st.just(0)),
        ),
        max_size=20,
    )
)
def test_the_newest_stream_and_its_newest_save_win(
    redis: RedisInTime, client: "Redis", steps: list[tuple[str, int, int]]
) -> None:
    client.flushdb()
    sessions, model = Sessions(redis, SECRETS), Model()
    for turn, (action, epoch, revision) in enumerate(steps):
        match action:
            case "claim":
                assert sessions.claim("CA1", epoch) == model.claim(epoch)
            case "save":
                assert sessions.save("CA1", epoch, revision, state(turn)) == model.save(epoch, revision, turn)
            case "end":
                sessions.mark_ending("CA1", epoch, "goodbye")
                model.end(epoch)
            case "flush":
                client.flushdb()
                model = Model()
        kept = None if model.turn is None else state(model.turn)
        wanted = None if model.epoch < 0 else Session(model.epoch, kept, "goodbye" if model.ending else None)
        assert sessions.load("CA1") == wanted


class World:
    """A database of one number, three lookups of it and one who changes it, each a step at a time, over and over."""

    def __init__(self, cache: CustomerCache) -> None:
        self.cache = cache
        self.version = 0
        self.told = 0
        """What a cached answer may not fall behind: the version that the last change told the cache of."""
        self.moves = {
            "first": self.look_up(),
            "second": self.look_up(),
            "third": self.look_up(),
            "writer": self.change(),
        }

    def look_up(self) -> Iterator[None]:
        while True:
            found = self.cache.get(PHONE)
            assert found.on_file is None or found.on_file.customers[0] >= self.told
            yield
            read = self.version
            yield
            if found.lease is not None:
                self.cache.put(PHONE, OnFile((read,), ()), found.lease)
            yield

    def change(self) -> Iterator[None]:
        while True:
            self.version += 1
            yield
            self.cache.forget(PHONE)
            self.told = self.version
            yield


@on_one_redis
@given(st.lists(st.sampled_from(["first", "second", "third", "writer", "flush"]), max_size=40))
def test_what_is_cached_is_never_older_than_the_last_change_that_was_told(
    redis: RedisInTime, client: "Redis", steps: list[str]
) -> None:
    client.flushdb()
    world = World(CustomerCache(redis, SECRETS))
    for step in steps:
        if step == "flush":
            client.flushdb()
        else:
            next(world.moves[step])
    next(world.look_up())
