"""The steps of a booking: the search, and one question at a time for what is missing."""

from __future__ import annotations

from typing import Any

from infra.local.openai_chat.desk_policy import wording
from infra.local.openai_chat.desk_policy.asks import Ask
from infra.local.openai_chat.desk_policy.moments import Moment
from infra.local.openai_chat.desk_policy.moves import Move, ask, call
from infra.local.openai_chat.desk_policy.story import Story
from infra.local.openai_chat.desk_policy.taking_facts import car_on_file

_MOST_VIN_QUESTIONS = 2


def book(story: Story) -> Move:
    """The next step of a booking."""
    calls: list[tuple[str, dict[str, Any]]] = []
    if not story.identity.looked_up and not story.briefing.number_withheld:
        calls.append(("lookup_customer", {"phone": None}))
    if story.service and not story.slots.chosen and search_due(story, story.service):
        calls.append(search(story, story.service))
    if calls:
        return Move(calls=tuple(calls))
    missing = _service_step(story) or time_step(story) or phone_step(story) or _name_step(story) or _car_step(story)
    return missing or call("book_appointment", **_details(story))


def search_due(story: Story, service: str) -> bool:
    """Whether free times have to be looked for before anything is said of them."""
    wanted = (service, story.slots.moment, story.mode)
    return (
        bool(story.slots.moment) and story.slots.asked != wanted and "when" not in story.doubts and not story.day_lost
    )


def search(story: Story, service: str) -> tuple[str, dict[str, Any]]:
    """The search for what the caller said of the time."""
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


def time_step(story: Story) -> Move | None:
    """The question that leads to a time, until one is chosen."""
    slots = story.slots
    if slots.chosen:
        return None
    if slots.question:
        return Move(slots.question, Ask.WHEN)
    if slots.offers:
        lead = f"{slots.reason} " if slots.reason and story.looked else ""
        hint = wording.hint(Ask.OFFER, story.misses["when"]) if len(slots.offers) > 1 else ""
        again = not story.looked and not story.repeated
        listed = wording.offers([offer.when for offer in slots.offers], story.turns, again=again)
        return Move(lead + listed + hint, Ask.OFFER)
    if slots.reason:
        return Move(f"{slots.reason} What other day or time would suit you?", Ask.WHEN)
    if story.day_lost:
        part = slots.moment.part_of_day
        return Move(f"Which day would that be, in the {part}?" if part else "Which day would that be?", Ask.WHEN)
    return Move(wording.hint(Ask.WHEN, story.misses["when"]) or wording.question(Ask.WHEN, story.turns), Ask.WHEN)


def phone_step(story: Story) -> Move | None:
    """A number to reach the caller on, if a tool asked for one."""
    if not story.needs_phone:
        return None
    if story.identity.phone and story.identity.phone != story.identity.phone_tried:
        return call("lookup_customer", phone=story.identity.phone)
    return Move("What's the best phone number to reach you on?", Ask.PHONE)


def _name_step(story: Story) -> Move | None:
    identity = story.identity
    if identity.verified:
        return None
    if identity.asks_first_name and not identity.locked:
        return first_name_step(story)
    tried = len(identity.tried) > 1 or ("last_name", story.last) in identity.tried
    if identity.known and not identity.locked and story.last and not tried:
        return call("verify_caller", factor="last_name", value=story.last)
    if story.first and story.last:
        return None
    if story.spell_due or story.misses["name"] >= 2:
        return ask(story, Ask.SPELL_LAST if not story.last else Ask.SPELL_FIRST)
    return ask(
        story, Ask.NAME if not (story.first or story.last) else Ask.LAST_NAME if not story.last else Ask.FIRST_NAME
    )


def first_name_step(story: Story) -> Move:
    """Several customers share the number and what was given: which of them is it?"""
    if story.first and ("first_name", story.first) not in story.identity.tried:
        return call("verify_caller", factor="first_name", value=story.first)
    return ask(story, Ask.FIRST_NAME)


def _car_step(story: Story) -> Move | None:
    if story.vin and story.vin != story.vin_decoded:
        return call("decode_vin", vin=story.vin)
    if story.vin_doubted and story.misses["car"] < _MOST_VIN_QUESTIONS:
        return Move(story.vin_doubted.question, Ask.VIN_CHARACTER)
    if car_on_file(story):
        return None
    return which_car(story) or car_question(story)


def which_car(story: Story) -> Move | None:
    """Which of the cars on file it is, unless another was named."""
    cars = [description for _, description in story.identity.vehicles]
    if cars and not story.car.make and not story.other_car:
        text = (
            f"Is it for the {cars[0]}?"
            if len(cars) == 1
            else f"Which car is it, the {wording.either(cars).replace(' or ', ' or the ')}?"
        )
        return Move(text, Ask.WHICH_CAR)
    return None


def car_question(story: Story) -> Move | None:
    """What is still to be known of a car that is not on file."""
    if not story.car.make:
        hint = wording.hint(Ask.CAR, story.misses["car"])
        return Move(hint or wording.question(Ask.CAR, story.turns), Ask.CAR)
    if not story.car.model and not story.model_unknown:
        return Move(f"Which {story.car.make} is it, which model?", Ask.MODEL)
    if not story.car.year and not story.year_unknown:
        hint = wording.hint(Ask.YEAR, story.misses["car"])
        return Move(hint or wording.question(Ask.YEAR, story.turns), Ask.YEAR)
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
