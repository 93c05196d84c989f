"""A call-back is an entry in the calendar: there while it is open, standing where the call is to be made."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from infra.service_desk.__main__ import main as desk
from shared.calendar import staff_hand
from shared.storage import callbacks, line, outbox, privacy
from shared.storage.subject import find
from shared.tools.call import CallContext
from shared.tools.registry import Desk
from tests.integration.calendar_house import PHONE, House, LeapingClock, behind_the_back_is_done, connected
from tests.integration.desk_calls import MONDAY, Caller, rows
from tests.lab.google_lab import serving

STATE = "SELECT state, done_by FROM callbacks ORDER BY id"
TIME = "SELECT call_at = timestamptz '2026-12-01 14:00-06' FROM callbacks"
AT_TWO = {
    "start": {"dateTime": "2026-12-01T14:00:00-06:00"},
    "end": {"dateTime": "2026-12-01T14:15:00-06:00"},
}


@pytest.fixture
def house(database_url: str, redis_url: str) -> Iterator[House]:
    with serving() as lab, connected(database_url, redis_url, lab) as services:
        yield House(services, lab, LeapingClock())


@pytest.fixture
def entry(house: House) -> str:
    """The entry of call-back 1, known to both sides."""
    house.ask_back()
    house.sync()
    house.sync()
    return str(house.calls()[0]["id"])


def times(event: dict[str, Any]) -> tuple[str, str]:
    return event["start"]["dateTime"], event["end"]["dateTime"]


def done(house: House, number: int = 1) -> None:
    with house.services.database.transaction() as connection:
        assert callbacks.finish(connection, number, done_by="Mike", now=MONDAY)


def undone(house: House, number: int = 1) -> None:
    with house.services.database.transaction() as connection:
        assert callbacks.reopen(connection, number)


def test_a_call_back_is_an_entry_that_says_whom_to_call_and_why_and_not_what_they_said(house: House) -> None:
    house.book()
    house.ask_back(customer_id=1, message="My ex-husband must not know of this.")
    house.sync()
    [entry] = house.calls()
    assert entry["summary"] == f"Call back: Nora Quill, {PHONE} – left a message"
    assert "husband" not in str(entry)
    assert (entry["transparency"], entry["colorId"]) == ("transparent", "11")
    assert times(entry) == ("2026-11-30T10:05:00-06:00", "2026-11-30T10:20:00-06:00")


def test_somebody_of_whom_only_the_number_is_known_is_a_number_in_the_calendar(house: House) -> None:
    house.ask_back("desk_closed")
    house.sync()
    assert [each["summary"] for each in house.calls()] == [f"Call back: {PHONE} – rang while the desk was closed"]


def test_on_a_day_that_staff_closed_the_entry_waits_for_the_next_opening(house: House) -> None:
    with house.services.database.transaction() as connection:
        line.close(connection, MONDAY.date(), "burst pipe")
    house.ask_back()
    house.sync()
    assert times(house.calls()[0])[0] == "2026-12-01T07:30:00-06:00"


def test_a_message_that_a_call_leaves_on_an_open_call_back_is_the_same_entry(house: House) -> None:
    with house.services.database.transaction() as connection:
        callbacks.want(connection, phone=PHONE, reason="desk_no_answer", call_sid="CA1", now=MONDAY)
    house.sync()
    with house.services.database.transaction() as connection:
        callbacks.add(connection, phone=PHONE, reason="message", call_sid="CA1", message="Brakes.", now=MONDAY)
    house.sync()
    assert [each["summary"][-14:] for each in house.calls()] == ["left a message"]


def test_done_at_the_desk_the_entry_is_gone_and_undone_it_comes_back(house: House, entry: str) -> None:
    done(house)
    assert house.sync().deeds == {"removed": 1}
    assert house.calls() == []
    undone(house)
    assert house.sync().deeds == {"written": 1}
    assert [each["id"] for each in house.calls()] == [entry]
    assert house.sync().deeds == {}
    assert rows(house.services, STATE) == [("open", None)]


def test_done_and_undone_before_the_calendar_was_written_it_stays(house: House, entry: str) -> None:
    done(house)
    undone(house)
    house.sync()
    assert [each["id"] for each in house.calls()] == [entry]
    assert house.sync().deeds == {}
    assert rows(house.services, STATE) == [("open", None)]


def test_undone_after_a_worker_died_between_taking_it_out_and_saying_so_it_comes_back(house: House, entry: str) -> None:
    done(house)
    house.by_hand("DELETE", entry)  # what the worker did
    undone(house)
    house.until_written()
    assert [each["id"] for each in house.calls()] == [entry]
    assert rows(house.services, STATE) == [("open", None)]


def test_a_message_that_a_caller_leaves_is_in_the_calendar_soon_after(house: House) -> None:
    caller = Caller(Desk(house.services), CallContext("CA1", "inbound", PHONE))
    asked = caller.ask("take_message", message="Is my car ready?", intent=None)
    taken = caller.ask("take_message", message=None, intent=caller.say(asked, "yes"))
    assert taken.content["status"] == "taken_down"
    behind_the_back_is_done()
    assert [each["summary"] for each in house.calls()] == [f"Call back: {PHONE} – left a message"]


def test_the_desks_commands_take_it_out_and_bring_it_back(
    house: House, entry: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SOPHIE_ENV", "local")
    assert desk(["callbacks", "done", "1", "--by", "Mike"]) == 0
    house.until_written()
    assert house.calls() == []
    assert desk(["callbacks", "undone", "1"]) == 0
    house.until_written()
    assert [each["id"] for each in house.calls()] == [entry]


def test_one_that_was_done_before_anybody_wrote_it_never_comes_up(house: House) -> None:
    house.ask_back()
    done(house)
    house.until_written()
    assert house.calls(deleted=True) == []


def test_deleted_by_hand_it_is_done(house: House, entry: str) -> None:
    house.by_hand("DELETE", entry)
    assert house.sync().deeds == {"called": 1, "unchanged": 1}
    assert rows(house.services, STATE) == [("done", "the calendar")]
    assert house.sync().deeds == {}
    assert house.calls() == []
    who = "SELECT who FROM audit WHERE table_name = 'callbacks' ORDER BY id DESC LIMIT 1"
    assert rows(house.services, who) == [("calendar",)]


def test_brought_back_by_hand_it_is_open_again(house: House, entry: str) -> None:
    house.by_hand("DELETE", entry)
    house.sync()
    house.by_hand("PATCH", entry, {"status": "confirmed"})
    assert house.sync().deeds == {"reopened": 1, "written": 1}
    assert rows(house.services, STATE) == [("open", None)]
    assert house.sync().deeds == {}
    assert [each["id"] for each in house.calls()] == [entry]


def test_deleted_and_brought_back_before_anybody_looked_nothing_happened(house: House, entry: str) -> None:
    house.by_hand("DELETE", entry)
    house.by_hand("PATCH", entry, {"status": "confirmed"})
    assert house.sync().deeds == {}
    assert rows(house.services, STATE) == [("open", None)]


def test_moved_by_hand_it_is_to_be_called_then(house: House, entry: str) -> None:
    house.by_hand("PATCH", entry, AT_TWO)
    assert house.sync().deeds == {"moved": 1, "written": 1}
    assert rows(house.services, TIME) == [(True,)]
    assert house.sync().deeds == {}
    assert [times(each)[0] for each in house.calls()] == [AT_TWO["start"]["dateTime"]]


def test_moved_by_hand_and_then_changed_by_us_it_stays_where_staff_put_it(house: House, entry: str) -> None:
    house.by_hand("PATCH", entry, AT_TWO)
    with house.services.database.transaction() as connection:
        connection.execute(text("UPDATE callbacks SET reason = 'failure'"))
    house.until_written()
    [kept] = house.calls()
    assert times(kept)[0] == AT_TWO["start"]["dateTime"]
    assert kept["summary"].endswith("failed on our side")


@pytest.mark.parametrize(
    "change",
    [
        {"start": {"date": "2026-12-02", "dateTime": None}, "end": {"date": "2026-12-03", "dateTime": None}},
        {"end": {"dateTime": "2026-11-30T11:05:00-06:00"}},
        {"location": "Bay by the door"},
        {"extendedProperties": None},
    ],
    ids=["all day", "longer", "with a note", "without our stamp"],
)
def test_any_other_change_is_left_alone(house: House, entry: str, change: dict[str, Any]) -> None:
    house.by_hand("PATCH", entry, change)
    assert house.sync().deeds == {}
    assert rows(house.services, STATE) == [("open", None)]


def test_what_was_listed_a_while_ago_is_read_again_before_it_counts(house: House, entry: str) -> None:
    """Between the list and the look at the rows another worker writes what the desk has undone meanwhile."""
    done(house)
    house.sync()
    calendar = house.services.calendar
    assert calendar is not None
    gone = calendar.get(entry)
    undone(house)
    house.sync()
    assert gone is not None and gone.deleted
    assert staff_hand.answers_to(house.services, calendar, [gone]) == ["nothing"]
    assert rows(house.services, STATE) == [("open", None)]


def test_whoever_is_erased_is_gone_from_the_list_of_calls_too(house: House) -> None:
    house.book()
    house.ask_back(customer_id=1)
    house.sync()
    with house.services.database.transaction() as connection:
        privacy.erase(connection, find(connection, PHONE), who="desk", reason="asked", now=MONDAY)
    house.until_written()
    assert house.calls() == [] and house.events() == []
    assert rows(house.services, "SELECT count(*) FROM callbacks") == [(0,)]


def test_whoever_is_erased_while_an_insert_is_under_way_leaves_no_name(house: House) -> None:
    house.book()
    house.ask_back(customer_id=1)
    house.spoil(kind="refuse", match="calendar.events.insert", times=4)
    house.sync()
    with house.services.database.transaction() as connection:
        privacy.erase(connection, find(connection, PHONE), who="desk", reason="asked", now=MONDAY)
    house.until_written()
    [taken] = house.calls(deleted=True)
    assert taken["status"] == "cancelled" and "Nora" not in str(taken) and PHONE not in str(taken)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "code": 500},
        {"kind": "status", "code": 429},
        {"kind": "status", "code": 403, "reason": "rateLimitExceeded"},
        {"kind": "drop_reply"},
        {"kind": "refuse"},
    ],
)
def test_a_calendar_in_trouble_gets_one_entry_all_the_same(house: House, fault: dict[str, object]) -> None:
    house.spoil(match="calendar.events.insert", times=2, **fault)
    house.ask_back()
    house.until_written()
    assert len(house.calls()) == 1


def test_one_that_cannot_be_written_is_given_up_loudly_and_shows_in_the_report(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.spoil(kind="status", code=400, reason="invalid", match="calendar.events.insert", times=100)
    number = house.ask_back()
    for _ in range(25):
        house.mirror.push(5)
        house.clock.leap(hours=2)
    shown = "SELECT appointment_id, callback_id, version, state FROM reporting.calendar_outbox"
    assert rows(house.services, shown) == [(None, number, 1, "dead")]
    assert [each.levelname for each in caplog.records if each.getMessage() == "calendar event given up"] == ["ERROR"]


def test_an_appointment_and_a_call_back_of_one_number_are_two_things(house: House) -> None:
    house.book()
    house.ask_back()
    database, now = house.services.database, house.clock.now()
    with database.transaction() as one, database.transaction() as other:
        claims = [outbox.claim(each, now, house.clock.now() - now, now) for each in (one, other)]
    assert [each and each.mirrored.key.about for each in claims] == ["appointment 1", "call-back 1"]


def test_what_is_loaded_in_bulk_comes_up_when_it_changes(house: House) -> None:
    with house.services.database.transaction() as connection:
        connection.execute(text("SELECT set_config('sophie.bulk', 'on', true)"))
        callbacks.add(connection, phone=PHONE, reason="message", call_sid=None, now=MONDAY)
    assert house.sync().deeds == {}
    done(house)
    undone(house)
    house.until_written()
    assert len(house.calls()) == 1
