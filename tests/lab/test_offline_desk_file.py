"""The offline desk and a customer's file: what is on it is changed as the caller says; and recalls of their cars."""

from typing import Any

import pytest

from tests.lab.offline_desk_conversation import Dialogue, Workshop

SAME = dict.fromkeys(("first_name", "last_name", "zip", "email", "phone"))


@pytest.mark.parametrize(
    ("lines", "changed"),
    [
        (["we moved, my new zip is five five eight one one", "moreno"], {"zip": "55811"}),
        (["i need to change my zip code", "moreno", "five five eight one one"], {"zip": "55811"}),
        (["can you update my details", "moreno", "the phone number", "two one eight five five five oh one four four"],
         {"phone": "2185550144"}),
        (["i'd like to change my e-mail address", "moreno", "ana dot moreno at gmail dot com"],
         {"email": "ana dot moreno at gmail dot com"}),
        (["i got married, please change my last name to whitfield", "moreno"], {"last_name": "Whitfield"}),
    ],
)  # fmt: skip
def test_what_has_changed_is_written_after_the_callers_yes(lines: list[str], changed: dict[str, str]) -> None:
    call = Dialogue(Workshop(known=True))
    call.talk(*lines)
    assert call.asked("verify_caller") == [{"factor": "last_name", "value": "Moreno"}]
    assert call.rows == []
    call.say("yes please")
    assert [row["customer"] for row in call.rows] == [SAME | changed]


def test_a_car_is_added_to_the_file() -> None:
    call = Dialogue(Workshop(known=True))
    call.talk("i want to add another car to my file", "moreno", "a twenty twenty two hyundai tucson", "yes")
    car = {"year": 2022, "make": "Hyundai", "model": "Tucson", "vin": None, "mileage": None, "plate": None}
    assert [(row["vehicle"], row["car"]) for row in call.rows] == [(None, car)]


def test_a_change_that_is_not_wanted_after_all_changes_nothing() -> None:
    call = Dialogue(Workshop(known=True))
    call.talk("i need to change my zip code", "moreno", "five five eight one one", "no", "never mind")
    assert call.rows == []


def test_a_stranger_hears_of_the_recalls_of_the_car_they_name() -> None:
    call = Dialogue(Workshop())
    told = call.talk("are there any recalls on a twenty seventeen mazda cx five")
    assert call.asked("get_recalls") == [{"vehicle": None, "year": 2017, "make": "Mazda", "model": "CX-5"}]
    assert "one recall" in told and "air bags" in told and "should not be driven" in told


def test_a_customer_is_confirmed_before_recalls_are_told_of_a_car_on_file() -> None:
    call = Dialogue(Workshop(known=True))
    call.talk("is there a recall on my car", "moreno", "yes that one")
    assert call.asked("get_recalls") == [{"vehicle": "car_1", "year": None, "make": None, "model": None}]


def test_a_vin_whose_question_was_put_twice_is_taken_at_the_second_answer() -> None:
    question = "Is the third character S as in Sierra, or F as in Foxtrot?"
    unsure: dict[str, Any] = {"status": "unsure", "spoken": question}
    answers = [unsure, unsure, {"status": "ok", "year": 2003, "make": "HONDA", "model": "Accord"}]
    call = Dialogue(Workshop(answers={"decode_vin": lambda _: answers.pop(0)}))
    vin = "one h s c m eight two six three three a zero zero four three five two"
    call.talk("oil change thursday at two", "nora beck", vin, "f as in foxtrot", "f as in foxtrot", "yes")
    assert [row["new_vehicle"]["vin"] for row in call.rows] == ["1HFCM82633A004352"]
