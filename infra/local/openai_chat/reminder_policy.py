"""A rule-based clerk for calls that the workshop makes: who is there, will they come, and otherwise what instead.

A pure function of the dialogue, as a model sees it. Nothing is done upon a yes that was heard unsurely (`[?yes]`): it
is asked for again, in other words each time. It knows the tools by their schemas and the workshop not at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Message = Mapping[str, Any]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOMENT = (
    "weekday", "which_week", "part_of_week", "in_days", "day", "month", "which_month", "part_of_month", "part_of_day",
    "time", "after", "before", "earliest",
)  # fmt: skip
_WRONG_NUMBER = re.compile(
    r"wrong number|nobody (here )?by that name|no one (here )?by that name|don't know (him|her|them)"
)
_NOT_IN = re.compile(
    r"not (here|in|home|at home)|isn't (here|in|home)|(she|he)'s out|(husband|wife|son|daughter|mother|father)\b"
)
_LATER = re.compile(r"call (me )?(back|later)|no time|busy|not a good time|in a meeting|driving")
_WHO = re.compile(r"\bwho('s| is| are)?\b|what('s| is) this|what do you want|why")
_ROBOT = re.compile(r"robot|machine|real person|human|\bai\b")
_NEVER = re.compile(
    r"off (your|the|that) list|no more (of these )?calls|(don't|do not) want (these|any more|such) calls"
)
_YES = re.compile(r"\b(yes|yeah|yep|speaking|sure|it is|i am|this is (he|she|me)|okay|ok|fine|please do|that works)\b")
_COMES = re.compile(r"\b(i'll be there|i will|i can|we can|(i|we)'ll make it|see you|works)\b")
_CANCEL = re.compile(r"\bcancel|don't need|do not need|not coming|sold the car")
_MOVE = re.compile(r"\bmove|another (time|day)|different (time|day)|reschedule|change it|can't make it|instead")
_NO = re.compile(r"\b(no|nope|nah)\b")
_BYE = re.compile(r"\b(bye|goodbye|that's (all|it)|thank)")
_DOUBTFUL = re.compile(r"\[\?([^\]]*)\]")
_ASKED_AGAIN = ("Sorry, was that a yes?", "I did not quite hear that. Is that a yes or a no?")


@dataclass(frozen=True)
class Step:
    """Words, or tools to call."""

    text: str = ""
    calls: tuple[tuple[str, dict[str, Any]], ...] = field(default=())


def next_step(messages: Sequence[Message]) -> Step:
    """What the clerk does at this point of the call."""
    answers = [json.loads(each["content"]) for each in messages if each["role"] == "tool"]
    if messages[-1]["role"] == "tool":
        return _after_tool(answers[-1], messages)
    words = _last_heard(messages)
    heard, surely = _DOUBTFUL.sub(r"\1", words), _DOUBTFUL.sub(" ", words)
    last_said = _last_said(messages)
    fresh = _without_echo(heard, last_said)
    if _says_yes(fresh) != _says_yes(_without_echo(surely, last_said)):
        return _ask_again(messages)
    told = next((each for each in answers if each.get("appointments")), None)
    if told is None:
        return _ask_for_person(heard, messages)
    if (step := _wish(fresh, told)) is not None:
        return step
    if _says_yes(fresh) or (fresh != heard and not _NO.search(fresh)):
        return _agreed(answers, told)
    if _BYE.search(heard) or (_NO.search(heard) and "anything else" in last_said):
        return _call("end_call")
    return Step("Which day would suit you better?" if _NO.search(heard) else "I'm sorry, can you make it?")


def _without_echo(heard: str, said: str) -> str:
    """The caller's words without the day or the deed that they were just asked about: to say it again is to agree."""
    asked = {word for word in (*_WEEKDAYS, "cancel", "move") if word in said.lower()}
    return " ".join(word for word in heard.split() if word.strip(".,!?") not in asked)


def _says_yes(words: str) -> bool:
    """A yes that nothing in it takes back."""
    agrees = _YES.search(words) or _COMES.search(words)
    return bool(agrees) and not any(each.search(words) for each in (_NO, _NEVER, _WRONG_NUMBER, _MOVE, _CANCEL))


def _ask_again(messages: Sequence[Message]) -> Step:
    times = sum(str(each.get("content") or "").endswith(_ASKED_AGAIN) for each in messages)
    return Step(_ASKED_AGAIN[times % len(_ASKED_AGAIN)])


def _after_tool(answer: Mapping[str, Any], messages: Sequence[Message]) -> Step:
    if slots := answer.get("slots") or answer.get("offers"):
        return Step(f"I could offer {slots[0]['when']}. Would that suit you?")
    if answer["status"] in ("error", "not_found", "none", "missing"):
        return Step("I'm sorry, I can't change that from here. Shall I take a message?")
    if answer["status"] == "refused":
        return _ask_again(messages)
    return Step("Is there anything else?")


def _ask_for_person(heard: str, messages: Sequence[Message]) -> Step:
    if _NEVER.search(heard):
        return _call("opt_out", source="voice")
    if _WRONG_NUMBER.search(heard):
        return _call("wrong_person", who="wrong_number")
    if _NOT_IN.search(heard):
        return _call("wrong_person", who="not_in")
    if _LATER.search(heard):
        return _call("call_later", when="in_two_hours")
    if _ROBOT.search(heard):
        return Step(f"Yes, I am an automated assistant. {_question(messages)}")
    if _YES.search(heard):
        return _call("confirm_person")
    who = "This is the automated assistant of the workshop, with a reminder. " if _WHO.search(heard) else ""
    return Step(f"{who}{_question(messages)}")


def _wish(heard: str, told: Mapping[str, Any]) -> Step | None:
    """What they want done, beside saying yes or no."""
    appointment = told["appointments"][0]
    day = next((each for each in _WEEKDAYS if each in heard), None)
    if _NEVER.search(heard):
        return _call("opt_out", source="voice")
    if _CANCEL.search(heard):
        return _call("cancel_appointment", appointment=appointment["appointment"], reason=None, intent=None)
    if day or _MOVE.search(heard):
        return _look_for(appointment, day) if day else Step("Which day would suit you better?")
    if _LATER.search(heard):
        return _call("call_later", when="in_two_hours")
    return Step("Yes, I am an automated assistant. Can you make it?") if _ROBOT.search(heard) else None


def _agreed(answers: Sequence[Mapping[str, Any]], told: Mapping[str, Any]) -> Step:
    """Yes, to what was offered or read back last."""
    pending = next((each for each in reversed(answers) if each.get("intent")), told)
    offer = _offer_of(answers)
    if offer is not None and pending is told:
        appointment = told["appointments"][0]["appointment"]
        return _call("reschedule_appointment", appointment=appointment, slot=offer["slot"], intent=None)
    if "can you make it" in pending.get("spoken", "").lower():
        return _call("confirm_appointment", intent=pending["intent"])
    if "move" in pending.get("spoken", "").lower():
        return _call("reschedule_appointment", appointment=None, slot=None, intent=pending["intent"])
    return _call("cancel_appointment", appointment=None, reason=None, intent=pending["intent"])


def _look_for(appointment: Mapping[str, Any], day: str | None) -> Step:
    moment: dict[str, Any] = dict.fromkeys(_MOMENT) | {"weekday": day}
    return _call("get_available_slots", service=appointment["service_code"], moment=moment, mode=None)


def _offer_of(answers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    for each in reversed(answers):
        if slots := each.get("slots") or each.get("offers"):
            found: Mapping[str, Any] = slots[0]
            return found
    return None


def _question(messages: Sequence[Message]) -> str:
    """The question that was asked at the beginning, by name."""
    for each in messages:
        if found := re.search(r"Am I speaking with [^?]+\?", str(each.get("content") or "")):
            return found[0]
    return "Am I speaking with the person who made the appointment?"


def _last_said(messages: Sequence[Message]) -> str:
    """Of the clerk's own words or those of a tool, whatever was said last."""
    for each in reversed(messages):
        said = json.loads(each["content"]).get("spoken") if each["role"] == "tool" else each.get("content")
        if said and each["role"] in ("assistant", "tool"):
            return str(said)
    return ""


def _last_heard(messages: Sequence[Message]) -> str:
    said = next((str(each["content"]) for each in reversed(messages) if each["role"] == "user"), "")
    return said.lower().replace("’", "'")


def _call(name: str, **arguments: Any) -> Step:
    return Step(calls=((name, arguments),))
