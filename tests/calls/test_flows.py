"""The kinds of calls there are, each from the greeting to its outcome: what is said, which tools run, what it leaves.

A call that we made has scripts of its own (`test_called`).
"""

import json

import pytest

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from tests.calls.script import LINES, Script

READ_BACK = "An oil change on Thursday, November 26 at 2 PM. Shall I book it?"
BOOKED = "Your oil change is booked for Thursday, November 26 at 2 PM."
FACTOR = '{"factor":"zip","value":"62701"}'


class Flow(Script):
    """A call whose caller waits until Sophie has spoken."""

    def turn(self, words: str, *steps: tuple[str, str] | str) -> None:
        """The caller says something; the model answers by tools, each with its answer, and at last by words."""
        self.hear_out()
        self.caller(words)
        for step in steps:
            if isinstance(step, str):
                self.model(step)
            else:
                self.model("", step)
                self.tool()

    def two_steps(self, tool: str, read_back: str, done: str, outcome: str) -> None:
        """The write that was asked for last: read back, agreed to, carried out."""
        self.model("", (tool, '{"details":"…"}'))
        self.tool({"status": "read_back", "intent": "i1", "spoken": read_back}, spoken=read_back, intent="i1")
        self.hear_out()
        self.caller("Yes, please.")
        self.model("", (tool, '{"intent":"i1"}'))
        assert self.of(do.RunTool)[-1].answers == {"i1": "Yes, please."}
        self.tool({"status": "done", "spoken": done}, spoken=done, changed=True, outcome=outcome)

    def goodbye(self) -> str:
        """The outcome of the call, when its caller hangs up."""
        self.hear_out()
        self.tell(ev.StreamEnded())
        return self.of(do.CallOver)[-1].outcome

    @property
    def tools(self) -> list[str]:
        return [run.call.name for run in self.of(do.RunTool)]


def test_a_new_caller_books() -> None:
    call = Flow()
    call.turn("I need an oil change.", ("lookup_customer", "{}"), "Sure. What is your name, please?")
    call.turn("Nora Quill.", "Thank you. Which car is it?")
    call.turn("A 2018 Camry. Thursday at two.", ("get_available_slots", "{}"))
    call.two_steps("book_appointment", READ_BACK, BOOKED, "booked")
    assert call.tools == ["lookup_customer", "get_available_slots", "book_appointment", "book_appointment"]
    assert call.said[-2:] == [READ_BACK, BOOKED], "by the tool's own words, once each"
    assert call.goodbye() == "booked"


def test_a_known_caller_is_confirmed_before_anything_of_theirs_is_told_and_books() -> None:
    call = Flow()
    call.turn("An oil change, please.", ("lookup_customer", "{}"), "Okay. What is your ZIP code?")
    call.turn("Six two seven oh one.", ("verify_caller", FACTOR), "Got it. When would you like to come?")
    call.turn("Thursday at two.", ("get_available_slots", "{}"))
    call.two_steps("book_appointment", READ_BACK, BOOKED, "booked")
    assert call.tools.index("verify_caller") < call.tools.index("get_available_slots")
    assert call.goodbye() == "booked"


@pytest.mark.parametrize(
    ("tool", "read_back", "done", "outcome"),
    [
        ("reschedule_appointment", "From Thursday to Friday at 9 AM. Shall I move it?", "It is moved.", "moved"),
        ("cancel_appointment", "Your oil change on Thursday. Shall I cancel it?", "It is cancelled.", "cancelled"),
    ],
)
def test_a_change_is_read_back_before_it_is_made(tool: str, read_back: str, done: str, outcome: str) -> None:
    call = Flow()
    call.turn("I can't make it on Thursday.", ("lookup_customer", "{}"), "I see. What is your ZIP code?")
    call.turn("Six two seven oh one.", ("verify_caller", FACTOR), ("get_upcoming_appointments", "{}"))
    call.two_steps(tool, read_back, done, outcome)
    assert call.said[-2:] == [read_back, done]
    assert call.goodbye() == outcome


def test_a_question_is_answered_and_nobody_is_looked_up() -> None:
    call = Flow()
    call.turn("How late are you open on Saturday?", "Sure. Until three in the afternoon.")
    call.turn("Thanks, that's all.", ("end_call", "{}"))
    assert call.tools == ["end_call"]
    assert call.said[:3] == [LINES.greeting, "Sure.", "Until three in the afternoon."]
    assert call.goodbye() == "answered"


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("It takes about 45 min and costs $59.", "It takes about 45 minutes and costs 59 dollars."),
        ("**Great!** We open at 7:30 AM.", "Great! We open at 7:30 AM."),
        ("Our number is 217-555-0123.", "Our number is 2 1 7, 5 5 5, 0 1 2 3."),
    ],
)
def test_what_the_model_writes_reaches_the_voice_as_a_person_says_it(written: str, heard: str) -> None:
    call = Flow()
    call.turn("Tell me.", written)
    assert " ".join(call.said[1:]) == heard


def test_the_first_sentence_is_at_the_voice_before_the_second_is_written() -> None:
    call = Flow()
    call.hear_out()
    call.caller("When are you open?")
    call.tell(ev.ReplyText(call.asked[-1].reply, "Okay. On Saturdays"))
    assert call.said[-1] == "Okay."


def test_another_customers_data_never_stands_in_what_the_model_is_told() -> None:
    """What it is told is the call's own dialogue and the answers of its own tools, and nothing else."""
    call = Flow()
    call.turn("An oil change.", ("lookup_customer", "{}"), "Okay. What is your ZIP code?")
    told = json.dumps(call.messages)
    assert [each["role"] for each in call.messages] == ["assistant", "user", "assistant", "tool"]
    assert "An oil change." in told and '"status": "ok"' in json.loads(told)[-1]["content"]
