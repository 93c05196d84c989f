"""A model that hangs is asked a second time, and the first of the two to speak is the one that is heard."""

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from tests.calls.script import LINES, Script


def waiting(seconds: float) -> Script:
    """The caller has asked something, and the model has been silent for so long."""
    call = Script()
    call.hear_out()
    call.caller("do you do brakes")
    call.wait(seconds)
    return call


def test_a_model_that_has_given_nothing_is_asked_the_same_again() -> None:
    call = waiting(1.3)
    first, second = call.asked
    assert (second.model, second.messages) == (first.model, first.messages)
    assert call.said[-1] == LINES.fillers[0]


def test_the_first_to_speak_is_heard_and_the_other_is_cancelled() -> None:
    for winner, loser in ((0, 1), (1, 0)):
        call = waiting(1.3)
        numbers = [each.reply for each in call.asked]
        call.tell(ev.ReplyText(numbers[winner], "Yes, we do. "))
        call.tell(ev.ReplyText(numbers[loser], "Certainly we do. "))
        call.tell(ev.ReplyDone(numbers[winner]))
        call.tell(ev.ReplyText(numbers[winner], "Late. "))
        assert [each.reply for each in call.of(do.CancelReply)] == [numbers[loser]]
        assert call.said[-1] == "Yes, we do."


def test_a_model_that_has_begun_is_not_asked_again() -> None:
    call = waiting(1.0)
    call.tell(ev.ReplyText(call.asked[0].reply, ""))
    call.wait(1.0)
    assert len(call.asked) == 1


def test_the_second_request_stands_in_for_the_first_when_that_fails() -> None:
    call = waiting(1.3)
    call.tell(ev.ReplyFailed(call.asked[0].reply))
    assert len(call.asked) == 2
    call.model("Yes, we do.")
    assert call.said[-1] == "Yes, we do."


def test_the_first_request_is_still_waited_for_when_the_second_fails() -> None:
    call = waiting(1.3)
    call.tell(ev.ReplyFailed(call.asked[1].reply))
    call.tell(ev.ReplyText(call.asked[0].reply, "Yes, we do. So"))
    assert call.said[-1] == "Yes, we do."


def test_when_both_requests_have_failed_the_fallback_is_asked_at_once() -> None:
    call = waiting(1.3)
    for each in list(call.asked):
        call.tell(ev.ReplyFailed(each.reply))
    assert call.asked[-1].model == "fallback"


def test_there_is_one_second_request_and_then_the_fallback_which_has_none() -> None:
    call = waiting(7.9)
    assert [each.model for each in call.asked] == ["first", "first", "fallback"]
    assert [each.reply for each in call.of(do.CancelReply)] == [call.asked[0].reply, call.asked[1].reply]
    call.wait(0.2)
    assert call.said[-1] == LINES.apology


def test_a_caller_who_goes_on_ends_both_requests() -> None:
    call = waiting(1.3)
    call.tell(ev.SpeechStarted("and tires"))
    assert [each.reply for each in call.of(do.CancelReply)] == [each.reply for each in call.asked]


def test_a_reply_begun_ahead_is_asked_again_only_after_the_turns_end() -> None:
    call = Script()
    call.hear_out()
    call.tell(ev.SpeechStarted("do you"))
    call.tell(ev.EagerEndOfTurn("do you do brakes"))
    call.wait(3.0)
    assert len(call.asked) == 1
    call.tell(ev.TurnEnded("do you do brakes"))
    call.wait(1.3)
    assert len(call.asked) == 2
