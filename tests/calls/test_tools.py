"""Tools in a call: read-backs, commitment, and what becomes of answers that come late."""

import json
import re

import pytest

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from tests.calls.script import LINES, Script

READ_BACK = "An oil change on Thursday, November 26 at 2 PM. Shall I book it?"


def prepared() -> Script:
    """A call in which a booking has been prepared and its read-back is being spoken."""
    call = Script()
    call.hear_out()
    call.caller("Thursday at two.")
    call.model("", ("book_appointment", '{"slot":"slot_1"}'))
    call.tool({"status": "read_back", "intent": "i1", "spoken": READ_BACK}, spoken=READ_BACK, intent="i1")
    return call


def test_a_read_back_is_spoken_word_for_word_without_asking_the_model() -> None:
    call = prepared()
    assert call.said[-1] == READ_BACK
    assert len(call.asked) == 1


def test_what_the_caller_says_after_hearing_the_read_back_answers_the_intent() -> None:
    call = prepared()
    call.hear_out()
    call.caller("Yes please.")
    call.model("", ("book_appointment", '{"intent":"i1"}'))
    assert call.of(do.RunTool)[-1].answers == {"i1": "Yes please."}


def test_a_read_back_that_was_cut_off_before_its_facts_were_heard_is_not_answered() -> None:
    call = prepared()
    call.hear_words("An oil change on Thursday")
    call.caller("Yes please.")
    call.model("", ("book_appointment", '{"intent":"i1"}'))
    assert call.of(do.RunTool)[-1].answers == {}


def test_a_read_back_is_heard_when_only_its_closing_question_was_cut_off() -> None:
    call = prepared()
    call.hear_words("An oil change on Thursday, November 26 at 2 PM. Shall")
    call.caller("Yes.")
    call.model("", ("book_appointment", '{"intent":"i1"}'))
    assert call.of(do.RunTool)[-1].answers == {"i1": "Yes."}


def test_a_commit_in_the_same_breath_as_the_details_carries_no_answer() -> None:
    call = Script()
    call.hear_out()
    call.caller("Book it.")
    call.model("", ("book_appointment", "{}"), ("book_appointment", '{"intent":"i1"}'))
    assert [run.answers for run in call.of(do.RunTool)] == [{}, {}]


def test_everything_the_caller_said_since_the_read_back_counts_as_the_answer() -> None:
    call = prepared()
    call.hear_out()
    call.caller("No, wait.")
    call.model("Take your time.")
    call.hear_out()
    call.caller("Okay.")
    call.model("", ("book_appointment", '{"intent":"i1"}'))
    assert call.of(do.RunTool)[-1].answers == {"i1": "No, wait. Okay."}


def test_an_answer_without_words_of_its_own_goes_back_to_the_model() -> None:
    call = Script()
    call.hear_out()
    call.caller("When?")
    call.model("Let me look.", ("get_available_slots", "{}"))
    call.tool({"status": "offers"})
    assistant, tool = call.messages[-2:]
    assert assistant["tool_calls"][0]["id"] == tool["tool_call_id"]
    assert json.loads(tool["content"]) == {"status": "offers"}


def test_a_result_that_comes_while_the_caller_speaks_is_recorded() -> None:
    call = Script()
    call.hear_out()
    call.caller("Yes.")
    call.model("", ("book_appointment", "{}"))
    call.tell(ev.Interim("actually"))
    call.tool({"status": "booked", "spoken": "You're booked."}, spoken="You're booked.", changed=True)
    call.tell(ev.TurnEnded("actually never mind"))
    assert any(m["role"] == "tool" and "booked" in m["content"] for m in call.messages)


def test_a_committed_change_is_told_when_the_caller_gives_the_floor_back() -> None:
    call = Script()
    call.hear_out()
    call.caller("Yes.")
    call.model("", ("book_appointment", "{}"))
    call.tell(ev.Interim("actually"))
    call.tool({"status": "booked", "spoken": "You're booked."}, spoken="You're booked.", changed=True)
    assert "You're booked." not in call.said
    call.tell(ev.Interim("actually one more"))
    call.tell(ev.TurnEnded("actually one more thing"))
    assert call.said[-1] == "You're booked."
    assert len(call.asked) == 2, "and the one more thing is answered"


def test_a_read_back_waits_for_a_sound_without_words_to_end() -> None:
    call = Script()
    call.hear_out()
    call.caller("Thursday at two.")
    call.model("", ("book_appointment", "{}"))
    call.tell(ev.Interim("uh"))
    call.tool({"status": "read_back", "spoken": READ_BACK}, spoken=READ_BACK, intent="i1")
    assert READ_BACK not in call.said
    call.tell(ev.TurnEnded(""))
    assert call.said[-1] == READ_BACK


def test_what_a_tool_wanted_spoken_is_shown_to_the_model_as_far_as_it_was_heard() -> None:
    call = Script()
    call.hear_out()
    call.caller("Yes.")
    call.model("", ("book_appointment", "{}"))
    words = "You're booked on Thursday. Is there anything else?"
    call.tool({"status": "booked", "spoken": words}, spoken=words, changed=True)
    call.hear_words("You're booked")
    call.caller("What?")
    answer = json.loads(next(m for m in call.messages if m["role"] == "tool")["content"])
    assert answer["spoken"] == "You're booked"
    assert answer["not_spoken"] == "on Thursday. Is there anything else?"


def test_a_tool_that_passes_its_deadline_is_answered_for_and_its_own_answer_is_recorded_when_it_comes() -> None:
    call = Script()
    call.hear_out()
    call.caller("When?")
    call.model("", ("get_available_slots", "{}"))
    run = call.of(do.RunTool)[-1].call.id
    call.tell(ev.ToolLate(run, {"status": "error", "reason": "too slow"}))
    assert "too slow" in call.messages[-1]["content"]
    call.model("One more moment, please.")
    call.tell(ev.ToolDone(run, {"status": "offers"}))
    call.hear_out()
    call.caller("And?")
    answer = next(m for m in call.messages if m["role"] == "tool")
    assert json.loads(answer["content"]) == {"status": "offers"}


def test_a_booking_that_commits_after_its_deadline_is_told_as_soon_as_it_is_known() -> None:
    call = Script()
    call.hear_out()
    call.caller("Yes.")
    call.model("", ("book_appointment", "{}"))
    run = call.of(do.RunTool)[-1].call.id
    call.tell(ev.ToolLate(run, {"status": "error"}))
    call.model("I'm sorry, that takes longer than it should.")
    call.tell(ev.ToolDone(run, {"status": "booked", "spoken": "You're booked."}, spoken="You're booked.", changed=True))
    assert call.said[-1] == "You're booked."


def test_a_doubtfully_heard_yes_is_doubtful_as_an_answer_too() -> None:
    call = prepared()
    call.hear_out()
    call.tell(ev.TurnEnded("Yes.", (ev.Word("Yes.", 0.05),)))
    call.model("", ("book_appointment", '{"intent":"i1"}'))
    assert call.of(do.RunTool)[-1].answers == {"i1": "[?Yes.]"}


def test_a_read_back_that_the_caller_has_overtaken_is_shown_to_the_model_as_not_spoken() -> None:
    call = Script()
    call.hear_out()
    call.caller("Thursday at two.")
    call.model("", ("book_appointment", "{}"))
    call.caller("No, Wednesday.")
    call.tool({"status": "read_back", "intent": "i1", "spoken": READ_BACK}, spoken=READ_BACK, intent="i1")
    assert READ_BACK not in call.said
    answer = next(m for m in call.messages if m["role"] == "tool")
    assert json.loads(answer["content"])["not_spoken"] == READ_BACK


def test_fifty_tools_at_once_are_cut_to_the_limit_and_the_rest_answered_with_a_refusal() -> None:
    call = Script()
    call.caller("Hello.")
    call.model("", *[("decode_vin", "{}")] * 50)
    runs = call.of(do.RunTool)
    assert len(runs) == 8
    for run in runs:
        call.tell(ev.ToolDone(run.call.id, {"status": "ok"}))
    answers = [m for m in call.messages if m["role"] == "tool"]
    assert len(answers) == 50
    assert sum("Too many tools" in m["content"] for m in answers) == 42


def test_a_tool_name_that_the_api_would_refuse_does_not_get_into_the_history() -> None:
    call = Script()
    call.caller("Hello.")
    call.model("", ("drop all; tables! " * 9, "{}"))
    call.tool()
    name = call.messages[-2]["tool_calls"][0]["function"]["name"]
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name)


def test_tools_that_never_lead_to_words_end_with_the_desk() -> None:
    call = Script()
    call.caller("Hello.")
    for _ in range(6):
        call.model("", ("decode_vin", "{}"))
        call.tool()
    call.model("", ("decode_vin", "{}"))
    assert call.said[-1] == LINES.apology


@pytest.mark.parametrize(
    "claim",
    [
        "You're all set, it's booked for Friday at nine.",
        "I've cancelled your appointment.",
        "Okay. I have moved you to Monday.",
        "Great, see you on Friday.",
        "Your appointment is confirmed.",
        "I've got you down for Tuesday, anything else?",
        "All settled.",
        "I went ahead and made that appointment for you.",
        "I've put it in the book.",
        "Your appointment is now on Friday at nine.",
        "Your appointment has been removed.",
        "Done!",
        "I've added you for Friday at nine.",
        "See you Friday.",
        "Done, your brakes are booked for Friday at nine.",
        "You have an oil change scheduled for Friday at nine.",
    ],
)
def test_a_claim_without_a_committed_row_is_not_spoken(claim: str) -> None:
    call = Script()
    call.hear_out()
    call.caller("Book me in for Friday at nine.")
    call.model(claim)
    assert call.said in ([LINES.greeting], [LINES.greeting, "Okay."])
    assert "was not spoken" in call.messages[-1]["content"]


def booked() -> Script:
    """A call in which a booking was committed and its confirmation heard."""
    call = Script()
    call.hear_out()
    call.caller("Yes.")
    call.model("", ("book_appointment", "{}"))
    call.tool({"status": "booked"}, spoken="You're booked for Thursday.", changed=True)
    call.hear_out()
    return call


def test_one_booking_does_not_bear_out_another() -> None:
    call = booked()
    call.caller("Also book the brakes for Friday.")
    call.model("Done, your brakes are booked for Friday at nine.")
    assert call.said[-1] == "You're booked for Thursday."


def test_a_caller_who_has_booked_is_never_told_that_nothing_was_done() -> None:
    call = booked()
    call.caller("So I'm booked?")
    call.model("Yes, it's booked.")
    call.model("Yes, it's really booked.")
    assert call.said[-2:] == ["You're booked for Thursday.", "You're booked for Thursday."]


def test_what_a_tool_has_listed_may_be_said_to_stand() -> None:
    call = Script()
    call.hear_out()
    call.caller("When is my appointment?")
    call.model("", ("get_upcoming_appointments", "{}"))
    call.tool({"status": "ok"}, listed=True)
    call.model("You have an oil change scheduled for Thursday at two.")
    assert call.said[-1] == "You have an oil change scheduled for Thursday at two."


def test_what_a_tool_has_listed_may_not_be_said_to_have_been_changed() -> None:
    call = Script()
    call.hear_out()
    call.caller("Move it to Monday.")
    call.model("", ("get_upcoming_appointments", "{}"))
    call.tool({"status": "ok"}, listed=True)
    call.model("I've moved it to Monday.")
    assert "I've moved it to Monday." not in call.said


def test_a_second_false_claim_is_answered_with_the_truth() -> None:
    call = Script()
    call.hear_out()
    call.caller("Book me in.")
    call.model("It's booked.")
    call.model("It's really booked.")
    assert call.said[-1] == LINES.nothing_done


@pytest.mark.parametrize(
    "sentence",
    [
        "Shall I book it?",
        "Nothing is booked yet.",
        "We're fully booked on Friday.",
        "Would you like it moved to Monday?",
        "If you agree I can have it booked.",
        "Your car can be dropped off at eight.",
        "So you need your oil changed.",
        "Let me get you scheduled.",
        "To get that booked, I need your name.",
        "I'll get that moved for you.",
        "Since you're in a hurry, shall we say Monday?",
        "Thanks, I've got that.",
        "We have Friday at nine.",
        "We are closed on Friday.",
        "An oil change takes about an hour.",
    ],
)
def test_a_sentence_that_claims_nothing_is_spoken(sentence: str) -> None:
    call = Script()
    call.hear_out()
    call.caller("Hello.")
    call.model(sentence)
    assert call.said[-1] == sentence


def test_a_slow_tool_is_covered_although_a_noise_came_meanwhile() -> None:
    call = Script()
    call.hear_out()
    call.caller("When?")
    call.model("", ("get_available_slots", "{}"))
    call.tell(ev.Interim("hm what"))
    call.tell(ev.TurnEnded(""))
    call.wait(0.8)
    assert call.said[-1] == LINES.fillers_of["get_available_slots"][0]
