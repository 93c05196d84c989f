"""The offline desk in calls that the workshop makes: whoever wants no more of them is taken at their word, and nothing
is done upon a yes that was heard unsurely."""

import json
from typing import Any

import pytest

from infra.local.openai_chat.reminder_policy import Step, next_step

ASKED = {"role": "assistant", "content": "Am I speaking with Ana Lopez?"}
TOLD = {
    "status": "read_back",
    "intent": "i1",
    "spoken": "You have an oil change on Wednesday at 9 AM. Can you make it?",
    "appointments": [{"appointment": "a1", "service_code": "oil_change"}],
}
TO_CANCEL = {"status": "read_back", "intent": "i2", "spoken": "You want to cancel the oil change. Shall I cancel it?"}
OFFERS = {"status": "offers", "slots": [{"slot": "s1", "when": "Thursday at 9 AM"}]}


def _said(words: str) -> dict[str, Any]:
    return {"role": "user", "content": words}


def _answered(content: dict[str, Any]) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": "c1", "content": json.dumps(content)}


def _to(*before: dict[str, Any], words: str) -> Step:
    return next_step([*before, _said(words)])


@pytest.mark.parametrize("words", ["I don't want these calls.", "Take me off your list.", "Please, no more calls."])
def test_whoever_wants_no_more_calls_is_opted_out(words: str) -> None:
    assert _to(ASKED, words=words).calls == (("opt_out", {"source": "voice"}),)


@pytest.mark.parametrize("words", ["[?yes]", "oh [?yes]", "[?yes speaking]"])
def test_a_person_who_may_have_said_yes_is_asked_whether_it_was_one(words: str) -> None:
    step = _to(ASKED, words=words)
    assert not step.calls
    assert "yes" in step.text


@pytest.mark.parametrize("words", ["[?yes]", "yes i [?can't] make it", "i [?can] make it"])
def test_nothing_is_confirmed_upon_a_yes_that_was_heard_unsurely(words: str) -> None:
    step = _to(ASKED, _said("yes"), _answered(TOLD), words=words)
    assert not step.calls
    assert "yes" in step.text


def test_a_doubt_that_stays_is_asked_about_in_other_words() -> None:
    once = _to(ASKED, _said("yes"), _answered(TOLD), words="[?yes]")
    again = {"role": "assistant", "content": once.text}
    twice = _to(ASKED, _said("yes"), _answered(TOLD), _said("[?yes]"), again, words="[?yes]")
    assert not twice.calls
    assert twice.text != once.text


def test_a_sure_yes_after_the_doubt_confirms_what_was_read_back() -> None:
    again = {"role": "assistant", "content": "Sorry, was that a yes?"}
    step = _to(ASKED, _said("yes"), _answered(TOLD), _said("[?yes]"), again, words="yes")
    assert step.calls == (("confirm_appointment", {"intent": "i1"}),)


def test_a_refusal_to_tell_a_stranger_leads_to_a_question_and_not_to_the_end() -> None:
    refused = {"status": "refused", "reason": "Nobody has said yet that they are that person."}
    step = next_step([ASKED, _said("sure"), _answered(refused)])
    assert step.text.endswith("?")
    assert "anything else" not in step.text


@pytest.mark.parametrize("words", ["yes", "yes please", "yes cancel it please", "cancel it"])
def test_whoever_repeats_what_was_read_back_agrees_to_it(words: str) -> None:
    step = _to(ASKED, _said("yes"), _answered(TOLD), _said("cancel it"), _answered(TO_CANCEL), words=words)
    assert step.calls == (("cancel_appointment", {"appointment": None, "reason": None, "intent": "i2"}),)


@pytest.mark.parametrize("words", ["yes that works", "yes thursday works"])
def test_an_offered_time_that_suits_is_taken(words: str) -> None:
    offer = {"role": "assistant", "content": "I could offer Thursday at 9 AM. Would that suit you?"}
    step = _to(ASKED, _said("yes"), _answered(TOLD), _said("thursday"), _answered(OFFERS), offer, words=words)
    assert step.calls == (("reschedule_appointment", {"appointment": "a1", "slot": "s1", "intent": None}),)


def test_a_no_to_can_you_make_it_leads_to_another_day_and_not_to_the_end() -> None:
    step = _to(ASKED, _said("yes"), _answered(TOLD), words="no")
    assert "day" in step.text


def test_a_no_to_anything_else_ends_the_call() -> None:
    asked = {"role": "assistant", "content": "Great, that's confirmed. Is there anything else I can do?"}
    step = _to(ASKED, _said("yes"), _answered(TOLD), _said("yes"), asked, words="no")
    assert step.calls == (("end_call", {}),)
