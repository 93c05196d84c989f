"""Whether a slot can be taken at this moment, and what is offered instead of one that has gone.

The answer holds for as long as its day is locked. What else is free is looked for when no lock is held any more: it
takes longer than a booking, and is an offer, not a promise.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from shared.domain import capacity, scheduling
from shared.domain.capacity import Agenda, Slot
from shared.domain.models import Mode, Service
from shared.services import Services
from shared.storage import agenda, appointments
from shared.storage.agenda import Days
from shared.tools import slots
from shared.tools.call import CallContext, ToolResult

Wanted = tuple[Service, Slot, Mode]


def free_bay(
    services: Services,
    connection: Connection,
    wanted: Wanted,
    *,
    moving: int | None = None,
    locked: Collection[date] = (),
) -> int | None:
    """The bay in which a slot can be taken; with `locked` days, until the transaction ends. `moving` is the appointment
    that it is for, if one moves."""
    service, slot, mode = wanted
    day, zone = day_of(services, slot), services.shop.zone
    plans = agenda.plans_of(connection, Days(day, day, zone), _without(moving), locked)
    if slot.starts_at <= services.clock.now():
        return None
    staff_events = (*plans.staff_events, *(services.staff_times.at_hand() or ()))
    workshop = replace(services.workshop(plans.closures), staff_events=staff_events)
    if slot not in scheduling.day_slots(day, service, mode, workshop):
        return None
    return capacity.bay_for(slot, service, mode, Agenda(zone, plans.booked), workshop)


def day_of(services: Services, slot: Slot) -> date:
    return slot.starts_at.astimezone(services.shop.zone).date()


def occupied(
    connection: Connection, call: CallContext, car: int, owner: int, slot: Slot, *, moving: int | None = None
) -> bool:
    """Whether the car is in the workshop at that time already: by any appointment where its owner is confirmed, or
    else, since nobody else may hear of those, by one that this call has made."""
    made_in = None if call.verified == owner else call.call_sid
    return appointments.overlaps(connection, owner, car, slot.starts_at, slot.ends_at, made_in=made_in, moving=moving)


def two_places() -> dict[str, Any]:
    """The answer for a car that would have to be in two places."""
    reason = "The car has another appointment at that time already; nothing was booked or moved."
    return {"status": "refused", "reason": reason, "advice": "Offer a time before or after it."}


def gone(binding: Mapping[str, Any], moving: int | None = None) -> dict[str, Any]:
    """The answer to be kept for a slot that has gone; `with_offers` makes it one for the model."""
    reason = "That time has just gone; nothing was booked or moved."
    return {"status": "taken", "reason": reason, "slot": dict(binding), "moving": moving}


def with_offers(services: Services, call: CallContext, result: ToolResult) -> ToolResult:
    """Any answer as it is; one that a slot has gone with what is nearest to it now."""
    content = result.content
    if content["status"] != "taken":
        return result
    wanted = slots.unbind(services, content["slot"])
    offers = [] if wanted is None else _nearest(services, call, wanted, content)
    return ToolResult({"status": "taken", "reason": content["reason"], "offers": offers})


def _nearest(services: Services, call: CallContext, wanted: Wanted, content: Mapping[str, Any]) -> list[dict[str, str]]:
    service, slot, mode = wanted
    now = services.clock.now()
    with services.database.transaction() as connection:
        workshop = slots.workshop_now(services, connection, now)
        nearest = slots.alternatives(connection, service, slot, mode, workshop, now, _without(content["moving"]))
    return slots.offered(call, service, content["slot"].get("mode"), nearest.slots, workshop)


def _without(moving: int | None) -> Sequence[int]:
    return [] if moving is None else [moving]
