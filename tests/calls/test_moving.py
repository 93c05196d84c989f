"""A call whose process must end goes on in another one: nothing more is begun here, and what was done is kept."""

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.conversation import Conversation
from media_service.conversation.resumed import Resumed
from tests.calls.script import LINES, Script

ELSEWHERE = ev.DrainRequested(elsewhere=True)
CUT_OFF = "Sorry, we were cut off."


def goes_on(call: Script) -> Script:
    """The same call in the other process."""
    other = Script(answered=False)
    resumed = Resumed(call.conversation.so_far, CUT_OFF, "The line was cut off.", owed=True)
    other.conversation = Conversation(LINES, resumed=resumed)
    other.tell(ev.StreamStarted())
    return other


def test_a_call_that_moves_falls_silent_and_says_no_goodbye() -> None:
    call = Script()
    call.tell(ELSEWHERE)
    assert do.StopTalking() in call.commands
    assert call.said == [LINES.greeting]
    assert call.of(do.MoveCall) == [do.MoveCall()] and call.of(do.EndCall) == []
    call.tell(ev.StreamEnded())
    assert call.of(do.MoveCall) == [do.MoveCall()]


def test_nothing_is_begun_once_a_call_moves() -> None:
    call = Script()
    call.hear_out()
    call.caller("An oil change.")
    call.tell(ELSEWHERE)
    asked = len(call.of(do.StartReply))
    call.tell(ev.SpeechStarted("and"))
    call.tell(ev.TurnEnded("and the brakes"))
    call.tell(ev.KeyPressed("0"))
    call.wait(30.0)
    assert len(call.of(do.StartReply)) == asked
    assert call.of(do.MoveCall) == [do.MoveCall()]


def test_a_booking_that_is_being_committed_is_waited_for_and_told_by_the_other_process() -> None:
    call = Script()
    call.hear_out()
    call.caller("Yes.")
    call.model("", ("book_appointment", "{}"))
    call.tell(ELSEWHERE)
    assert call.of(do.MoveCall) == []
    call.tool({"status": "booked", "spoken": "You're booked."}, spoken="You're booked.", changed=True, outcome="booked")
    assert call.of(do.MoveCall) == [do.MoveCall()]
    assert call.said == [LINES.greeting], "the confirmation is left to the other process"
    other = goes_on(call)
    other.model("You're booked for nine.")
    assert other.said == [CUT_OFF, "You're booked for nine."]
    other.tell(ev.StreamEnded())
    assert other.commands[-1] == do.CallOver("booked", handed_over=False)


def test_a_tool_that_takes_too_long_does_not_hold_the_call() -> None:
    call = Script()
    call.hear_out()
    call.caller("Yes.")
    call.model("", ("book_appointment", "{}"))
    call.tell(ELSEWHERE)
    call.wait(3.0)
    assert call.of(do.MoveCall) == [do.MoveCall()]


def test_a_call_that_is_saying_goodbye_ends_where_it_is() -> None:
    call = Script()
    call.hear_out()
    call.tell(ev.KeyPressed("0"))
    call.wait(2.1)
    call.tell(ELSEWHERE)
    call.hear_out()
    assert call.of(do.EndCall) == [do.EndCall("transfer")] and call.of(do.MoveCall) == []


def test_without_another_process_the_caller_is_put_through() -> None:
    call = Script()
    call.tell(ev.DrainRequested())
    assert call.said[-1] == LINES.apology
