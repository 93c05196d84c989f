"""Callers with whom there is nothing to talk about, silent ones and recordings: a polite end, and no model is asked."""

import pytest

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.conversation import Conversation
from tests.calls.script import LINES, Script

ROBOT = (
    "This is an important message about your business listing. To speak with a specialist, press one. "
    "To be removed from our list, press nine."
)


def stranger() -> Script:
    """A call for whose number nobody vouches."""
    call = Script(answered=False)
    call.conversation = Conversation(LINES, stranger=True)
    call.tell(ev.StreamStarted())
    return call


def seconds_until_the_end(call: Script) -> float:
    call.hear_out()
    began = call.now
    while not call.of(do.EndCall):
        call.wait(0.5)
        call.hear_out()
    return call.now - began


def test_a_stranger_who_says_nothing_is_asked_once_and_then_said_goodbye_to() -> None:
    call = stranger()
    lasted = seconds_until_the_end(call)
    assert call.said == [LINES.greeting, LINES.still_there[0], LINES.goodbye]
    assert lasted < seconds_until_the_end(Script()), "a caller for whom somebody vouches is waited for longer"
    assert call.of(do.StartReply) == []
    call.tell(ev.StreamEnded())
    assert call.commands[-1] == do.CallOver("abandoned", handed_over=False)


def test_a_stranger_whose_number_is_on_file_has_a_customers_time() -> None:
    call = stranger()
    call.tell(ev.CallerOnFile())
    seconds_until_the_end(call)
    assert call.said == [LINES.greeting, *LINES.still_there, LINES.goodbye]


def test_a_stranger_who_has_said_something_has_a_customers_time() -> None:
    call = stranger()
    call.hear_out()
    call.caller("Hello there.")
    call.model("Hello, what can I do for you?")
    seconds_until_the_end(call)
    assert call.said[-3:] == [*LINES.still_there, LINES.goodbye]


def test_a_recording_that_talks_over_the_greeting_is_said_goodbye_to_and_no_model_is_asked() -> None:
    call = stranger()
    call.hear(800)
    call.tell(ev.SpeechStarted("This is"))
    call.tell(ev.EagerEndOfTurn(ROBOT))
    call.tell(ev.TurnEnded(ROBOT))
    assert call.said[-1] == LINES.goodbye
    assert call.of(do.StartReply) == []
    call.tell(ev.SpeechStarted("This is"))
    call.tell(ev.TurnEnded(ROBOT))
    call.hear_out()
    assert call.of(do.EndCall) == [do.EndCall("goodbye")]
    call.tell(ev.StreamEnded())
    assert call.commands[-1] == do.CallOver("spam", handed_over=False)


def test_a_recording_that_waits_for_the_greeting_is_known_by_its_length() -> None:
    call = Script()
    call.hear_out()
    call.tell(ev.TurnEnded(ROBOT))
    assert call.said[-1] == LINES.goodbye and call.of(do.StartReply) == []


@pytest.mark.parametrize(
    "words",
    [
        "Hi, somebody left me an automated message about my car.",
        "Your menu told me to press one and nothing happened.",
        "Please don't hang up, I need an oil change.",
        "I have an extended warranty, is that fine?",
    ],
)
def test_a_person_who_speaks_of_recordings_is_answered(words: str) -> None:
    call = stranger()
    call.hear_out()
    call.caller(words)
    assert call.of(do.StartReply) != [] and call.of(do.EndCall) == []


def test_late_in_a_call_nobody_is_taken_for_a_recording() -> None:
    call = stranger()
    for words in ("Hello.", "An oil change.", "Tomorrow."):
        call.hear_out()
        call.caller(words)
        call.model("And then?")
    call.hear_out()
    asked = len(call.of(do.StartReply))
    call.caller(ROBOT)
    assert len(call.of(do.StartReply)) == asked + 1


def test_a_stranger_who_talks_on_over_the_greeting_without_an_end_is_said_goodbye_to() -> None:
    call = stranger()
    call.hear(800)
    words = "This"
    for _ in range(40):
        words += " is"
        call.tell(ev.Interim(words))
        call.wait(1.0)
    assert call.said[-1] == LINES.goodbye
    assert call.of(do.StartReply) == []


def test_a_caller_who_hangs_up_before_saying_yes_has_abandoned_the_call() -> None:
    call = Script()
    call.hear_out()
    call.caller("An oil change tomorrow at nine.")
    call.model("", ("book_appointment", "{}"))
    call.tool({"status": "read_back"}, spoken="An oil change tomorrow at nine. Shall I book it?", intent="intent_1")
    call.hear_out()
    call.tell(ev.StreamEnded())
    assert call.commands[-1] == do.CallOver("abandoned", handed_over=False)
