"""What happens when something does not come: words, tools, a voice, marks, the caller."""

import pytest

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.conversation import State
from media_service.conversation.lines import Limits
from media_service.conversation.playback import mark_name
from tests.calls.script import LINES, Script


def test_a_slow_model_is_covered_by_a_filler() -> None:
    call = Script()
    call.hear_out()
    call.caller("Hello.")
    call.wait(1.3)
    assert call.said[-1] == LINES.fillers[0]


def test_the_same_filler_is_never_said_twice_in_a_row() -> None:
    call = Script()
    for _ in range(3):
        call.caller("Hello.")
        call.wait(1.3)
        call.model("Yes?")
    assert [said for said in call.said if said in LINES.fillers] == [*LINES.fillers, LINES.fillers[0]]


def test_a_model_that_stalls_after_a_word_is_covered_and_replaced_like_a_silent_one() -> None:
    call = Script()
    call.hear_out()
    call.caller("Hello.")
    call.tell(ev.ReplyText(call.asked[-1].reply, "Sure"))
    call.wait(1.3)
    assert call.said[-1] == LINES.fillers[0]
    call.wait(2.8)
    assert [asked.model for asked in call.asked] == ["first", "fallback"]


def test_a_model_that_stalls_after_a_sentence_leaves_the_floor_to_the_caller() -> None:
    call = Script()
    call.hear_out()
    call.caller("Hello.")
    call.tell(ev.ReplyText(call.asked[-1].reply, "We can. Which "))
    call.hear_out()
    call.wait(8.1)
    assert LINES.apology not in call.said
    assert call.state is not State.CLOSING


def test_a_wait_that_goes_on_is_covered_again() -> None:
    call = Script()
    call.hear_out()
    call.caller("When?")
    call.model("", ("get_available_slots", "{}"))
    call.wait(0.8)
    call.hear_out()
    call.wait(4.1)
    assert call.said[-2:] == ["Let me look at the calendar.", LINES.fillers[0]]


@pytest.mark.parametrize("key", ["#", "*"])
def test_a_stray_key_takes_nothing_from_sophie(key: str) -> None:
    call = Script()
    call.hear_out()
    call.caller("What are your hours?")
    assert call.tell(ev.KeyPressed(key)) == []
    call.model("We open at eight.")
    assert call.said[-1] == "We open at eight."


def test_a_sound_that_took_the_floor_and_held_no_words_gives_it_back() -> None:
    call = Script()
    call.hear_out()
    call.caller("What are your hours?")
    call.tell(ev.Interim("uh"))
    call.tell(ev.TurnEnded(""))
    assert len(call.asked) == 2


def test_a_silent_model_is_replaced_by_the_fallback_and_then_by_the_desk() -> None:
    call = Script()
    call.hear_out()
    call.caller("Hello.")
    call.wait(4.1)
    assert [asked.model for asked in call.asked] == ["first", "first", "fallback"]
    call.hear_out()
    call.wait(4.1)
    assert call.said[-1] == LINES.apology
    call.hear_out()
    assert call.commands[-1] == do.EndCall("transfer")


def test_a_model_that_refuses_is_replaced_at_once() -> None:
    call = Script()
    call.hear_out()
    call.caller("Hello.")
    call.tell(ev.ReplyFailed(call.asked[-1].reply))
    assert [asked.model for asked in call.asked] == ["first", "fallback"]


def test_a_reply_that_breaks_off_after_its_first_words_leaves_the_floor_to_the_caller() -> None:
    call = Script()
    call.hear_out()
    call.caller("Hello.")
    reply = call.asked[-1].reply
    call.tell(ev.ReplyText(reply, "Hello there. And "))
    call.tell(ev.ReplyFailed(reply))
    call.hear_out()
    assert call.state is State.LISTENING


def test_slow_tools_are_covered_by_a_filler_that_fits_what_is_being_done() -> None:
    call = Script()
    call.hear_out()
    call.caller("When?")
    call.model("", ("get_available_slots", "{}"))
    call.wait(0.8)
    assert call.said[-1] == "Let me look at the calendar."


def test_no_filler_is_heard_twice_while_another_is_left() -> None:
    call = Script()
    call.hear_out()
    call.caller("When?")
    call.model("", ("get_available_slots", "{}"))
    while len(call.said) < 4:
        call.wait(0.5)
        call.hear_out()
    assert sorted(call.said[1:]) == sorted(["Let me look at the calendar.", *LINES.fillers])


def test_without_a_recogniser_the_caller_is_handed_to_the_desk_with_a_word() -> None:
    call = Script()
    call.hear_out()
    call.tell(ev.RecogniserLost())
    assert call.said[-1] == LINES.apology
    call.hear_out()
    assert call.commands[-1] == do.EndCall("transfer")


def test_without_a_voice_the_call_still_reaches_the_desk() -> None:
    call = Script(answered=False)
    commands = call.conversation.receive(ev.StreamStarted(), 0.0)
    while not any(isinstance(c, do.EndCall) for c in commands):
        said = [c.utterance for c in commands if isinstance(c, do.Say)]
        assert said, commands
        commands = call.conversation.receive(ev.SpeechFailed(said[-1]), 0.0)
    assert do.EndCall("transfer") in commands


def test_marks_that_never_come_back_do_not_leave_the_call_hanging() -> None:
    call = Script()
    call.wait(20)
    assert LINES.still_there[0] in call.said


def test_a_silent_caller_is_asked_twice_in_different_words_and_then_bidden_goodbye() -> None:
    call = Script()
    call.hear_out()
    for _ in range(3):
        call.wait(8.1)
        call.hear_out()
    assert call.said[1:] == [*LINES.still_there, LINES.goodbye]
    assert call.commands[-1] == do.EndCall("goodbye")


def test_a_call_that_lasts_too_long_ends_with_a_goodbye() -> None:
    call = Script(Limits(call=5))
    call.hear_out()
    call.wait(5)
    assert call.said[-1] == LINES.goodbye
    call.hear_out()
    assert call.commands[-1] == do.EndCall("goodbye")


def test_the_line_is_closed_only_when_the_goodbye_was_heard() -> None:
    call = Script()
    call.hear_out()
    call.caller("That's all.")
    call.model("", ("end_call", "{}"))
    call.tool({"status": "goodbye"}, spoken="Thanks, goodbye.", ending="goodbye")
    assert call.of(do.EndCall) == []
    call.hear_out()
    assert call.of(do.EndCall) == [do.EndCall("goodbye")]


def test_zero_alone_reaches_a_person() -> None:
    call = Script()
    call.tell(ev.KeyPressed("0"))
    call.wait(2.1)
    assert call.said[-1] == LINES.to_person
    call.hear_out()
    assert call.commands[-1] == do.EndCall("transfer")


@pytest.mark.parametrize(
    ("abnormal", "spoke", "outcome"),
    [(False, False, "abandoned"), (False, True, "answered"), (True, True, "failed")],
)
def test_every_call_ends_with_an_outcome(abnormal: bool, spoke: bool, outcome: str) -> None:
    call = Script()
    if spoke:
        call.caller("Hello.")
    call.tell(ev.StreamEnded(abnormal))
    assert call.commands[-1] == do.CallOver(outcome, handed_over=False)
    assert call.state is State.ENDED


def test_a_booking_that_commits_after_the_caller_hung_up_is_the_outcome() -> None:
    call = Script()
    call.hear_out()
    call.caller("Yes.")
    call.model("", ("book_appointment", "{}"))
    call.tell(ev.StreamEnded())
    assert call.of(do.CallOver) == []
    call.tool({"status": "booked"}, spoken="Booked.", changed=True, outcome="booked")
    assert call.commands[-1] == do.CallOver("booked", handed_over=False)


def test_a_booking_that_commits_long_after_its_deadline_is_the_outcome_too() -> None:
    call = Script()
    call.hear_out()
    call.caller("Yes.")
    call.model("", ("book_appointment", "{}"))
    run = call.of(do.RunTool)[-1].call.id
    call.tell(ev.ToolLate(run, {"status": "error"}))
    call.tell(ev.StreamEnded())
    assert call.of(do.CallOver) == []
    call.tell(ev.ToolDone(run, {"status": "booked"}, spoken="Booked.", changed=True, outcome="booked"))
    assert call.commands[-1] == do.CallOver("booked", handed_over=False)


def test_a_goodbye_is_no_failure_however_the_carrier_lets_go_of_the_line() -> None:
    call = Script()
    call.hear_out()
    call.caller("That's all.")
    call.model("", ("end_call", "{}"))
    call.tool({"status": "goodbye"}, spoken="Goodbye.", ending="goodbye")
    call.hear_out()
    call.tell(ev.StreamEnded(abnormal=True))
    assert call.commands[-1] == do.CallOver("answered", handed_over=False)


def test_a_caller_who_booked_and_then_asked_for_a_person_has_booked_and_was_handed_over() -> None:
    call = Script()
    call.hear_out()
    call.caller("Yes.")
    call.model("", ("book_appointment", "{}"))
    call.tool({"status": "booked"}, spoken="Booked.", changed=True, outcome="booked")
    call.caller("And let me talk to somebody.")
    call.model("", ("transfer_call", "{}"))
    call.tool({"status": "transferring"}, spoken="One moment.", ending="transfer", outcome="transferred")
    call.hear_out()
    call.tell(ev.StreamEnded())
    assert call.commands[-1] == do.CallOver("booked", handed_over=True)


def test_a_voice_that_fails_for_words_nobody_waits_for_any_more_ends_nothing() -> None:
    call = Script()
    call.hear(600)
    failed = call.of(do.Say)[-1].utterance
    call.caller("An oil change please.")
    call.tell(ev.SpeechFailed(failed))
    assert LINES.apology not in call.said


def test_moments_that_fall_due_together_are_taken_one_after_the_other() -> None:
    call = Script()
    call.hear_out()
    call.caller("An oil change please.")
    call.now += 9.0
    call.wake()
    assert call.asked[-1].model == "fallback"
    assert LINES.apology not in call.said


def unspoken() -> Script:
    """Sophie has an answer, and the voice does not say it."""
    call = Script()
    call.hear_out()
    call.caller("When could I come?")
    call.voice_hangs = True
    call.model("We have Thursday at two.")
    return call


def test_a_voice_that_neither_speaks_nor_fails_leaves_the_caller_to_the_desk() -> None:
    call = unspoken()
    call.wait(7.9)
    assert call.said[-1] == "We have Thursday at two."
    call.voice_hangs = False
    call.wait(0.2)
    call.hear_out()
    assert call.said[-1] == LINES.apology
    assert call.of(do.EndCall) == [do.EndCall("transfer")]


def test_a_last_line_that_the_voice_never_speaks_does_not_keep_the_line_open() -> None:
    call = Script()
    call.hear_out()
    call.voice_hangs = True
    call.tell(ev.KeyPressed("0"))
    call.tell(ev.KeyPressed("#"))
    call.wait(8.1)
    assert call.of(do.EndCall) == [do.EndCall("transfer")]


def test_a_voice_that_is_slow_but_heard_is_waited_for() -> None:
    call = unspoken()
    say = call.of(do.Say)[-1]
    for second in range(1, 20):
        call.wait(1.0)
        call.tell(ev.MarkReturned(mark_name(say.epoch, say.utterance, second * 500)))
    assert LINES.apology not in call.said


def test_what_is_said_after_the_voice_fell_silent_has_time_of_its_own() -> None:
    call = unspoken()
    call.wait(7.9)
    call.tell(ev.RecogniserLost())
    call.wait(7.9)
    assert call.of(do.EndCall) == []
