"""One booking through the tools, as a model drives it, and what a hostile model gets."""

from threading import Event, Thread
from typing import Any

import pytest

from shared.services import Services
from shared.storage import customers
from tests.integration.desk_calls import MONDAY, Caller, NewCaller, rows


def test_a_new_caller_books_and_the_row_says_what_was_said(services: Services, new_caller: NewCaller) -> None:
    caller = new_caller()
    offers = caller.slots(weekday="thursday", time="2 pm")["offers"]
    assert [each["when"] for each in offers] == ["Thursday, December 3 at 2:00 PM"]
    prepared = caller.prepare(offers[0]["slot"])
    assert prepared.spoken == (
        "That's an oil and filter change for your 2018 Mazda CX-5 on Thursday, December 3 at 2 PM, "
        "under the name Nora Quill. Shall I book it?"
    )
    assert prepared.content["spoken"] == prepared.spoken
    assert not prepared.changed
    booked = caller.book(intent=caller.say(prepared, "yes please"))
    assert booked.content["status"] == "booked"
    assert (booked.changed, booked.outcome) == (True, "booked")
    assert "Thursday, December 3 at 2 PM" in (booked.spoken or "")
    found = rows(
        services,
        "SELECT customer_phone, service, starts_at AT TIME ZONE 'America/Chicago' || '', status, source, "
        "call_sid, calendar_state FROM reporting.appointments",
    )
    assert found == [
        ("+12175550123", "oil_change", "2026-12-03 14:00:00", "booked", "voice", caller.call.call_sid, "pending")
    ]
    assert rows(services, "SELECT first_name, last_name FROM customers") == [("Nora", "Quill")]
    assert rows(services, "SELECT year, make, model FROM vehicles") == [(2018, "Mazda", "CX-5")]


def test_every_change_of_a_booking_leaves_one_outbox_row(services: Services, new_caller: NewCaller) -> None:
    caller = verified_with_booking(new_caller)
    appointment = caller.ask("get_upcoming_appointments").content["appointments"][0]["appointment"]
    slot = caller.slots(weekday="friday", time="9")["offers"][0]["slot"]
    moving = caller.ask("reschedule_appointment", appointment=appointment, slot=slot, intent=None)
    moved = caller.ask("reschedule_appointment", appointment=None, slot=None, intent=caller.say(moving, "yes"))
    assert "Friday, December 4 at 9 AM" in (moved.spoken or "")
    leaving = caller.ask("cancel_appointment", appointment=appointment, reason="vehicle_sold", intent=None)
    gone = caller.ask("cancel_appointment", appointment=None, reason=None, intent=caller.say(leaving, "yes cancel it"))
    assert (gone.content["status"], gone.outcome) == ("cancelled", "cancelled")
    assert rows(services, "SELECT version, action, state FROM reporting.calendar_outbox ORDER BY id") == [
        (1, "upsert", "pending"),
        (2, "upsert", "pending"),
        (3, "delete", "pending"),
    ]
    assert rows(services, "SELECT status, cancel_reason FROM appointments") == [("cancelled", "vehicle_sold")]


def verified_with_booking(new_caller: NewCaller) -> Caller:
    first = new_caller()
    prepared = first.prepare(first.slots(weekday="thursday", time="2 pm")["offers"][0]["slot"])
    assert first.book(intent=first.say(prepared, "yes")).changed
    caller = new_caller()
    assert caller.ask("lookup_customer", phone=None).content == {
        "status": "known", "verified": False, "confirm_with": ["last_name"],
    }  # fmt: skip
    assert caller.ask("verify_caller", factor="last_name", value="it's quill").content["status"] == "verified"
    return caller


@pytest.mark.parametrize("time", ["1:30 pm", "2:30 pm"])
def test_an_appointment_moves_by_half_an_hour_and_does_not_stand_in_its_own_way(
    services: Services, new_caller: NewCaller, time: str
) -> None:
    mover = booked_for_fluid(new_caller, "+12175550101", "Vale")
    booked_for_fluid(new_caller, "+12175550102", "Marsh")  # the second of the two technicians who can do it
    appointment = mover.ask("get_upcoming_appointments").content["appointments"][0]["appointment"]
    found = mover.slots(service="transmission_fluid", weekday="thursday", time=time)
    assert found["status"] == "offers"
    moving = mover.ask("reschedule_appointment", appointment=appointment, slot=found["offers"][0]["slot"], intent=None)
    moved = mover.ask("reschedule_appointment", appointment=None, slot=None, intent=mover.say(moving, "yes"))
    assert moved.content["status"] == "moved"
    stranger = new_caller("+12175550103")
    assert stranger.slots(service="transmission_fluid", weekday="thursday", time="2 pm")["status"] == "none"


def test_what_is_free_for_a_move_is_not_thereby_free_for_another_booking(
    services: Services, new_caller: NewCaller
) -> None:
    caller = booked_for_fluid(new_caller, "+12175550101", "Vale")
    booked_for_fluid(new_caller, "+12175550102", "Marsh")
    slot = caller.slots(service="transmission_fluid", weekday="thursday", time="2:30 pm")["offers"][0]["slot"]
    answer = caller.prepare(slot).content
    assert answer["status"] == "taken"
    assert answer["offers"]
    assert rows(services, "SELECT count(*) FROM appointments") == [(2,)]


def test_an_appointment_is_not_moved_to_where_it_is(new_caller: NewCaller) -> None:
    caller = booked_for_fluid(new_caller, "+12175550101", "Vale")
    appointment = caller.ask("get_upcoming_appointments").content["appointments"][0]["appointment"]
    slot = caller.slots(service="transmission_fluid", weekday="thursday", time="2 pm")["offers"][0]["slot"]
    answer = caller.ask("reschedule_appointment", appointment=appointment, slot=slot, intent=None)
    assert answer.content["status"] == "missing"


def booked_for_fluid(new_caller: NewCaller, number: str, last_name: str) -> Caller:
    """A confirmed caller with a long job on Thursday at two."""
    caller = new_caller(number)
    slot = caller.slots(service="transmission_fluid", weekday="thursday", time="2 pm")["offers"][0]["slot"]
    assert caller.book(intent=caller.say(caller.prepare(slot, last_name=last_name), "yes")).changed
    caller.ask("lookup_customer", phone=None)
    assert caller.ask("verify_caller", factor="last_name", value=last_name).content["status"] == "verified"
    return caller


def test_what_is_missing_is_named_and_nothing_is_prepared(services: Services, new_caller: NewCaller) -> None:
    answer = new_caller().book()
    assert answer.content == {
        "status": "missing",
        "needs": ["a slot from get_available_slots", "the caller's first and last name", "the car's year and make"],
    }
    assert rows(services, "SELECT count(*) FROM intents") == [(0,)]


def test_without_a_callers_number_one_must_be_given(new_caller: NewCaller) -> None:
    caller = new_caller(None)
    slot = caller.slots(weekday="thursday")["offers"][0]["slot"]
    assert "telephone number" in caller.prepare(slot).content["needs"][0]
    assert caller.ask("lookup_customer", phone="two one seven five five five oh one double four").content == {
        "status": "unknown"
    }
    assert caller.prepare(slot).content["status"] == "read_back"


def test_a_name_that_was_heard_unsurely_is_not_written_down(new_caller: NewCaller) -> None:
    caller = new_caller()
    slot = caller.slots(weekday="thursday")["offers"][0]["slot"]
    answer = caller.prepare(slot, last_name="[?wexler]").content
    assert answer["status"] == "missing"
    assert "spelling" in answer["needs"][0]


def test_a_commit_before_the_caller_answered_changes_nothing_and_reads_back_again(
    services: Services, new_caller: NewCaller
) -> None:
    caller = new_caller()
    prepared = caller.prepare(caller.slots(weekday="thursday")["offers"][0]["slot"])
    early = caller.book(intent=prepared.intent)
    assert early.content["status"] == "refused"
    assert (early.spoken, early.intent, early.changed) == (prepared.spoken, prepared.intent, False)
    assert rows(services, "SELECT count(*) FROM appointments") == [(0,)]
    assert caller.book(intent=caller.say(early, "yes")).changed


@pytest.mark.parametrize("answer", ["no", "no, Wednesday", "Yes, at five.", "yes, on the 4th", "make it Friday"])
def test_a_refusal_or_a_correction_kills_the_intent(services: Services, new_caller: NewCaller, answer: str) -> None:
    caller = new_caller()
    prepared = caller.prepare(caller.slots(weekday="thursday", time="2 pm")["offers"][0]["slot"])
    intent = caller.say(prepared, answer)
    assert caller.book(intent=intent).content["status"] == "refused"
    caller.answers[intent] = "yes"
    assert caller.book(intent=intent).content["status"] == "refused"
    assert rows(services, "SELECT count(*) FROM appointments") == [(0,)]


@pytest.mark.parametrize(
    "answer", ["wait", "how much is it?", "[?yes]", "", "Yes, for the Camry.", "Sure, under Maria Lopez.", "hmm, okay"]
)
def test_a_doubt_changes_nothing_and_the_read_back_is_said_again(
    services: Services, new_caller: NewCaller, answer: str
) -> None:
    caller = new_caller()
    prepared = caller.prepare(caller.slots(weekday="thursday", time="2 pm")["offers"][0]["slot"])
    doubted = caller.book(intent=caller.say(prepared, answer))
    assert (doubted.content["status"], doubted.changed) == ("refused", False)
    assert doubted.content["spoken"] == doubted.spoken == prepared.spoken
    assert rows(services, "SELECT count(*) FROM appointments") == [(0,)]
    assert caller.book(intent=doubted.intent).content["status"] == "refused"  # not answered yet
    assert caller.book(intent=caller.say(doubted, "yes, please")).content["status"] == "booked"
    assert rows(services, "SELECT count(*) FROM appointments") == [(1,)]


def test_what_was_answered_before_the_read_back_was_said_again_answers_nothing_now(
    services: Services, new_caller: NewCaller
) -> None:
    """A call keeps all that was said since a read-back; a doubt in it must not outlive its repetition."""
    caller = new_caller()
    prepared = caller.prepare(caller.slots(weekday="thursday", time="2 pm")["offers"][0]["slot"])
    doubted = caller.book(intent=caller.say(prepared, "how much is it"))
    caller.say(prepared, "how much is it yes")
    assert caller.book(intent=caller.say(doubted, "yes")).changed
    assert rows(services, "SELECT count(*) FROM appointments") == [(1,)]


def test_a_second_commit_gets_the_first_ones_answer_and_one_row_stands(
    services: Services, new_caller: NewCaller
) -> None:
    caller = new_caller()
    prepared = caller.prepare(caller.slots(weekday="thursday")["offers"][0]["slot"])
    intent = caller.say(prepared, "yes")
    first, second = caller.book(intent=intent), caller.book(intent=intent)
    assert first.content == second.content
    assert rows(services, "SELECT count(*) FROM appointments") == [(1,)]


def test_a_newer_read_back_withdraws_the_older_one(services: Services, new_caller: NewCaller) -> None:
    caller = new_caller()
    offers = caller.slots(weekday="thursday")["offers"]
    older, newer = caller.prepare(offers[0]["slot"]), caller.prepare(offers[1]["slot"])
    caller.say(older, "yes")
    assert caller.book(intent=older.intent).content["status"] == "refused"
    assert caller.book(intent=caller.say(newer, "yes")).changed
    assert rows(services, "SELECT count(*) FROM appointments") == [(1,)]


def test_foreign_handles_and_made_up_ones_answer_alike(services: Services, new_caller: NewCaller) -> None:
    verified_with_booking(new_caller)
    other, prepared_by = new_caller("+12175550177"), new_caller("+12175550155")
    foreign = prepared_by.prepare(prepared_by.slots(weekday="friday")["offers"][0]["slot"])
    other.answers[str(foreign.intent)] = "yes"
    assert other.book(intent=foreign.intent).content == other.book(intent="intent_99").content
    assert other.book(slot="slot_1").content == other.book(slot="slot_77").content
    stranger = verified_stranger(new_caller)
    there = stranger.ask("cancel_appointment", appointment="appt_1", reason=None, intent=None)
    nowhere = stranger.ask("cancel_appointment", appointment="appt_99", reason=None, intent=None)
    assert there.content == nowhere.content
    assert there.content["status"] == "not_found"
    assert rows(services, "SELECT status FROM appointments ORDER BY id") == [("booked",), ("booked",)]


def verified_stranger(new_caller: NewCaller) -> Caller:
    """Somebody confirmed, with a booking of their own that this call has not listed."""
    first = new_caller("+12175550166")
    prepared = first.prepare(first.slots(weekday="tuesday")["offers"][0]["slot"], "Ines", "Vale")
    assert first.book(intent=first.say(prepared, "yes")).changed
    stranger = new_caller("+12175550166")
    stranger.ask("lookup_customer", phone=None)
    assert stranger.ask("verify_caller", factor="last_name", value="v a l e").content["status"] == "verified"
    return stranger


def test_an_intent_of_one_kind_is_not_spent_by_another_tool(services: Services, new_caller: NewCaller) -> None:
    caller = new_caller()
    prepared = caller.prepare(caller.slots(weekday="thursday")["offers"][0]["slot"])
    intent = caller.say(prepared, "yes")
    assert caller.ask("take_message", message=None, intent=intent).content["status"] == "not_found"
    assert rows(services, "SELECT count(*) FROM callbacks") == [(0,)]


def test_a_slot_that_was_taken_meanwhile_is_told_so_with_other_times(services: Services, new_caller: NewCaller) -> None:
    slow = new_caller("+12175550101")
    slot = slow.slots(service="transmission_fluid", weekday="thursday", time="9 am")["offers"][0]["slot"]
    prepared = slow.prepare(slot)
    # Two technicians can do it; two others take them both.
    for number in ("+12175550102", "+12175550103"):
        fast = new_caller(number)
        offered = fast.slots(service="transmission_fluid", weekday="thursday", time="9 am")["offers"][0]["slot"]
        assert fast.book(intent=fast.say(fast.prepare(offered), "yes")).changed
    late = slow.book(intent=slow.say(prepared, "yes"))
    assert (late.content["status"], late.changed) == ("taken", False)
    assert late.content["offers"]
    again = slow.prepare(late.content["offers"][0]["slot"])
    assert slow.book(intent=slow.say(again, "yes")).content["status"] == "booked"
    assert rows(services, "SELECT count(*) FROM appointments WHERE status = 'booked'") == [(3,)]


def test_two_calls_of_one_new_customer_at_once_make_one_customer(services: Services) -> None:
    new: dict[str, Any] = {
        "phone": "+12175550177", "first_name": "Nora", "last_name": "Quill", "zone": "America/Chicago", "now": MONDAY,
    }  # fmt: skip
    begun, ids = Event(), list[int]()

    def second() -> None:
        with services.database.transaction() as connection:
            begun.set()
            ids.append(customers.add_customer(connection, **new))

    with services.database.transaction() as connection:
        ids.append(customers.add_customer(connection, **new))
        other = Thread(target=second)
        other.start()
        assert begun.wait(5)
    other.join(5)
    assert len(set(ids)) == 1
