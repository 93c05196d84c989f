"""The calendar shows what is booked, whatever Google and the network do meanwhile."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared.errors import ConfigurationError
from shared.storage import outbox
from tests.integration.calendar_house import House, LeapingClock, connected
from tests.integration.desk_calls import rows
from tests.lab.google_lab import serving


@pytest.fixture
def house(database_url: str, redis_url: str) -> Iterator[House]:
    with serving() as lab, connected(database_url, redis_url, lab) as services:
        yield House(services, lab, LeapingClock())


def test_a_booking_becomes_one_event_with_its_time_and_no_more_of_the_customer_than_a_first_name(house: House) -> None:
    house.book()
    tally = house.sync()
    [event] = house.events()
    assert event["summary"] == "Oil and filter change: Nora, 2018 Mazda CX-5"
    assert "Quill" not in str(event) and "2175550123" not in str(event)
    assert (event["start"]["dateTime"], event["start"]["timeZone"]) == ("2026-12-02T09:00:00-06:00", "America/Chicago")
    assert event["transparency"] == "transparent"
    assert (tally.deeds, tally.waiting) == ({"written": 1}, 0)
    assert house.states() == [("booked", 1, "synced")]


def test_only_the_newest_version_is_written(house: House) -> None:
    appointment = house.book()
    house.cancel(appointment)
    house.sync()
    assert house.events() == []
    assert house.requests("calendar.events.insert") == []
    assert house.outbox() == [(1, "upsert", "done"), (2, "delete", "done")]
    assert house.states() == [("cancelled", 2, "none")]


def test_a_moved_appointment_moves_its_event_and_a_cancelled_one_takes_it_away(house: House) -> None:
    appointment = house.book()
    house.sync()
    house.move(appointment, hours=2)
    house.sync()
    [event] = house.events()
    assert event["start"]["dateTime"] == "2026-12-02T11:00:00-06:00"
    house.cancel(appointment)
    house.sync()
    assert house.events() == []
    house.sync()
    assert house.callbacks() == [], "what we write ourselves is nobody's change by hand"


def test_an_insert_whose_answer_is_lost_makes_no_second_event(house: House) -> None:
    house.spoil(kind="drop_reply", match="calendar.events.insert", times=2)
    house.book()
    house.until_written()
    assert len(house.events()) == 1
    assert house.outbox() == [(1, "upsert", "done")]


def test_a_cancellation_meets_an_insert_that_is_still_under_way(house: House) -> None:
    """The insert was accepted by nobody yet when the customer cancels; when it arrives, its id is taken."""
    house.spoil(kind="refuse", match="calendar.events.insert", times=2)
    appointment = house.book()
    assert house.sync().deeds == {"failed": 1}
    house.cancel(appointment)
    house.until_written()
    assert house.events() == []
    [seen] = house.events(deleted=True)
    assert seen["status"] == "cancelled", "the id is taken, so that a late insert is refused"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "code": 500},
        {"kind": "status", "code": 503},
        {"kind": "status", "code": 429},
        {"kind": "status", "code": 403, "reason": "rateLimitExceeded"},
        {"kind": "status", "code": 403, "reason": "userRateLimitExceeded"},
        {"kind": "cut"},
    ],
)
def test_a_calendar_in_trouble_is_asked_again_later_and_not_at_once(house: House, fault: dict[str, object]) -> None:
    house.spoil(match="calendar.events.insert", **fault)
    house.book()
    assert house.sync().deeds == {"failed": 1}
    assert house.sync().deeds == {}, "it waits"
    [(error, later)] = rows(house.services, "SELECT last_error, try_after > now() FROM calendar_outbox")
    assert error.startswith("Google Calendar") and later
    house.until_written()
    assert len(house.events()) == 1


def test_an_access_token_that_google_takes_back_is_renewed_once(house: House) -> None:
    house.book()
    house.sync()
    house.lab.control("POST", "oauth/expire", {"what": "access"})
    house.book(weekday="thursday", time="9:00")
    assert house.sync().deeds == {"written": 1}


def test_a_revoked_refresh_token_is_named_with_the_rule_of_seven_days_and_bookings_go_on(house: House) -> None:
    house.lab.control("POST", "oauth/expire", {"what": "refresh"})
    house.book()
    with pytest.raises(ConfigurationError, match=r"GOOGLE_REFRESH_TOKEN \(invalid_grant\).*seven days"):
        house.sync()
    with pytest.raises(ConfigurationError):
        house.mirror.push(5)
    assert rows(house.services, "SELECT state, attempts, leased_until IS NULL FROM calendar_outbox") == [
        ("pending", 0, True)
    ], "a wrong setting says nothing about the row"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"GOOGLE_CLIENT_SECRET": "wrong"}, "GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET"),
        ({"GOOGLE_REFRESH_TOKEN": "1//wrong"}, "GOOGLE_REFRESH_TOKEN"),
        ({"GOOGLE_CALENDAR_ID": "nobody@group.calendar.google.com"}, "GOOGLE_CALENDAR_ID"),
    ],
)
def test_a_wrong_setting_is_named(database_url: str, redis_url: str, changed: dict[str, str], sentence: str) -> None:
    with serving() as lab, connected(database_url, redis_url, lab, **changed) as services:
        house = House(services, lab, LeapingClock())
        house.book()
        with pytest.raises(ConfigurationError, match=sentence):
            house.sync()


def test_a_change_that_cannot_be_written_is_given_up_loudly_and_the_next_one_is_written(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.spoil(kind="status", code=400, reason="invalid", match="calendar.events.insert", times=100)
    appointment = house.book()
    for _ in range(25):
        house.mirror.push(5)
        house.clock.leap(hours=2)
    assert house.outbox() == [(1, "upsert", "dead")]
    assert house.states() == [("booked", 1, "failed")]
    [said] = [each for each in caplog.records if each.getMessage() == "calendar event given up"]
    assert said.levelname == "ERROR"
    house.lab.control("DELETE", "faults")
    house.move(appointment, hours=2)
    house.sync()
    assert [each["start"]["dateTime"] for each in house.events()] == ["2026-12-02T11:00:00-06:00"]
    assert house.states() == [("booked", 2, "synced")]


def test_two_workers_never_hold_the_same_appointment_and_a_killed_ones_lease_runs_out(house: House) -> None:
    appointment = house.book()
    database, now = house.services.database, house.clock.now()
    with database.transaction() as connection:
        first = outbox.claim(connection, now, timedelta(minutes=2), now)
    house.move(appointment, hours=2)
    with database.transaction() as connection:
        assert outbox.claim(connection, now, timedelta(minutes=2), now) is None, "not even its next version"
    house.clock.leap(minutes=3)
    assert house.sync().deeds == {"written": 1}
    assert first is not None and first.mirrored.version == 1
    with database.transaction() as connection:
        outbox.dead(connection, first, "too late")
    assert house.outbox() == [(1, "upsert", "done"), (2, "upsert", "done")], "who comes back late changes nothing"


def test_two_workers_at_the_same_moment_claim_different_appointments(house: House) -> None:
    house.book()
    house.book(weekday="thursday", time="9:00")
    database, now = house.services.database, house.clock.now()
    with database.transaction() as one, database.transaction() as other:
        claims = [outbox.claim(each, now, timedelta(minutes=2), now) for each in (one, other, one)]
    assert [each and each.mirrored.key.id for each in claims] == [1, 2, None]


def test_an_event_that_changes_while_it_is_written_is_read_again(house: House) -> None:
    appointment = house.book()
    house.sync()
    house.move(appointment, hours=2)
    house.spoil(kind="status", code=412, reason="conditionNotMet", match="calendar.events.patch")
    assert house.sync().deeds == {"again": 1, "written": 1}


def test_what_staff_change_between_reading_and_writing_is_not_written_over(house: House) -> None:
    house.book()
    house.sync()
    calendar, [event] = house.services.calendar, house.events()
    assert calendar is not None
    seen = calendar.get(event["id"])
    assert seen is not None
    house.by_hand("PATCH", event["id"], {"colorId": "5"})
    assert not calendar.patch(seen, {"summary": "over it"})
    assert not calendar.delete(seen)
    assert [(each["summary"], each["colorId"]) for each in house.events()] == [(event["summary"], "5")]


def test_threads_that_ask_at_the_same_time_each_get_their_own_answer(house: House) -> None:
    """The transport of Google's library may be used by one thread at a time."""
    house.book()
    house.sync()
    calendar, [event] = house.services.calendar, house.events()
    assert calendar is not None
    names = [event["id"], *(f"sophie9{number}v1" for number in range(40))]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(calendar.get, names))
    assert [each and each.id for each in found] == [event["id"], *[None] * 40]


def test_what_was_sent_twice_by_the_wire_is_one_event(house: House) -> None:
    """A kept connection that closes makes the library send a patch again, whose If-Match is then the old one."""
    appointment = house.book()
    house.sync()
    house.move(appointment, hours=2)
    house.spoil(kind="drop_reply", match="calendar.events.patch")
    house.until_written()
    assert [each["start"]["dateTime"] for each in house.events()] == ["2026-12-02T11:00:00-06:00"]
    assert house.callbacks() == []


def test_a_pass_is_written_down_as_the_calendars_in_the_audit(house: House) -> None:
    house.book()
    house.sync()
    who = "SELECT who, after->>'calendar_state' FROM audit WHERE table_name = 'appointments' ORDER BY id DESC LIMIT 1"
    assert rows(house.services, who) == [("calendar", "synced")]
