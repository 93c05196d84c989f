"""How a tool's answer changes what is known. An answer that is not understood counts as an error of that tool."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from infra.local.openai_chat.desk_policy import wording
from infra.local.openai_chat.desk_policy.asks import Ask
from infra.local.openai_chat.desk_policy.choosing import Offer, exact
from infra.local.openai_chat.desk_policy.moments import Moment
from infra.local.openai_chat.desk_policy.owner_steps import told_recalls
from infra.local.openai_chat.desk_policy.story import Pending, Story, Task
from infra.local.openai_chat.desk_policy.vehicles import Car
from infra.local.openai_chat.desk_policy.vin_answers import doubted

_DONE = {"booked", "cancelled", "moved", "taken_down", "updated"}
_ASKABLE = ("phone", "number", "name", "car", "make", "vehicle", "time", "appointment", "slot", "vin", "message")
_WRITES = {"book_appointment", "cancel_appointment", "reschedule_appointment", "take_message", "update_details"}


def take_answer(story: Story, name: str, arguments: dict[str, Any], text: str) -> None:
    """Fold one tool message into the story."""
    story.looked = True
    answer = _object(text)
    status = str(answer.get("status", ""))
    if status in ("error", ""):
        _failed(story, name, answer)
        return
    story.remark = None
    if name == "lookup_customer":
        _lookup(story, arguments, answer, status)
    elif name == "verify_caller":
        _verify(story, arguments, answer, status)
    elif name == "get_available_slots":
        _slots(story, arguments, answer, status)
    elif name == "get_upcoming_appointments":
        _appointments(story, answer, status)
    elif name == "decode_vin":
        _vin(story, answer, status)
    elif name in _WRITES:
        _write(story, name, answer, status)
    elif name == "get_recalls":
        story.done = f"{told_recalls(answer)} {wording.question(Ask.ELSE, story.turns)}"
    elif name == "transfer_call":
        _transfer(story, answer, status)


def take_note(story: Story, text: str) -> None:
    """What the workshop's program notes between the caller's words: nobody came to the telephone at the desk."""
    if re.search(r"nobody (took|answered|picked up)", text, re.IGNORECASE):
        story.start(Task.MESSAGE)
        story.transfer, story.transferring, story.ask = None, False, Ask.MESSAGE
        story.desk_closed = "I'm sorry, nobody is at the desk just now."


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _failed(story: Story, name: str, answer: dict[str, Any]) -> None:
    """A tool that gave an error is not called again before the caller has spoken."""
    story.failures[name] += 1
    if name == "transfer_call":
        _nobody_at_the_desk(story, str(answer.get("reason") or "I can't reach anyone at the desk right now."))
    elif name == "decode_vin":
        story.vin_decoded, story.vin = story.vin, None
        story.remark = "I couldn't look that VIN up, so let's do without it."
    elif name == "lookup_customer" and story.task is Task.BOOK and not story.needs_phone:
        story.identity.looked_up = True  # the booking can be made as for a new caller
    elif name == "end_call":
        story.failed = "Thanks for calling. Goodbye."
    else:
        story.failed = _why(answer)
        if story.pending:
            story.pending.answer = None
            story.pending = story.pending if story.failures[name] < 2 else None


def _why(answer: dict[str, Any]) -> str:
    """A tool's reason, if it was written for people to hear."""
    reason = str(answer.get("reason") or "")
    meant_for_program = "arguments" in str(answer.get("advice") or "") or not reason.endswith(".")
    return "I'm sorry, something isn't working on my side." if meant_for_program else f"I'm sorry. {reason}"


def _nobody_at_the_desk(story: Story, reason: str) -> None:
    story.transfer = None
    story.desk_closed = f"I'm sorry. {reason}"
    story.offer_message = True


def _lookup(story: Story, arguments: dict[str, Any], answer: dict[str, Any], status: str) -> None:
    identity = story.identity
    identity.looked_up = True
    identity.phone_tried = arguments.get("phone") or identity.phone_tried
    if status == "missing":
        identity.phone = None
        story.misses["phone"] += 1
        story.remark = "I need the whole number, with its area code."
        return
    story.needs_phone = False
    identity.known = status == "known"
    if status == "known":
        identity.verified = bool(answer.get("verified"))
        identity.confirm_with = tuple(answer.get("confirm_with") or ("last_name",))
        _who(story, answer)
    elif arguments.get("phone") and story.task not in (Task.BOOK, Task.MESSAGE, None):
        story.misses["phone"] += 1
        identity.phone = None
        story.remark = "I couldn't find that number in our records."


def _who(story: Story, answer: dict[str, Any]) -> None:
    story.identity.first_name = answer.get("first_name") or story.identity.first_name
    vehicles = answer.get("vehicles") or ()
    if vehicles:
        story.identity.vehicles = tuple((str(one["vehicle"]), str(one.get("description", ""))) for one in vehicles)


def _verify(story: Story, arguments: dict[str, Any], answer: dict[str, Any], status: str) -> None:
    identity = story.identity
    identity.tried.add((str(arguments.get("factor")), str(arguments.get("value"))))
    identity.factor = None
    identity.asks_first_name = "first_name" in str(answer.get("advice") or "")
    if status == "verified":
        identity.verified = True
        story.misses.clear()
        _who(story, answer)
    elif status == "locked":
        identity.locked = True
    elif not identity.asks_first_name:
        story.misses["verify"] += 1
        if story.task is not Task.BOOK:
            story.remark = "I'm afraid that doesn't match what we have on file."


def _slots(story: Story, arguments: dict[str, Any], answer: dict[str, Any], status: str) -> None:
    slots = story.slots
    slots.asked = (str(arguments.get("service")), _moment(arguments.get("moment")), arguments.get("mode"))
    slots.chosen, slots.question, slots.reason = None, None, None
    slots.offers = _offers(answer)
    if slots.offers:
        story.misses["when"] = 0  # another question begins
    if status == "offers":
        slots.chosen = exact(slots.moment, slots.offers)
        slots.reason = None if slots.chosen else answer.get("note")
        if slots.chosen:
            story.news.append(f"{slots.chosen.when} is free.")
    elif status == "ask":
        slots.question = str(answer.get("question") or "Which day do you mean?")
    elif status == "unknown_service":
        story.service = None
        slots.asked = None
        story.misses["service"] += 1
    else:
        slots.reason = str(answer.get("reason") or answer.get("advice") or "There is nothing free then.")


def _offers(answer: dict[str, Any]) -> tuple[Offer, ...]:
    return tuple(Offer(str(one["slot"]), str(one.get("when", ""))) for one in answer.get("offers") or ())


def _moment(value: Any) -> Moment:
    known = value if isinstance(value, dict) else {}
    return Moment(**{key: known.get(key) for key in Moment.__dataclass_fields__})


def _appointments(story: Story, answer: dict[str, Any], status: str) -> None:
    if status == "verify_first":
        story.identity.verified = False
        story.identity.known = True
        return
    found = []
    for one in answer.get("appointments") or ():
        about = " for the ".join(str(one[part]) for part in ("service", "vehicle") if one.get(part))
        found.append((str(one["appointment"]), str(one.get("when", "")), about))
    story.appointments = tuple(found)


def _vin(story: Story, answer: dict[str, Any], status: str) -> None:
    story.vin_decoded = story.vin
    vin = re.sub(r"[^A-Z0-9]", "", story.vin or "")  # what was unsure of it, the workshop has judged
    if status in ("ok", "partial"):
        make = str(answer.get("make") or "")
        year = answer.get("year")
        told = Car(
            int(year) if year else None,
            make.title() if len(make) > 3 else make or None,
            answer.get("model") or None,
            vin,
        )
        story.car = story.car.merged(told)
    elif status == "unsure":
        story.vin_doubted = doubted(vin, str(answer.get("spoken") or answer.get("not_spoken") or ""))
        story.vin_decoded = None  # the same number may be right once the question about it has been answered
        story.vin, story.ask = None, Ask.VIN_CHARACTER if story.vin_doubted else Ask.VIN
    else:
        story.vin = None
        story.misses["car"] += 1
        story.remark = str(answer.get("ask") or answer.get("reason") or "That VIN doesn't check out.")


def _write(story: Story, name: str, answer: dict[str, Any], status: str) -> None:
    if status == "read_back":
        story.pending = Pending(
            name,
            str(answer.get("intent")),
            str(answer.get("spoken") or answer.get("not_spoken") or "Shall I go ahead?"),
        )
        return
    if status in _DONE:
        story.pending = None
        story.done = str(answer.get("spoken") or answer.get("not_spoken") or "That's done. Is there anything else?")
        return
    if status == "missing" and name == "update_details":
        story.new_value, story.pending = None, None
        story.misses["new_value"] += 1
        return
    if status == "refused" and story.pending and (answer.get("spoken") or answer.get("not_spoken")):
        story.pending.answer = None
        story.pending.intent = str(answer.get("intent") or story.pending.intent)
        story.pending.spoken = str(answer.get("spoken") or answer.get("not_spoken") or story.pending.spoken)
        return
    story.pending = None
    _setback(story, answer, status)


def _setback(story: Story, answer: dict[str, Any], status: str) -> None:
    slots = story.slots
    if status == "taken":
        slots.chosen, slots.offers = None, _offers(answer)
        slots.asked = slots.asked if slots.offers else None
        slots.reason = "I'm sorry, that time has just been taken."
    elif status == "verify_first":
        story.identity.verified, story.identity.known = False, True
    elif status == "not_found":
        slots.forget_offers()
        story.appointment, story.appointments, story.vehicle = None, None, None
        story.errors["not_found"] += 1
    elif status == "refused":
        story.errors["refused"] += 1  # the intent is spent: the details are given anew, once
        story.appointments = None
    elif status == "missing":
        _missing(story, " ".join(str(one) for one in answer.get("needs") or ()).lower())
    else:
        story.errors["refused"] += 2
        story.remark = str(answer.get("reason") or answer.get("advice") or "") or None


def _missing(story: Story, needs: str) -> None:
    if "phone" in needs or "number" in needs:
        story.needs_phone = True
    if "name" in needs:
        story.first = story.last = None
    if "car" in needs or "make" in needs or "vehicle" in needs:
        story.vehicle, story.other_car = None, True
        story.car = replace(story.car, year=None) if "year" in needs and story.car.make else Car()
        story.year_unknown = False
    if "vin" in needs:
        story.car, story.vin = replace(story.car, vin=None), None
    if "message" in needs:
        story.message = None
    if "appointment" in needs:
        story.appointments = None
    if "slot" in needs or "time" in needs:
        story.slots.forget_offers()
    if not any(word in needs for word in _ASKABLE):
        story.errors["missing"] += 1
    story.errors["missing"] += 1


def _transfer(story: Story, answer: dict[str, Any], status: str) -> None:
    story.transferring = status == "transferring"
    if not story.transferring:
        _nobody_at_the_desk(story, str(answer.get("reason") or "I can't reach anyone at the desk right now."))
