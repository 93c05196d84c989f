"""Keys of the telephone: a person, a number that was asked for, and a secret that nobody is shown."""

import json

import pytest

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.keypad import PLACEHOLDER
from tests.calls.script import LINES, Script


def asked(question: str) -> Script:
    """Sophie has asked this, and it was heard."""
    call = Script()
    call.hear_out()
    call.caller("hello")
    call.model(question)
    call.hear_out()
    return call


def press(call: Script, keys: str) -> None:
    for key in keys:
        call.tell(ev.KeyPressed(key))


@pytest.mark.parametrize("keys", ["0", "00", "0#"])
def test_zero_stands_for_a_person_while_no_number_was_asked_for(keys: str) -> None:
    call = asked("What can I do for you?")
    press(call, keys)
    call.wait(2.1)
    assert call.said[-1] == LINES.to_person


@pytest.mark.parametrize(
    "question",
    ["What is your phone number?", "What's the ZIP code on file?", "What are the last four characters of the VIN?"],
)
def test_while_a_number_was_asked_for_zero_is_a_digit(question: str) -> None:
    call = asked(question)
    press(call, "0")
    call.wait(2.1)
    assert LINES.to_person not in call.said
    assert call.messages[-1]["role"] == "user"


def test_a_number_ends_with_the_hash_key_and_starts_over_with_the_star() -> None:
    call = asked("What is your phone number?")
    press(call, "217555*5550142#")
    assert call.messages[-1]["content"] == "5550142"


def test_a_star_alone_and_a_hash_alone_are_nothing() -> None:
    call = asked("What is your phone number?")
    before = len(call.asked)
    press(call, "*#")
    call.wait(3)
    assert len(call.asked) == before


@pytest.mark.parametrize(
    ("question", "keys"),
    [("What is your phone number?", "2175550142"), ("Your phone number, please?", "12175550142")],
)
def test_a_telephone_number_is_complete_with_its_last_digit(question: str, keys: str) -> None:
    call = asked(question)
    press(call, keys)
    assert call.messages[-1]["content"] == keys


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("What's the ZIP code on file?", "62701"),
        ("What are the last four of the VIN?", "4352#"),
        ("May I have your last name, your ZIP code or the last four of the VIN?", "62701#"),
    ],
)
def test_digits_typed_as_a_second_factor_are_shown_to_nobody_but_the_tool(question: str, keys: str) -> None:
    call = asked(question)
    press(call, keys)
    digits = keys.strip("#")
    assert call.messages[-1]["content"] == PLACEHOLDER
    call.model("", ("verify_caller", json.dumps({"factor": "zip", "value": PLACEHOLDER})))
    run = call.of(do.RunTool)[-1]
    assert (run.typed, PLACEHOLDER in run.call.arguments) == (digits, True)
    call.tool({"status": "verified"})
    call.tell(ev.StreamEnded())
    assert call.of(do.KeepTurn)[-1].caller_said == "•" * len(digits)
    assert digits not in repr(call.commands)
    assert digits not in repr(call.conversation.so_far)


def test_a_telephone_number_typed_where_a_secret_would_do_too_is_ordinary() -> None:
    call = asked("What is the phone number or the ZIP code on file?")
    press(call, "2175550142#")
    assert call.messages[-1]["content"] == "2175550142"


def test_half_typed_and_half_said_is_one_turn_whose_typed_half_stays_secret() -> None:
    call = asked("What's the ZIP code on file?")
    press(call, "627")
    call.caller("oh one")
    assert call.messages[-1]["content"] == f"{PLACEHOLDER} oh one"


def test_half_said_and_half_typed_is_one_turn() -> None:
    call = asked("What's the best phone number to reach you?")
    call.caller("two one seven")
    press(call, "5550123#")
    assert call.messages[-1] == {"role": "user", "content": "two one seven 5550123"}
    call.wait(3.1)
    assert call.messages[-1] == {"role": "user", "content": "two one seven 5550123"}


def test_a_star_after_half_a_number_was_said_leaves_what_was_said() -> None:
    call = asked("What's the best phone number to reach you?")
    call.caller("two one seven")
    press(call, "55*")
    call.wait(3.1)
    assert call.messages[-1] == {"role": "user", "content": "two one seven"}
