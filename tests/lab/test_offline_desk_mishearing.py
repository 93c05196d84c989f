"""The offline desk with what a recogniser makes of callers: unsure words, lost words, words in the wrong place."""

from __future__ import annotations

import pytest

from tests.lab.offline_desk_conversation import FACTS, Dialogue

ALL_BUT_THE_NAME = ("oil change thursday at two", "twenty ten kia soul")


def _name_given(call: Dialogue) -> tuple[str, str]:
    named = call.asked("book_appointment")[-1]["new_customer"]
    return named["first_name"], named["last_name"]


@pytest.mark.parametrize(
    "words",
    [
        "as soon as you can",
        "whenever you have something",
        "the soonest please",
        "first available",
        "any time",
        "i don't care when",
        "i'm pretty flexible",
        "what do you have",
        "as quickly as possible",
    ],
)
def test_a_caller_without_a_wish_for_a_time_is_offered_the_earliest(words: str) -> None:
    call = Dialogue()
    call.talk("a tire rotation please", words)
    passed = call.asked("get_available_slots")[-1]["moment"]
    assert {key: value for key, value in passed.items() if value is not None} == {"earliest": True}


def test_what_was_understood_is_said_back_before_the_next_question() -> None:
    call = Dialogue()
    assert call.talk("oil change please", "i am irene kovacs").startswith("Thanks, Irene Kovacs.")
    assert call.say("i drive a twenty sixteen ford escape").startswith("A 2016 Ford Escape.")
    assert "Honda" in call.say("no it's a twenty sixteen honda pilot")


def test_a_doubtful_part_of_a_name_is_spelled_out_by_the_desk_and_taken_upon_a_yes() -> None:
    call = Dialogue()
    answer = call.talk(*ALL_BUT_THE_NAME, "felix [?hartmann]")
    assert "Hartmann, H, A, R, T, M, A, N, N?" in answer
    assert call.asked("book_appointment") == []
    call.say("[?yep] that's right")
    assert _name_given(call) == ("Felix", "Hartmann")


def test_a_car_in_the_place_of_a_yes_does_not_confirm_a_doubtful_name() -> None:
    call = Dialogue()
    call.talk("oil change thursday at two", "my name is [?tabitha] kowalski")
    assert "spell your first name" in call.say("a twenty ten kia soul alright")
    assert call.asked("book_appointment") == []


def test_a_doubtful_name_that_the_caller_denies_is_asked_to_be_spelled_without_an_apology() -> None:
    call = Dialogue()
    answer = call.talk(*ALL_BUT_THE_NAME, "felix [?hartmann]", "no")
    assert answer in ("Could you spell your last name for me, letter by letter?", "Please spell your last name for me.")
    call.say("h a r d m a n")
    assert _name_given(call) == ("Felix", "Hardman")


def test_a_doubtful_word_beside_a_name_does_not_spoil_it() -> None:
    call = Dialogue()
    call.talk(*ALL_BUT_THE_NAME, "[?that's] joyce lambert [?here]")
    assert _name_given(call) == ("Joyce", "Lambert")


def test_a_model_that_its_make_does_not_have_is_asked_for_once_and_then_left_open() -> None:
    call = Dialogue()
    answer = call.talk("oil change thursday at two", "nora beck", "a twenty fourteen honda window")
    assert answer == "A 2014 Honda. Which Honda is it, which model?"
    call.say("window")
    told = call.asked("book_appointment")[-1]["new_vehicle"]
    assert (told["year"], told["make"], told["model"]) == (2014, "Honda", None)


def test_a_model_that_no_table_holds_is_believed_when_it_is_said_twice() -> None:
    call = Dialogue()
    call.talk("oil change thursday at two", "nora beck", "a twenty fourteen honda clarity", "yes a clarity")
    assert call.asked("book_appointment")[-1]["new_vehicle"]["model"] == "Clarity"


def test_a_make_and_the_model_of_another_make_are_settled_by_the_caller() -> None:
    call = Dialogue()
    answer = call.talk("oil change thursday at two", "nora beck", "twenty fifteen kia corolla")
    assert answer.endswith("Is it a 2015 Toyota Corolla?")
    assert call.asked("book_appointment") == []
    call.say("yes")
    assert call.asked("book_appointment")[-1]["new_vehicle"]["make"] == "Toyota"


def test_a_clear_model_vouches_for_a_doubtful_make() -> None:
    call = Dialogue()
    call.talk("oil change thursday at two", "nora beck", "twenty fifteen [?toyota] corolla")
    assert call.asked("book_appointment")[-1]["new_vehicle"]["make"] == "Toyota"


def test_a_part_of_the_day_after_garbled_words_raises_the_question_which_day() -> None:
    call = Dialogue()
    assert call.talk("oil change", "when does the afternoon") == "Which day would that be, in the afternoon?"
    assert call.asked("get_available_slots") == []
    call.say("on wednesday")
    passed = call.asked("get_available_slots")[-1]["moment"]
    assert (passed["weekday"], passed["part_of_day"]) == ("wednesday", "afternoon")


def test_a_doubtful_day_is_taken_upon_a_yes_and_not_upon_a_please() -> None:
    call = Dialogue()
    assert call.talk("oil change", "[?monday] morning").endswith("Did you say Monday in the morning?")
    call.say("the third one please")
    assert call.asked("get_available_slots") == []
    call = Dialogue()
    call.talk("oil change", "[?monday] morning", "yes")
    assert call.asked("get_available_slots")[-1]["moment"]["weekday"] == "monday"


def test_a_wrong_choice_among_offers_can_be_taken_back() -> None:
    call = Dialogue()
    call.talk("oil change this week", "the third one", "no i said the first one", "nora beck", "twenty ten kia soul")
    assert call.asked("book_appointment")[-1]["slot"] == "slot_1"


def test_another_time_than_those_offered_is_looked_for_on_the_day_of_the_offers() -> None:
    call = Dialogue()
    call.workshop.whens = ("Thursday, November 26 at 9:00 AM", "Thursday, November 26 at 2:00 PM")
    call.talk("oil change whenever you can", "how about a quarter past three")
    passed = call.asked("get_available_slots")[-1]["moment"]
    assert (passed["month"], passed["day"], passed["time"]) == (11, 26, "3:15")


@pytest.mark.parametrize("words", ["that's it", "that'll do", "that's all right"])
def test_words_of_agreement_after_a_question_do_not_end_the_call(words: str) -> None:
    call = Dialogue()
    call.workshop.whens = ("Thursday, November 26 at 9:00 AM",)
    call.talk("oil change on thursday", words)
    assert not call.over
    call.talk("nora beck", "twenty ten kia soul")
    assert call.asked("book_appointment")[-1]["slot"] == "slot_1"


@pytest.mark.parametrize(
    ("words", "make", "model"),
    [
        ("a twenty ten volvo s sixty", "Volvo", "S60"),
        ("a twenty ten volvo x c ninety", "Volvo", "XC90"),
        ("twenty ten audi q five", "Audi", "Q5"),
        ("a twenty ten ford f one fifty", "Ford", "F-150"),
        ("twenty ten toyota rav four", "Toyota", "RAV4"),
        ("twenty ten acura m d x", "Acura", "MDX"),
    ],
)
def test_models_of_letters_and_numbers_are_known_as_they_are_said(words: str, make: str, model: str) -> None:
    call = Dialogue()
    call.talk("oil change thursday at two", "nora beck", words)
    told = call.asked("book_appointment")[-1]["new_vehicle"]
    assert (told["year"], told["make"], told["model"]) == (2010, make, model)


def test_the_last_name_said_again_is_not_taken_for_the_first() -> None:
    call = Dialogue()
    call.talk(*ALL_BUT_THE_NAME, "my last name is petersen", "peterson", "anna")
    assert _name_given(call) == ("Anna", "Peterson")


def test_a_murmured_yes_is_no_name() -> None:
    call = Dialogue()
    call.talk(*ALL_BUT_THE_NAME, "omar [?shah]", "uh huh")
    assert _name_given(call) == ("Omar", "Shah")


def test_a_change_of_mind_after_asking_to_wait_is_not_lost() -> None:
    call = Dialogue()
    call.talk("oil change thursday at two", "nora beck", "wait just a second could you do nine instead")
    assert call.asked("get_available_slots")[-1]["moment"]["time"] == "9"


def test_an_unsure_answer_to_another_question_is_asked_about_and_does_not_count_against_the_caller() -> None:
    call = Dialogue()
    answer = call.talk("oil change", "gravel", "pebbles", "[?norma quinn]")
    assert answer.endswith("Is the name Norma Quinn?")
    assert "day" in call.say("yes")


def test_facts_that_are_given_in_the_place_of_a_message_are_taken_and_the_booking_goes_on() -> None:
    call = Dialogue(facts=FACTS.replace("which is open", "which is closed"))
    answer = call.talk("oil change", "gravel", "pebbles", "sand", "twenty fifteen [?kia] corolla")
    assert answer.endswith("Is it a 2015 Toyota Corolla?")
    call.talk("yes", "thursday at two", "nora beck", "yes")
    assert [row["slot"] for row in call.rows] == ["slot_2"]
