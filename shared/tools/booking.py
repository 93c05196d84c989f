"""Booking: what a caller must have said, the read-back, and the one transaction that writes it.

Customer and car of a new caller are written with the appointment or not at all. Which bay it is is decided under the
day's lock, at the moment of writing.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from shared.domain import identity
from shared.domain.wording.wording import Wording
from shared.services import Services
from shared.storage import appointments, customers
from shared.storage.appointments import Appointment
from shared.tools import cars, places, slots, two_steps
from shared.tools.call import CallContext, Request, ToolResult, not_found
from shared.tools.places import Wanted

_LONGEST_CONCERN = 500


def book_appointment(ask: Request) -> ToolResult:
    services, call = ask.services, ask.call
    if ask.arguments["intent"] is not None:

        def write(connection: Connection, payload: Mapping[str, Any]) -> dict[str, Any]:
            return _write(services, call, connection, payload)

        return places.with_offers(
            services, call, two_steps.commit(services, call, "book", ask.arguments["intent"], ask.answers, write)
        )
    return _prepare(ask)


def _prepare(ask: Request) -> ToolResult:
    services, call, arguments = ask.services, ask.call, ask.arguments
    services.staff_times.look_up(services.clock.now())
    slot_binding = call.bound("slot", arguments["slot"])
    if arguments["slot"] is not None and slot_binding is None:
        return not_found("slot")
    car_binding = call.bound("car", arguments["vehicle"])
    if arguments["vehicle"] is not None and not _is_own(call, car_binding):
        return not_found("vehicle")
    needs = [] if slot_binding is not None else ["a slot from get_available_slots"]
    customer = _customer(call, arguments["new_customer"], needs)
    vehicle = {"id": car_binding["id"]} if car_binding else _new_vehicle(ask, needs)
    wanted = slots.unbind(services, slot_binding) if slot_binding is not None else None
    if needs:
        return two_steps.missing(needs)
    if wanted is None:
        return not_found("slot")
    concern = (arguments["concern"] or "").strip()[:_LONGEST_CONCERN] or None
    payload = {"slot": slot_binding, "customer": customer, "vehicle": vehicle, "concern": concern}
    return _read_back(services, call, payload, wanted)


def _is_own(call: CallContext, binding: Mapping[str, Any] | None) -> bool:
    """A car's handle holds only while its owner is the confirmed caller."""
    return binding is not None and call.verified is not None and binding["customer"] == call.verified


def _customer(call: CallContext, new: Mapping[str, Any] | None, needs: list[str]) -> dict[str, Any]:
    if call.verified is not None:
        return {"id": call.verified}
    if new is None:
        needs.append("the caller's first and last name")
        return {}
    faults = [fault for name in (new["first_name"], new["last_name"]) if (fault := identity.name_fault(name))]
    needs.extend(faults)
    if call.number is None:
        needs.append("a telephone number to reach the caller (give it to lookup_customer)")
    names = {key: identity.tidy_name(new[key]) for key in ("first_name", "last_name")}
    return {**names, "phone": call.number}


def _new_vehicle(ask: Request, needs: list[str]) -> dict[str, Any]:
    car = cars.told(ask, ask.arguments["new_vehicle"] or {}, None, needs)
    if isinstance(car, ToolResult):
        needs.append("the VIN once more, with decode_vin, or none at all")
        return {}
    return {key: car.get(key) for key in ("year", "make", "model", "vin")}


def _read_back(services: Services, call: CallContext, payload: Mapping[str, Any], wanted: Wanted) -> ToolResult:
    service, slot, _ = wanted
    own = payload["vehicle"].get("id")
    with services.database.transaction() as connection:
        if own and places.occupied(connection, call, own, payload["customer"]["id"], slot):
            return ToolResult(places.two_places())
        is_free = places.free_bay(services, connection, wanted) is not None
        name, car = _names(connection, payload, call.words)
    if not is_free:
        return places.with_offers(services, call, ToolResult(places.gone(payload["slot"])))
    service_name = call.service_name(services, service.code, service.name)
    sentence = call.words.may_book(service_name, car, when_and_how(services, call, wanted), name)
    return two_steps.read_back(services, call, "book", payload, sentence)


def when_and_how(services: Services, call: CallContext, wanted: Wanted) -> str:
    """The time that is read back, and the car or the ride with which the caller gets away."""
    _, slot, mode = wanted
    when = call.words.moment_words(slot.starts_at.astimezone(services.shop.zone))
    ride = call.words.RIDES.get(mode)
    return f"{when}, {ride}" if ride else when


def _names(connection: Connection, payload: Mapping[str, Any], words: Wording) -> tuple[str, str]:
    """Name and car as they will stand in the row."""
    who, what = payload["customer"], payload["vehicle"]
    name = f"{who.get('first_name')} {who.get('last_name')}"
    car = words.car_words(what.get("year"), what.get("make", ""), what.get("model"))
    if "id" in who:
        name = customers.by_ids(connection, [who["id"]])[0].name
    if "id" in what:
        owned = customers.vehicles_of(connection, [who["id"]])
        car = next(words.car_words(each.year, each.make, each.model) for each in owned if each.id == what["id"])
    return name, car


def _write(services: Services, call: CallContext, connection: Connection, payload: Mapping[str, Any]) -> dict[str, Any]:
    """New customers and cars come before the lock, because they make nobody wait there; with a slot that has gone they
    go too."""
    wanted = slots.unbind(services, payload["slot"])
    if wanted is None:
        return not_found("slot").content
    is_new = "id" not in payload["vehicle"]
    if is_new:
        connection.exec_driver_sql("SAVEPOINT unbooked")
    row = _book(services, call, connection, wanted, payload)
    if isinstance(row, Appointment):
        return {"status": "booked", "spoken": call.words.booked(described(services, call, row))}
    if is_new:
        connection.exec_driver_sql("ROLLBACK TO unbooked")
    return row


def _book(
    services: Services, call: CallContext, connection: Connection, wanted: Wanted, payload: Mapping[str, Any]
) -> Appointment | dict[str, Any]:
    """The row, or the answer why there is none: the slot has gone, also where somebody wrote without the day's lock and
    the constraint held, or the car is booked for another at that time."""
    now = services.clock.now()
    who, what = payload["customer"], payload["vehicle"]
    customer_id = who.get("id") or customers.add_customer(connection, **who, zone=services.shop.zone.key, now=now)
    vehicle_id = what.get("id") or customers.add_vehicle(connection, customer_id=customer_id, **what, now=now)
    service, slot, mode = wanted
    if places.occupied(connection, call, vehicle_id, customer_id, slot):
        return places.two_places()
    bay = places.free_bay(services, connection, wanted, locked=[places.day_of(services, slot)])
    row = bay and appointments.add(
        connection,
        customer_id=customer_id,
        vehicle_id=vehicle_id,
        service=service.code,
        bay=bay,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        mode=mode,
        source="voice",
        call_sid=call.call_sid,
        concern=payload["concern"],
        needs_review=services.staff_times.at_hand() is None,
        now=now,
    )
    return row or places.gone(payload["slot"])


def described(services: Services, call: CallContext, row: Appointment) -> str:
    """An appointment as its row says it: service, car, time, name."""
    words = call.words
    when = words.moment_words(row.starts_at.astimezone(services.shop.zone))
    car = words.car_words(row.year, row.make, row.model)
    service = call.service_name(services, row.service, row.service_name)
    return words.described(service, car, when, f"{row.first_name} {row.last_name}")
