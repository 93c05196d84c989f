"""The session of a call on a real Redis, and without one."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from threading import Event
from urllib.parse import urlsplit

import pytest
from redis import Redis

from shared.sessions.sessions import LIFETIME_SECONDS, Session, Sessions


@pytest.fixture
def sessions(redis_url: str) -> Iterator[Sessions]:
    # Longer than in a call: a busy test machine is not what is examined here.
    one = Sessions(redis_url, seconds=5.0)
    yield one
    one.close()


def test_a_nonce_is_spent_once_whoever_comes_first(sessions: Sessions) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: sessions.spend_nonce("n1", 60), range(8)))
    assert sorted(map(str, answers)) == ["False"] * 7 + ["True"]


def test_the_first_stream_of_an_epoch_holds_the_call_and_a_higher_epoch_wins(sessions: Sessions) -> None:
    assert sessions.claim("CA1", 1)
    assert not sessions.claim("CA1", 1)
    assert sessions.claim("CA1", 2)
    assert not sessions.claim("CA1", 1)


def test_a_stream_that_lost_the_call_can_no_longer_change_it(sessions: Sessions) -> None:
    sessions.claim("CA1", 1)
    assert sessions.save("CA1", 1, {"turn": 3})
    sessions.claim("CA1", 2)
    assert not sessions.save("CA1", 1, {"turn": 4})
    assert sessions.load("CA1") == Session(epoch=2, state={"turn": 3}, ending=None)


def test_a_flushed_redis_is_filled_by_the_next_save(sessions: Sessions, redis_url: str) -> None:
    sessions.claim("CA1", 1)
    with Redis.from_url(redis_url) as client:
        client.flushdb()
        client.script_flush()
    assert sessions.save("CA1", 1, {"turn": 5})
    assert sessions.load("CA1") == Session(epoch=1, state={"turn": 5}, ending=None)


def test_an_ending_is_kept_with_the_session_and_everything_ends_within_the_hour(
    sessions: Sessions, redis_url: str
) -> None:
    sessions.claim("CA1", 1)
    sessions.save("CA1", 1, {})
    sessions.mark_ending("CA1", "goodbye")
    assert sessions.load("CA1") == Session(epoch=1, state={}, ending="goodbye")
    sessions.mark_ending("CA2", "transfer")
    found = sessions.load("CA2")
    assert found is not None
    assert found.ending == "transfer"
    with Redis.from_url(redis_url) as client:
        assert all(0 < client.ttl(key) <= LIFETIME_SECONDS for key in client.keys("sophie:*"))


def test_a_session_that_somebody_scribbled_on_is_no_session(sessions: Sessions, redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        client.hset("sophie:call:CA1", mapping={"epoch": "1", "state": "{"})
        client.hset("sophie:call:CA2", mapping={"epoch": "many"})
        client.hset("sophie:call:CA3", mapping={"epoch": "1", "state": "[1]", "ending": "explosion"})
        client.set("sophie:call:CA4", "not a hash")
    assert [sessions.load(f"CA{n}") for n in (1, 2, 4, 5)] == [None] * 4
    assert sessions.load("CA3") == Session(epoch=1, state=None, ending=None)


@pytest.fixture
def silent_redis() -> Iterator[str]:
    """A server that accepts and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


@pytest.mark.parametrize("kind", ["refused", "silent"])
def test_without_redis_a_call_goes_on(silent_redis: str, kind: str) -> None:
    sessions = Sessions(silent_redis if kind == "silent" else "redis://127.0.0.1:9/0", seconds=0.05)
    assert sessions.spend_nonce("n", 60) is None
    assert sessions.claim("CA1", 1)
    assert sessions.save("CA1", 1, {})
    assert sessions.load("CA1") is None
    sessions.mark_ending("CA1", "goodbye")
    sessions.close()


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


def test_a_redis_in_another_city_is_read_and_written_within_the_bounds_of_a_call(redis_url: str) -> None:
    with far_away(redis_url, 0.035) as url:
        near, far = Sessions(redis_url, seconds=5.0), Sessions(url, tries=2)
        near.mark_ending("CA1", "goodbye")
        assert far.load("CA1") == Session(epoch=0, state=None, ending="goodbye")
        assert far.claim("CA1", 1)
        assert near.load("CA1") == Session(epoch=1, state=None, ending="goodbye")
        for each in (near, far):
            each.close()


def test_the_bound_is_for_the_whole_operation_and_not_for_each_message(redis_url: str) -> None:
    """Choosing the database and asking: each is within the bound, together they are not."""
    with far_away(f"{redis_url.rsplit('/', 1)[0]}/63", 0.2) as url:
        impatient, patient = Sessions(url, seconds=0.3), Sessions(url, seconds=5.0)
        assert impatient.spend_nonce("n1", 60) is None
        assert patient.spend_nonce("n2", 60) is True
        for each in (impatient, patient):
            each.close()
        with Redis.from_url(f"{redis_url.rsplit('/', 1)[0]}/63") as client:
            client.flushdb()


def test_an_operation_is_tried_again_on_a_new_connection_where_that_was_asked_for(redis_url: str) -> None:
    near = Sessions(redis_url, seconds=5.0)
    near.mark_ending("CA1", "goodbye")
    with far_away(redis_url, 0, deaf=2) as url:
        once, twice = Sessions(url, seconds=0.1), Sessions(url, seconds=0.1, tries=2)
        assert once.load("CA1") is None
        assert twice.load("CA1") is not None
        for each in (near, once, twice):
            each.close()
