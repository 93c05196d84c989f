"""Staff's own events in Google block the workshop; a calendar that cannot be read blocks nobody."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.calendar.google_calendar import GoogleCalendar
from shared.calendar.staff_times import StaffTimes
from shared.domain.ranges import Range
from shared.services import Services
from shared.tools.call import CallContext
from shared.tools.registry import Desk
from tests.integration.calendar_house import PHONE, House, LeapingClock, behind_the_back_is_done, connected
from tests.integration.desk_calls import MONDAY, Caller, rows
from tests.lab.google_lab import GoogleLab, serving

TRAINING = {
    "summary": "Training",
    "start": {"dateTime": "2026-12-02T09:00:00-06:00"},
    "end": {"dateTime": "2026-12-02T12:00:00-06:00"},
}
REVIEW = "SELECT needs_review FROM appointments ORDER BY id"


@pytest.fixture
def lab() -> Iterator[GoogleLab]:
    with serving() as lab:
        yield lab


@pytest.fixture
def house(database_url: str, redis_url: str, lab: GoogleLab) -> Iterator[House]:
    with connected(database_url, redis_url, lab) as services:
        yield House(services, lab, LeapingClock())


def until_nobody_nudges() -> None:
    for thread in threading.enumerate():
        if thread.name == "calendar-nudge":
            thread.join(20)


def offers(caller: Caller, **moment: Any) -> list[str]:
    found = caller.slots(**(moment or {"weekday": "wednesday", "part_of_day": "morning"}))
    return [each["when"] for each in found["offers"]]


def test_an_event_of_staff_blocks_all_bays_for_its_time(house: House) -> None:
    house.by_hand("POST", body=TRAINING)
    caller = house.caller()
    answer = caller.slots(weekday="wednesday", time="9:30")
    assert answer["status"] == "none"
    assert all("9:30" not in each["when"] for each in answer["offers"])
    assert offers(caller, weekday="wednesday", time="12:00") == ["Wednesday, December 2 at 12:00 PM"]


def test_our_own_events_block_nothing(house: House) -> None:
    house.book()
    house.sync()
    assert "Wednesday, December 2 at 9:00 AM" in offers(house.caller(), weekday="wednesday", time="9:00")


@pytest.mark.parametrize("status", ["unreadable", "slow", "refused", "nonsense"])
def test_a_calendar_that_cannot_be_read_marks_the_booking_for_review_and_invents_nothing(
    house: House, status: str
) -> None:
    house.by_hand("POST", body=TRAINING)
    if status == "unreadable":
        house.lab.control("POST", f"{house._path}/unreadable", {"reason": "internalError"})
    kinds = {"slow": {"kind": "stall"}, "refused": {"kind": "refuse"}, "nonsense": {"kind": "wrong_json"}}
    if status in kinds:
        house.spoil(**kinds[status], match="calendar.freebusy.query", times=50)
    house.book()
    house.lab.control("DELETE", "faults")
    assert rows(house.services, REVIEW) == [(True,)]


def test_a_booking_beside_a_calendar_that_was_read_needs_no_review(house: House) -> None:
    house.book()
    assert rows(house.services, REVIEW) == [(False,)]


def test_a_workshop_without_a_calendar_needs_no_review(services: Services) -> None:
    caller = Caller(Desk(services), CallContext("CA1", "inbound", PHONE))
    asked = caller.prepare(caller.slots(weekday="wednesday", time="9:00")["offers"][0]["slot"])
    assert caller.book(intent=caller.say(asked, "yes")).content["status"] == "booked"
    assert rows(services, REVIEW) == [(False,)]


def test_free_busy_is_asked_once_for_many_callers(house: House) -> None:
    for _ in range(5):
        offers(house.caller())
    assert len(house.requests("calendar.freebusy")) == 1


def test_free_busy_is_read_while_the_caller_is_looked_up_so_that_no_search_waits_for_it(house: House) -> None:
    caller = house.caller()
    caller.ask("lookup_customer", phone=None)
    behind_the_back_is_done()
    assert len(house.requests("calendar.freebusy")) == 1
    house.spoil(kind="stall", match="calendar.freebusy.query", times=50)
    offers(caller)
    assert len(house.requests("calendar.freebusy")) == 1


def test_what_staff_added_since_the_offer_is_seen_when_it_is_booked(house: House) -> None:
    """Read again for the read-back when the first reading is older than a minute; here by another process of ours."""
    caller = house.caller()
    slot = caller.slots(weekday="wednesday", time="9:00")["offers"][0]["slot"]
    asked = caller.prepare(slot)
    house.by_hand("POST", body=TRAINING)
    assert house.services.calendar is not None
    fresh = StaffTimes(house.services.calendar, house.services.staff_times._ahead)
    fresh.look_up(MONDAY)
    assert fresh.known() is not None
    other = Caller(Desk(replace(house.services, calendar=None, staff_times=fresh)), caller.call, caller.answers)
    assert other.book(intent=other.say(asked, "yes")).content["status"] == "taken"
    fresh.close()


class _Watched(GoogleCalendar):
    """The same calendar, which remembers the threads that asked it."""

    def __init__(self, like: GoogleCalendar) -> None:
        super().__init__(like._account, like._base, like.id)
        self.asked_by: set[str] = set()

    def _carry_out(self, *args: Any, **named: Any) -> Any:
        self.asked_by.add(threading.current_thread().name)
        return super()._carry_out(*args, **named)


def test_no_tool_of_a_caller_asks_google_itself_so_a_calendar_that_is_down_adds_nothing_to_a_commit(
    house: House,
) -> None:
    calendar = house.services.calendar
    assert calendar is not None
    watched = _Watched(calendar)
    house.spoil(kind="stall", times=1000)
    services = replace(
        house.services, calendar=watched, staff_times=StaffTimes(watched, house.services.staff_times._ahead)
    )
    caller = Caller(Desk(services), CallContext("CA1", "inbound", PHONE))
    asked = caller.prepare(caller.slots(weekday="wednesday", time="9:00")["offers"][0]["slot"])
    assert caller.book(intent=caller.say(asked, "yes")).content["status"] == "booked"
    assert house.requests() == [], "it was booked, and Google has not answered a single request"
    house.lab.control("DELETE", "faults")
    assert threading.current_thread().name not in watched.asked_by
    services.staff_times.close()


def test_a_booking_is_in_the_calendar_soon_after_it_was_made(house: House) -> None:
    caller = Caller(Desk(house.services), CallContext("CA1", "inbound", PHONE))
    asked = caller.prepare(caller.slots(weekday="wednesday", time="9:00")["offers"][0]["slot"])
    caller.book(intent=caller.say(asked, "yes"))
    until_nobody_nudges()
    assert len(house.events()) == 1
    assert house.states() == [("booked", 1, "synced")]
    assert house.services.calendar is not None
    assert len(house.services.calendar._account._opened) == 1, "the thread's own connection ended with it"


def test_an_event_whose_times_nobody_can_read_blocks_nobody_and_hides_no_other(house: House) -> None:
    assert house.services.calendar is not None
    house.by_hand("POST", body={"start": {"dateTime": "never"}, "end": {}}, unchecked=True)
    house.by_hand("POST", body=TRAINING)
    busy = house.services.calendar.busy(Range(MONDAY, MONDAY + timedelta(days=60)))
    assert [each.length for each in busy] == [timedelta(hours=3)]


def test_an_access_token_is_made_once_and_renewed_before_it_ends(house: House) -> None:
    calendar = house.services.calendar
    assert calendar is not None
    calendar._account._renew()
    calendar.busy(Range(MONDAY, MONDAY + timedelta(days=1)))
    assert len(house.requests("oauth.token")) == 1
    timer = calendar._account._timer
    assert timer is not None and 3_000 < timer.interval < 3_300, "of the hour that a token lasts"
