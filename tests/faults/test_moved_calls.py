"""A process that must end leaves its calls to another one: two real processes, a real SIGTERM, one caller."""

import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from tests.fast_lab import FastLab, WholeCall, fast_lab
from tests.faults.front_end import FrontEnd, front_end

BOOKS = (
    "I'd like to book an oil change",
    "my name is Laura Bennett",
    "it's a twenty eighteen Toyota Camry",
    "as early as possible",
    "the first one",
    "yes please",
    "no thank you goodbye",
)
# How the line begins that says so; a caller who goes on at once may cut it.
CUT_OFF = "Sorry,"


@dataclass
class TwoProcesses:
    lab: FastLab
    front: FrontEnd
    second: int

    def end_the_first(self) -> None:
        """As the cloud does: nobody new is sent there, then it is told."""
        self.front.to = self.second
        self.lab.signal("media_service", signal.SIGTERM)


@pytest.fixture
def house() -> Iterator[TwoProcesses]:
    with (
        front_end() as front,
        fast_lab(MEDIA_STREAM_URL=f"ws://127.0.0.1:{front.port}") as lab,
        lab.another_media_service() as second,
    ):
        front.to = urlsplit(lab.at.media).port
        lab.brain("offline-desk")
        yield TwoProcesses(lab, front, second)


def booked_once(house: TwoProcesses, call: WholeCall) -> None:
    query = "SELECT service, status FROM reporting.appointments WHERE call_sid = :sid"
    assert house.lab.rows(query, sid=call.record["sid"]) == [("oil_change", "booked")], call.turns
    assert call.outcome == "booked"
    assert call.record["dialled"] == [], "nobody at the desk was rung"
    assert call.record["faults"] == []
    assert house.lab.exit_code("media_service") == 0


def test_a_call_moves_to_another_process_and_its_next_turn_is_answered_there(house: TwoProcesses) -> None:
    call = house.lab.call(*BOOKS, patient=True, after_greeting=house.end_the_first)
    assert len(call.record["streams"]) == 2
    assert CUT_OFF in call.heard
    booked_once(house, call)


def test_a_call_that_moves_in_the_middle_of_a_commit_is_booked_once_and_told_so(house: TwoProcesses) -> None:
    over = threading.Event()
    ended = threading.Thread(target=_end_in_the_middle_of_a_commit, args=(house, over))
    ended.start()
    call = house.lab.call(*BOOKS, patient=True)
    over.set()
    ended.join()
    assert len(call.record["streams"]) == 2
    assert "booked" in call.heard, call.turns
    booked_once(house, call)


def _end_in_the_middle_of_a_commit(house: TwoProcesses, over: threading.Event) -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'appointments'::regclass")
    with house.lab.database.engine.connect() as held, house.lab.database.engine.connect() as looks:
        # Readers read on, whoever writes waits.
        held.exec_driver_sql("LOCK TABLE appointments IN SHARE MODE")
        while not looks.execute(waiting).scalar_one():
            if over.wait(0.005):
                return
        house.end_the_first()
        threading.Event().wait(0.6)
        held.rollback()
