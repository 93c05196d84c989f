"""Who is calling: the number proposes a customer, a second factor confirms one.

Nothing personal leaves here before the confirmation, and three failures close it for the rest of the call.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from shared.domain import identity, phone, spoken
from shared.domain.identity import Factor
from shared.storage import customers
from shared.storage.customers import Customer, Vehicle
from shared.tools.call import MOST_FAILURES, CallContext, Request, ToolResult, told


def lookup_customer(ask: Request) -> ToolResult:
    services, call = ask.services, ask.call
    given = ask.arguments["phone"]
    number = call.caller
    if given is not None:
        number = phone.normalise(given)
        if number is None:
            return told("missing", needs=["a telephone number with area code, ten digits: ask for it again"])
    if number is None:
        return told("unknown", advice="The number is withheld: ask for the number the customer is known under.")
    with services.database.transaction() as connection:
        found = customers.by_phone(connection, number)
        _propose(call, number, found)
        if not found:
            return told("unknown")
        if call.verified is None:
            return told("known", verified=False, confirm_with=_factors(connection, found))
        return told("known", verified=True, **_about(connection, call, _one(found, call.verified)))


def verify_caller(ask: Request) -> ToolResult:
    services, call = ask.services, ask.call
    if call.locked:
        return _locked()
    if not call.proposed:
        return told("not_verified", tries_left=MOST_FAILURES - call.failures, advice="Use lookup_customer first.")
    with services.database.transaction() as connection:
        proposed = customers.by_ids(connection, call.proposed)
        fitting = _fitting(connection, proposed, ask.arguments["factor"], ask.arguments["value"])
        if len(fitting) == 1:
            call.verified = fitting[0].id
            return told("verified", **_about(connection, call, fitting[0]))
    if len(fitting) > 1:
        advice = "Several customers share this number: ask for the last four of the VIN."
        return told("not_verified", tries_left=MOST_FAILURES - call.failures, advice=advice)
    call.failures += 1
    return _locked() if call.locked else told("not_verified", tries_left=MOST_FAILURES - call.failures)


def _propose(call: CallContext, number: str, found: Sequence[Customer]) -> None:
    """Another number proposes other customers, so what was confirmed before no longer holds for them."""
    call.contact = number if number != call.caller else None
    call.proposed = [each.id for each in found]
    if call.verified not in call.proposed:
        call.verified = None


def _factors(connection: Connection, found: Sequence[Customer]) -> list[str]:
    factors = ["last_name"]
    if any(each.zip for each in found):
        factors.append("zip")
    if any(each.vin for each in customers.vehicles_of(connection, [each.id for each in found])):
        factors.append("vin_last4")
    return factors


def _fitting(connection: Connection, proposed: Sequence[Customer], factor: Factor, said: str) -> list[Customer]:
    if factor == "last_name":
        return [each for each in proposed if identity.last_name_fits(said, each.last_name)]
    if factor == "zip":
        return [each for each in proposed if each.zip and identity.zip_fits(said, each.zip)]
    cars = customers.vehicles_of(connection, [each.id for each in proposed])
    owners = {car.customer_id for car in cars if car.vin and identity.vin_last4_fits(said, car.vin)}
    return [each for each in proposed if each.id in owners]


def _one(found: Sequence[Customer], customer_id: int) -> Customer:
    return next(each for each in found if each.id == customer_id)


def _about(connection: Connection, call: CallContext, customer: Customer) -> dict[str, Any]:
    cars = customers.vehicles_of(connection, [customer.id])
    return {"first_name": customer.first_name, "vehicles": [_described(call, car) for car in cars]}


def _described(call: CallContext, car: Vehicle) -> dict[str, str]:
    handle = call.issue("car", {"id": car.id, "customer": car.customer_id})
    return {"vehicle": handle, "description": spoken.car_words(car.year, car.make, car.model)}


def _locked() -> ToolResult:
    return told("locked", advice="Offer to take a message or to transfer.")
