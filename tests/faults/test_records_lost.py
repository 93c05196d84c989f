"""A call whose record the database did not take has its outcome all the same, later."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fast_lab import FastLab


@pytest.fixture(autouse=True)
def as_usual(lab: FastLab) -> Iterator[None]:
    lab.brain("offline-desk")
    yield
    lab.open_the_shop()


def later(lab: FastLab, by: timedelta) -> None:
    clock = Path(lab.at.clock_file)
    clock.write_text(str(float(clock.read_text()) + by.total_seconds()))


def outcome(lab: FastLab, sid: str) -> str | None:
    """What is done after a call is over is not waited for by its caller."""
    for _ in range(60):
        found = lab.rows("SELECT outcome FROM reporting.calls WHERE call_sid = :sid", sid=sid)
        if found and found[0][0] is not None:
            return str(found[0][0])
        time.sleep(0.05)
    return None


def test_a_call_that_ended_while_the_database_stood_still_has_its_outcome_after_the_next_one(lab: FastLab) -> None:
    with lab.database.engine.connect() as holds:

        def stand_still() -> None:
            holds.exec_driver_sql("LOCK TABLE calls IN SHARE MODE")

        lost = lab.call("what are your opening hours", "goodbye", after_greeting=stand_still)
        holds.rollback()
    assert lost.outcome is None
    later(lab, timedelta(hours=3))
    lab.call("goodbye")
    assert outcome(lab, lost.record["sid"]) == "answered"
