"""Changing what is on file of the confirmed caller and their cars, and adding a car: read back, then written.

Only what was said is changed, nothing is emptied, and every number, address and name is spelled out in the read-back.
Consents belong to a telephone number: a new one has none until somebody gives it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from shared.domain import identity, mail_address, phone, spoken
from shared.domain.spelled import digits_of, letters_apart
from shared.services import Services
from shared.storage import customers
from shared.tools import cars, two_steps, vehicles
from shared.tools.call import CallContext, Request, ToolResult, not_found, verify_first

# What stands for something that was said, and the words it is read back with; None where it cannot be that.
_Read = Callable[[str], tuple[str, str] | None]


def update_details(ask: Request) -> ToolResult:
    services, call = ask.services, ask.call
    if call.verified is None:
        return verify_first()
    if ask.arguments["intent"] is not None:
        numbers: set[str] = set()

        def write(connection: Connection, payload: Mapping[str, Any]) -> dict[str, Any]:
            numbers.update(payload["person"].get("phone", "").split())
            return _write(services, call, connection, payload)

        result = two_steps.commit(services, call, "amend", ask.arguments["intent"], ask.answers, write)
        services.customer_cache.forget(*numbers)
        return result
    return _prepare(ask, call.verified)


def _prepare(ask: Request, customer_id: int) -> ToolResult:
    needs: list[str] = []
    person, person_words = _person(ask.arguments["customer"] or {}, needs)
    handle, given = ask.arguments["vehicle"], ask.arguments["car"] or {}
    own = vehicles.own_car(ask, handle) if handle is not None else None
    if handle is not None and own is None:
        return not_found("vehicle")
    car, car_words = {}, ""
    if any(value is not None for value in given.values()):
        read = cars.told(ask, given, own, needs)
        if isinstance(read, ToolResult):
            return read
        car, car_words = read, cars.read_back(read, own)
    if needs:
        return two_steps.missing(needs)
    if not person and not car:
        return two_steps.missing(["what to change: a name, ZIP code, e-mail address, number, or a car"])
    payload = {"customer": customer_id, "person": person, "vehicle": own.id if own else None, "car": car}
    sentence = f"I'll put down {', and '.join(part for part in (person_words, car_words) if part)}. Is that right?"
    return two_steps.read_back(ask.services, ask.call, "amend", payload, sentence)


def _person(given: Mapping[str, Any], needs: list[str]) -> tuple[dict[str, str], str]:
    """The fields to write, and how they are read back."""
    fields: dict[str, str] = {}
    words: list[str] = []
    for name, (what, read, ask_for) in _FIELDS.items():
        said = given.get(name)
        if said is None:
            continue
        understood = read(said)
        if understood is None:
            needs.append(ask_for)
            continue
        fields[name] = understood[0]
        words.append(f"your {what} as {understood[1]}")
    return fields, ", and ".join(words)


def _name(said: str) -> tuple[str, str] | None:
    if identity.name_fault(said):
        return None
    name = identity.tidy_name(said)
    return name, f"{name}, {letters_apart(name)}"


def _zip(said: str) -> tuple[str, str] | None:
    digits = digits_of(said)
    return (digits[:5], " ".join(digits[:5])) if len(digits) in (5, 9) and "[?" not in said else None


def _email(said: str) -> tuple[str, str] | None:
    address = mail_address.understood(said)
    return (address, mail_address.said_back(address)) if address else None


def _number(said: str) -> tuple[str, str] | None:
    number = phone.normalise(said)
    return (number, spoken.digits_words(number)) if number else None


_FIELDS: Mapping[str, tuple[str, _Read, str]] = {
    "first_name": ("first name", _name, "the first name once more, spelled"),
    "last_name": ("last name", _name, "the last name once more, spelled"),
    "zip": ("ZIP code", _zip, "the ZIP code once more, five digits"),
    "email": ("e-mail address", _email, "the e-mail address once more, spelled, with 'at' and 'dot'"),
    "phone": ("telephone number", _number, "the telephone number once more, ten digits with area code"),
}


def _write(services: Services, call: CallContext, connection: Connection, payload: Mapping[str, Any]) -> dict[str, Any]:
    who, person, car, vehicle = (payload[key] for key in ("customer", "person", "car", "vehicle"))
    if who != call.verified:
        return not_found("intent").content
    if car and _vin_is_another_cars(connection, who, vehicle, car.get("vin")):
        return {"status": "refused", "reason": "Another car of this customer has that VIN; nothing was changed."}
    if person:
        customers.amend_customer(connection, who, **person)
    if car:
        if vehicle is None:
            kind = {key: car.get(key) for key in ("vin", "year", "model")}
            vehicle = customers.add_vehicle(
                connection, customer_id=who, make=car["make"], **kind, now=services.clock.now()
            )
        customers.amend_vehicle(connection, vehicle, **car)
    return {"status": "updated", "spoken": _done_words(person, car)}


def _vin_is_another_cars(connection: Connection, customer_id: int, vehicle: int | None, number: str | None) -> bool:
    if vehicle is None or number is None:
        return False
    return any(each.vin == number and each.id != vehicle for each in customers.vehicles_of(connection, [customer_id]))


def _done_words(person: Mapping[str, Any], car: Mapping[str, Any]) -> str:
    changed = [f"your {what}" for name, (what, _, _) in _FIELDS.items() if name in person] + (
        ["your car"] if car else []
    )
    return f"I've updated {' and '.join(changed)}. Is there anything else I can do?"
