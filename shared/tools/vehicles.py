"""What a VIN says, what to ask when it cannot be right, and what the registry knows of a model's recalls.

A VIN is read offline at once; the registry adds the model when it has answered, at the next mention. A character that
was guessed counts only when the caller has said it.
"""

from typing import Any

from sqlalchemy import Connection

from shared.domain import makers, vin, vin_repair
from shared.domain.spelled import characters_of
from shared.domain.vin_repair import Repair
from shared.services import Services
from shared.storage import customers, vins
from shared.storage.customers import Vehicle
from shared.tools.call import Request, ToolResult, not_found, told
from shared.vpic import Registered

# With the make and model known, the last eight name a customer's car.
_ENOUGH_OF_AN_OWN_CAR = 8
# Fewer or more than these is no VIN of which one character was lost or doubled.
_NEARLY = range(vin.LENGTH - 2, vin.LENGTH + 3)
_MOST_RECALLS_TOLD = 3
_LONGEST_SUMMARY = 240


def decode_vin(ask: Request) -> ToolResult:
    words = ask.call.words
    known = _car_on_file(ask, vin.heard(words.in_characters(ask.arguments["vin"])))
    if known is not None:
        handle = ask.call.issue("car", {"id": known.id, "customer": known.customer_id})
        name = words.car_words(known.year, known.make, known.model)
        return told("ok", vehicle=handle, year=known.year, make=known.make, model=known.model, description=name)
    number = vin_or_question(ask, ask.arguments["vin"])
    if isinstance(number, ToolResult):
        return number
    car = described(ask.services, number)
    sentence = words.is_vin(number, words.car_words(car["year"], car["make"] or "", car["model"]))
    status = "ok" if car["model"] else "partial"
    return ToolResult({"status": status, **car, "vin": number, "spoken": sentence}, spoken=sentence)


def vin_or_question(ask: Request, said: str) -> str | ToolResult:
    """The VIN of what was said, or the answer with what to ask the caller instead."""
    spelled = ask.call.words.in_characters(said)
    number = vin.heard(spelled)
    fault = vin.fault_of(number)
    if fault is None:
        guess = _unconfirmed_guess(ask, number)
        return number if guess is None else _ask_for_character(*guess)
    if len(number) == vin.LENGTH:
        return _about_a_character(ask, spelled, number)
    if len(number) in _NEARLY:
        return _ask_for_group(ask, number)
    return told("invalid", reason=fault, ask=ask.call.words.vin_again())


def _about_a_character(ask: Request, said: str, number: str) -> ToolResult:
    """Whoever has answered the question about it and says the same again has another one wrong."""
    found = vin_repair.repairs(number, vin.doubtful_places(said), ask.services.clock.now().year + 2)
    choices = vin_repair.choices(found)
    if choices is not None:
        question = ask.call.words.which_characters(choices)
        handle = ask.call.issue("vin", _binding(question, found))
        if handle not in ask.answers:
            return _ask_for_character(handle, question)
    return _ask_for_group(ask, number)


def described(services: Services, number: str) -> dict[str, Any]:
    """Year, make and model of a valid VIN, as far as they are known now; what is not is asked for in the background."""
    with services.database.transaction() as connection:
        known = vins.decoded(connection, number)
    if known is not None:
        return known
    offline = vin.decode(number)

    def keep(registered: Registered) -> None:
        def write(connection: Connection) -> None:
            answer = {"year": registered.year, "make": registered.make, "model": registered.model}
            vins.keep(connection, number, answer, services.clock.now())

        services.database.run(write)

    services.vpic.ask_later(number, offline.year, keep)
    return {"year": offline.year, "make": offline.make, "model": None}


def get_recalls(ask: Request) -> ToolResult:
    """Information by model and year; it says nothing of a certain car, and nothing depends on it."""
    year, make, model = (ask.arguments[name] for name in ("year", "make", "model"))
    if ask.arguments["vehicle"] is not None:
        car = own_car(ask, ask.arguments["vehicle"])
        if car is None:
            return not_found("vehicle")
        year, make, model = car.year, car.make, car.model
    if not (year and make and model) or len(make) > 40 or len(model) > 60:
        return told("missing", needs=["the car's year, make and model"])
    found = ask.services.vpic.recalls(makers.written(make), model, year)
    if found is None:
        return told("unavailable", advice="The registry does not answer now. Offer to pass the question on.")
    return told(
        "ok",
        count=len(found),
        recalls=[
            {"component": each.component[:80], "summary": each.summary[:_LONGEST_SUMMARY], "do_not_drive": each.parked}
            for each in found[:_MOST_RECALLS_TOLD]
        ],
        advice="These are for the model and year. Whether this very car is concerned, a person checks by its VIN.",
    )


def own_car(ask: Request, handle: str) -> Vehicle | None:
    """The confirmed caller's car of a handle; None for anything else."""
    bound = ask.call.bound("car", handle)
    if bound is None or ask.call.verified is None or bound["customer"] != ask.call.verified:
        return None
    return next((car for car in _cars(ask) if car.id == bound["id"]), None)


def _car_on_file(ask: Request, number: str) -> Vehicle | None:
    """The confirmed caller's one car with this VIN or with these last eight characters of it."""
    if ask.call.verified is None or len(number) not in (_ENOUGH_OF_AN_OWN_CAR, vin.LENGTH):
        return None
    fitting = [car for car in _cars(ask) if car.vin is not None and car.vin.endswith(number)]
    return fitting[0] if len(fitting) == 1 else None


def _cars(ask: Request) -> list[Vehicle]:
    with ask.services.database.transaction() as connection:
        return list(customers.vehicles_of(connection, [ask.call.verified] if ask.call.verified is not None else []))


def _binding(question: str, found: tuple[Repair, ...]) -> dict[str, str]:
    """What was asked, and the VINs that an answer may make, each after the character that must be said for it."""
    return {"question": question} | {each.vin: each.instead for each in found}


def _unconfirmed_guess(ask: Request, number: str) -> tuple[str, str] | None:
    """The question, by its handle, that this VIN would answer and whose answer has not named the character."""
    for handle, bound in ask.call.handles.items():
        if handle.startswith("vin_") and number in bound and bound[number] not in _named(ask, handle):
            return handle, bound["question"]
    return None


def _named(ask: Request, handle: str) -> str:
    return characters_of(ask.call.words.in_characters(ask.answers.get(handle, "")))


def _ask_for_character(handle: str, question: str) -> ToolResult:
    """The handle stands for the question like an intent for its read-back: what is said after it is the answer."""
    advice = "Call again with the whole VIN as the caller has now corrected it."
    return ToolResult({"status": "unsure", "spoken": question, "advice": advice}, spoken=question, intent=handle)


def _ask_for_group(ask: Request, number: str) -> ToolResult:
    sentence = ask.call.words.which_group(number, None if len(number) == vin.LENGTH else len(number))
    advice = "Let the caller read that group again, then call again with the whole VIN."
    return ToolResult({"status": "unsure", "spoken": sentence, "advice": advice}, spoken=sentence)
