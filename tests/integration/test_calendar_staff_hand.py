"""What staff do to our events in Google: taken over where the workshop can, put back and reported where it cannot."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.calendar_house import House, LeapingClock, connected
from tests.integration.desk_calls import rows
from tests.lab.google_lab import serving

NINE, ELEVEN = "2026-12-02T09:00:00-06:00", "2026-12-02T11:00:00-06:00"


@pytest.fixture
def house(database_url: str, redis_url: str) -> Iterator[House]:
    with serving() as lab, connected(database_url, redis_url, lab) as services:
        yield House(services, lab, LeapingClock())


@pytest.fixture
def event(house: House) -> str:
    """The event of an oil change on Wednesday at nine, which takes half an hour, known to both sides."""
    house.book()
    house.sync()
    house.sync()
    return str(house.events()[0]["id"])


def times(start: str, end: str) -> dict[str, Any]:
    return {"start": {"dateTime": start}, "end": {"dateTime": end}}


AT_ELEVEN = times(ELEVEN, "2026-12-02T11:30:00-06:00")


def test_a_move_that_keeps_the_rules_moves_the_appointment_and_is_the_calendars_in_the_audit(
    house: House, event: str
) -> None:
    house.by_hand("PATCH", event, AT_ELEVEN)
    assert house.sync().deeds == {"moved": 1, "written": 1}
    query = "SELECT starts_at = timestamptz '2026-12-02 11:00-06', version, calendar_state FROM appointments"
    assert rows(house.services, query) == [(True, 2, "synced")]
    who = "SELECT who FROM audit WHERE table_name = 'appointments' AND after ? 'starts_at' ORDER BY id DESC LIMIT 1"
    assert rows(house.services, who) == [("calendar",)]
    assert house.callbacks() == []
    assert house.sync().deeds == {}
    assert [each["start"]["dateTime"] for each in house.events()] == [ELEVEN]


@pytest.mark.parametrize(
    "change",
    [
        times("2026-12-02T05:00:00-06:00", "2026-12-02T05:30:00-06:00"),
        times("2026-11-30T09:00:00-06:00", "2026-11-30T09:30:00-06:00"),
        times(NINE, "2026-12-02T12:00:00-06:00"),
        {"start": {"date": "2026-12-02", "dateTime": None}, "end": {"date": "2026-12-03", "dateTime": None}},
        times("1901-01-01T00:00:00Z", "1901-01-01T00:30:00Z"),
        times("9999-12-31T23:00:00Z", "9999-12-31T23:30:00Z"),
    ],
    ids=["while closed", "into the past", "made longer", "all day", "before all clocks", "after all clocks"],
)
def test_a_move_against_the_rules_is_put_back_and_reported_once(
    house: House, event: str, change: dict[str, Any]
) -> None:
    house.by_hand("PATCH", event, change)
    assert house.sync().deeds == {"put_back": 1, "written": 2}, "the event, and the call-back"
    assert house.sync().deeds == {}
    [back] = house.events()
    assert (back["start"]["dateTime"], back["end"]["dateTime"][:16]) == (NINE, "2026-12-02T09:30")
    [message] = house.callbacks()
    assert "December 2" in message and "put back" in message
    assert rows(house.services, "SELECT starts_at = timestamptz '2026-12-02 09:00-06' FROM appointments") == [(True,)]


def test_a_move_onto_a_full_workshop_is_put_back(house: House, event: str) -> None:
    with house.services.database.transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO staff_events (title, starts_at, ends_at, source) "
            "VALUES ('meeting', '2026-12-02 10:30-06', '2026-12-02 12:00-06', 'desk')"
        )
    house.by_hand("PATCH", event, AT_ELEVEN)
    assert house.sync().deeds == {"put_back": 1, "written": 2}, "the event, and the call-back"
    assert [each["start"]["dateTime"] for each in house.events()] == [NINE]


def test_a_deleted_event_comes_back_and_the_desk_is_told(house: House, event: str) -> None:
    house.by_hand("DELETE", event)
    assert house.sync().deeds == {"put_back": 1, "written": 2}, "the event, and the call-back"
    assert [each["id"] for each in house.events()] == [event]
    assert "was deleted" in house.callbacks()[0]
    assert house.states() == [("booked", 2, "synced")]


def test_deleted_again_it_comes_back_again(house: House, event: str) -> None:
    for times_deleted in (1, 2):
        house.by_hand("DELETE", event)
        house.sync()
        assert len(house.events()) == 1
        assert len(house.callbacks()) == times_deleted


def test_the_event_of_a_cancelled_appointment_that_staff_bring_back_is_taken_out_again(
    house: House, event: str
) -> None:
    house.cancel(1)
    house.sync()
    house.by_hand("PATCH", event, {"status": "confirmed"})
    assert house.sync().deeds == {"put_back": 1, "removed": 1, "written": 1}
    assert house.events() == []
    assert len(house.callbacks()) == 1


def test_of_a_move_by_hand_and_a_newer_one_by_the_customer_the_customers_holds_and_the_desk_is_told(
    house: House, event: str
) -> None:
    house.by_hand("PATCH", event, AT_ELEVEN)
    house.move(1, hours=4)
    house.until_written()
    assert [each["start"]["dateTime"] for each in house.events()] == ["2026-12-02T13:00:00-06:00"]
    assert len(house.callbacks()) == 1
    assert rows(house.services, "SELECT starts_at = timestamptz '2026-12-02 13:00-06' FROM appointments") == [(True,)]


def test_a_change_by_hand_is_answered_also_by_the_quick_pass_that_does_not_look_for_any(
    house: House, event: str
) -> None:
    house.by_hand("DELETE", event)
    house.move(1, hours=2)
    house.mirror.push(30)
    assert [each["start"]["dateTime"] for each in house.events()] == [ELEVEN]
    assert len(house.callbacks()) == 1
    assert house.sync().deeds == {}


def test_a_move_that_staff_take_back_before_it_is_written_is_reported_and_not_written_over_in_silence(
    house: House, event: str
) -> None:
    house.by_hand("PATCH", event, AT_ELEVEN)
    house.spoil(kind="refuse", match="calendar.events.patch", times=2)
    assert house.sync().deeds == {"moved": 1, "failed": 1}
    house.by_hand("PATCH", event, times(NINE, "2026-12-02T09:30:00-06:00"))
    house.until_written()
    assert [each["start"]["dateTime"] for each in house.events()] == [ELEVEN]
    assert len(house.callbacks()) == 1


def test_notes_and_colours_of_staff_stay_and_change_nothing(house: House, event: str) -> None:
    house.by_hand("PATCH", event, {"colorId": "5", "location": "Bay by the door"})
    assert house.sync().deeds == {}
    house.move(1, hours=2)
    house.sync()
    [kept] = house.events()
    assert (kept["colorId"], kept["location"], kept["start"]["dateTime"]) == ("5", "Bay by the door", ELEVEN)


def test_foreign_and_broken_events_are_nobodys_business_and_no_crash(house: House, event: str) -> None:
    for broken in (
        {"start": None, "end": 7},
        {"start": {"dateTime": "yesterday"}, "end": {}},
        {"extendedProperties": "none"},
        {"extendedProperties": {"private": {"sophieVersion": "x", "sophieFrom": "y"}}},
        {"summary": "💥" * 500, "status": 5},
        {"id": "sophie999999999999999999v1"},
        {"id": "sophie1v999999999999999999"},
        {"id": "sophie1v5", "start": {"dateTime": NINE}, "end": {"dateTime": ELEVEN}},
    ):
        house.by_hand("POST", body=broken, unchecked=True)
    assert house.sync().deeds == {}
    assert house.callbacks() == []
    assert house.states() == [("booked", 1, "synced")]


def test_our_stamp_taken_away_is_no_move(house: House, event: str) -> None:
    house.by_hand("PATCH", event, {"extendedProperties": None})
    assert house.sync().deeds == {}
    house.move(1, hours=2)
    house.sync()
    assert [each["start"]["dateTime"] for each in house.events()] == [ELEVEN]


def test_a_sync_token_that_is_too_old_reads_everything_again(house: House, event: str) -> None:
    house.by_hand("PATCH", event, AT_ELEVEN)
    house.by_hand_everything_expires()
    assert house.sync().deeds == {"moved": 1, "written": 1}
    assert house.sync().deeds == {}


def test_after_the_first_pass_only_what_changed_is_read(house: House, event: str) -> None:
    house.sync()
    assert "syncToken=" in house.requests("calendar.events.list")[-1]


def test_the_past_is_left_as_staff_tidy_it(house: House, event: str) -> None:
    with house.services.database.transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE appointments SET starts_at = starts_at - interval '7 days', ends_at = ends_at - interval '7 days'"
        )
    house.by_hand("DELETE", event)
    assert house.sync().deeds == {}
    assert house.events() == []
