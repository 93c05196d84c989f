"""A rule-based clerk for calls that the workshop makes: who is there, will they come, and otherwise what instead.

A pure function of the dialogue, as a model sees it. It knows the tools by their schemas and the workshop not at all.
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
_COMES = re.compile(r"\b(i'll be there|i will|i can|we can|make it|see you|works)\b")
_CANCEL = re.compile(r"\bcancel|don't need|do not need|not coming|sold the car")
_MOVE = re.compile(r"\bmove|another (time|day)|different (time|day)|reschedule|change it|can't make it|instead")
_BYE = re.compile(r"\b(no|nope|bye|goodbye|that's (all|it)|thank)")


@dataclass(frozen=True)
class Step:
    """Words, or tools to call."""

    text: str = ""
    calls: tuple[tuple[str, dict[str, Any]], ...] = field(default=())


def next_step(messages: Sequence[Message]) -> Step:
    """What the clerk does at this point of the call."""
    heard = _last_heard(messages)
    answers = [json.loads(each["content"]) for each in messages if each["role"] == "tool"]
    last = answers[-1] if messages[-1]["role"] == "tool" else None
    if last is not None:
        return _after_tool(last, answers)
    told = next((each for each in answers if each.get("appointments")), None)
    if told is None:
        return _ask_for_person(heard, messages)
    pending = next((each for each in reversed(answers) if each.get("intent")), told)
    return _about_appointment(heard, told, pending, _offer_of(answers))


def _after_tool(answer: Mapping[str, Any], answers: Sequence[Mapping[str, Any]]) -> Step:
    if slots := answer.get("slots") or answer.get("offers"):
        return Step(f"I could offer {slots[0]['when']}. Would that suit you?")
    if answer["status"] in ("error", "not_found", "none", "missing"):
        return Step("I'm sorry, I can't change that from here. Shall I take a message?")
    return Step("Could you say that once more, please?" if len(answers) < 3 else "Is there anything else?")


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


def _about_appointment(
    heard: str, told: Mapping[str, Any], pending: Mapping[str, Any], offer: Mapping[str, Any] | None
) -> Step:
    day = next((each for each in _WEEKDAYS if each in heard), None)
    appointment = told["appointments"][0]
    if _NEVER.search(heard):
        return _call("opt_out", source="voice")
    if _CANCEL.search(heard):
        return _call("cancel_appointment", appointment=appointment["appointment"], reason=None, intent=None)
    if day or _MOVE.search(heard):
        return _look_for(appointment, day) if day else Step("Which day would suit you better?")
    if _LATER.search(heard):
        return _call("call_later", when="in_two_hours")
    if _ROBOT.search(heard):
        return Step("Yes, I am an automated assistant. Can you make it?")
    if not (_YES.search(heard) or _COMES.search(heard)):
        return _call("end_call") if _BYE.search(heard) else Step("I'm sorry, can you make it?")
    if offer is not None and pending is told:
        return _call("reschedule_appointment", appointment=appointment["appointment"], slot=offer["slot"], intent=None)
    return _agreed(pending)


def _agreed(pending: Mapping[str, Any]) -> Step:
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


def _last_heard(messages: Sequence[Message]) -> str:
    said = next((str(each["content"]) for each in reversed(messages) if each["role"] == "user"), "")
    return said.lower().replace("’", "'")


def _call(name: str, **arguments: Any) -> Step:
    return Step(calls=((name, arguments),))
