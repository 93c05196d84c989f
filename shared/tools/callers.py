"""Who is calling: the number proposes a customer, a second factor confirms one.

Nothing personal leaves here before the confirmation. Three failures close it for the rest of the call, and failures of
other calls close the number (`identity_failures`). Whether a number is a customer's is told, because a new caller is
asked other things than a known one; but only of the call's own number and of a few that the caller gives, so that
nobody reads the list of customers off by telephone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from shared.domain import identity, phone
from shared.domain.identity import Factor
from shared.domain.wording.wording import Wording
from shared.services import Services
from shared.sessions.customer_cache import Found, OnFile
from shared.storage import customers, given_in_calls, identity_failures
from shared.storage.customers import Customer, Vehicle
from shared.tools.call import MOST_FAILURES, CallContext, Request, ToolResult, told

_MOST_NUMBERS = 3
_NEEDED: Mapping[Factor, str] = {
    "last_name": "the last name",
    "first_name": "the first name",
    "zip": "the ZIP code, five digits",
    "vin_last4": "the last four characters of the VIN",
}


def lookup_customer(ask: Request) -> ToolResult:
    services, call = ask.services, ask.call
    services.staff_times.look_up(services.clock.now())
    given = ask.arguments["phone"]
    number = call.caller
    if given is not None:
        number = phone.normalise(call.words.in_figures(given))
        if number is None:
            return told("missing", needs=["a telephone number with area code, ten digits: ask for it again"])
    if number is None:
        return told("unknown", advice="The number is withheld: ask for the number the customer is known under.")
    if not _may_ask(call, number):
        return told("refused", reason="Too many numbers were looked up in this call.", advice=_TO_A_PERSON)
    known, closed = _on_file(services, call, number)
    _propose(call, number, known.customers)
    if call.verified is not None:
        with services.database.transaction() as connection:
            found = customers.by_ids(connection, [call.verified])
            return told("known", verified=True, **_about(connection, call, found[0])) if found else told("unknown")
    if call.locked or closed:
        return _locked()
    if not known.customers:
        return told("unknown")
    return told("known", verified=False, confirm_with=list(known.confirm_with))


def _on_file(services: Services, call: CallContext, number: str) -> tuple[OnFile, bool]:
    """Who is on file under a number, and whether it is closed: from Postgres, or from the cache for the call's own
    number. That is kept only while it is open, since a failure takes its numbers out, and only when somebody is on
    file, so that whoever is new is known at once."""
    cached = services.customer_cache.get(number) if number == call.caller else Found(None, None)
    if cached.on_file is not None:
        return cached.on_file, False
    with services.database.transaction() as connection:
        found = customers.by_phone(connection, number)
        on_file = OnFile(tuple(each.id for each in found), tuple(_factors(connection, found)))
        closed = identity_failures.closed(connection, caller=call.caller, about=number, now=services.clock.now())
    if found and not closed and cached.lease is not None:
        services.customer_cache.put(number, on_file, cached.lease)
    return on_file, closed


def verify_caller(ask: Request) -> ToolResult:
    services, call = ask.services, ask.call
    factor, said = ask.arguments["factor"], ask.arguments["value"]
    number = call.number
    if call.locked:
        return _locked()
    if not call.proposed or number is None:
        return _not_verified(call, "Use lookup_customer first.")
    if not any(identity.is_a_try(factor, read(said)) for read in (call.words.in_figures, call.words.in_characters)):
        return told("missing", needs=[_NEEDED[factor]])
    if factor == "first_name" and not call.narrowed:
        return _not_verified(call, "A first name alone confirms nobody: ask for the last name, ZIP or VIN first.")

    def compare(connection: Connection) -> _Fit | None:
        """Who is meant; None when the number is closed. Whoever learns that a factor did not fit has left a row."""
        identity_failures.hold(connection, number)
        now = services.clock.now()
        if identity_failures.closed(connection, caller=call.caller, about=number, now=now):
            return None
        proposed = customers.by_ids(connection, call.narrowed or call.proposed)
        fit = _fitting(connection, proposed, factor, said, call.words)
        if not fit.customers:
            identity_failures.add(connection, call_sid=call.call_sid, caller=call.caller, about=number, now=now)
        return fit

    fit = services.database.run(compare)
    if fit is None:
        return _locked()
    if not fit.customers:
        services.customer_cache.forget(*{number, call.caller or number})
        call.failures += 1
        return _locked() if call.locked else _not_verified(call)
    _take(call, factor, fit)
    meant = next((each for each in fit.customers if each.id == call.verified), None)
    if meant is None:
        return _not_verified(call, _which_of_several(fit.customers))
    with services.database.transaction() as connection:
        return told("verified", **_about(connection, call, meant))


@dataclass(frozen=True, slots=True)
class _Fit:
    """Whom a factor fits, and whether it proves more than that: not when a caller once gave it by telephone."""

    customers: Sequence[Customer]
    proves: bool


def _take(call: CallContext, factor: Factor, fit: _Fit) -> None:
    """What fitted before counts on only where it fitted everybody who is meant now."""
    meant = [each.id for each in fit.customers]
    if not set(meant) <= {*call.narrowed, call.verified}:
        call.proven = []
    if fit.proves and factor not in call.proven:
        call.proven = [*call.proven, factor]
    call.narrowed = meant if len(meant) > 1 else []
    if call.verified not in meant:
        call.verified = None if call.narrowed else meant[0]


def _may_ask(call: CallContext, number: str) -> bool:
    if number != call.caller and number not in call.asked:
        if len(call.asked) >= _MOST_NUMBERS:
            return False
        call.asked.append(number)
    return True


def _propose(call: CallContext, number: str, found: Sequence[int]) -> None:
    """Another number proposes other customers, so what was confirmed before no longer holds for them."""
    call.contact = number if number != call.caller else None
    call.proposed, call.narrowed = list(found), []
    if call.verified not in call.proposed:
        call.verified, call.proven = None, []


def _which_of_several(fitting: Sequence[Customer]) -> str:
    if len({identity.folded(each.first_name) for each in fitting}) > 1:
        return "It fits, but several customers of this number share it: ask for the first name and use first_name."
    return "It fits, but several customers of this number share it: ask for the last four of the VIN."


def _factors(connection: Connection, found: Sequence[Customer]) -> list[str]:
    factors = ["last_name"]
    if any(each.zip for each in found):
        factors.append("zip")
    if any(each.vin for each in customers.vehicles_of(connection, [each.id for each in found])):
        factors.append("vin_last4")
    return factors


def _fitting(connection: Connection, proposed: Sequence[Customer], factor: Factor, said: str, words: Wording) -> _Fit:
    if factor == "last_name":
        return _Fit([each for each in proposed if _name_fits(said, each.last_name, words)], proves=True)
    if factor == "first_name":
        return _Fit([each for each in proposed if _name_fits(said, each.first_name, words)], proves=True)
    if factor == "zip":
        figures = words.in_figures(said)
        zips = {each.id: each.zip for each in proposed if each.zip and identity.zip_fits(figures, each.zip)}
        given = given_in_calls.any_given(connection, ("customers", "zip"), zips.items())
        return _Fit([each for each in proposed if each.id in zips], proves=not given)
    characters = words.in_characters(said)
    every = customers.vehicles_of(connection, [each.id for each in proposed])
    cars = {each.id: each for each in every if each.vin and identity.vin_last4_fits(characters, each.vin)}
    owners = {each.customer_id for each in cars.values()}
    given = given_in_calls.any_given(
        connection, ("vehicles", "vin"), [(each.id, each.vin) for each in cars.values() if each.vin]
    )
    return _Fit([each for each in proposed if each.id in owners], proves=not given)


def _name_fits(said: str, name: str, words: Wording) -> bool:
    """As it is said, or spelled in the letters of the call's language."""
    return identity.name_fits(said, name) or identity.name_fits(words.in_characters(said), name)


def _about(connection: Connection, call: CallContext, customer: Customer) -> dict[str, Any]:
    cars = customers.vehicles_of(connection, [customer.id])
    names = [call.words.car_words(car.year, car.make, car.model) for car in cars]
    described = [_described(call, car, name, names.count(name) > 1) for car, name in zip(cars, names, strict=True)]
    return {"first_name": customer.first_name, "vehicles": described}


def _described(call: CallContext, car: Vehicle, name: str, has_a_twin: bool) -> dict[str, str]:
    """Of two cars alike the plate tells which is which."""
    handle = call.issue("car", {"id": car.id, "customer": car.customer_id})
    return {"vehicle": handle, "description": f"{name}, {car.plate}" if has_a_twin and car.plate else name}


def _not_verified(call: CallContext, advice: str | None = None) -> ToolResult:
    left = MOST_FAILURES - call.failures
    return told("not_verified", tries_left=left, advice=advice) if advice else told("not_verified", tries_left=left)


_TO_A_PERSON = "Offer to take a message or to transfer."


def _locked() -> ToolResult:
    return told("locked", advice=_TO_A_PERSON)
