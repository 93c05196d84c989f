"""How patient Sophie is with the caller's turn."""

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.lines import Limits
from tests.calls.script import LINES, Script


def asked(question: str) -> Script:
    """Sophie has asked this, and the caller has heard it."""
    call = Script()
    call.hear_out()
    call.caller("I need an oil change.")
    call.model(question)
    call.hear_out()
    return call


def test_half_a_telephone_number_is_waited_for_and_taken_as_one_with_the_rest() -> None:
    call = asked("What's the best phone number to reach you?")
    turns = len(call.asked)
    call.caller("two one seven five five five")
    assert len(call.asked) == turns
    call.wait(1.0)
    call.caller("oh one two three")
    assert call.messages[-1] == {"role": "user", "content": "two one seven five five five oh one two three"}


def test_a_number_that_stays_incomplete_is_answered_after_a_while() -> None:
    call = asked("What's the best phone number to reach you?")
    call.caller("two one seven five five five")
    call.wait(3.1)
    assert call.messages[-1] == {"role": "user", "content": "two one seven five five five"}


def test_while_half_a_number_is_waited_for_nobody_is_asked_whether_they_are_there() -> None:
    call = asked("Can you read me the VIN?")
    call.caller("one hotel golf charlie")
    call.wait(2.9)
    assert LINES.still_there[0] not in call.said


def test_another_answer_than_the_number_is_answered_at_once() -> None:
    call = asked("What's the best phone number to reach you?")
    call.caller("Why do you need that?")
    assert call.messages[-1] == {"role": "user", "content": "Why do you need that?"}


def test_the_recogniser_is_told_to_be_patient_with_a_number_and_quick_with_a_yes() -> None:
    call = asked("Can you read me the VIN?")
    patient = call.of(do.SetPatience)[-1].patience
    call.caller("Never mind.")
    call.model("Shall I go on without it?")
    quick = call.of(do.SetPatience)[-1].patience
    assert patient.end > quick.end
    assert patient.silence_ms > quick.silence_ms


def test_the_recogniser_is_told_nothing_while_nothing_changes() -> None:
    call = asked("What car is it?")
    call.caller("A Mazda.")
    call.model("Which model is it?")
    assert call.of(do.SetPatience) == []


def test_a_caller_who_goes_on_at_once_after_a_turn_was_ended_is_given_more_time() -> None:
    call = asked("What car is it?")
    call.caller("It's a")
    call.wait(0.6)
    call.tell(ev.SpeechStarted("Mazda"))
    assert call.of(do.SetPatience)[-1].patience.end > 0.7


def test_a_caller_who_answers_a_heard_question_is_not_taken_for_one_who_was_cut() -> None:
    call = asked("What car is it?")
    call.caller("It's a Mazda.")
    call.model("Which year?")
    call.hear_out()
    call.tell(ev.SpeechStarted("Twenty"))
    assert call.of(do.SetPatience) == []


def test_a_turn_that_resumes_after_it_seemed_over_earns_the_caller_more_time() -> None:
    call = asked("What car is it?")
    call.tell(ev.SpeechStarted("It's"))
    call.tell(ev.EagerEndOfTurn("It's a"))
    call.tell(ev.TurnResumed())
    assert call.of(do.SetPatience)[-1].patience.end > 0.7


def test_the_caller_is_told_before_a_call_ends_for_its_length() -> None:
    call = Script()
    call.hear_out()
    for _ in range(200):
        call.wait(4.5)
        if call.of(do.EndCall):
            break
        call.hear_out()
        call.caller("Go on.")
        call.model("Of course.")
        call.hear_out()
    assert LINES.closing_soon in call.said
    assert call.said.index(LINES.closing_soon) < call.said.index(LINES.goodbye)


def test_half_a_number_is_not_answered_any_more_when_the_last_line_is_being_said() -> None:
    call = Script()
    call.hear_out()
    call.caller("put me through")
    call.model("What's your ZIP code?", ("transfer_call", "{}"))
    call.caller("six two")
    call.tool({"status": "transferring"}, spoken="One moment.", ending="transfer")
    call.wait(10)
    call.hear_out()
    assert len(call.asked) == 1
    assert call.commands[-1] == do.EndCall("transfer")


def test_a_noise_in_the_middle_of_a_number_does_not_leave_the_caller_without_an_answer() -> None:
    call = asked("What's the best phone number to reach you?")
    call.caller("two one seven five five five")
    call.tell(ev.Interim("uh"))
    call.tell(ev.TurnEnded(""))
    call.wait(3.1)
    assert call.messages[-1] == {"role": "user", "content": "two one seven five five five"}


def test_when_the_last_line_and_the_end_of_a_number_fall_due_at_once_only_the_last_line_is_said() -> None:
    call = Script(Limits(call=6.0, incomplete=3.0))
    call.hear_out()
    call.caller("I need an oil change.")
    call.model("Your ZIP code?")
    call.hear_out()
    call.caller("six two")
    turns = len(call.asked)
    call.now += 10.0
    call.wake()
    assert call.said[-1] == LINES.goodbye
    assert len(call.asked) == turns


def test_who_leaves_a_number_in_its_middle_and_asks_something_is_answered_at_once() -> None:
    call = asked("What's the best phone number to reach you?")
    call.caller("two one seven")
    call.caller("Wait, what are your hours?")
    assert call.messages[-1] == {"role": "user", "content": "two one seven Wait, what are your hours?"}


def test_who_hesitates_in_the_middle_of_a_number_is_still_waited_for() -> None:
    call = asked("What's the best phone number to reach you?")
    turns = len(call.asked)
    call.caller("two one seven")
    call.caller("um")
    call.caller("five five five")
    assert len(call.asked) == turns
    call.caller("oh one two three")
    assert call.messages[-1]["content"] == "two one seven um five five five oh one two three"
