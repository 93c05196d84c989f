"""The offline desk beside bookings: known callers, changes, questions, messages, persons, failures."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis.strategies import booleans, lists, sampled_from

from infra.local.openai_chat.desk_policy.desk import next_move
from tests.lab.offline_desk_conversation import FACTS, NAMES, PROMPT, Dialogue, Workshop

FRIDAY = {
    "appointment": "appt_1",
    "when": "Friday, December 4 at 9:00 AM",
    "service": "oil and filter change",
    "vehicle": "2019 Honda Civic",
}
MONDAY = {
    "appointment": "appt_2",
    "when": "Monday, December 7 at 1:30 PM",
    "service": "brake inspection",
    "vehicle": "2012 Toyota Camry",
}


def test_a_known_caller_is_confirmed_by_their_name_and_their_car_on_file_is_used() -> None:
    call = Dialogue(Workshop(known=True))
    assert "2019 Honda Civic" in call.talk("oil change on thursday at nine", "ana moreno")
    call.talk("yes that one", "yes")
    row = call.rows[0]
    assert (row["vehicle"], row["new_vehicle"], row["new_customer"]) == ("car_1", None, None)


def test_a_known_caller_with_another_car_books_that_one() -> None:
    call = Dialogue(Workshop(known=True))
    call.talk("oil change on thursday at nine", "ana moreno", "no it's a different one")
    call.talk("twenty twenty two hyundai tucson", "yes")
    assert call.rows[0]["new_vehicle"] == {"year": 2022, "make": "Hyundai", "model": "Tucson", "vin": None}


def test_a_caller_who_is_not_the_customer_on_file_books_as_a_new_one() -> None:
    call = Dialogue(Workshop(known=True))
    call.talk("oil change on thursday at nine", "peter lang", "twenty twenty two hyundai tucson", "yes")
    assert call.rows[0]["new_customer"] == {"first_name": "Peter", "last_name": "Lang"}


def test_cancelling_verifies_first_and_waits_for_the_yes() -> None:
    call = Dialogue(Workshop(known=True, appointments=(FRIDAY,)))
    call.talk("i have to cancel my appointment something came up", "the zip is five five eight oh two")
    assert call.asked("verify_caller") == [{"factor": "zip", "value": "55802"}]
    assert call.rows == []
    call.say("yes go ahead")
    assert [(row["kind"], row["appointment"], row["reason"]) for row in call.rows] == [
        ("cancel", "appt_1", "schedule_conflict")
    ]


def test_a_cancelling_that_is_not_wanted_after_all_leaves_the_appointment() -> None:
    call = Dialogue(Workshop(known=True, appointments=(FRIDAY,)))
    call.talk("please cancel my booking", "moreno", "no leave it", "no that's all")
    assert call.rows == []
    assert call.over


def test_of_several_appointments_the_caller_says_which() -> None:
    call = Dialogue(Workshop(known=True, appointments=(FRIDAY, MONDAY)))
    call.talk("i want to cancel an appointment of mine", "moreno", "the one on monday", "yes")
    assert [row["appointment"] for row in call.rows] == ["appt_2"]


def test_moving_looks_for_the_same_service_and_commits_the_chosen_slot() -> None:
    call = Dialogue(Workshop(known=True, appointments=(MONDAY,)))
    call.talk("could i reschedule", "my last name is moreno", "thursday", "two o'clock", "yes")
    assert call.asked("get_available_slots")[-1]["service"] == "brake_inspection"
    assert [(row["kind"], row["appointment"], row["slot"]) for row in call.rows] == [("move", "appt_2", "slot_2")]


def test_a_caller_is_told_their_appointments_only_when_verified() -> None:
    call = Dialogue(Workshop(known=True, appointments=(FRIDAY,)))
    assert "December" not in call.say("when is my appointment")
    assert "December" not in call.say("jones")
    assert "Friday, December 4 at 9:00 AM" in call.say("sorry it's under moreno")


def test_a_withheld_number_is_asked_for_before_anything_is_changed() -> None:
    facts = FACTS.replace("The call comes from a number that can be looked up.", "The caller's number is withheld.")
    call = Dialogue(Workshop(appointments=(FRIDAY,)), facts)
    call.talk("cancel my appointment please", "two one eight five five five oh one four two", "moreno", "yes")
    assert call.asked("lookup_customer") == [{"phone": "2185550142"}]
    assert [row["kind"] for row in call.rows] == ["cancel"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("can i talk to a real person", "asked_for_person"),
        ("let me speak with your service manager", "asked_for_person"),
        ("i got charged twice on my last invoice", "billing"),
        ("is my car ready to be picked up", "status_of_car"),
        ("my car broke down on the side of the highway", "emergency"),
        ("i want to complain about the work you did", "complaint"),
    ],
)
def test_what_is_for_a_person_goes_to_a_person(words: str, reason: str) -> None:
    call = Dialogue()
    call.say(words)
    assert call.asked("transfer_call") == [{"reason": reason}]


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("what time do you close", "6:00 p.m."),
        ("where are you located", "88 Harbor Lane"),
        ("how much does a brake inspection cost", "$49 to $79"),
        ("how long does an oil change take", "60 minutes"),
    ],
)
def test_questions_are_answered_from_the_prompt_and_the_talk_goes_on(question: str, fact: str) -> None:
    assert fact in Dialogue().say(question)
    call = Dialogue()
    call.say("a tire rotation please")
    answer = call.say(question)
    assert fact in answer
    assert answer.endswith("?")
    call.talk("thursday at two", "nora beck", "twenty twelve honda fit", "yes")
    assert call.asked("get_available_slots")[-1]["service"] == "tire_rotation"
    assert len(call.rows) == 1


def test_a_message_is_read_back_before_it_is_left() -> None:
    call = Dialogue()
    call.talk("could you take a message", "tell them i left my sunglasses in the blue van")
    assert call.rows == []
    call.say("yes")
    assert call.rows[0]["message"] == "i left my sunglasses in the blue van"


def test_a_tool_that_fails_is_not_called_again_before_the_caller_has_spoken() -> None:
    workshop = Workshop()
    workshop.answers["get_available_slots"] = lambda _: {"status": "error", "reason": "timeout", "advice": "Say so."}
    call = Dialogue(workshop)
    answer = call.talk("oil change on thursday")
    assert len(call.asked("get_available_slots")) == 1
    assert "desk" in answer
    del workshop.answers["get_available_slots"]
    assert "2:00 PM" in call.say("no let's try that again")


def test_the_desk_is_the_same_for_the_same_messages() -> None:
    call = Dialogue()
    call.talk("oil change", "thursday")
    assert next_move(call.messages, NAMES) == next_move(call.messages, NAMES)


def test_a_reply_of_which_the_caller_heard_only_the_start_is_still_understood() -> None:
    call = Dialogue()
    call.talk("oil change", "thursday")
    call.messages[-1]["content"] = "I have"
    call.talk("two o'clock", "nora beck", "twenty twelve honda fit", "yes")
    assert call.rows[0]["slot"] == "slot_2"


def test_a_tool_that_the_request_does_not_offer_is_not_called() -> None:
    messages = [{"role": "system", "content": PROMPT}, {"role": "user", "content": "let me talk to a person"}]
    move = next_move(messages, frozenset({"end_call"}))
    assert move.calls == ()
    assert move.text


def test_the_services_come_from_the_prompt_alone() -> None:
    ours = "- oil_change: oil and filter change; about 60 minutes; $59 to $89"
    call = Dialogue(prompt=PROMPT.replace(ours, "- chain_lube: bicycle chain lubrication; about 10 minutes; $9"))
    call.talk("i want my bicycle chain lubricated", "friday")
    assert [arguments["service"] for arguments in call.asked("get_available_slots")] == ["chain_lube"]


def test_what_is_said_is_free_of_marks() -> None:
    call = Dialogue()
    lines = ("hi", "oil change", "thursday", "the second", "nora beck", "what", "a honda")
    assert not any(set(call.say(words)) & set("*#_[]`|<>") for words in lines)


LINES = (
    "oil change", "brakes", "cancel my appointment", "move it", "thursday", "two o'clock", "[?nine]", "no", "nora beck",
    "[?nora]", "n o r a", "twenty twelve honda fit", "what", "the second one", "five five eight oh two", "is it open",
    "",
    "mumble", "not that", "yes", "i'll wait", "moreno", "a person", "leave a message", "hold on", "that's all",
    "one h g c m eight two six three three a",
)  # fmt: skip


@settings(max_examples=120, deadline=None, derandomize=True, database=None)
@given(words=lists(sampled_from(LINES), max_size=14), known=booleans())
def test_whatever_is_said_the_desk_answers_and_writes_only_upon_a_yes(words: list[str], known: bool) -> None:
    call = Dialogue(Workshop(known=known, appointments=(FRIDAY, MONDAY)))
    for line in words:
        if call.over:
            break
        written = len(call.rows)
        assert call.say(line)
        assert len(call.rows) == written or line == "yes"


def test_a_caller_who_asks_to_wait_is_given_time_and_the_question_stays_open() -> None:
    call = Dialogue()
    answer = call.talk("oil change thursday at two", "nora beck", "twenty twelve honda fit", "hang on")
    assert answer == "Of course, take your time."
    call.say("okay yes")
    assert len(call.rows) == 1


def _nobody_is_there() -> Workshop:
    workshop = Workshop()
    workshop.answers["transfer_call"] = lambda _: {
        "status": "error",
        "reason": "Nobody is at the desk: we open on Monday at 7:30 AM.",
        "advice": "Offer to take a message.",
    }
    return workshop


def test_when_nobody_is_at_the_desk_the_caller_hears_why_and_is_offered_a_message() -> None:
    call = Dialogue(_nobody_is_there())
    answer = call.say("i want to talk to a person")
    assert "we open on Monday at 7:30 AM" in answer
    assert "message" in answer
    call.talk("yes please", "the left mirror is still loose")
    assert call.rows == []
    call.talk("yes", "is there really no human being", "no")
    assert [row["message"] for row in call.rows] == ["the left mirror is still loose"]
    assert len(call.asked("transfer_call")) == 1
    assert call.over


def test_a_caller_who_wants_no_message_either_hears_goodbye() -> None:
    call = Dialogue(_nobody_is_there())
    assert "anything else" in call.talk("let me speak to somebody", "no thanks")
    call.say("no")
    assert call.asked("take_message") == []
    assert call.over


def test_a_caller_may_go_on_with_a_booking_when_nobody_is_at_the_desk() -> None:
    call = Dialogue(_nobody_is_there())
    call.talk("let me speak to somebody", "no just a tire rotation then thursday at two", "nora beck")
    call.talk("twenty twelve honda fit", "yes")
    assert [row["kind"] for row in call.rows] == ["book"]


def test_a_commit_without_an_answer_is_tried_again_only_when_the_caller_wants_it() -> None:
    call = Dialogue()
    call.talk("oil change thursday at two", "nora beck", "twenty twelve honda fit")
    failing = [{"status": "error", "reason": "The appointment book does not answer.", "advice": "Say so politely."}]
    call.workshop.answers["book_appointment"] = lambda _: failing.pop() if failing else None
    answer = call.say("yes")
    assert "does not answer" in answer
    assert call.rows == []
    call.say("yes")
    assert [row["kind"] for row in call.rows] == ["book"]
    intents = [told["intent"] for told in call.asked("book_appointment") if told["intent"]]
    assert len(set(intents)) == 1


def test_a_message_from_a_withheld_number_asks_where_to_call_back() -> None:
    call = Dialogue()
    needs = [{"status": "missing", "needs": ["a telephone number to reach the caller (give it to lookup_customer)"]}]
    call.workshop.answers["take_message"] = lambda _: needs.pop() if needs else None
    assert "number" in call.talk("please take a message", "my wheel is making a sound")
    call.talk("two one eight five five five oh one four two", "yes")
    assert [row["message"] for row in call.rows] == ["my wheel is making a sound"]
