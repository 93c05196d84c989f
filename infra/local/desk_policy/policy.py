"""What the desk does next: a tool to call, or one question to ask. A pure function of the story."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from infra.local.desk_policy import wording
from infra.local.desk_policy.asks import Ask, fact_of
from infra.local.desk_policy.information import inform
from infra.local.desk_policy.moments import Moment
from infra.local.desk_policy.phrases import Answer, Wish
from infra.local.desk_policy.story import Story, Task
from infra.local.desk_policy.taking_facts import car_on_file

_PATIENCE = {"name": 3, "verify": 3, "message": 3}  # misses before a person is offered; two for everything else


@dataclass(frozen=True)
class Move:
    """The next step: words with the question they put, or tools to call."""

    text: str | None = None
    ask: Ask | None = None
    calls: tuple[tuple[str, dict[str, Any]], ...] = field(default=())


def decide(story: Story) -> Move:
    """The next step at this point of the call."""
    if story.transfer and not story.transferring:
        return _call("transfer_call", reason=story.transfer)
    if story.transferring:
        return Move("I'm putting you through now.")
    if story.ending:
        return _call("end_call")
    if any(count > 1 for count in story.errors.values()):
        return _give_up(story, story.remark or "I'm sorry, our system isn't answering right now.")
    if _asks_to_wait(story) and story.ask:
        return Move("Of course, take your time.", story.ask)
    if story.pending:
        return _settle(story)
    if story.done:
        return Move(story.done, Ask.ELSE)
    move = _next(story)
    if move.calls or move.ask is None:
        return move
    return _worded(story, move)


def _asks_to_wait(story: Story) -> bool:
    """ "Hold on": no more is said, unless the caller went on to say something."""
    settled = story.pending is not None and story.pending.answer is not None
    waits = story.heard is not None and Wish.WAIT in story.heard.wishes
    return waits and not settled and not story.learnt and not story.looked and story.done is None


def _next(story: Story) -> Move:
    if (
        story.ask
        and story.ask is not Ask.PERSON
        and story.misses[fact_of(story.ask)] >= _PATIENCE.get(fact_of(story.ask), 2)
    ):
        return Move(wording.question(Ask.PERSON, story.turns), Ask.PERSON)
    if story.task is None:
        ask = Ask.OPEN if story.turns == 0 or (story.ask in (Ask.ELSE, Ask.OPEN) and not story.questions) else Ask.ELSE
        return Move(wording.question(ask, story.turns), ask)
    return _STEPS[story.task](story)


def _worded(story: Story, move: Move) -> Move:
    """What has to be said before the question: an answer, a remark, an apology."""
    said = [inform(wish, story) for wish in story.questions]
    if story.remark:
        said.append(story.remark)
    if not said:
        said += _acknowledged(story, move)
    return Move(" ".join([*said, move.text or ""]).strip(), move.ask)


def _acknowledged(story: Story, move: Move) -> list[str]:
    """A word on what was heard when the same question has to be put again."""
    if story.doubts:
        return [wording.doubted(sorted(story.doubts)[0], story.turns)]
    if story.ask is None or story.heard is None or story.looked or story.repeated or story.ask is Ask.PERSON:
        return []
    if story.misses[fact_of(story.ask)]:
        trouble = move.ask is Ask.PERSON
        return ["I'm sorry, I'm having trouble with that." if trouble else wording.sorry(story.turns)]
    if story.learnt and move.ask is story.ask and not story.heard.answer:
        return ["Thanks, I've got that."]
    return []


def _call(name: str, **arguments: Any) -> Move:
    return Move(calls=((name, arguments),))


def _give_up(story: Story, why: str) -> Move:
    return Move(f"{why} {wording.question(Ask.PERSON, story.turns)}", Ask.PERSON)


def _settle(story: Story) -> Move:
    pending = story.pending
    assert pending
    if pending.answer is Answer.YES:
        return _call(pending.tool, **_NOTHING[pending.tool], intent=pending.intent)
    if story.ask and story.misses["confirm"] >= 2:
        return _give_up(story, "I'm sorry, I'm having trouble with that.")
    if pending.answer is Answer.NO:
        return Move(wording.question(Ask.CHANGE, story.turns), Ask.CHANGE)
    if story.ask is Ask.CONFIRM and story.heard and not story.repeated:
        said = " ".join(inform(wish, story) for wish in story.questions) or wording.sorry(story.turns)
        return Move(f"{said} {wording.question(Ask.CONFIRM, story.turns)}", Ask.CONFIRM)
    return Move(pending.spoken, Ask.CONFIRM)


_NOTHING: dict[str, dict[str, None]] = {
    "book_appointment": {"slot": None, "vehicle": None, "new_vehicle": None, "new_customer": None, "concern": None},
    "cancel_appointment": {"appointment": None, "reason": None},
    "reschedule_appointment": {"appointment": None, "slot": None},
    "take_message": {"message": None},
}


def _book(story: Story) -> Move:
    calls: list[tuple[str, dict[str, Any]]] = []
    if not story.identity.looked_up and not story.briefing.number_withheld:
        calls.append(("lookup_customer", {"phone": None}))
    if story.service and not story.slots.chosen and _search_due(story, story.service):
        calls.append(_search(story, story.service))
    if calls:
        return Move(calls=tuple(calls))
    missing = _service_step(story) or _time_step(story) or _phone_step(story) or _name_step(story) or _car_step(story)
    return missing or _call("book_appointment", **_details(story))


def _search_due(story: Story, service: str) -> bool:
    wanted = (service, story.slots.moment, story.mode)
    return bool(story.slots.moment) and story.slots.asked != wanted and "when" not in story.doubts


def _search(story: Story, service: str) -> tuple[str, dict[str, Any]]:
    moment = {name: getattr(story.slots.moment, name) for name in Moment.__dataclass_fields__}
    return "get_available_slots", {"service": service, "moment": moment, "mode": story.mode}


def _service_step(story: Story) -> Move | None:
    if story.service:
        return None
    names = [story.services[code].name for code in story.service_options if code in story.services]
    if len(names) == 1:
        return Move(f"Do you mean {wording.article(names[0])}?", Ask.SERVICE_CHOICE)
    if names:
        return Move(f"Would that be {wording.either([wording.article(name) for name in names])}?", Ask.SERVICE_CHOICE)
    hint = ""
    if story.misses["service"]:
        known = [service.name for service in story.briefing.services[:3]]
        hint = f" We do {', '.join(known)}, and more." if known else ""
    return Move(wording.question(Ask.SERVICE, story.turns) + hint, Ask.SERVICE)


def _time_step(story: Story) -> Move | None:
    slots = story.slots
    if slots.chosen:
        return None
    if slots.question:
        return Move(slots.question, Ask.WHEN)
    if slots.offers:
        lead = f"{slots.reason} " if slots.reason else ""
        return Move(lead + wording.offers([offer.when for offer in slots.offers], story.turns), Ask.OFFER)
    if slots.reason:
        return Move(f"{slots.reason} What other day or time would suit you?", Ask.WHEN)
    return Move(wording.question(Ask.WHEN, story.turns), Ask.WHEN)


def _phone_step(story: Story) -> Move | None:
    if not story.needs_phone:
        return None
    if story.identity.phone and story.identity.phone != story.identity.phone_tried:
        return _call("lookup_customer", phone=story.identity.phone)
    return Move("What's the best phone number to reach you on?", Ask.PHONE)


def _name_step(story: Story) -> Move | None:
    identity = story.identity
    if identity.verified:
        return None
    if (
        identity.known
        and not identity.locked
        and story.last
        and not any(kind == "last_name" for kind, _ in identity.tried)
    ):
        return _call("verify_caller", factor="last_name", value=story.last)
    if story.first and story.last:
        return None
    ask = Ask.NAME if not (story.first or story.last) else Ask.LAST_NAME if not story.last else Ask.FIRST_NAME
    if story.misses["name"] >= 2:
        ask = Ask.SPELL_LAST if not story.last else Ask.SPELL_FIRST
    lead = ""
    if ask is Ask.NAME and story.slots.chosen and not story.misses["name"]:
        lead = f"{story.slots.chosen.when} is free. "
    return Move(lead + wording.question(ask, story.turns), ask)


def _car_step(story: Story) -> Move | None:
    if story.vin and story.vin != story.vin_decoded:
        return _call("decode_vin", vin=story.vin)
    if car_on_file(story):
        return None
    cars = [description for _, description in story.identity.vehicles]
    if cars and not story.car.make and not story.other_car:
        text = (
            f"Is it for the {cars[0]}?"
            if len(cars) == 1
            else f"Which car is it, the {wording.either(cars).replace(' or ', ' or the ')}?"
        )
        return Move(text, Ask.WHICH_CAR)
    if not story.car.make:
        return Move(wording.question(Ask.CAR, story.turns), Ask.CAR)
    if not story.car.year and not story.year_unknown:
        name = " ".join(part for part in (story.car.make, story.car.model) if part)
        return Move(f"{name}, okay. {wording.question(Ask.YEAR, story.turns)}", Ask.YEAR)
    return None


def _details(story: Story) -> dict[str, Any]:
    vehicle = car_on_file(story)
    car = story.car
    named = {"first_name": story.first, "last_name": story.last}
    assert story.slots.chosen
    return {
        "slot": story.slots.chosen.slot,
        "vehicle": vehicle,
        "new_vehicle": None if vehicle else {"year": car.year, "make": car.make, "model": car.model, "vin": car.vin},
        "new_customer": None if story.identity.verified else named,
        "concern": story.concern,
        "intent": None,
    }


def _identify(story: Story) -> Move | None:
    """What is still needed before anything that exists may be named or changed."""
    identity = story.identity
    if identity.verified:
        return None
    if identity.locked or story.misses["phone"] >= 2:
        return _give_up(story, "I can't open the file without being sure it's yours.")
    if not identity.looked_up and not story.briefing.number_withheld:
        return _call("lookup_customer", phone=None)
    if not identity.known:
        if identity.phone and identity.phone != identity.phone_tried:
            return _call("lookup_customer", phone=identity.phone)
        return Move(wording.question(Ask.PHONE, story.turns), Ask.PHONE)
    factor = identity.factor or (("last_name", story.last) if story.last else None)
    if factor and factor not in identity.tried:
        return _call("verify_caller", factor=factor[0], value=factor[1])
    if story.misses["verify"] == 2 and story.doubts:
        return Move(wording.question(Ask.SPELL_LAST, story.turns), Ask.SPELL_LAST)
    return Move(wording.question(Ask.VERIFY, story.turns), Ask.VERIFY)


def _find(story: Story) -> Move | None:
    """The caller's appointment that is meant."""
    unknown = _identify(story)
    if unknown:
        return unknown
    if story.appointments is None:
        return _call("get_upcoming_appointments")
    if not story.appointments:
        return Move(
            f"I don't see any coming appointment under your name. {wording.question(Ask.ELSE, story.turns)}", Ask.ELSE
        )
    if appointment_of(story) is None:
        listed = wording.either([when for _, when, _ in story.appointments])
        return Move(
            f"You have {len(story.appointments)} appointments: {listed}. Which one do you mean?", Ask.WHICH_APPOINTMENT
        )
    return None


def appointment_of(story: Story) -> tuple[str, str, str] | None:
    """The one appointment that the talk is about."""
    known = story.appointments or ()
    if len(known) == 1:
        return known[0]
    return next((one for one in known if one[0] == story.appointment), None)


def _cancel(story: Story) -> Move:
    missing = _find(story)
    if missing:
        return missing
    meant = appointment_of(story)
    assert meant
    return _call("cancel_appointment", appointment=meant[0], reason=story.cancel_reason, intent=None)


def _move(story: Story) -> Move:
    missing = _find(story)
    if missing:
        return missing
    meant = appointment_of(story)
    assert meant
    service = _service_of(story, meant[2])
    if not story.slots.chosen and service and _search_due(story, service):
        return Move(calls=(_search(story, service),))
    if not story.slots.chosen and not story.slots.moment and not story.slots.reason:
        return Move(f"You're down for {meant[1]}. What day and time would suit you instead?", Ask.WHEN)
    if service is None:
        return _give_up(story, "I can't move that kind of appointment myself.")
    step = _time_step(story)
    if step:
        return step
    assert story.slots.chosen
    return _call("reschedule_appointment", appointment=meant[0], slot=story.slots.chosen.slot, intent=None)


def _service_of(story: Story, about: str) -> str | None:
    """The code of the service that an appointment names."""
    lowered = about.lower()
    for service in story.briefing.services:
        if service.name.lower() in lowered or service.code.replace("_", " ") in lowered or service.code in lowered:
            return service.code
    named = [
        service.code
        for service in story.briefing.services
        if service.core and all(word in lowered for word in service.core)
    ]
    return named[0] if len(named) == 1 else None


def _list(story: Story) -> Move:
    missing = _find(story) if story.appointments is None or not story.appointments else None
    if missing:
        return missing
    told = [f"{about} on {when}" if about else when for _, when, about in story.appointments or ()]
    return Move(f"You have {' and '.join(told)}. {wording.question(Ask.ELSE, story.turns)}", Ask.ELSE)


def _message(story: Story) -> Move:
    if not story.message:
        return Move(wording.question(Ask.MESSAGE, story.turns), Ask.MESSAGE)
    return _call("take_message", message=story.message, intent=None)


_STEPS = {Task.BOOK: _book, Task.CANCEL: _cancel, Task.MOVE: _move, Task.LIST: _list, Task.MESSAGE: _message}
