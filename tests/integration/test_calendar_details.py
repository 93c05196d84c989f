"""A name or a car that changes, changes in the calendar too, whoever changes it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from shared.storage import appointments, customers
from shared.tools.call import CallContext
from shared.tools.registry import Desk
from tests.integration.calendar_house import PHONE, House, LeapingClock, behind_the_back_is_done, connected
from tests.integration.desk_calls import MONDAY, Caller, rows
from tests.lab.google_lab import serving

SUMMARY = "Oil and filter change: {}, 2018 Mazda CX-5"


@pytest.fixture
def house(database_url: str, redis_url: str) -> Iterator[House]:
    with serving() as lab, connected(database_url, redis_url, lab) as services:
        house = House(services, lab, LeapingClock())
        house.book()
        house.until_written()
        yield house


def change(house: House, statement: str, **values: Any) -> None:
    with house.services.database.transaction() as connection:
        connection.execute(text(statement), values)


def amend(house: House, **person: str) -> None:
    with house.services.database.transaction() as connection:
        customers.amend_customer(connection, 1, **person)


def summaries(house: House) -> list[str]:
    house.until_written()
    return [each["summary"] for each in (*house.events(), *house.calls())]


def test_a_first_name_that_a_caller_corrects_is_corrected_in_the_event_in_the_same_transaction(house: House) -> None:
    amend(house, first_name="Norah")
    assert house.outbox() == [(1, "upsert", "done"), (2, "upsert", "pending")]
    assert house.states() == [("booked", 2, "pending")]
    assert summaries(house) == [SUMMARY.format("Norah")]
    assert house.states() == [("booked", 2, "synced")]


def test_a_name_that_a_caller_has_corrected_by_voice_is_soon_in_the_event(house: House) -> None:
    caller = Caller(Desk(house.services), CallContext("CA1", "inbound", PHONE))
    caller.ask("lookup_customer", phone=None)
    assert caller.ask("verify_caller", factor="last_name", value="Quill").content["status"] == "verified"
    person = dict.fromkeys(("last_name", "zip", "email", "phone")) | {"first_name": "Norah"}
    asked = caller.ask("update_details", customer=person, vehicle=None, car=None, intent=None)
    intent = caller.say(asked, "yes")
    done = caller.ask("update_details", customer=None, vehicle=None, car=None, intent=intent)
    assert done.content["status"] == "updated"
    behind_the_back_is_done()
    assert [each["summary"] for each in house.events()] == [SUMMARY.format("Norah")]


def test_a_car_that_anybody_corrects_is_corrected_in_the_event(house: House) -> None:
    change(house, "UPDATE vehicles SET year = 2019, model = 'CX-30'")
    assert summaries(house) == ["Oil and filter change: Nora, 2019 Mazda CX-30"]


def test_a_change_in_bulk_is_shown_too(house: House) -> None:
    change(house, "SET LOCAL sophie.bulk = 'on'; UPDATE customers SET first_name = 'Norah'")
    assert summaries(house) == [SUMMARY.format("Norah")]


def test_a_change_that_no_event_shows_writes_nothing(house: House) -> None:
    amend(house, first_name="Nora", last_name="Wexler", zip="62701", email="nora@example.com", phone="+12175550199")
    change(house, "UPDATE vehicles SET vin = '1HGCM82633A004352', plate = 'NORA1', mileage = 41000")
    assert house.outbox() == [(1, "upsert", "done")]


def test_a_change_that_is_undone_is_undone_in_the_calendar(house: House) -> None:
    with pytest.raises(RuntimeError), house.services.database.transaction() as connection:
        customers.amend_customer(connection, 1, first_name="Norah")
        raise RuntimeError
    assert house.outbox() == [(1, "upsert", "done")]


def test_of_several_appointments_those_of_the_changed_car_alone_are_written(house: House) -> None:
    change(
        house,
        "INSERT INTO vehicles (customer_id, make, model, created_at) VALUES (1, 'Honda', 'Fit', :now)",
        now=MONDAY,
    )
    change(house, "UPDATE vehicles SET model = 'Jazz' WHERE make = 'Honda'")
    assert house.states() == [("booked", 1, "synced")]


def test_a_cancelled_appointment_and_one_that_was_never_in_the_calendar_are_left_alone(house: House) -> None:
    house.book(weekday="thursday", time="9:00")
    house.until_written()
    house.cancel(1)
    house.until_written()
    change(house, "UPDATE appointments SET calendar_state = 'none' WHERE id = 2")
    before = house.outbox()
    amend(house, first_name="Norah")
    assert house.outbox() == before


def test_what_is_over_is_left_as_staff_tidied_it_and_what_is_to_come_is_written(house: House) -> None:
    house.book(weekday="thursday", time="9:00")
    house.until_written()
    [past, coming] = sorted(house.events(), key=lambda each: str(each["start"]["dateTime"]))
    change(
        house,
        "UPDATE appointments SET starts_at = starts_at - CAST(:by AS interval), "
        "ends_at = ends_at - CAST(:by AS interval) WHERE id = 1",
        by=timedelta(days=7),
    )
    house.by_hand("DELETE", past["id"])
    amend(house, first_name="Norah")
    assert summaries(house) == [SUMMARY.format("Norah")]
    assert [each["id"] for each in house.events()] == [coming["id"]]


def test_an_appointment_that_moved_and_went_by_while_the_calendar_was_away_is_shown_where_it_was(house: House) -> None:
    earlier = MONDAY - timedelta(hours=2)
    change(
        house,
        "UPDATE appointments SET starts_at = :start, ends_at = :end",
        start=earlier,
        end=earlier + timedelta(minutes=30),
    )
    amend(house, first_name="Norah")
    house.until_written()
    [shown] = house.events()
    assert shown["start"]["dateTime"] == "2026-11-30T08:05:00-06:00"


def test_a_name_that_changes_changes_in_the_list_of_calls_too(house: House) -> None:
    house.ask_back(customer_id=1)
    house.until_written()
    amend(house, last_name="Wexler")
    assert f"Call back: Nora Wexler, {PHONE} – left a message" in summaries(house)
    assert house.states() == [("booked", 1, "synced")]


def test_what_a_caller_heard_read_back_before_the_change_is_not_carried_out_unseen(house: House) -> None:
    """The version that a read-back holds has gone by: the car's name in it is no longer true."""
    with house.services.database.transaction() as connection:
        read = appointments.by_id(connection, 1)
        assert read is not None
    change(house, "UPDATE vehicles SET model = 'CX-30'")
    with house.services.database.transaction() as connection:
        assert appointments.cancel(connection, 1, read.version, reason=None, now=MONDAY) is None


def test_changes_of_person_car_and_time_are_versions_of_which_the_newest_shows_all(house: House) -> None:
    amend(house, first_name="Norah")
    change(house, "UPDATE vehicles SET year = 2020")
    house.move(1, hours=2)
    assert [version for version, _, _ in house.outbox()] == [1, 2, 3, 4]
    assert summaries(house) == ["Oil and filter change: Norah, 2020 Mazda CX-5"]
    assert rows(house.services, "SELECT version, calendar_state FROM appointments") == [(4, "synced")]
