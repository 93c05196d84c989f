"""Changing what is booked, as a workshop owner would try it: late callers, second thoughts, one car in two places."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.clock import Clock
from shared.services import Services
from shared.tools.call import CallContext, ToolResult
from shared.tools.registry import Desk
from tests.integration.desk_calls import MONDAY, Caller, NewCaller, rows


@dataclass(frozen=True)
class LaterClock(Clock):
    """Monday's clock, some hours on."""

    hours: float = 0

    def now(self) -> datetime:
        return MONDAY + timedelta(hours=self.hours)


@pytest.fixture
def nora(new_caller: NewCaller) -> Caller:
    """A confirmed caller with a Mazda, car_1, for which nothing is booked."""
    first = new_caller()
    booked = first.book(intent=first.say(first.prepare(first.slots(weekday="friday")["offers"][0]["slot"]), "yes"))
    assert booked.changed
    caller = confirmed(new_caller())
    assert change(caller, "cancel_appointment", appointment=appointment_of(caller)).changed
    return caller


def confirmed(caller: Caller) -> Caller:
    caller.ask("lookup_customer", phone=None)
    assert caller.ask("verify_caller", factor="last_name", value="Quill").content["status"] == "verified"
    return caller


def calling(services: Services, hours: float) -> Caller:
    """Her next call, some hours on."""
    desk = Desk(replace(services, clock=LaterClock(hours=hours)))
    return Caller(desk, CallContext("CA9", "inbound", "+12175550123"))


def book(caller: Caller, service: str, mode: str | None = None, **moment: Any) -> ToolResult:
    slot = caller.slots(service, mode, **moment)["offers"][0]["slot"]
    prepared = caller.book(slot=slot, vehicle="car_1")
    return prepared if prepared.intent is None else caller.book(intent=caller.say(prepared, "yes"))


def change(caller: Caller, tool: str, **given: str) -> ToolResult:
    names = ("appointment", "slot") if tool == "reschedule_appointment" else ("appointment", "reason")
    nothing = dict.fromkeys((*names, "intent"))
    prepared = caller.ask(tool, **{**nothing, **given})
    if prepared.intent is None:
        return prepared
    return caller.ask(tool, **{**nothing, "intent": caller.say(prepared, "yes")})


def appointment_of(caller: Caller) -> str:
    return str(caller.ask("get_upcoming_appointments").content["appointments"][0]["appointment"])


def test_who_is_late_hears_of_the_appointment_that_has_begun_and_that_a_person_must_change_it(
    services: Services, nora: Caller
) -> None:
    assert book(nora, "oil_change", weekday="today", time="2 pm").changed
    late = confirmed(
        Caller(Desk(replace(services, clock=LaterClock(hours=4.2))), CallContext("CA9", "inbound", "+12175550123"))
    )
    told = late.ask("get_upcoming_appointments").content
    assert told["appointments"] == []
    assert [each["when"] for each in told["begun"]] == ["Monday, November 30 at 2:00 PM"]
    assert "appointment" not in told["begun"][0]
    assert "begun" not in confirmed(calling(services, hours=24)).ask("get_upcoming_appointments").content


def test_what_has_begun_since_it_was_listed_is_changed_by_a_person(services: Services, nora: Caller) -> None:
    assert book(nora, "oil_change", weekday="today", time="2 pm").changed
    nora.desk = Desk(replace(services, clock=LaterClock(hours=0)))
    listed = appointment_of(nora)
    nora.desk = Desk(replace(services, clock=LaterClock(hours=4.2)))
    for tool in ("cancel_appointment", "reschedule_appointment"):
        answer = change(nora, tool, appointment=listed).content
        assert (answer["status"], "begun" in answer["reason"]) == ("refused", True)


def test_who_cancels_twice_is_told_that_it_is_cancelled(nora: Caller) -> None:
    assert book(nora, "oil_change", weekday="thursday").changed
    listed = appointment_of(nora)
    assert change(nora, "cancel_appointment", appointment=listed).changed
    again = change(nora, "cancel_appointment", appointment=listed).content
    assert (again["status"], "cancelled" in again["reason"]) == ("refused", True)


def test_a_car_is_not_booked_in_two_places_at_once(services: Services, nora: Caller) -> None:
    assert book(nora, "brake_pads", weekday="thursday", time="9 am").changed
    for time in ("9 am", "10 am"):
        twice = book(nora, "oil_change", weekday="thursday", time=time).content
        assert (twice["status"], "at that time" in twice["reason"]) == ("refused", True)
    other = nora.slots("oil_change", weekday="thursday", time="9 am")["offers"][0]["slot"]
    rental = {"year": 2020, "make": "Kia", "model": "Rio", "vin": None}
    assert nora.book(intent=nora.say(nora.book(slot=other, new_vehicle=rental), "yes")).changed
    assert rows(services, "SELECT count(*) FROM appointments WHERE status = 'booked'") == [(2,)]


def test_a_car_is_not_moved_onto_its_other_appointment(services: Services, nora: Caller) -> None:
    assert book(nora, "brake_pads", weekday="thursday", time="9 am").changed
    assert book(nora, "oil_change", weekday="friday", time="9 am").changed
    listed = nora.ask("get_upcoming_appointments").content["appointments"][1]["appointment"]
    slot = nora.slots("oil_change", weekday="thursday", time="9:15 am")["offers"][0]["slot"]
    answer = change(nora, "reschedule_appointment", appointment=listed, slot=slot).content
    assert (answer["status"], "at that time" in answer["reason"]) == ("refused", True)


def test_a_new_caller_who_books_twice_in_one_call_is_not_in_two_places_either(
    services: Services, new_caller: NewCaller
) -> None:
    caller = new_caller()
    slot = caller.slots(weekday="thursday", time="9 am")["offers"][0]["slot"]
    assert caller.book(intent=caller.say(caller.prepare(slot), "yes")).changed
    twice = caller.book(intent=caller.say(caller.prepare(slot), "yes"))
    assert (twice.content["status"], twice.changed) == ("refused", False)


def test_what_an_unconfirmed_caller_books_tells_nothing_of_what_is_booked_for_that_name(
    services: Services, nora: Caller, new_caller: NewCaller
) -> None:
    assert book(nora, "oil_change", weekday="thursday", time="9 am").changed
    stranger = new_caller()
    slot = stranger.slots(weekday="thursday", time="9 am")["offers"][0]["slot"]
    assert stranger.book(intent=stranger.say(stranger.prepare(slot), "yes")).content["status"] == "booked"


def test_a_name_without_its_accent_is_the_same_customer(services: Services, new_caller: NewCaller) -> None:
    for last_name in ("Peña", "pena"):
        caller = new_caller("+12175550166")
        prepared = caller.prepare(caller.slots(weekday="thursday")["offers"][0]["slot"], "José", last_name)
        assert caller.book(intent=caller.say(prepared, "yes")).changed
    assert rows(services, "SELECT first_name, last_name FROM customers") == [("José", "Peña")]


@pytest.mark.parametrize("mode", ["loaner", "shuttle"])
def test_a_loaner_or_a_ride_is_read_back_and_may_be_agreed_to(services: Services, nora: Caller, mode: str) -> None:
    slot = nora.slots("diagnosis", mode, weekday="thursday", time="9 am")["offers"][0]["slot"]
    prepared = nora.book(slot=slot, vehicle="car_1")
    assert mode in (prepared.spoken or "")
    assert nora.book(intent=nora.say(prepared, f"yes, with the {mode}")).changed
    nora.call.language = "es"
    assert f"con {'carro de préstamo' if mode == 'loaner' else 'transporte'}" in (
        nora.book(slot=nora.slots("diagnosis", mode, weekday="friday")["offers"][0]["slot"], vehicle="car_1").spoken
        or ""
    )


def test_a_move_takes_the_loaner_along(services: Services, nora: Caller) -> None:
    assert book(nora, "diagnosis", "loaner", weekday="thursday", time="9 am").changed
    slot = nora.slots("diagnosis", weekday="friday", time="9 am")["offers"][0]["slot"]
    asked = nora.ask("reschedule_appointment", appointment=appointment_of(nora), slot=slot, intent=None)
    assert (asked.spoken or "").endswith("to Friday, December 4 at 9 AM, with a loaner car. Shall I move it?")
    moved = nora.ask("reschedule_appointment", appointment=None, slot=None, intent=nora.say(asked, "yes"))
    assert moved.changed
    assert rows(services, "SELECT mode FROM appointments WHERE status = 'booked'") == [("loaner",)]


def test_a_move_to_a_day_without_loaners_is_not_made_and_other_times_with_one_are_offered(
    services: Services, nora: Caller
) -> None:
    assert book(nora, "diagnosis", "loaner", weekday="thursday", time="9 am").changed
    slot = nora.slots("diagnosis", weekday="friday", time="9 am")["offers"][0]["slot"]
    none_left = replace(services, shop=replace(services.shop, rules=replace(services.shop.rules, loaners=0)))
    nora.desk = Desk(none_left)
    answer = change(nora, "reschedule_appointment", appointment=appointment_of(nora), slot=slot).content
    assert answer["status"] == "taken"
    assert rows(services, "SELECT mode FROM appointments WHERE status = 'booked'") == [("loaner",)]


def test_who_waits_is_not_moved_to_where_the_work_would_not_be_done_by_closing(
    services: Services, nora: Caller
) -> None:
    assert book(nora, "oil_change", "wait", weekday="thursday", time="9 am").changed
    turned = tuple(replace(each, modes=each.modes[::-1]) for each in services.shop.services)
    nora.desk = Desk(replace(services, shop=replace(services.shop, services=turned)))
    slot = nora.slots("oil_change", weekday="friday", time="5:30 pm")["offers"][0]["slot"]
    answer = change(nora, "reschedule_appointment", appointment=appointment_of(nora), slot=slot).content
    assert answer["status"] == "taken"


def test_a_move_to_a_slot_for_another_mode_has_that_mode(services: Services, nora: Caller) -> None:
    assert book(nora, "diagnosis", "loaner", weekday="thursday", time="9 am").changed
    slot = nora.slots("diagnosis", "drop_off", weekday="friday", time="9 am")["offers"][0]["slot"]
    assert change(nora, "reschedule_appointment", appointment=appointment_of(nora), slot=slot).changed
    assert rows(services, "SELECT mode FROM appointments WHERE status = 'booked'") == [("drop_off",)]
