"""Booking: what a caller must have said, the read-back, and the one transaction that writes it.

Customer and car of a new caller are written with the appointment or not at all. Which bay it is is decided under the
day's lock, at the moment of writing.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from shared.domain import identity, scheduling, spoken, vin
from shared.domain.models import Mode, Service
from shared.domain.scheduling import Slot
from shared.services import Services
from shared.storage import appointments, customers
from shared.storage.appointments import Appointment
from shared.tools import slots, two_steps
from shared.tools.call import CallContext, Request, ToolResult, not_found

_LONGEST_CONCERN = 500


def book_appointment(ask: Request) -> ToolResult:
    services, call = ask.services, ask.call
    if ask.arguments["intent"] is not None:

        def write(connection: Connection, payload: Mapping[str, Any]) -> dict[str, Any]:
            return _write(services, call, connection, payload)

        return two_steps.commit(services, call, "book", ask.arguments["intent"], ask.answers, write)
    return _prepare(services, call, ask.arguments)


def _prepare(services: Services, call: CallContext, arguments: Mapping[str, Any]) -> ToolResult:
    slot_binding = call.bound("slot", arguments["slot"])
    if arguments["slot"] is not None and slot_binding is None:
        return not_found("slot")
    car_binding = call.bound("car", arguments["vehicle"])
    if arguments["vehicle"] is not None and not _is_own(call, car_binding):
        return not_found("vehicle")
    needs = [] if slot_binding is not None else ["a slot from get_available_slots"]
    customer = _customer(call, arguments["new_customer"], needs)
    vehicle = {"id": car_binding["id"]} if car_binding else _new_vehicle(services, arguments["new_vehicle"], needs)
    wanted = slots.unbind(services, slot_binding) if slot_binding is not None else None
    if needs:
        return two_steps.missing(needs)
    if wanted is None:
        return not_found("slot")
    concern = (arguments["concern"] or "").strip()[:_LONGEST_CONCERN] or None
    payload = {"slot": slot_binding, "customer": customer, "vehicle": vehicle, "concern": concern}
    return _read_back(services, call, payload, *wanted)


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


def _new_vehicle(services: Services, new: Mapping[str, Any] | None, needs: list[str]) -> dict[str, Any]:
    if new is None or not new["make"].strip():
        needs.append("the car's year and make")
        return {}
    latest = services.clock.now().year + 2
    if new["year"] is None or not 1920 <= new["year"] <= latest:
        needs.append("the car's model year")
    if any("[?" in (new[key] or "") for key in ("make", "model")):
        needs.append("the car's make and model, which were not heard surely")
    number = vin.heard(new["vin"]) if new["vin"] else None
    if number is not None and (fault := vin.fault_of(number)):
        needs.append(f"the VIN once more, or none at all. {fault}")
    model = _written(new["model"], 60) if new["model"] else None
    return {"year": new["year"], "make": _written(new["make"], 40), "model": model or None, "vin": number}


def _written(name: str, longest: int) -> str:
    """A make or model in capitals where a recogniser gave none; a word without a vowel is an abbreviation."""
    words = [word if not word.islower() else _capitals(word) for word in name.split()]
    return " ".join(words)[:longest]


def _capitals(word: str) -> str:
    return word.capitalize() if set(word) & set("aeiouy") else word.upper()


def _read_back(
    services: Services, call: CallContext, payload: Mapping[str, Any], service: Service, slot: Slot, mode: Mode
) -> ToolResult:
    with services.database.transaction() as connection:
        place_now = place(services, call, connection, service, slot, mode)
        if isinstance(place_now, dict):
            return ToolResult(place_now)
        name, car = _names(connection, payload)
    words = spoken.moment_words(slot.starts_at.astimezone(services.shop.zone))
    sentence = (
        f"That's {spoken.with_article(service.name)} for your {car} on {words}, under the name {name}. "
        "Shall I book it?"
    )
    return two_steps.read_back(services, call, "book", payload, sentence)


def _names(connection: Connection, payload: Mapping[str, Any]) -> tuple[str, str]:
    """Name and car as they will stand in the row."""
    who, what = payload["customer"], payload["vehicle"]
    name = f"{who.get('first_name')} {who.get('last_name')}"
    car = spoken.car_words(what.get("year"), what.get("make", ""), what.get("model"))
    if "id" in who:
        name = customers.by_ids(connection, [who["id"]])[0].name
    if "id" in what:
        owned = customers.vehicles_of(connection, [who["id"]])
        car = next(spoken.car_words(each.year, each.make, each.model) for each in owned if each.id == what["id"])
    return name, car


def place(
    services: Services,
    call: CallContext,
    connection: Connection,
    service: Service,
    slot: Slot,
    mode: Mode,
    moving: int | None = None,
) -> int | dict[str, Any]:
    """The bay that is free for a slot, or the answer that the slot has gone. It holds only as long as the caller of
    this holds the day's lock. `moving` is the appointment that it is for, if one moves."""
    now = services.clock.now()
    workshop = slots.workshop_now(services, connection, now)
    day = slot.starts_at.astimezone(workshop.zone).date()
    without = [] if moving is None else [moving]
    agenda = slots.agenda_between(connection, day, day, workshop, without)
    bay = scheduling.free_bay(slot, agenda, workshop)
    if bay is not None and slot.starts_at > now and scheduling.has_hours(slot, service.skill, agenda, workshop):
        return bay
    nearest = slots.alternatives(connection, service, slot, mode, workshop, now, without)
    return {
        "status": "taken",
        "reason": "That time has just gone; nothing was booked or moved.",
        "offers": slots.offered(call, service, mode, nearest.slots, workshop),
    }


def _write(
    services: Services, call: CallContext, connection: Connection, payload: Mapping[str, Any]
) -> dict[str, Any]:
    now, zone = services.clock.now(), services.shop.zone
    wanted = slots.unbind(services, payload["slot"])
    if wanted is None:
        return not_found("slot").content
    service, slot, mode = wanted
    appointments.lock_days(connection, [slot.starts_at.astimezone(zone).date()])
    bay = place(services, call, connection, service, slot, mode)
    if isinstance(bay, dict):
        return bay
    who, what = payload["customer"], payload["vehicle"]
    customer_id = who.get("id") or customers.add_customer(connection, **who, zone=zone.key, now=now)
    vehicle_id = what.get("id") or customers.add_vehicle(connection, customer_id=customer_id, **what, now=now)
    row = appointments.add(
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
        now=now,
    )
    if row is None:
        # Somebody wrote without the day's lock; the constraint held.
        return {"status": "taken", "reason": "That time has just gone; nothing was booked.", "offers": []}
    return {
        "status": "booked",
        "spoken": f"You're booked: {spoken.with_article(described(row, services))}. Is there anything else I can do?",
    }


def described(row: Appointment, services: Services) -> str:
    """An appointment as its row says it: service, car, time, name."""
    words = spoken.moment_words(row.starts_at.astimezone(services.shop.zone))
    car = spoken.car_words(row.year, row.make, row.model)
    return f"{row.service_name} for your {car} on {words}, under the name {row.first_name} {row.last_name}"
