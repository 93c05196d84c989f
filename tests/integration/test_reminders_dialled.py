"""The dialler's pass on real tables, with a carrier that is played: whom it calls, whom it leaves alone, and when."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from shared.errors import Unavailable
from shared.outbound_calls import NotTaken, Placed
from shared.reminders import Pass
from shared.shop import load_shop
from shared.storage import attempts
from shared.storage.database import Database
from tests.campaign import BEGIN, Town, faults, settle_in
from tests.integration.reminder_rows import NOW, book, rows, tomorrow, write
from tests.integration.reminder_world import ANA, BEN, World

LEDGER = "SELECT attempt, state, outcome FROM reporting.reminders ORDER BY appointment_id, attempt"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = Database(database_url)
    yield World(database)
    database.close()


def test_a_campaign_calls_everybody_once_in_their_window_at_the_carriers_pace_whatever_goes_wrong(world: World) -> None:
    people, per_second = 2_000, 10
    settle_in(world.database, people)
    town = Town(world.database, chaos=0.02, death=0.004)
    town.campaign(per_second, BEGIN + timedelta(hours=30))
    assert min(town.mishaps.values()) > 0
    assert set(faults(town, world.database, people, per_second).values()) == {0}


def test_one_call_names_all_appointments_of_a_number_also_those_due_later_that_day(world: World) -> None:
    book(world.database, ANA, tomorrow(9))
    book(world.database, ANA, tomorrow(16))
    assert world.dial().placed == 1
    assert rows(world.database, LEDGER) == [(1, "placed", None), (1, "placed", None)]


def test_a_booking_made_in_the_afternoon_for_the_next_morning_is_called_about(world: World) -> None:
    world.at += timedelta(hours=6)
    book(world.database, ANA, tomorrow(9))
    assert world.dial().placed == 1


@pytest.mark.parametrize("status", ["cancelled", "completed", "no_show", "confirmed"])
def test_nobody_is_called_about_what_needs_no_reminder(world: World, status: str) -> None:
    appointment = book(world.database, ANA, tomorrow(9))
    world.dial(seconds=0)
    write(world.database, "UPDATE appointments SET status = :status WHERE id = :id", status=status, id=appointment)
    assert (world.dial().placed, world.called) == (0, [])
    assert rows(world.database, LEDGER) == [(1, "ended", "skipped")]


def test_nobody_is_called_without_a_consent_or_after_an_opt_out(world: World) -> None:
    book(world.database, ANA, tomorrow(9), consent=False)
    book(world.database, BEN, tomorrow(9))
    write(world.database, "INSERT INTO opt_outs VALUES (:phone, 'desk', '2026-11-30T16:00Z')", phone=BEN)
    assert (world.dial().settled, world.called) == (2, [])


def test_quiet_hours_are_those_of_the_customers_own_zone(world: World) -> None:
    book(world.database, "+18085550142", tomorrow(9), zip_code=None, zone="Pacific/Honolulu")
    world.dial()
    assert world.called == []
    world.at = NOW.replace(hour=18, minute=55)
    world.dial()
    assert world.called == []
    world.at = NOW.replace(hour=19, minute=1)
    world.dial()
    assert world.called == ["+18085550142"]
    assert rows(world.database, "SELECT local_time::text FROM reporting.reminders") == [("09:01:00",)]


def test_where_nobody_knows_the_zone_all_of_them_must_allow_the_call(world: World) -> None:
    book(world.database, "+18005550142", tomorrow(9), zip_code=None)
    world.at = NOW.replace(hour=18)
    world.dial()
    assert world.called == []
    world.at = NOW.replace(hour=19, minute=1)  # 9:01 in Hawaii, 14:01 in New York
    world.dial()
    assert world.called == ["+18005550142"]


def test_who_did_not_answer_is_called_once_more_that_day_and_not_a_third_time(world: World) -> None:
    book(world.database, ANA, tomorrow(16))
    world.at = NOW.replace(hour=22)
    for _ in range(4):
        world.dial()
        if len(world.calls) and rows(world.database, "SELECT 1 FROM reminder_attempts WHERE state = 'placed'"):
            world.told("no-answer")
        world.at += timedelta(hours=1)
    assert world.called == [ANA, ANA]
    assert rows(world.database, "SELECT number, outcome FROM reminder_attempts ORDER BY number") == [
        (1, "no_answer"),
        (2, "no_answer"),
    ]


def test_a_moved_appointment_is_called_about_at_its_new_time(world: World) -> None:
    appointment = book(world.database, ANA, tomorrow(9))
    world.dial(seconds=0)
    a_day_later = "starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day'"
    write(world.database, f"UPDATE appointments SET {a_day_later} WHERE id = :id", id=appointment)  # noqa: S608
    assert world.dial().placed == 0
    world.at += timedelta(days=1)
    assert world.dial().placed == 1


def test_a_pass_stops_at_its_deadline_and_the_next_goes_on(world: World) -> None:
    for last in range(6):
        book(world.database, f"+1217555015{last}", tomorrow(9))
    first = world.dial(seconds=3)
    assert (first.placed, first.ended) == (3, "its time is over")
    assert world.dial().placed == 3
    assert len(set(world.called)) == 6


def test_a_long_queue_at_the_carrier_stops_the_pass_and_calls_off_what_would_ring_at_night(world: World) -> None:
    book(world.database, ANA, tomorrow(9))
    book(world.database, BEN, tomorrow(9))
    world.queued = timedelta(hours=12)
    assert world.dial().ended == "the carrier's queue is long"
    assert (len(world.called), world.cancelled) == (1, ["CA1"])


def test_a_pass_that_froze_beyond_its_lease_calls_nobody_any_more(world: World) -> None:
    for last in range(3):
        book(world.database, f"+1217555015{last}", tomorrow(9))
    frozen = Pass(world.database, world, world, world, load_shop(), 1, None)
    take, world_create = world.create, world.create

    def freeze(attempt: UUID, phone: str) -> Placed | NotTaken:
        answer = take(attempt, phone)
        world.create = world_create  # type: ignore[method-assign]
        world.at += timedelta(minutes=2)
        world.dial()
        return answer

    world.create = freeze  # type: ignore[method-assign]
    assert frozen.run().ended == "another pass dials" or frozen.summary.ended == "nothing is due"
    assert sorted(world.called) == sorted(set(world.called))


def test_a_call_without_a_last_word_is_looked_up_at_the_carrier(world: World) -> None:
    book(world.database, ANA, tomorrow(9))
    world.dial()
    world.at += timedelta(minutes=20)
    assert world.dial().reconciled == 1
    assert rows(world.database, "SELECT state, outcome FROM reminder_attempts") == [("ended", "no_answer")]


def test_a_call_given_up_as_missing_is_fenced_when_the_carrier_made_it_all_the_same(world: World) -> None:
    book(world.database, ANA, tomorrow(9))
    lost: list[UUID] = []

    def lose(attempt: UUID, phone: str) -> Placed | NotTaken:
        lost.append(attempt)
        raise Unavailable("timed out")

    world.create = lose  # type: ignore[method-assign]
    assert world.dial().unclear == 1
    world.at += timedelta(minutes=6)
    assert world.dial().reconciled == 1
    assert not world.database.run(lambda c: attempts.answered(c, lost[0], "CA99", world.at))


def test_the_carriers_last_word_absorbs_whatever_comes_after_it(world: World) -> None:
    book(world.database, ANA, tomorrow(9))
    world.dial()
    for status in ("ringing", "busy", "in-progress", "completed", "initiated"):
        world.told(status)
    assert rows(world.database, "SELECT state, status, outcome FROM reminder_attempts") == [
        ("ended", "busy", "no_answer")
    ]


def test_what_was_agreed_is_told_for_each_appointment_of_a_call(world: World) -> None:
    first, second = book(world.database, ANA, tomorrow(9)), book(world.database, ANA, tomorrow(16))
    world.dial()
    for appointment, status in ((first, "confirmed"), (second, "cancelled")):
        write(world.database, "UPDATE appointments SET status = :status WHERE id = :id", status=status, id=appointment)
    world.database.run(lambda c: attempts.settle(c, world.calls[0][0], "cancelled", world.at))
    assert rows(world.database, LEDGER) == [(1, "ended", "confirmed"), (1, "ended", "cancelled")]


def test_who_may_not_be_called_but_texted_gets_one_text_instead_which_leaves_with_the_pass(world: World) -> None:
    appointment = book(world.database, ANA, tomorrow(9), consent=False)
    book(world.database, BEN, tomorrow(9), consent=False)
    consent = "INSERT INTO consents (phone, kind, source, given_at) VALUES (:phone, 'sms', 'web', '2026-11-01T16:00Z')"
    write(world.database, consent, phone=ANA)
    world.dial()
    world.dial()
    assert rows(world.database, "SELECT kind, phone, appointment_id, state FROM messages") == [
        ("reminder", ANA, appointment, "sent")
    ]
    assert world.texts == [ANA]
