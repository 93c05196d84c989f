"""The offline desk holds whole bookings: many ways of saying things, one right row, and never a guessed one."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.lab.offline_desk_conversation import THREE, Dialogue, Workshop

FACT_LINES = (
    "it's for a tire rotation",
    "friday at half past ten",
    "the name is martin oduya",
    "i have a twenty seventeen mazda cx five",
)
FIT = "twenty twelve honda fit"


def _booked(dialogue: Dialogue) -> dict[str, Any]:
    assert len(dialogue.rows) == 1, dialogue.messages
    return dialogue.rows[0]


@pytest.mark.parametrize(
    "first_words",
    [
        "hello i would like to have my oil changed",
        "yeah hi can i set up an oil change please",
        "i'm due for an oil and filter change",
        "good morning do you have any openings for an oil change",
        "my truck needs oil",
    ],
)
def test_a_booking_can_begin_in_many_words_and_ends_in_one_row(first_words: str) -> None:
    call = Dialogue()
    call.talk(
        first_words, "sometime on thursday", "the afternoon one", "gloria estevez", "two thousand eleven nissan rogue"
    )
    assert call.rows == []
    call.talk("yes that is right", "no thank you goodbye")
    row = _booked(call)
    assert row["slot"] == "slot_2"
    assert row["new_customer"] == {"first_name": "Gloria", "last_name": "Estevez"}
    assert row["new_vehicle"] == {"year": 2011, "make": "Nissan", "model": "Rogue", "vin": None}
    assert call.asked("get_available_slots")[0]["service"] == "oil_change"
    assert call.over


@pytest.mark.parametrize("order", list(itertools.permutations(FACT_LINES)))
def test_facts_may_come_in_any_order_whatever_was_asked(order: tuple[str, ...]) -> None:
    call = Dialogue()
    call.talk("i'd like to make an appointment", *order, "yes")
    row = _booked(call)
    assert row["slot"] == "slot_3"
    assert row["new_customer"] == {"first_name": "Martin", "last_name": "Oduya"}
    assert row["new_vehicle"] == {"year": 2017, "make": "Mazda", "model": "CX-5", "vin": None}
    assert call.asked("get_available_slots")[-1]["service"] == "tire_rotation"


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("next wednesday around noon", {"weekday": "wednesday", "which_week": "next", "time": "12 pm"}),
        ("the eighteenth of december", {"day": 18, "month": 12}),
        ("december second in the morning", {"day": 2, "month": 12, "part_of_day": "morning"}),
        ("tomorrow at a quarter past eight", {"weekday": "tomorrow", "time": "8:15"}),
        ("any time after four on monday", {"weekday": "monday", "after": "4"}),
        ("before eleven a m on tuesday", {"weekday": "tuesday", "before": "11 am"}),
        ("as early as possible i mean as soon as possible", {"earliest": True}),
        ("monday no sorry tuesday", {"weekday": "tuesday"}),
        ("not this friday next friday at three p m", {"weekday": "friday", "which_week": "next", "time": "3 pm"}),
        ("first thing on wednesday", {"weekday": "wednesday", "part_of_day": "morning"}),
        ("between one and three on thursday", {"weekday": "thursday", "after": "1", "before": "3"}),
        ("saturday the twelfth", {"weekday": "saturday", "day": 12}),
        ("today at five thirty", {"weekday": "today", "time": "5:30"}),
    ],
)
def test_a_moment_is_passed_on_as_it_was_said_and_never_worked_out(words: str, moment: dict[str, Any]) -> None:
    call = Dialogue()
    call.talk("i need my battery tested", words)
    passed = call.asked("get_available_slots")[-1]["moment"]
    assert {key: value for key, value in passed.items() if value is not None} == moment


@pytest.mark.parametrize(
    ("words", "slot"),
    [
        ("the first", "slot_1"),
        ("second one please", "slot_2"),
        ("i'll take the last one", "slot_3"),
        ("nine o'clock works", "slot_1"),
        ("two", "slot_2"),
        ("friday's good", "slot_3"),
        ("the friday one", "slot_3"),
        ("the twenty seventh", "slot_3"),
        ("ten thirty", "slot_3"),
        ("either of those is fine", "slot_1"),
        ("the later one", "slot_3"),
    ],
)
def test_the_caller_chooses_among_the_offers_in_many_ways(words: str, slot: str) -> None:
    call = Dialogue()
    call.talk("an oil change please my name is ida brandt i drive a twenty thirteen buick encore")
    call.talk("this week", words, "yes please")
    assert _booked(call)["slot"] == slot


def test_another_day_than_those_offered_is_a_new_search() -> None:
    call = Dialogue()
    call.talk("oil change", "thursday", "hmm no do you have anything on wednesday")
    assert call.asked("get_available_slots")[-1]["moment"]["weekday"] == "wednesday"


def test_a_single_offer_is_taken_with_a_yes() -> None:
    call = Dialogue(Workshop(whens=THREE[:1]))
    call.talk("oil change", "thursday", "yep that works", "omar haddad", "twenty ten ford fusion", "correct")
    assert _booked(call)["slot"] == "slot_1"


@pytest.mark.parametrize("words", ["hmm", "[?yes]", "well i'm not sure", "yes no wait", "what", "what time was that"])
def test_nothing_is_carried_out_without_a_plain_yes(words: str) -> None:
    call = Dialogue()
    call.talk("oil change thursday at two", "nora beck", FIT, words)
    assert call.rows == []


def test_a_correction_at_the_read_back_is_read_back_again_before_it_is_written() -> None:
    call = Dialogue()
    call.talk("oil change thursday at two", "nora beck", FIT, "no it's a twenty fourteen")
    assert call.rows == []
    call.say("yes")
    assert _booked(call)["new_vehicle"]["year"] == 2014


def test_yes_with_a_change_is_a_change() -> None:
    call = Dialogue()
    call.talk("oil change thursday at two", "nora beck", FIT, "yes but make it friday at ten thirty")
    assert call.rows == []
    call.say("yes")
    assert _booked(call)["slot"] == "slot_3"


def test_what_is_said_to_be_wrong_is_asked_for_again() -> None:
    call = Dialogue()
    call.talk("oil change thursday at two", "nora beck", FIT, "no", "the name is wrong", "nora bech b e c h", "yes")
    assert _booked(call)["new_customer"] == {"first_name": "Nora", "last_name": "Bech"}


@pytest.mark.parametrize(
    ("said", "again", "then", "first", "last"),
    [
        ("my name is [?zdenek] smith", "[?zdenek]", ("z d e n e k",), "Zdenek", "Smith"),
        ("anna [?grzywacz]", "it's [?grzywacz]", ("g r z y w a c z",), "Anna", "Grzywacz"),
        ("[?anna grzywacz]", "it's [?grzywacz]", ("g r z y w a c z", "anna"), "Anna", "Grzywacz"),
    ],
)
def test_a_doubtful_part_of_a_name_is_asked_for_again_and_then_spelled(
    said: str, again: str, then: tuple[str, ...], first: str, last: str
) -> None:
    call = Dialogue()
    assert "name" in call.talk("oil change thursday at two", "twenty ten kia soul", said)
    assert "spell your" in call.say(again)
    assert call.asked("book_appointment") == []
    call.talk(*then)
    assert call.asked("book_appointment")[-1]["new_customer"] == {"first_name": first, "last_name": last}


@pytest.mark.parametrize(
    "spelled",
    [
        "w as in whiskey o l f e as in echo",
        "whiskey oscar lima foxtrot echo",
        "double u o l f e",
        "it's w o l f e",
        "wolfe that's w o l f e",
        "w o l s as in frank e",
    ],
)
def test_a_name_is_taken_as_it_is_spelled(spelled: str) -> None:
    call = Dialogue()
    call.talk("oil change thursday at two", "twenty ten kia soul", "tim [?wolf]", "[?wolf]", spelled)
    assert call.asked("book_appointment")[-1]["new_customer"] == {"first_name": "Tim", "last_name": "Wolfe"}


def test_words_that_are_no_name_are_not_taken_for_one_and_end_at_a_person() -> None:
    call = Dialogue()
    call.talk("oil change thursday at two", "window paper", "my name is paper hat", "chair")
    assert call.asked("book_appointment") == []
    call.say("yes please")
    assert call.asked("transfer_call") == [{"reason": "cannot_help"}]
    assert call.rows == []


def test_a_doubtful_time_is_asked_for_again_while_the_sure_day_is_kept() -> None:
    call = Dialogue()
    assert call.say("a tire rotation on wednesday at [?nine]").endswith("Did you say Wednesday at 9?")
    assert call.asked("get_available_slots") == []
    call.say("at nine")
    moment = call.asked("get_available_slots")[-1]["moment"]
    assert (moment["weekday"], moment["time"]) == ("wednesday", "9")


def test_a_doubtful_car_is_asked_for_again() -> None:
    call = Dialogue()
    assert "car" in call.talk("oil change thursday at two", "nora beck", "twenty twelve [?honda fit]")
    assert call.asked("book_appointment") == []


def test_a_day_is_asked_for_three_times_in_other_words_and_then_a_person_is_offered() -> None:
    call = Dialogue()
    answers = [call.say(words) for words in ("an oil change", "well you see", "it is like this")]
    assert len(set(answers)) == 3
    assert "like Tuesday at ten" in answers[1]
    assert "desk" in call.say("so to speak")
    call.say("mumble mumble")
    assert call.asked("transfer_call") == [{"reason": "cannot_help"}]


def test_after_declining_a_person_the_caller_may_go_on() -> None:
    call = Dialogue()
    call.talk(
        "an oil change", "well you see", "it is like this", "so to speak", "no thursday at two", "nora beck", FIT, "yes"
    )
    assert _booked(call)["slot"] == "slot_2"


def test_brakes_without_more_could_be_two_services_and_are_asked_about() -> None:
    call = Dialogue()
    answer = call.say("it's about my brakes")
    assert "brake inspection" in answer
    assert "brake pad" in answer
    call.talk("the pads", "friday")
    assert call.asked("get_available_slots")[-1]["service"] == "brake_pads"


@pytest.mark.parametrize(
    ("words", "service"),
    [
        ("my brakes make a grinding sound could you have a look at them", "brake_inspection"),
        ("the check engine light just came on", "diagnosis"),
        ("the a c is only blowing hot air", "ac_service"),
        ("the car won't start i think the battery is gone", "battery"),
        ("could you rotate the tires", "tire_rotation"),
        ("i need new break pads", "brake_pads"),
        ("an oil chains please", "oil_change"),
    ],
)
def test_services_are_known_by_the_words_of_callers_and_of_recognisers(words: str, service: str) -> None:
    call = Dialogue()
    call.talk(words, "monday")
    assert [arguments["service"] for arguments in call.asked("get_available_slots")] == [service]


def test_a_vin_is_decoded_and_gives_the_car() -> None:
    call = Dialogue()
    vin = "one h g c m eight two six three three a zero zero four three five two"
    call.talk("oil change thursday at two", "nora beck", vin, "yes")
    assert call.asked("decode_vin") == [{"vin": "1HGCM82633A004352"}]
    assert _booked(call)["new_vehicle"] == {
        "year": 2003,
        "make": "Honda",
        "model": "Accord",
        "vin": "1HGCM82633A004352",
    }
    assert _booked(call)["new_customer"] == {"first_name": "Nora", "last_name": "Beck"}


def test_a_slot_that_was_taken_in_between_is_offered_again_from_what_is_free() -> None:
    taken = {"status": "taken", "offers": [{"slot": "slot_9", "when": "Friday, November 27 at 3:00 PM"}]}
    call = Dialogue(_once_at_commit(taken))
    assert "3:00 PM" in call.talk("oil change thursday at two", "nora beck", FIT, "yes")
    call.talk("that works", "yes")
    assert _booked(call)["slot"] == "slot_9"


def test_a_commit_that_the_server_refuses_is_prepared_anew_and_not_repeated() -> None:
    call = Dialogue(_once_at_commit({"status": "refused", "reason": "The caller did not clearly agree."}))
    call.talk("oil change thursday at two", "nora beck", FIT, "yes")
    assert call.rows == []
    call.say("yes")
    assert _booked(call)["slot"] == "slot_2"
    intents = [arguments["intent"] for arguments in call.asked("book_appointment") if arguments["intent"]]
    assert len(intents) == len(set(intents)) == 2


def _once_at_commit(answer: dict[str, Any]) -> Workshop:
    """A workshop that gives this answer to the first commit."""
    workshop = Workshop()
    answers = [answer]
    workshop.answers["book_appointment"] = lambda told: answers.pop() if told["intent"] and answers else None
    return workshop


def test_two_meanings_of_a_day_are_settled_by_the_caller() -> None:
    workshop = Workshop()
    questions = [{"status": "ask", "question": "Do you mean this Friday, November 27, or Friday, December 4?"}]
    workshop.answers["get_available_slots"] = lambda _: questions.pop() if questions else None
    call = Dialogue(workshop)
    assert call.talk("an oil change", "friday").startswith("Do you mean")
    call.say("the second one")
    assert call.asked("get_available_slots")[-1]["moment"]["day"] == 4
