"""The session of a call on a real Redis, and without one."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from random import Random
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis import Redis

from shared.sessions.in_time import RedisInTime
from shared.sessions.sessions import LIFETIME_SECONDS, Session, Sessions
from shared.sessions.state import SessionState
from shared.tools.call import CallContext

SECRETS = ("s" * 32,)


def state(turn: int, call_sid: str = "CA1", words: str = "hello") -> SessionState:
    context = CallContext(call_sid, "inbound", "+12175550123")
    return SessionState(context, "service", turn, [{"role": "user", "content": words}], {}, None)


@pytest.fixture
def sessions(redis_url: str) -> Iterator[Sessions]:
    # Longer than in a call: a busy test machine is not what is examined here.
    redis = RedisInTime(redis_url, seconds=5.0)
    yield Sessions(redis, SECRETS)
    redis.close()


@pytest.fixture
def client(redis_url: str) -> Iterator["Redis"]:
    """Somebody else who can reach Redis."""
    with Redis.from_url(redis_url, decode_responses=True) as one:
        yield one


def test_a_nonce_is_spent_once_whoever_comes_first(sessions: Sessions) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: sessions.spend_nonce("n1", 60), range(8)))
    assert sorted(map(str, answers)) == ["False"] * 7 + ["True"]


def test_the_first_stream_of_an_epoch_holds_the_call_and_a_higher_epoch_wins(sessions: Sessions) -> None:
    assert sessions.claim("CA1", 1)
    assert not sessions.claim("CA1", 1)
    assert sessions.claim("CA1", 2)
    assert not sessions.claim("CA1", 1)


def test_of_many_streams_that_claim_a_call_at_once_one_holds_it(sessions: Sessions) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: sessions.claim("CA1", 1), range(16)))
    assert answers.count(True) == 1


def test_a_stream_that_lost_the_call_can_no_longer_change_it(sessions: Sessions) -> None:
    sessions.claim("CA1", 1)
    assert sessions.save("CA1", 1, 1, state(3))
    sessions.claim("CA1", 2)
    assert not sessions.save("CA1", 1, 2, state(4))
    sessions.mark_ending("CA1", 1, "goodbye")
    assert sessions.load("CA1") == Session(epoch=2, state=state(3), ending=None)


def test_a_save_that_arrives_late_never_replaces_a_newer_one(sessions: Sessions) -> None:
    sessions.claim("CA1", 0)
    assert sessions.save("CA1", 0, 2, state(2))
    assert sessions.save("CA1", 0, 1, state(1)), "the stream still holds the call"
    assert sessions.load("CA1") == Session(epoch=0, state=state(2), ending=None)


def test_saves_of_many_threads_leave_the_newest(sessions: Sessions) -> None:
    sessions.claim("CA1", 0)
    revisions = list(range(1, 65))
    Random(7).shuffle(revisions)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda revision: sessions.save("CA1", 0, revision, state(revision)), revisions))
    found = sessions.load("CA1")
    assert found is not None and found.state is not None and found.state.turn == 64


def test_a_new_stream_begins_its_own_revisions_on_what_the_last_one_left(sessions: Sessions) -> None:
    sessions.claim("CA1", 0)
    sessions.save("CA1", 0, 9, state(9))
    sessions.claim("CA1", 1)
    assert sessions.load("CA1") == Session(epoch=1, state=state(9), ending=None)
    assert sessions.save("CA1", 1, 1, state(10))
    assert sessions.load("CA1") == Session(epoch=1, state=state(10), ending=None)


def test_an_ending_is_void_when_a_new_stream_takes_the_call_over(sessions: Sessions) -> None:
    sessions.claim("CA1", 0)
    sessions.mark_ending("CA1", 0, "goodbye")
    assert sessions.load("CA1") == Session(epoch=0, state=None, ending="goodbye")
    sessions.claim("CA1", 1)
    assert sessions.load("CA1") == Session(epoch=1, state=None, ending=None)


def test_a_flushed_redis_is_filled_by_the_next_save(sessions: Sessions, client: "Redis") -> None:
    sessions.claim("CA1", 1)
    sessions.save("CA1", 1, 4, state(4))
    client.flushdb()
    client.script_flush()
    assert sessions.load("CA1") is None
    assert sessions.save("CA1", 1, 5, state(5))
    assert sessions.load("CA1") == Session(epoch=1, state=state(5), ending=None)


def test_everything_ends_within_the_hour(sessions: Sessions, client: "Redis") -> None:
    sessions.claim("CA1", 1)
    sessions.save("CA2", 1, 1, state(1, "CA2"))
    sessions.mark_ending("CA3", 0, "transfer")
    assert len(client.keys("sophie:*")) == 3
    assert all(0 < client.ttl(key) <= LIFETIME_SECONDS for key in client.keys("sophie:*"))


@pytest.mark.parametrize(
    ("field", "scribbled"),
    [
        ("state", "{}"),
        ("state", ""),
        ("state", "0" * 64 + '[1,1,{"format":1}]'),
        ("state", b"\xff\xfe\x00"),
        ("ending", "goodbye"),
        ("ending", "0" * 64 + "goodbye"),
    ],
)
def test_what_somebody_else_wrote_into_a_session_is_as_if_it_were_not_there(
    sessions: Sessions, client: "Redis", field: str, scribbled: str
) -> None:
    sessions.claim("CA1", 1)
    client.hset("sophie:call:CA1", field, scribbled)
    assert sessions.load("CA1") == Session(epoch=1, state=None, ending=None)


@pytest.mark.parametrize("epoch", ["many", "", "-1", "1e3", "9" * 400, b"\xff"])
def test_a_session_whose_epoch_is_no_number_is_none_and_the_next_stream_begins_it_anew(
    sessions: Sessions, client: "Redis", epoch: str
) -> None:
    client.hset("sophie:call:CA1", "epoch", epoch)
    client.set("sophie:call:CA2", "not a hash")
    assert [sessions.load(f"CA{n}") for n in (1, 2, 3)] == [None] * 3


def test_a_scribbled_epoch_is_healed_by_the_next_claim(sessions: Sessions, client: "Redis") -> None:
    client.hset("sophie:call:CA1", "epoch", "many")
    assert sessions.claim("CA1", 0)
    assert sessions.load("CA1") == Session(epoch=0, state=None, ending=None)


def test_a_state_that_was_altered_by_one_character_is_no_state(sessions: Sessions, client: "Redis") -> None:
    sessions.save("CA1", 0, 1, state(1, words="book me Friday"))
    sealed = client.hget("sophie:call:CA1", "state") or ""
    client.hset("sophie:call:CA1", "state", sealed.replace("Friday", "Monday"))
    assert sessions.load("CA1") == Session(epoch=0, state=None, ending=None)


def test_a_state_and_an_ending_copied_from_another_call_are_none(sessions: Sessions, client: "Redis") -> None:
    for sid in ("CA1", "CA2"):
        sessions.save(sid, 0, 1, state(1, sid))
    sessions.mark_ending("CA1", 0, "goodbye")
    copied = client.hgetall("sophie:call:CA1")
    client.hset("sophie:call:CA2", mapping=copied)
    assert sessions.load("CA2") == Session(epoch=0, state=None, ending=None)


def test_an_ending_of_an_earlier_stream_that_is_written_back_ends_nothing(sessions: Sessions, client: "Redis") -> None:
    sessions.mark_ending("CA1", 0, "goodbye")
    old = client.hget("sophie:call:CA1", "ending") or ""
    sessions.claim("CA1", 1)
    client.hset("sophie:call:CA1", "ending", old)
    assert sessions.load("CA1") == Session(epoch=1, state=None, ending=None)


def test_a_state_of_another_format_is_no_state(sessions: Sessions, redis_url: str) -> None:
    class Later(SessionState):
        def to_dict(self) -> dict[str, Any]:
            return {**super().to_dict(), "format": 2}

    now = state(1)
    later = Later(now.context, now.flow, now.turn, now.dialogue, now.read_backs, now.outcome)
    sessions.save("CA1", 0, 1, later)
    assert sessions.load("CA1") == Session(epoch=0, state=None, ending=None)


def test_what_was_sealed_with_the_previous_secret_is_still_read_and_with_an_older_one_not(redis_url: str) -> None:
    redis = RedisInTime(redis_url, seconds=5.0)
    first, second, third = ("a" * 32,), ("b" * 32, "a" * 32), ("c" * 32, "b" * 32)
    Sessions(redis, first).save("CA1", 0, 1, state(1))
    assert Sessions(redis, second).load("CA1") == Session(epoch=0, state=state(1), ending=None)
    assert Sessions(redis, third).load("CA1") == Session(epoch=0, state=None, ending=None)
    redis.close()


def test_a_caller_who_talks_without_end_has_the_end_of_the_dialogue_kept(sessions: Sessions) -> None:
    endless = SessionState(
        CallContext("CA1", "inbound", None),
        "service",
        500,
        [{"role": "user", "content": f"{number} " + "blah " * 3_000} for number in range(500)],
        {},
        None,
    )
    sessions.save("CA1", 0, 1, endless)
    found = sessions.load("CA1")
    assert found is not None and found.state is not None
    assert found.state.dialogue[-1] == endless.dialogue[-1] and 1 <= len(found.state.dialogue) < 10


def test_a_log_tells_nothing_of_what_was_in_a_session(
    sessions: Sessions, client: "Redis", caplog: pytest.LogCaptureFixture
) -> None:
    sessions.save("CA1", 0, 1, state(1, words="my secret"))
    sealed = client.hget("sophie:call:CA1", "state") or ""
    client.hset("sophie:call:CA1", "state", sealed.replace("secret", "changed"))
    with caplog.at_level("DEBUG"):
        sessions.load("CA1")
    told = " ".join(str(vars(record)) for record in caplog.records)
    assert "seal" in told and "secret" not in told and "changed" not in told


@pytest.fixture
def silent_redis() -> Iterator[str]:
    """A server that accepts and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


@pytest.mark.parametrize("kind", ["refused", "silent"])
def test_without_redis_a_call_goes_on(silent_redis: str, kind: str) -> None:
    redis = RedisInTime(silent_redis if kind == "silent" else "redis://127.0.0.1:9/0", seconds=0.05)
    sessions = Sessions(redis, SECRETS)
    assert sessions.spend_nonce("n", 60) is None
    assert sessions.claim("CA1", 1)
    assert sessions.save("CA1", 1, 1, state(1))
    assert sessions.load("CA1") is None
    sessions.mark_ending("CA1", 1, "goodbye")
    redis.close()


@contextmanager
def far_away(url: str, delay: float, deaf: int = 0) -> Iterator[str]:
    """The same Redis, every message to which takes this long; the first connections to it are never answered."""
    target = urlsplit(url)
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(32) as pipes:

        def pipe(source: socket.socket, sink: socket.socket | None, wait: float) -> None:
            with suppress(OSError):
                while data := source.recv(65536):
                    Event().wait(wait)
                    if sink is not None:
                        sink.sendall(data)
            for each in (source, sink) if sink is not None else (source,):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()

        def accept() -> None:
            with suppress(OSError):
                for number in count():
                    near, _ = listening.accept()
                    if number < deaf:
                        pipes.submit(pipe, near, None, 0)
                        continue
                    far = socket.create_connection((target.hostname, target.port))
                    pipes.submit(pipe, near, far, delay)
                    pipes.submit(pipe, far, near, 0)

        pipes.submit(accept)
        yield url.replace(f"{target.hostname}:{target.port}", f"127.0.0.1:{listening.getsockname()[1]}")
        listening.shutdown(socket.SHUT_RDWR)


@contextmanager
def reached(url: str, **bounds: Any) -> Iterator[Sessions]:
    redis = RedisInTime(url, **bounds)
    yield Sessions(redis, SECRETS)
    redis.close()


def test_a_redis_in_another_city_is_read_and_written_within_the_bounds_of_a_call(redis_url: str) -> None:
    with far_away(redis_url, 0.035) as url, reached(redis_url, seconds=5.0) as near, reached(url, tries=2) as far:
        near.mark_ending("CA1", 0, "goodbye")
        assert far.load("CA1") == Session(epoch=0, state=None, ending="goodbye")
        assert far.save("CA1", 0, 1, state(1))
        assert near.load("CA1") == Session(epoch=0, state=state(1), ending="goodbye")


def test_the_bound_is_for_the_whole_operation_and_not_for_each_message(redis_url: str) -> None:
    """Choosing the database and asking: each is within the bound, together they are not."""
    last = f"{redis_url.rsplit('/', 1)[0]}/63"
    with far_away(last, 0.2) as url, reached(url, seconds=0.3) as impatient, reached(url, seconds=5.0) as patient:
        assert impatient.spend_nonce("n1", 60) is None
        assert patient.spend_nonce("n2", 60) is True
    with Redis.from_url(last) as client:
        client.flushdb()


def test_an_operation_is_tried_again_on_a_new_connection_where_that_was_asked_for(redis_url: str) -> None:
    with reached(redis_url, seconds=5.0) as near:
        near.mark_ending("CA1", 0, "goodbye")
    with far_away(redis_url, 0, deaf=2) as url:
        with reached(url, seconds=0.1) as once:
            assert once.load("CA1") is None
        with reached(url, seconds=0.1, tries=2) as twice:
            assert twice.load("CA1") is not None
