"""Who has the floor: listeners' noises, sounds, echoes, and interruptions that were none."""

import pytest

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.conversation import State
from tests.calls.script import Script

OFFER = "We have Thursday at two in the afternoon, or Friday morning at nine fifteen."
REST = OFFER.removeprefix("We have Thursday ")


def offering(text: str = OFFER, heard: str = "We have Thursday", but_for_ms: int = 0) -> Script:
    """Sophie is in the middle of an answer."""
    call = Script()
    call.hear_out()
    call.caller("When could I come?")
    call.model(text)
    call.hear_words(heard, but_for_ms)
    return call


@pytest.mark.parametrize("noise", ["mm-hmm", "Uh-huh.", "okay", "right, okay"])
def test_a_listeners_noise_does_not_stop_her_and_is_no_turn(noise: str) -> None:
    call = offering()
    asked = len(call.asked)
    call.tell(ev.SpeechStarted(noise))
    call.tell(ev.TurnEnded(noise))
    assert call.of(do.StopTalking) == []
    assert len(call.asked) == asked
    assert call.state is State.SPEAKING


@pytest.mark.parametrize("words", ["no", "stop", "wait", "actually", "Friday", "hold on"])
def test_words_that_want_the_floor_stop_her_at_the_first_of_them(words: str) -> None:
    call = offering()
    commands = call.tell(ev.SpeechStarted(words))
    assert do.StopTalking() in commands
    call.tell(ev.TurnEnded(words))
    assert call.messages[-1] == {"role": "user", "content": words}


def test_a_yes_to_the_question_that_is_being_asked_is_an_answer() -> None:
    text = "That's an oil change on Thursday. Shall I book it for you?"
    call = offering(text, "That's an oil change on Thursday. Shall I book")
    call.caller("Yes.")
    assert do.StopTalking() in call.commands
    assert call.messages[-1] == {"role": "user", "content": "Yes."}


def test_a_yes_before_the_question_has_begun_is_only_a_listeners_noise() -> None:
    call = offering("That's an oil change on Thursday. Shall I book it for you?", "That's an oil")
    call.caller("Yes.")
    assert do.StopTalking() not in call.commands


def test_a_yes_after_she_has_finished_is_a_turn() -> None:
    call = offering()
    call.hear_out()
    call.caller("Okay.")
    assert call.messages[-1] == {"role": "user", "content": "Okay."}


def test_a_sound_makes_her_pause_and_without_words_she_goes_on_where_she_was() -> None:
    call = offering()
    assert do.StopTalking() in call.tell(ev.SpeechStarted(""))
    states = [call.state]
    call.wait(1.3)
    assert call.said[-1] == REST
    assert [*states, call.state] == [State.PAUSED, State.SPEAKING]
    call.hear_out()
    call.caller("Friday, please.")
    assert call.messages[-2:] == [
        {"role": "assistant", "content": OFFER},
        {"role": "user", "content": "Friday, please."},
    ]


def test_a_sound_that_the_recogniser_ends_without_words_lets_her_go_on_at_once() -> None:
    call = offering()
    call.tell(ev.SpeechStarted(""))
    call.tell(ev.TurnEnded(""))
    assert call.said[-1] == REST


def test_a_sound_that_becomes_words_is_an_interruption() -> None:
    call = offering()
    call.tell(ev.SpeechStarted(""))
    call.tell(ev.Interim("no"))
    call.tell(ev.TurnEnded("no Monday"))
    call.wait(0.5)
    assert call.said[-1] == OFFER
    assert call.messages[-2:] == [
        {"role": "assistant", "content": "We have Thursday"},
        {"role": "user", "content": "no Monday"},
    ]


def test_a_sound_that_becomes_a_listeners_noise_lets_her_go_on() -> None:
    call = offering()
    call.tell(ev.SpeechStarted(""))
    call.tell(ev.Interim("uh-huh"))
    call.tell(ev.TurnEnded("uh-huh"))
    assert call.said[-1] == REST


def test_what_the_model_writes_while_she_pauses_is_said_after_the_rest() -> None:
    call = Script()
    call.hear_out()
    call.caller("When?")
    reply = call.asked[-1].reply
    call.tell(ev.ReplyText(reply, "We have Thursday at two. "))
    call.tell(ev.ReplyText(reply, "x"))
    call.hear_words("We have")
    call.tell(ev.SpeechStarted(""))
    call.tell(ev.ReplyDone(reply))
    before = len(call.said)
    call.wait(1.3)
    assert call.said[before:] == ["Thursday at two.", "x"]


def test_her_own_words_that_the_line_brings_back_are_no_turn() -> None:
    call = offering(heard="We have Thursday at two in")
    call.tell(ev.SpeechStarted("have Thursday at two"))
    call.tell(ev.TurnEnded("have Thursday at two"))
    assert call.of(do.StopTalking) == []
    assert len(call.asked) == 1


def test_a_read_back_that_was_paused_and_heard_out_can_be_agreed_to() -> None:
    call = Script()
    call.hear_out()
    call.caller("Book it.")
    call.model("", ("book_appointment", "{}"))
    call.tool({"status": "read_back"}, spoken="An oil change on Thursday. Shall I book it?", intent="intent_1")
    call.hear_words("An oil change")
    call.tell(ev.SpeechStarted(""))
    call.wait(1.3)
    call.hear_out()
    call.caller("Yes, please.")
    call.model("", ("book_appointment", '{"intent": "intent_1"}'))
    assert call.of(do.RunTool)[-1].answers == {"intent_1": "Yes, please."}


def test_a_read_back_whose_rest_was_never_heard_cannot_be_agreed_to() -> None:
    call = Script()
    call.hear_out()
    call.caller("Book it.")
    call.model("", ("book_appointment", "{}"))
    call.tool({"status": "read_back"}, spoken="An oil change on Thursday. Shall I book it?", intent="intent_1")
    call.hear_words("An oil")
    call.tell(ev.SpeechStarted(""))
    call.tell(ev.Interim("please"))
    call.tell(ev.TurnEnded("please do"))
    call.model("", ("book_appointment", '{"intent": "intent_1"}'))
    assert call.of(do.RunTool)[-1].answers == {}


def test_words_between_two_marks_are_credited_by_the_time_that_passed() -> None:
    call = offering(heard="We have")
    call.now += 0.19
    call.caller("Stop.")
    assert call.messages[-2] == {"role": "assistant", "content": "We have"}
    call = offering(heard="We have Thursday", but_for_ms=100)
    call.now += 0.19
    call.caller("Stop.")
    assert call.messages[-2] == {"role": "assistant", "content": "We have Thursday"}


def test_a_line_from_memory_shows_how_old_marks_are_and_that_much_more_was_heard() -> None:
    near, far = Script(), Script()
    for call, way in ((near, 0.02), (far, 0.2)):
        call.now += way
        call.hear_out()
        call.caller("When could I come?")
        call.model(OFFER)
        call.now += way
        call.hear_words("We have Thursday", but_for_ms=120)
        call.caller("Stop.")
    assert near.messages[-2] == {"role": "assistant", "content": "We have"}
    assert far.messages[-2] == {"role": "assistant", "content": "We have Thursday"}


def test_a_yes_that_begins_as_a_sound_answers_the_question_that_is_being_asked() -> None:
    text = "That's an oil change on Thursday. Shall I book it for you?"
    call = offering(text, "That's an oil change on Thursday. Shall I book")
    call.tell(ev.SpeechStarted(""))
    call.tell(ev.Interim("yes"))
    call.tell(ev.TurnEnded("Yes."))
    assert call.messages[-1] == {"role": "user", "content": "Yes."}


def test_the_last_line_is_heard_although_a_sound_came_before_it() -> None:
    call = Script()
    call.hear_out()
    call.caller("That's all, bye.")
    call.model("It was good to talk to you today.", ("end_call", "{}"))
    call.hear(600)
    call.tell(ev.SpeechStarted(""))
    call.tool({"status": "goodbye"}, spoken="Goodbye then.", ending="goodbye")
    call.wait(2.0)
    call.hear_out()
    assert call.said[-1] == "Goodbye then."
    assert call.of(do.EndCall) == [do.EndCall("goodbye")]


def test_who_only_made_a_noise_has_not_cut_in_on_the_next_answer() -> None:
    call = offering()
    call.tell(ev.Interim("hm what"))
    call.tell(ev.TurnEnded(""))
    call.model("We have Thursday at two.")
    call.hear_out()
    call.caller("Thursday is fine.")
    assert [kept.barged_in for kept in call.of(do.KeepTurn)][-1] is False


def looking() -> Script:
    """Sophie looks something up, and a sound has silenced her while she says so; then the tool has answered."""
    call = Script()
    call.hear_out()
    call.caller("When could I come?")
    call.model("Let me look at the calendar for this week.", ("get_available_slots", "{}"))
    call.hear_words("Let me look")
    call.tell(ev.SpeechStarted(""))
    call.tool({"status": "offers"})
    return call


def test_the_model_that_is_asked_while_she_pauses_knows_what_she_will_go_on_with() -> None:
    call = looking()
    assert call.state is State.PAUSED
    assert call.messages[-2]["content"] == "Let me look at the calendar for this week."
    call.wait(1.3)
    assert "at the calendar for this week." in call.said


def test_an_answer_to_words_that_she_paused_and_did_not_go_on_with_is_not_waited_for() -> None:
    call = looking()
    asked = call.asked[-1].reply
    call.caller("No, leave it.")
    assert do.CancelReply(asked) in call.commands
    assert call.messages[-3]["content"] == "Let me look"


def test_what_she_held_when_the_line_went_was_not_heard() -> None:
    call = looking()
    call.tell(ev.StreamEnded(abnormal=False))
    assert call.of(do.KeepTurn)[-1].sophie_said == "Let me look"
