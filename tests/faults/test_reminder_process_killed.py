"""A dialling process is killed, with no time to say so, at each moment that could make somebody be called twice."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from shared.storage.database import Database
from tests.integration.reminder_rows import NOW, book, rows, tomorrow, write
from tests.lab.twilio_lab import TwilioLab, twilio_serving

ROOT = Path(__file__).resolve().parents[2]
SID, TOKEN, OURS = "AC" + "5" * 32, "a-token-of-the-lab", "+13125550100"
ANA, BEN = "+12175550142", "+12175550143"
LEDGER = "SELECT state, status, outcome FROM reminder_attempts ORDER BY dialed_at"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


class House:
    """What outlives a dialling process: the database, the carrier, and the workshop's clock."""

    def __init__(self, url: str, database: Database, carrier: TwilioLab, clock: Path) -> None:
        self.url, self.database, self.carrier, self._clock = url, database, carrier, clock
        self.goes_on(NOW - datetime.now(UTC))

    def goes_on(self, span: timedelta) -> None:
        ahead = float(self._clock.read_text()) if self._clock.exists() else 0.0
        self._clock.write_text(str(ahead + span.total_seconds()))

    def dialling(self) -> "subprocess.Popen[str]":
        """A process of the pass, as the deployment starts it."""
        settings = {
            "PATH": os.environ["PATH"], "SOPHIE_ENV": "local", "SOPHIE_CLOCK_FILE": str(self._clock),
            "NEON_DATABASE_URL": self.url, "PUBLIC_BASE_URL": "http://127.0.0.1:9", "TWILIO_ACCOUNT_SID": SID,
            "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_PHONE_NUMBER": OURS, "TWILIO_API_BASE_URL": self.carrier.url,
            "OIDC_AUDIENCE_DIALER": "https://dial-reminders.example", "OIDC_SERVICE_ACCOUNT": "x@example.com",
        }  # fmt: skip
        command = [sys.executable, "-m", "shared.reminders"]
        return subprocess.Popen(
            command, cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def dial(self) -> None:
        """A whole pass; the lease of one that was killed has run out by then."""
        write(self.database, "UPDATE dialler_lease SET held_until = now() - interval '1 second'")
        with self.dialling() as process:
            said, complaints = process.communicate(timeout=30)
        assert process.returncode == 0, complaints
        assert said

    def killed_once(self, happened: Callable[[], bool]) -> None:
        with self.dialling() as process:
            _wait_until(happened)
            process.kill()

    def ledger(self) -> list[tuple[Any, ...]]:
        return rows(self.database, LEDGER)

    @property
    def called(self) -> list[str]:
        return [call["to"] for call in self.carrier.calls]


def _wait_until(happened: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < give_up, "It never came to that."
        time.sleep(0.02)


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    database = Database(database_url)
    with twilio_serving(SID, TOKEN) as carrier:
        carrier.control("numbers", number=OURS)
        for number in (ANA, BEN):
            carrier.control("phones", number=number, answers="busy", rings_s=1)
        yield House(database_url, database, carrier, tmp_path / "clock")
    database.close()


def test_one_that_is_killed_before_the_carrier_got_its_request_leaves_a_call_that_is_made_later(house: House) -> None:
    book(house.database, ANA, tomorrow(9))
    house.carrier.fault(match="calls.create", kind="stall")
    house.killed_once(lambda: house.carrier.struck == ["stall"])
    house.carrier.forget_faults()
    assert house.ledger() == [("dialing", None, None)]
    house.goes_on(timedelta(minutes=6))
    house.dial()
    assert (house.ledger(), house.called) == ([("ended", None, "failed")], [])
    house.goes_on(timedelta(minutes=11))
    house.dial()
    assert house.called == [ANA]


def test_one_that_is_killed_before_it_heard_that_the_call_was_taken_calls_nobody_again(house: House) -> None:
    book(house.database, ANA, tomorrow(9))
    house.carrier.fault(match="calls.create", kind="hold_reply")
    house.killed_once(lambda: house.called == [ANA])
    house.carrier.forget_faults()
    assert house.ledger() == [("dialing", None, None)]
    _assert_the_carrier_is_asked_and_nobody_called_again(house)


def test_one_that_is_killed_before_it_wrote_down_that_the_call_was_taken_calls_nobody_again(house: House) -> None:
    book(house.database, ANA, tomorrow(9))
    house.carrier.fault(match="calls.create", kind="delay", ms=1_000)
    with house.dialling() as process:
        _wait_until(lambda: house.carrier.struck == ["delay"])
        with house.database.engine.connect() as held:
            held.execute(text("SELECT id FROM reminder_attempts FOR UPDATE"))
            _wait_until(lambda: rows(house.database, WAITING) == [(1,)])
            process.kill()
            process.wait()
            held.rollback()
    assert house.called == [ANA]
    assert house.ledger() == [("dialing", None, None)]
    _assert_the_carrier_is_asked_and_nobody_called_again(house)


def _assert_the_carrier_is_asked_and_nobody_called_again(house: House) -> None:
    house.goes_on(timedelta(minutes=6))
    house.dial()
    assert (house.ledger(), house.called) == ([("ended", "busy", "no_answer")], [ANA])
    assert rows(house.database, "SELECT outcome FROM reporting.calls") == [("no_answer",)]
    assert rows(house.database, "SELECT outcome FROM reporting.reminders WHERE state = 'ended'") == [("no_answer",)]


def test_what_one_had_claimed_when_it_was_killed_is_called_about_by_the_next(house: House) -> None:
    book(house.database, ANA, tomorrow(8))
    book(house.database, BEN, tomorrow(9))
    house.carrier.fault(match="calls.create", kind="stall")
    house.killed_once(lambda: house.carrier.struck == ["stall"])
    house.carrier.forget_faults()
    assert rows(house.database, "SELECT state FROM reminders ORDER BY id") == [("dialing",), ("leased",)]
    house.goes_on(timedelta(minutes=6))
    house.dial()
    assert house.called == [BEN]
    house.goes_on(timedelta(minutes=11))
    house.dial()
    assert sorted(house.called) == [ANA, BEN]
