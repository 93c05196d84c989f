"""Calls that we made: who answers, what is said first whatever happens, and the way out that needs no model."""

import pytest

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.called import Person
from media_service.conversation.conversation import Conversation, State
from media_service.conversation.lines import CalledLines
from tests.calls.script import LINES, Script

CALLED = CalledLines(
    opening="This is the automated assistant of Garage LLC with a reminder. Say stop or press nine to end such calls.",
    screening="This is the automated assistant of Garage LLC, about an upcoming visit.",
    voicemail="This is the automated assistant of Garage LLC, about your visit. Our number is 5 5 5, 0 1 0 0.",
    opted_out="We won't call this number again. Goodbye.",
    nobody="I'll try again later.",
)
QUESTION = "Am I speaking with Ana Lopez?"
GREETING = "Hi, you have reached my voicemail. Please leave a message after the tone."
SCREENING = "Before I try to connect you, can I ask who is calling and why?"


def called() -> Script:
    script = Script(answered=False)
    script.conversation = Conversation(LINES, called=(CALLED, Person(QUESTION)))
    script.tell(ev.StreamStarted())
    return script


def opened() -> Script:
    script = called()
    script.caller("Hello?")
    script.hear_out()
    return script


def outcome(script: Script) -> str:
    script.hear_out()
    script.tell(ev.StreamEnded())
    return script.of(do.CallOver)[-1].outcome


def test_who_answers_speaks_first_and_then_hears_who_calls_and_why_before_anything_else() -> None:
    script = called()
    script.wait(1)
    assert script.said == []
    script.caller("Hello?")
    assert script.said == [CALLED.opening, QUESTION]
    assert script.asked == []


def test_where_nobody_says_hello_the_opening_is_said_all_the_same() -> None:
    script = called()
    script.wait(3)
    assert script.said == [CALLED.opening, QUESTION]


def test_the_opening_is_not_interrupted_by_a_hello_said_twice() -> None:
    script = called()
    script.caller("Hello?")
    script.hear(500)
    script.caller("Hello? Who is this?")
    assert script.of(do.StopTalking) == []
    assert script.asked == []


def test_that_the_opening_was_heard_is_kept_once_and_only_when_it_was() -> None:
    script = called()
    script.caller("Hello?")
    script.hear(500)
    assert script.of(do.KeepOpening) == []
    script.hear_out()
    assert len(script.of(do.KeepOpening)) == 1


def test_the_answer_to_the_opening_is_the_models_to_understand_and_reaches_the_tools_as_it_was_said() -> None:
    script = opened()
    script.caller("Yes, speaking.")
    script.model("", ("confirm_person", "{}"))
    assert script.of(do.RunTool)[-1].answers == {"person": "Yes, speaking."}


def test_who_asks_back_before_saying_yes_has_said_yes() -> None:
    script = opened()
    script.caller("Who is this?")
    script.model("This is a reminder. Am I speaking with Ana Lopez?")
    script.hear_out()
    script.caller("Yes.")
    script.model("", ("confirm_person", "{}"))
    assert script.of(do.RunTool)[-1].answers == {"person": "Yes."}


def test_a_yes_that_comes_while_the_question_ends_is_an_answer() -> None:
    script = called()
    script.caller("Hello?")
    script.hear(len(CALLED.opening) * 60)
    script.hear(1_000)
    script.caller("Yes, this is Ana.")
    assert script.messages[-1] == {"role": "user", "content": "Yes, this is Ana."}


def test_a_question_that_a_hello_cut_is_put_again_and_its_answer_reaches_the_tools() -> None:
    script = called()
    script.caller("Hello?")
    script.hear(len(CALLED.opening) * 60)
    script.hear(1_000)
    script.caller("Hello? Who is this?")
    script.model("", ("confirm_person", "{}"))
    assert script.of(do.RunTool)[-1].answers == {}
    script.tool({"status": "refused"}, spoken=QUESTION, intent="person")
    script.hear_out()
    script.caller("Yes.")
    script.model("", ("confirm_person", "{}"))
    assert script.of(do.RunTool)[-1].answers == {"person": "Yes."}


def test_a_machine_is_left_one_short_message_after_its_tone_and_then_the_line_is_closed() -> None:
    script = called()
    script.caller(GREETING)
    assert script.said == []
    script.wait(2)
    assert script.said == [CALLED.voicemail]
    assert script.state is State.CLOSING
    script.hear_out()
    assert script.of(do.EndCall) == [do.EndCall("goodbye")]
    assert outcome(script) == "voicemail"
    assert script.asked == []


def test_a_greeting_in_two_parts_is_heard_to_its_end() -> None:
    script = called()
    script.caller(GREETING)
    script.wait(1)
    script.caller("Or call my office.")
    script.wait(1)
    assert script.said == []
    script.wait(1)
    assert script.said == [CALLED.voicemail]


def test_a_greeting_that_was_taken_for_a_hello_still_gets_the_message_and_nothing_else() -> None:
    script = called()
    script.caller("Hi, this is Ana.")
    script.hear(500)
    script.caller(GREETING)
    assert script.of(do.StopTalking) != []
    script.wait(2)
    assert script.said[-1] == CALLED.voicemail
    assert outcome(script) == "voicemail"


def test_a_phone_that_asks_who_calls_is_answered_in_one_sentence_and_the_person_then_hears_the_opening() -> None:
    script = called()
    script.caller(SCREENING)
    assert script.said == [CALLED.screening]
    script.hear_out()
    script.wait(20)
    script.caller("Hello?")
    assert script.said == [CALLED.screening, CALLED.opening, QUESTION]


@pytest.mark.parametrize(
    "words", ["Thanks.", "Thank you, please stay on the line.", "Okay, please hold.", "One moment."]
)
def test_what_a_screening_says_last_is_not_yet_the_person(words: str) -> None:
    script = called()
    script.caller(SCREENING)
    script.hear_out()
    script.caller(words)
    assert script.said == [CALLED.screening]
    script.wait(20)
    script.caller("Hello, this is Ana.")
    assert script.said == [CALLED.screening, CALLED.opening, QUESTION]


def test_a_screening_that_nobody_follows_ends_the_call() -> None:
    script = called()
    script.caller(SCREENING)
    script.hear_out()
    script.wait(45)
    assert script.said[-1] == CALLED.nobody
    assert outcome(script) == "abandoned"


@pytest.mark.parametrize(
    "words",
    ["Stop.", "Please stop calling me.", "Take me off your list!", "Don't call here again.", "I want to opt out"],
)
@pytest.mark.parametrize("heard_ms", [300, 60_000])
def test_asked_by_word_to_call_no_more_it_is_written_down_before_goodbye_is_said(words: str, heard_ms: int) -> None:
    script = called()
    script.caller("Hello?")
    while script._unplayed and heard_ms > 0:
        script.hear(heard_ms)
        heard_ms -= 30_000
    script.caller(words)
    assert script.of(do.KeepOptOut) == [do.KeepOptOut("voice")]
    assert CALLED.opted_out not in script.said
    script.tell(ev.OptOutKept(True))
    assert script.said[-1] == CALLED.opted_out
    assert script.asked == []
    assert outcome(script) == "opted_out"


@pytest.mark.parametrize("stage", ["waiting", "opening", "talking"])
def test_key_nine_ends_the_calls_at_any_time(stage: str) -> None:
    script = opened() if stage == "talking" else called()
    if stage == "opening":
        script.caller("Hello?")
    script.tell(ev.KeyPressed("9"))
    assert script.of(do.KeepOptOut) == [do.KeepOptOut("keypad")]
    script.tell(ev.KeyPressed("9"))
    script.tell(ev.OptOutKept(True))
    assert outcome(script) == "opted_out"


def test_an_opt_out_that_could_not_be_written_down_is_handed_to_a_person_and_not_claimed() -> None:
    script = opened()
    script.caller("stop calling me")
    script.tell(ev.OptOutKept(False))
    assert CALLED.opted_out not in script.said
    script.hear_out()
    assert script.of(do.EndCall) == [do.EndCall("transfer")]


def test_while_an_opt_out_is_being_written_nothing_that_is_said_starts_an_answer() -> None:
    script = opened()
    script.tell(ev.KeyPressed("9"))
    script.caller("What happens now?")
    assert script.asked == []


def test_a_person_who_hangs_up_during_the_opening_leaves_no_opening_heard() -> None:
    script = called()
    script.caller("Hello?")
    script.hear(500)
    script.tell(ev.StreamEnded())
    assert script.of(do.KeepOpening) == []
    assert script.of(do.CallOver)[-1].outcome in ("abandoned", "answered")


def test_while_an_opt_out_is_being_written_no_tools_answer_is_told() -> None:
    script = opened()
    script.caller("Yes, speaking.")
    script.model("", ("confirm_person", "{}"))
    script.tell(ev.KeyPressed("9"))
    said, asked = len(script.said), len(script.asked)
    script.tool({"status": "ok"}, spoken="Your visit is on Friday.")
    script.wait(1.0)
    assert (len(script.said), len(script.asked)) == (said, asked)
    script.tell(ev.OptOutKept(True))
    assert script.said[-1] == CALLED.opted_out


@pytest.mark.parametrize("way", [ev.KeyPressed("9"), ev.TurnEnded("and stop calling me")])
def test_an_opt_out_during_the_last_line_is_kept_and_the_line_is_heard_to_its_end(way: ev.Event) -> None:
    script = opened()
    script.caller("Bye.")
    script.model("", ("end_call", "{}"))
    script.tool({"status": "goodbye"}, spoken="Goodbye then.", ending="goodbye")
    script.tell(way)
    assert len(script.of(do.KeepOptOut)) == 1
    assert script.of(do.StopTalking) == [] and script.of(do.EndCall) == []
    script.tell(ev.OptOutKept(True))
    assert outcome(script) == "opted_out"


def test_who_says_never_again_and_hangs_up_at_once_has_opted_out() -> None:
    script = opened()
    script.caller("stop calling me")
    script.tell(ev.StreamEnded())
    assert script.of(do.CallOver) == []
    script.tell(ev.OptOutKept(True))
    assert script.commands[-1] == do.CallOver("opted_out", handed_over=False)
    assert CALLED.opted_out not in script.said


def test_a_call_that_ends_before_anybody_spoke_is_not_opened_any_more() -> None:
    script = called()
    script.tell(ev.DrainRequested())
    script.tell(ev.Interim("Hello?"))
    script.wait(11)
    assert CALLED.opening not in script.said
