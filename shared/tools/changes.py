"""What is booked already: telling it, cancelling it, moving it, for a confirmed caller only."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from sqlalchemy import Connection

from shared.domain.wall_time import boundary
from shared.services import Services
from shared.storage import appointments
from shared.storage.appointments import Appointment
from shared.tools import booking, places, slots, two_steps
from shared.tools.call import CallContext, Request, ToolResult, not_found, told, verify_first

_CHANGEABLE = ("booked", "confirmed")


def get_upcoming_appointments(ask: Request) -> ToolResult:
    services, call = ask.services, ask.call
    if call.verified is None:
        return verify_first()
    now, zone = services.clock.now(), services.shop.zone
    since = boundary(now.astimezone(zone).date(), time(), zone)
    with services.database.transaction() as connection:
        coming = appointments.upcoming_of(connection, call.verified, now)
        begun = appointments.begun_of(connection, call.verified, since, now)
    listed = [{"appointment": _handle(call, row), **_listed(services, call, row)} for row in coming]
    if not begun:
        return told("ok", appointments=listed)
    late = [_listed(services, call, row) for row in begun]
    return told("ok", appointments=listed, begun=late, advice=_BY_A_PERSON)


def cancel_appointment(ask: Request) -> ToolResult:
    services, call = ask.services, ask.call
    if call.verified is None:
        return verify_first()
    if ask.arguments["intent"] is not None:

        def write(connection: Connection, payload: Mapping[str, Any]) -> dict[str, Any]:
            return _cancel(services, call, connection, payload)

        return two_steps.commit(services, call, "cancel", ask.arguments["intent"], ask.answers, write)
    if ask.arguments["appointment"] is None:
        return two_steps.missing(["which appointment, from get_upcoming_appointments"])
    row = _own(services, call, ask.arguments["appointment"])
    if isinstance(row, ToolResult):
        return row
    payload = {"appointment": row.id, "version": row.version, "reason": ask.arguments["reason"]}
    sentence = call.words.may_cancel(booking.described(services, call, row))
    return two_steps.read_back(services, call, "cancel", payload, sentence)


def reschedule_appointment(ask: Request) -> ToolResult:
    services, call = ask.services, ask.call
    if call.verified is None:
        return verify_first()
    if ask.arguments["intent"] is not None:

        def write(connection: Connection, payload: Mapping[str, Any]) -> dict[str, Any]:
            return _move(services, call, connection, payload)

        return places.with_offers(
            services, call, two_steps.commit(services, call, "move", ask.arguments["intent"], ask.answers, write)
        )
    if ask.arguments["appointment"] is None:
        return two_steps.missing(["which appointment, from get_upcoming_appointments"])
    row = _own(services, call, ask.arguments["appointment"])
    if isinstance(row, ToolResult):
        return row
    if ask.arguments["slot"] is None:
        return two_steps.missing([f"a new time, from get_available_slots for {row.service}"])
    binding = call.bound("slot", ask.arguments["slot"])
    if binding is not None:
        binding = {"mode": row.mode, **binding}  # who moves keeps the loaner, unless they said otherwise
    wanted = slots.unbind(services, binding) if binding is not None else None
    if binding is None or wanted is None:
        return not_found("slot")
    if wanted[0].code != row.service or wanted[1].starts_at == row.starts_at:
        return two_steps.missing([f"a new time, from get_available_slots for {row.service}"])
    new_time = booking.when_and_how(services, call, wanted)
    sentence = call.words.may_move(booking.described(services, call, row), new_time)
    payload = {
        "appointment": row.id,
        "version": row.version,
        "car": row.vehicle_id,
        "customer": row.customer_id,
        "day": row.starts_at.astimezone(services.shop.zone).date().isoformat(),
        "slot": binding,
    }
    return two_steps.read_back(services, call, "move", payload, sentence)


def _listed(services: Services, call: CallContext, row: Appointment) -> dict[str, str]:
    return {
        "when": call.words.offer_words(row.starts_at.astimezone(services.shop.zone)),
        "service": call.service_name(services, row.service, row.service_name),
        "service_code": row.service,
        "vehicle": call.words.car_words(row.year, row.make, row.model),
    }


def _handle(call: CallContext, row: Appointment) -> str:
    return call.issue("appt", {"id": row.id, "customer": row.customer_id})


def _own(services: Services, call: CallContext, handle: str) -> Appointment | ToolResult:
    """The confirmed caller's coming appointment of a handle, or the answer why it cannot be changed."""
    binding = call.bound("appt", handle)
    if binding is None or binding["customer"] != call.verified:
        return not_found("appointment")
    with services.database.transaction() as connection:
        row = appointments.by_id(connection, binding["id"])
    if row is None:
        return not_found("appointment")
    if row.status not in _CHANGEABLE:
        return told("refused", reason=f"That appointment is {row.status.replace('_', ' ')} already.")
    if row.starts_at <= services.clock.now():
        return told("refused", reason="That appointment has begun.", advice=_BY_A_PERSON)
    return row


_BY_A_PERSON = "Only a person can change what has begun: who is late is put through, or leaves a message."
_CHANGED_MEANWHILE = {"status": "refused", "reason": "The appointment was changed meanwhile; look it up again."}


def _cancel(
    services: Services, call: CallContext, connection: Connection, payload: Mapping[str, Any]
) -> dict[str, Any]:
    """What is cancelled is what was read back: an appointment that was changed since is left alone."""
    row = appointments.cancel(
        connection,
        payload["appointment"],
        payload["version"],
        reason=payload["reason"],
        now=services.clock.now(),
    )
    if row is None:
        return dict(_CHANGED_MEANWHILE)
    return {"status": "cancelled", "spoken": call.words.cancelled(booking.described(services, call, row))}


def _move(services: Services, call: CallContext, connection: Connection, payload: Mapping[str, Any]) -> dict[str, Any]:
    wanted = slots.unbind(services, payload["slot"])
    if wanted is None:
        return not_found("slot").content
    _, slot, mode = wanted
    both_days = [date.fromisoformat(payload["day"]), places.day_of(services, slot)]
    moving, car, owner = (payload[each] for each in ("appointment", "car", "customer"))
    if places.occupied(connection, call, car, owner, slot, moving=moving):
        return places.two_places()
    bay = places.free_bay(services, connection, wanted, moving=moving, locked=both_days)
    if bay is None:
        return places.gone(payload["slot"], moving)
    row = appointments.move(
        connection,
        moving,
        payload["version"],
        bay=bay,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        mode=mode,
        needs_review=services.staff_times.at_hand() is None,
        now=services.clock.now(),
    )
    if row is None:
        return dict(_CHANGED_MEANWHILE)
    return {"status": "moved", "spoken": call.words.moved(booking.described(services, call, row))}
