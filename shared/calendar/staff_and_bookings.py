"""What becomes of an appointment whose event staff changed in Google.

the event of an appointment that is…     becomes of it
---------------------------------------  -----------------------------------------------------------------------
to come, moved to where it can be taken  the appointment moves, under the days' locks, as it does for a caller
to come, moved anywhere else, made       put back; a call-back tells the desk. So it is too when the appointment
longer or shorter, or all day            was changed meanwhile
to come, deleted                         put back; a call-back tells the desk. It gives no reason and tells no
                                         customer, so it cancels nothing
cancelled, brought back                  taken away again; a call-back tells the desk
past, completed, missed                  left alone
changed in any other way                 left alone until the appointment changes
"""

from typing import Literal

from sqlalchemy import Connection

from shared.calendar.event import Event
from shared.domain import spoken
from shared.domain.capacity import Slot
from shared.domain.ranges import Range
from shared.services import Services
from shared.storage import appointments, callbacks, standing
from shared.storage.standing import Standing
from shared.storage.standing import standing_of as standing_of
from shared.tools import places


def belied(services: Services, seen: Event, row: Standing) -> bool:
    """Of an appointment that is still to come, or one that was cancelled."""
    if row.status == "cancelled":
        return not seen.deleted
    return row.coming and row.during.start > services.clock.now() and (seen.deleted or seen.during != row.during)


def settle(
    services: Services, connection: Connection, seen: Event, row: Standing
) -> tuple[Literal["moved", "put_back"], int | None]:
    moved = _taken_over(services, connection, seen, row)
    return ("moved", moved) if moved is not None else ("put_back", _put_back(services, connection, seen, row))


def _taken_over(services: Services, connection: Connection, seen: Event, row: Standing) -> int | None:
    """Moves the appointment where its event was moved, if it can be booked there now."""
    service, during = services.shop.service(row.service), seen.during
    if not row.coming or service is None or seen.deleted or during is None or during.length != row.during.length:
        return None
    if seen.stamp is None or seen.stamp.version != row.version:
        return None
    slot = Slot(during.start, during.end)
    both_days = [places.day_of(services, each) for each in (slot, Slot(row.during.start, row.during.end))]
    wanted = (service, slot, row.mode)
    bay = places.free_bay(services, connection, wanted, moving=row.id, locked=both_days)
    if bay is None:
        return None
    moved = appointments.move(
        connection,
        row.id,
        row.version,
        bay=bay,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        mode=row.mode,
        needs_review=False,
        now=services.clock.now(),
    )
    return moved.version if moved is not None else None


def _put_back(services: Services, connection: Connection, seen: Event, row: Standing) -> int | None:
    """None when the appointment was changed in this moment; then its writer comes upon the event."""
    now = services.clock.now()
    version = standing.rewrite(connection, row.id, row.version, now=now)
    if version is not None and row.phone is not None:
        callbacks.add(
            connection,
            phone=row.phone,
            customer_id=row.customer_id,
            reason="calendar",
            call_sid=None,
            message=_told(services, seen, row),
            now=now,
        )
    return version


def _told(services: Services, seen: Event, row: Standing) -> str:
    """What the desk needs to know; names stand in the appointment."""
    booked = f"Appointment {row.id} ({row.service}) on {_words(services, row.during)}"
    if row.status == "cancelled":
        return f"{booked} is cancelled. Its event was brought back in the calendar and has been taken out again."
    if seen.deleted:
        deed = "was deleted"
    else:
        deed = f"was moved to {_words(services, seen.during)}" if seen.during else "was given no time"
    return (
        f"{booked}: its event {deed} in the calendar, and has been put back. If the customer agreed to another time or "
        "cancelled, change it at the desk."
    )


def _words(services: Services, during: Range) -> str:
    start, end = (each.astimezone(services.shop.zone) for each in (during.start, during.end))
    return f"{spoken.offer_words(start)} until {end:%H:%M}"
