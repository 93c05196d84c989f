"""The steps of what concerns a customer's file and a car's make: changing details, and asking after recalls."""

from __future__ import annotations

from typing import Any

from infra.local.openai_chat.desk_policy import details, wording
from infra.local.openai_chat.desk_policy.asks import Ask
from infra.local.openai_chat.desk_policy.booking_steps import car_question, which_car
from infra.local.openai_chat.desk_policy.changing_steps import identify
from infra.local.openai_chat.desk_policy.moves import Move, ask, call
from infra.local.openai_chat.desk_policy.story import Story
from infra.local.openai_chat.desk_policy.taking_facts import car_on_file

_CUSTOMER = ("first_name", "last_name", "zip", "email", "phone")


def update(story: Story) -> Move:
    """A change of what is on file."""
    unknown = identify(story)
    if unknown:
        return unknown
    if story.detail is None:
        return ask(story, Ask.DETAIL)
    if story.detail == details.CAR:
        return car_question(story) or _change(car=_new_car(story))
    if story.new_value is None:
        return Move(f"What's the new {details.WORDS[story.detail]}?", Ask.NEW_VALUE)
    return _change(customer=dict.fromkeys(_CUSTOMER) | {story.detail: story.new_value})


def _change(*, customer: dict[str, Any] | None = None, car: dict[str, Any] | None = None) -> Move:
    return call("update_details", customer=customer, vehicle=None, car=car, intent=None)


def _new_car(story: Story) -> dict[str, Any]:
    car = story.car
    named = {"year": car.year, "make": car.make, "model": car.model}
    return named | dict.fromkeys(("vin", "mileage", "plate"))


def recalls(story: Story) -> Move:
    """Recalls of a car that is named, or of one on file of a caller who has confirmed who they are."""
    named = story.car.make is not None
    if not named and not story.identity.looked_up and not story.briefing.number_withheld:
        return call("lookup_customer", phone=None)
    if not named and story.identity.known and not story.identity.locked:
        unknown = identify(story)
        if unknown:
            return unknown
    on_file = car_on_file(story)
    missing = None if on_file else which_car(story) or car_question(story)
    if missing:
        return missing
    car = story.car
    about = {"year": None, "make": None, "model": None} if on_file else {
        "year": car.year, "make": car.make, "model": car.model,
    }  # fmt: skip
    return call("get_recalls", vehicle=on_file, **about)


def told_recalls(answer: dict[str, Any]) -> str:
    """A registry's answer as one says it: how many, of what, and who knows whether this very car is meant."""
    if answer.get("status") != "ok":
        return "I'm sorry, I can't reach the register of recalls just now."
    found = [str(each.get("component", "")).split(":")[0].lower() for each in answer.get("recalls") or ()]
    if not found:
        return "I find no recalls for that model and year."
    many = "is one recall" if len(found) == 1 else f"are {answer.get('count', len(found))} recalls"
    parked = " Until it is looked at, that car should not be driven." if any(
        each.get("do_not_drive") for each in answer["recalls"]
    ) else ""  # fmt: skip
    about = wording.either(found).replace(" or ", " and ")
    return f"For that model and year there {many}, about the {about}.{parked} The desk can check it for your own car."
