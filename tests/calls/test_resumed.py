"""A call that goes on in a second stream: what is heard first, what the model knows, what may still be committed."""

from typing import Any

import pytest

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.conversation import Conversation
from media_service.conversation.resumed import Resumed, SoFar
from tests.calls.script import LINES, Script

DIALOGUE: list[dict[str, Any]] = [
    {"role": "user", "content": "an oil change tomorrow"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "a_1", "type": "function", "function": {"name": "book_appointment", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "a_1", "content": '{"status": "needs_confirmation", "intent": "intent_1"}'},
]
SO_FAR = SoFar(turn=3, dialogue=DIALOGUE, read_backs={"intent_1": ""}, outcome=None)


def going_on(so_far: SoFar = SO_FAR, *, owed: bool = True) -> Script:
    call = Script(answered=False)
    resumed = Resumed(so_far, "Sorry, we were cut off.", "The line was cut off.", owed)
    call.conversation = Conversation(LINES, resumed=resumed)
    call.tell(ev.StreamStarted())
    return call


def test_the_caller_hears_what_happened_and_no_greeting() -> None:
    assert going_on().said == ["Sorry, we were cut off."]


def test_the_model_goes_on_from_what_was_said_and_knows_of_the_break() -> None:
    messages = going_on().asked[-1].messages
    assert messages[:3] == DIALOGUE
    assert {"role": "system", "content": "The line was cut off."} in messages


def test_a_caller_whose_turn_it_is_is_listened_to() -> None:
    call = going_on(owed=False)
    assert call.asked == []
    call.hear_out()
    call.caller("my brakes squeal")
    assert call.asked[-1].messages[-1] == {"role": "user", "content": "my brakes squeal"}


def test_the_turn_after_the_break_is_the_next_one() -> None:
    call = going_on()
    assert call.conversation.turn == 4
    call.hear_out()
    call.tell(ev.StreamEnded(abnormal=True))
    assert [kept.turn for kept in call.of(do.KeepTurn)] == [4]


def test_a_yes_after_the_break_answers_what_was_read_back_before_it() -> None:
    call = going_on()
    call.model("Shall I book that?")
    call.hear_out()
    call.caller("yes please")
    call.model("", ("book_appointment", '{"intent": "intent_1"}'))
    assert call.of(do.RunTool)[-1].answers == {"intent_1": "yes please"}


def test_a_no_before_the_break_is_not_forgotten() -> None:
    call = going_on(SoFar(3, DIALOGUE, {"intent_1": "no, Tuesday"}, None))
    call.model("Which Tuesday?")
    call.hear_out()
    call.caller("yes")
    call.model("", ("book_appointment", '{"intent": "intent_1"}'))
    assert call.of(do.RunTool)[-1].answers == {"intent_1": "no, Tuesday yes"}


@pytest.mark.parametrize(("written", "outcome"), [("booked", "booked"), (None, "answered")])
def test_what_was_written_before_the_break_is_the_outcome(written: str | None, outcome: str) -> None:
    call = going_on(SoFar(3, DIALOGUE, {}, written))
    call.tell(ev.StreamEnded())
    assert call.of(do.CallOver)[-1].outcome == outcome


def test_what_a_third_stream_needs_is_all_there() -> None:
    call = going_on()
    call.hear_out()
    so_far = call.conversation.so_far
    assert list(so_far.dialogue)[:3] == DIALOGUE
    assert so_far.read_backs == {"intent_1": ""}


def test_a_call_of_which_nothing_is_known_begins_anew_without_a_greeting() -> None:
    call = going_on(SoFar())
    assert call.said == ["Sorry, we were cut off."]
    assert [message["role"] for message in call.asked[-1].messages][-1] == "system"
