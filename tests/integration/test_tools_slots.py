"""Free times as the model gets them: modes, the workshop's own limits, the staff's time, words that need asking."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from shared.services import Services
from tests.integration.desk_calls import MONDAY, Caller, NewCaller

THURSDAY_9 = MONDAY.replace(day=3, month=12, hour=15, minute=0)


def book(caller: Caller, slot: str, last_name: str) -> None:
    prepared = caller.prepare(slot, last_name=last_name)
    assert caller.book(intent=caller.say(prepared, "yes")).changed


def whens(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [each["when"] for each in answer["offers"]]


def test_nothing_is_offered_while_the_staff_are_at_something_else(services: Services, new_caller: NewCaller) -> None:
    with services.database.transaction() as connection:
        connection.execute(
            text("INSERT INTO staff_events (title, starts_at, ends_at, source) VALUES ('training', :a, :b, 'desk')"),
            {"a": THURSDAY_9, "b": THURSDAY_9 + timedelta(hours=2)},
        )
    answer = new_caller().slots(weekday="thursday", time="10")
    assert (answer["status"], answer["reason"]) == ("none", "The workshop takes no cars at that time.")
    assert whens(answer) == [f"Thursday, December 3 at {each}" for each in ("8:30 AM", "11:00 AM", "12:00 PM")]


def test_a_slot_that_was_offered_is_gone_once_the_staff_took_its_time(
    services: Services, new_caller: NewCaller
) -> None:
    caller = new_caller()
    slot = caller.slots(weekday="thursday", time="9")["offers"][0]["slot"]
    intent = caller.say(caller.prepare(slot), "yes")
    with services.database.transaction() as connection:
        connection.execute(
            text("INSERT INTO staff_events (title, starts_at, ends_at, source) VALUES ('training', :a, :b, 'desk')"),
            {"a": THURSDAY_9, "b": THURSDAY_9 + timedelta(hours=2)},
        )
    answer = caller.book(intent=intent)
    assert (answer.content["status"], answer.changed) == ("taken", False)


def test_when_the_loaners_of_a_day_are_out_that_is_said(new_caller: NewCaller) -> None:
    for number, name in enumerate(("Quilla", "Quillb")):
        caller = new_caller(f"+1217555012{number}")
        wanted = caller.slots("brake_pads", "loaner", weekday="thursday", part_of_day="first_thing")
        assert wanted["status"] == "offers"
        book(caller, wanted["offers"][0]["slot"], name)
    answer = new_caller("+12175550129").slots("brake_pads", "loaner", weekday="thursday")
    assert (answer["status"], answer["reason"]) == ("none", "All loaner cars are taken then.")
    assert not any("December 3" in each for each in whens(answer))
    assert new_caller("+12175550129").slots("brake_pads", "drop_off", weekday="thursday")["status"] == "offers"


def test_the_shuttle_is_offered_at_its_times_only(new_caller: NewCaller) -> None:
    caller = new_caller()
    morning = caller.slots("diagnosis", "shuttle", weekday="thursday")
    assert all(each.endswith("AM") for each in whens(morning))
    afternoon = caller.slots("diagnosis", "shuttle", weekday="thursday", time="2 pm")
    assert afternoon["reason"] == "The shuttle is only for appointments that begin from 7:30 AM to 10 AM."


@pytest.mark.parametrize(
    ("service", "mode", "note"),
    [
        ("brake_pads", "wait", "The car has to stay: this is not done while waiting."),
        ("oil_change", "loaner", "There is no loaner car for this."),
        ("ac_service", "shuttle", None),
        ("oil_change", None, None),
    ],
)
def test_a_mode_that_a_service_does_not_have_is_said_with_the_offers(
    new_caller: NewCaller, service: str, mode: str | None, note: str | None
) -> None:
    answer = new_caller().slots(service, mode, weekday="friday")
    assert (answer["status"], answer.get("note")) == ("offers", note)


def test_who_wanted_a_loaner_that_a_service_has_not_is_booked_to_drop_the_car_off(
    services: Services, new_caller: NewCaller
) -> None:
    caller = new_caller()
    book(caller, caller.slots("oil_change", "loaner", weekday="friday")["offers"][0]["slot"], "Quill")
    with services.database.transaction() as connection:
        assert connection.execute(text("SELECT mode FROM appointments")).scalar_one() == "drop_off"


def test_alignments_at_one_time_are_as_many_as_racks(new_caller: NewCaller) -> None:
    caller = new_caller()
    book(caller, caller.slots("alignment", weekday="thursday", time="9")["offers"][0]["slot"], "Quill")
    answer = new_caller("+12175550129").slots("alignment", weekday="thursday", time="9:30")
    assert (answer["status"], answer["reason"]) == ("none", "Nothing is free on Thursday, December 3 at 9:30 AM.")
    assert new_caller("+12175550129").slots("oil_change", weekday="thursday", time="9:30")["status"] == "offers"


def test_first_thing_and_counted_days_reach_the_calendar(new_caller: NewCaller) -> None:
    caller = new_caller()
    assert whens(caller.slots(in_days=2, part_of_day="first_thing"))[0] == "Wednesday, December 2 at 7:30 AM"
    assert caller.slots(day=29, month=2)["reason"] == "There is no February 29 in 2027: the next one is in 2028."
    assert caller.slots(weekday="thursday", time="25:00")["reason"] == "That is not a time of day."
    assert caller.slots(weekday="thursday", time="2:10 pm")["reason"] == (
        "Appointments begin every 15 minutes, and none at 2:10 PM."
    )
    assert caller.slots(in_days=10**30)["status"] == "none"
