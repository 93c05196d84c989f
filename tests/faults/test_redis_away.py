"""Whole calls while Redis is away, slow or empty: bookings are in Postgres, so the caller notices nothing."""

import signal
from collections.abc import Callable

from redis import Redis

from tests.fast_lab import FastLab, WholeCall, fast_lab

BOOKS = (
    "I'd like to book an oil change",
    "my name is Laura Bennett",
    "it's a twenty eighteen Toyota Camry",
    "as early as possible",
    "the first one",
    "yes please",
    "no thank you goodbye",
)


def books(lab: FastLab, after_greeting: Callable[[], None] = lambda: None) -> WholeCall:
    """A caller books; the row is there, once, and the line saw nothing odd."""
    lab.brain("offline-desk")
    call = lab.call(*BOOKS, after_greeting=after_greeting)
    query = "SELECT service, status FROM reporting.appointments WHERE call_sid = :sid"
    assert lab.rows(query, sid=call.record["sid"]) == [("oil_change", "booked")], call.turns
    assert call.outcome == "booked"
    assert call.record["dialled"] == [], "after a goodbye nobody rings at the desk"
    assert call.record["faults"] == []
    return call


def test_a_call_books_though_redis_dies_in_its_middle_and_so_does_the_next_one() -> None:
    with fast_lab() as lab:
        books(lab, after_greeting=lambda: lab.signal("redis", signal.SIGKILL))
        books(lab)


def test_a_call_books_though_redis_hangs_from_its_first_ring_to_its_end(lab: FastLab) -> None:
    lab.signal("redis", signal.SIGSTOP)
    try:
        books(lab)
    finally:
        lab.signal("redis", signal.SIGCONT)


def test_a_call_books_though_redis_forgets_all_data_and_scripts_in_its_middle(lab: FastLab) -> None:
    with Redis.from_url(lab.at.redis) as redis:

        def forget() -> None:
            redis.flushall()
            redis.script_flush()

        call = books(lab, after_greeting=forget)
        assert redis.hget(f"sophie:call:{call.record['sid']}", "state"), "the next save has filled it again"
