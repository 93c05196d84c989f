"""What the carrier tells of a reminder call: in any order, twice, late or never, it comes to one outcome, told once."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations

import pytest

from shared.errors import RowRefused, Unavailable
from shared.outbound_calls import Seen
from shared.storage import attempts
from shared.storage.database import Database
from tests.integration.reminder_rows import book, rows, tomorrow, write
from tests.integration.reminder_world import ANA, World

ATTEMPTS = "SELECT state, status, sequence, outcome FROM reminder_attempts ORDER BY number"
CALLS = "SELECT call_sid, direction, flow, outcome FROM reporting.calls ORDER BY call_sid"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = Database(database_url)
    world = World(database)
    book(database, ANA, tomorrow(9))
    world.dial()
    yield world
    database.close()


@pytest.mark.parametrize("order", list(permutations([("initiated", 0), ("ringing", 1), ("busy", 2)])))
def test_callbacks_in_every_order_each_of_them_twice_come_to_the_same(
    world: World, order: tuple[tuple[str, int], ...]
) -> None:
    for status, sequence in (*order, *reversed(order)):
        world.told(status, sequence=sequence)
        world.at += timedelta(seconds=1)
    assert rows(world.database, ATTEMPTS) == [("ended", "busy", 2, "no_answer")]
    assert rows(world.database, "SELECT state, attempts FROM reminders") == [("due", 1)]


@pytest.mark.parametrize("order", list(permutations([("ringing", 1), ("in-progress", 2), ("completed", 3)])))
def test_a_rank_and_the_carriers_count_never_fall(world: World, order: tuple[tuple[str, int], ...]) -> None:
    for status, sequence in order:
        world.told(status, sequence=sequence)
    assert rows(world.database, ATTEMPTS) == [("placed", "completed", 3, None)]


def test_the_outcome_is_written_once_and_so_is_when_it_came(world: World) -> None:
    world.told("no-answer", sequence=2)
    first = rows(world.database, "SELECT outcome, ended_at FROM reminder_attempts")
    world.at += timedelta(minutes=1)
    world.told("no-answer", sequence=2)
    world.told("completed", sequence=3)
    attempt, _ = world.call()
    world.database.run(lambda c: attempts.settle(c, attempt, "confirmed", world.at))
    assert rows(world.database, "SELECT outcome, ended_at FROM reminder_attempts") == first


def test_a_fax_that_is_noticed_after_the_call_has_ended_settles_it(world: World) -> None:
    world.told("completed", sequence=3)
    world.detected("fax")
    world.detected("human")
    ledger = "SELECT state, outcome, answered_by FROM reminder_attempts"
    assert rows(world.database, ledger) == [("ended", "wrong_number", "fax")]
    assert rows(world.database, CALLS) == [("CA1", "outbound", "reminder", "wrong_number")]


def test_a_verdict_after_the_outcome_is_kept_and_changes_nothing(world: World) -> None:
    attempt, _ = world.call()
    world.database.run(lambda c: attempts.settle(c, attempt, "voicemail", world.at))
    world.detected("machine_end_beep")
    world.detected("human")
    ledger = "SELECT state, outcome, answered_by FROM reminder_attempts"
    assert rows(world.database, ledger) == [("ended", "voicemail", "machine")]


def test_what_is_told_late_of_an_ended_attempt_does_not_end_the_next_one(world: World) -> None:
    world.told("no-answer", sequence=2)
    world.at += timedelta(hours=3)
    assert world.dial().placed == 1
    world.detected("unknown", call=1)
    world.told("completed", call=1, sequence=3)
    assert [state for state, *_ in rows(world.database, ATTEMPTS)] == ["ended", "placed"]
    assert rows(world.database, "SELECT state, outcome FROM reminders") == [("placed", None)]


def test_what_is_told_of_a_second_call_of_the_same_attempt_is_not_the_attempts(world: World) -> None:
    attempt, _ = world.call()
    world.database.run(lambda c: attempts.told(c, attempt, "CA77", "completed", world.at, sequence=3))
    world.database.run(lambda c: attempts.answered_by(c, attempt, "CA77", "fax", world.at))
    assert rows(world.database, ATTEMPTS) == [("placed", None, None, None)]
    assert rows(world.database, "SELECT answered_by FROM reminder_attempts") == [(None,)]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("busy", "no_answer"), ("no-answer", "no_answer"), ("canceled", "no_answer"), ("failed", "failed")],
)
def test_a_call_that_nobody_took_has_the_outcome_that_its_reminder_has(world: World, status: str, outcome: str) -> None:
    world.told(status, sequence=2)
    assert rows(world.database, CALLS) == [("CA1", "outbound", "reminder", outcome)]
    assert rows(world.database, "SELECT outcome FROM reporting.reminders WHERE call_sid = 'CA1'") == [(outcome,)]


def test_a_call_of_which_nothing_was_ever_told_is_in_the_reports_once_the_carrier_was_asked(world: World) -> None:
    world.at += timedelta(minutes=20)
    world.dial()
    assert rows(world.database, CALLS) == [("CA1", "outbound", "reminder", "no_answer")]


def test_the_reports_show_on_what_consent_somebody_was_called_and_what_they_heard(world: World) -> None:
    attempt, _ = world.call()
    world.told("in-progress", sequence=2, attestation="A")
    world.database.run(lambda c: attempts.opening_played(c, attempt, world.at))
    shown = "SELECT local_time::text, consent_given_at, attestation, opening_played_at FROM reporting.reminders"
    given = rows(world.database, "SELECT given_at FROM reporting.consents")[0][0]
    assert rows(world.database, shown) == [("10:00:00", given, "A", world.at)]


@pytest.mark.parametrize("change", ["outcome = 'confirmed'", "dialed_at = now()", "local_time = '12:00'"])
def test_what_was_done_is_not_rewritten_once_it_has_ended(world: World, change: str) -> None:
    world.told("busy", sequence=2)
    with pytest.raises(RowRefused):
        write(world.database, f"UPDATE reminder_attempts SET {change}")  # noqa: S608


def test_the_sweep_goes_on_when_the_carrier_cannot_be_asked(world: World) -> None:
    def away(sid: str) -> Seen | None:
        raise Unavailable(f"{sid}: timed out")

    world.fetch = away  # type: ignore[method-assign]
    world.at += timedelta(minutes=20)
    assert world.dial().reconciled == 0
    assert rows(world.database, ATTEMPTS) == [("placed", None, None, None)]
