"""Changing what is on file of the confirmed caller and their cars, and adding a car: read back, then written.

Only what was said is changed, nothing is emptied, and every number, address and name is spelled out in the read-back.
Consents belong to a telephone number: a new one has none until somebody gives it.
A number is changed only for whoever knows more of the customer than a name, and that not from an earlier call.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from shared.domain import identity, mail_address, phone
from shared.domain.spelled import digits_of
from shared.domain.wording.wording import Wording
from shared.services import Services
from shared.storage import customers
from shared.tools import cars, two_steps, vehicles
from shared.tools.call import CallContext, Request, ToolResult, not_found, told, verify_first

# A number opens the way to everything else of a customer, and a last name is no secret: before it is changed, one
# of these must have fitted.
_OWN = frozenset({"zip", "vin_last4"})
_PROVE_MORE = (
    "The number is changed only after the ZIP code or the last four of the VIN has fitted in this call, beside the "
    "number: ask for one of them and use verify_caller, then ask for this again. What was put on file by telephone "
    "does not count. Where both were tried, or neither is on file, offer a person or a message."
)
# What stands for something that was said, and the words it is read back with; None where it cannot be that.
_Read = Callable[[str, Wording], tuple[str, str] | None]


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
    person, parts = _person(ask.arguments["customer"] or {}, needs, ask.call.words)
    handle, given = ask.arguments["vehicle"], ask.arguments["car"] or {}
    own = vehicles.own_car(ask, handle) if handle is not None else None
    if handle is not None and own is None:
        return not_found("vehicle")
    car: dict[str, Any] = {}
    if any(value is not None for value in given.values()):
        read = cars.told(ask, given, own, needs)
        if isinstance(read, ToolResult):
            return read
        car = read
        parts += [cars.read_back(read, own, ask.call.words)] if read else []
    if needs:
        return two_steps.missing(needs)
    if not person and not car:
        return two_steps.missing(["what to change: a name, ZIP code, e-mail address, number, or a car"])
    if "phone" in person and not _OWN.intersection(ask.call.proven):
        return told("verify_first", advice=_PROVE_MORE)
    payload = {"customer": customer_id, "person": person, "vehicle": own.id if own else None, "car": car}
    return two_steps.read_back(ask.services, ask.call, "amend", payload, ask.call.words.may_put_down(parts))


def _person(given: Mapping[str, Any], needs: list[str], words: Wording) -> tuple[dict[str, str], list[str]]:
    """The fields to write, and how they are read back."""
    fields: dict[str, str] = {}
    parts: list[str] = []
    for name, (read, ask_for) in _FIELDS.items():
        said = given.get(name)
        if said is None:
            continue
        understood = read(said, words)
        if understood is None:
            needs.append(ask_for)
            continue
        fields[name] = understood[0]
        parts.append(words.field_as(name, understood[1]))
    return fields, parts


def _name(said: str, words: Wording) -> tuple[str, str] | None:
    if identity.name_fault(said):
        return None
    name = identity.tidy_name(said)
    return name, words.name_words(name)


def _zip(said: str, words: Wording) -> tuple[str, str] | None:
    digits = digits_of(words.in_figures(said))
    return (digits[:5], " ".join(digits[:5])) if len(digits) in (5, 9) and "[?" not in said else None


def _email(said: str, words: Wording) -> tuple[str, str] | None:
    address = mail_address.understood(words.in_mail(said))
    return (address, words.mail_words(address)) if address else None


def _number(said: str, words: Wording) -> tuple[str, str] | None:
    number = phone.normalise(words.in_figures(said))
    return (number, words.digits_words(number)) if number else None


_FIELDS: Mapping[str, tuple[_Read, str]] = {
    "first_name": (_name, "the first name once more, spelled"),
    "last_name": (_name, "the last name once more, spelled"),
    "zip": (_zip, "the ZIP code once more, five digits"),
    "email": (_email, "the e-mail address once more, spelled, with 'at' and 'dot'"),
    "phone": (_number, "the telephone number once more, ten digits with area code"),
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
    return {"status": "updated", "spoken": call.words.updated([each for each in _FIELDS if each in person], bool(car))}


def _vin_is_another_cars(connection: Connection, customer_id: int, vehicle: int | None, number: str | None) -> bool:
    if vehicle is None or number is None:
        return False
    return any(each.vin == number and each.id != vehicle for each in customers.vehicles_of(connection, [customer_id]))
