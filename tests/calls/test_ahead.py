"""Answers begun before the caller's turn is surely over."""

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.conversation import State
from media_service.conversation.lines import Limits
from tests.calls.script import LINES, Script

WORDS = "When could you do an oil change?"


def listening() -> Script:
    call = Script()
    call.hear_out()
    call.tell(ev.SpeechStarted("When"))
    return call


def test_the_model_is_asked_when_the_turn_is_probably_over_and_nothing_is_said_until_it_is() -> None:
    call = listening()
    call.tell(ev.EagerEndOfTurn(WORDS))
    assert call.asked[-1].ahead
    assert call.messages[-1] == {"role": "user", "content": WORDS}
    call.model("We could do it on Thursday. Does that suit you?")
    assert call.said == [LINES.greeting]
    call.tell(ev.TurnEnded(WORDS))
    assert call.said[1:] == ["We could do it on Thursday.", "Does that suit you?"]
    assert len(call.asked) == 1


def test_an_answer_that_is_still_being_written_when_the_turn_ends_goes_on_aloud() -> None:
    call = listening()
    call.tell(ev.EagerEndOfTurn(WORDS))
    reply = call.asked[-1].reply
    call.tell(ev.ReplyText(reply, "We could do it on Thursday. Does "))
    call.tell(ev.TurnEnded(WORDS))
    assert call.said[-1] == "We could do it on Thursday."
    call.tell(ev.ReplyText(reply, "that suit you?"))
    call.tell(ev.ReplyDone(reply))
    assert call.said[-1] == "Does that suit you?"


def test_a_turn_that_goes_on_after_all_withdraws_what_was_prepared() -> None:
    call = listening()
    call.tell(ev.EagerEndOfTurn(WORDS))
    first = call.asked[-1].reply
    assert do.CancelReply(first) in call.tell(ev.TurnResumed())
    call.tell(ev.ReplyText(first, "We could do it on Thursday. "))
    call.tell(ev.TurnEnded(f"{WORDS} And a tire rotation."))
    assert call.said == [LINES.greeting]
    assert call.messages[1:] == [{"role": "user", "content": f"{WORDS} And a tire rotation."}]


def test_other_words_than_those_it_was_prepared_for_withdraw_it_too() -> None:
    call = listening()
    call.tell(ev.EagerEndOfTurn(WORDS))
    call.model("We could do it on Thursday.")
    call.tell(ev.TurnEnded("When could you do the brakes?"))
    assert call.said == [LINES.greeting]
    assert call.messages[-1] == {"role": "user", "content": "When could you do the brakes?"}
    assert not call.asked[-1].ahead


def test_tools_that_only_read_run_ahead_and_their_answer_is_worked_into_the_reply() -> None:
    call = listening()
    call.tell(ev.EagerEndOfTurn(WORDS))
    call.model("", ("get_available_slots", "{}"))
    assert len(call.of(do.RunTool)) == 1
    call.tool({"status": "ok", "slots": []})
    assert call.asked[-1].ahead
    call.model("We have Thursday.")
    assert call.said == [LINES.greeting]
    call.tell(ev.TurnEnded(WORDS))
    assert call.said[-1] == "We have Thursday."


def test_a_tool_that_changes_something_waits_for_the_end_of_the_turn() -> None:
    call = listening()
    call.tell(ev.EagerEndOfTurn(WORDS))
    call.model("", ("get_available_slots", "{}"), ("book_appointment", "{}"))
    assert call.of(do.RunTool) == []
    call.tell(ev.TurnEnded(WORDS))
    assert [run.call.name for run in call.of(do.RunTool)] == ["get_available_slots", "book_appointment"]


def test_a_tool_that_changes_something_never_runs_for_a_turn_that_was_withdrawn() -> None:
    call = listening()
    call.tell(ev.EagerEndOfTurn(WORDS))
    call.model("", ("book_appointment", "{}"))
    call.tell(ev.TurnResumed())
    call.tell(ev.TurnEnded("When could you do an oil change, or no, forget it."))
    assert call.of(do.RunTool) == []


def test_the_answer_of_a_tool_that_was_read_for_a_withdrawn_turn_is_not_told() -> None:
    call = listening()
    call.tell(ev.EagerEndOfTurn(WORDS))
    call.model("", ("get_available_slots", "{}"))
    call.tell(ev.TurnResumed())
    call.tell(ev.TurnEnded("Never mind. What are your hours?"))
    call.tool({"status": "ok", "slots": []})
    assert [m["role"] for m in call.messages] == ["assistant", "user"]
    call.model("We open at seven thirty.")
    assert call.said[-1] == "We open at seven thirty."
    assert call.state is State.SPEAKING


def test_at_most_two_answers_are_begun_ahead_of_one_turn() -> None:
    call = listening()
    for words in ("When could you", "When could you do an oil", WORDS):
        call.tell(ev.EagerEndOfTurn(words))
        call.tell(ev.TurnResumed())
        call.tell(ev.Interim(f"{words} uh"))
    assert len(call.asked) == Limits().eager_replies
    call.tell(ev.TurnEnded(WORDS))
    call.tell(ev.SpeechStarted("And"))
    call.tell(ev.EagerEndOfTurn("And the price?"))
    assert call.asked[-1].ahead


def test_a_model_that_fails_ahead_is_asked_again_when_the_turn_is_over() -> None:
    call = listening()
    call.tell(ev.EagerEndOfTurn(WORDS))
    call.tell(ev.ReplyFailed(call.asked[-1].reply))
    call.tell(ev.TurnEnded(WORDS))
    assert [each.ahead for each in call.asked] == [True, False]
    assert call.messages[-1] == {"role": "user", "content": WORDS}


def test_nothing_false_is_said_because_it_was_prepared() -> None:
    call = listening()
    call.tell(ev.EagerEndOfTurn(WORDS))
    call.model("You're booked for Thursday.")
    call.tell(ev.TurnEnded(WORDS))
    assert "You're booked for Thursday." not in call.said
    assert len(call.asked) == 2


def test_the_exchange_before_is_kept_once_and_only_when_the_turn_is_over() -> None:
    call = listening()
    call.tell(ev.EagerEndOfTurn(WORDS))
    assert call.of(do.KeepTurn) == []
    call.tell(ev.TurnEnded(WORDS))
    assert call.of(do.KeepTurn) == [do.KeepTurn(0, None, LINES.greeting, False)]


def test_the_patience_with_the_model_begins_when_the_turn_is_over() -> None:
    call = listening()
    call.tell(ev.EagerEndOfTurn(WORDS))
    call.wait(3.0)
    assert call.said == [LINES.greeting]
    call.tell(ev.TurnEnded(WORDS))
    call.wait(1.3)
    assert call.said[-1] == LINES.fillers[0]


def test_while_she_speaks_nothing_is_begun_ahead() -> None:
    call = Script()
    call.tell(ev.SpeechStarted("okay"))
    call.tell(ev.EagerEndOfTurn("okay"))
    assert call.asked == []


def test_half_a_number_is_not_answered_ahead() -> None:
    call = Script()
    call.hear_out()
    call.caller("Book me in.")
    call.model("What's your phone number?")
    call.hear_out()
    asked = len(call.asked)
    call.tell(ev.SpeechStarted("two"))
    call.tell(ev.EagerEndOfTurn("two one seven"))
    assert len(call.asked) == asked


def test_what_was_prepared_for_words_that_came_to_nothing_is_no_answer_to_the_same_words_later() -> None:
    call = Script()
    call.hear_out()
    call.tell(ev.Interim("yes"))
    call.tell(ev.EagerEndOfTurn("yes"))
    prepared = call.asked[-1].reply
    call.tell(ev.TurnEnded(""))
    assert do.CancelReply(prepared) in call.commands
    call.wait(10.5)
    call.hear_out()
    call.caller("yes")
    assert call.messages[-2:] == [
        {"role": "assistant", "content": LINES.still_there[0]},
        {"role": "user", "content": "yes"},
    ]
