"""What staff did to our events in Google, and what becomes of it.

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

A change is answered once: its etag is kept in the outbox, beside the version that answers it. Other events are not ours
to judge; what they block, free/busy tells.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Literal

from sqlalchemy import Connection

from shared.calendar.event import Event, appointment_of
from shared.domain import spoken
from shared.domain.capacity import Slot
from shared.domain.ranges import Range
from shared.log import fields
from shared.services import Services
from shared.storage import appointments, callbacks, standing
from shared.storage.acting import acting
from shared.storage.standing import Standing
from shared.tools import places

log = logging.getLogger(__name__)

# "nothing" also when somebody else has answered it, or changed the appointment in this moment.
Answer = Literal["nothing", "moved", "put_back"]
_AT_ONCE = 500


def answers_to(services: Services, seen: Sequence[Event]) -> list[Answer]:
    """What became of each change by hand among these events. An appointment of which a version is still to be written
    is left to its writer."""
    found: list[Answer] = []
    for first in range(0, len(seen), _AT_ONCE):
        some = seen[first : first + _AT_ONCE]
        ids = [named[0] for each in some if (named := appointment_of(each.id))]
        with services.database.transaction() as connection:
            known = standing.standing_of(connection, ids)
        for each in some:
            row = _row_of(each, known)
            if row and not row.pending and (each.by_hand or not row.coming) and _matters(services, each, known):
                found.append(answer_to(services, each))
    return found


def answer_to(services: Services, seen: Event) -> Answer:
    """What becomes of an event that was changed by hand."""

    def settle(connection: Connection) -> Answer:
        named = appointment_of(seen.id)
        known = standing.standing_of(connection, [named[0]] if named else [])
        row = _row_of(seen, known)
        if row is None or not _matters(services, seen, known) or standing.is_answered(connection, row.id, seen.etag):
            return "nothing"
        if _taken_over(services, connection, seen, row):
            return "moved"
        return "put_back" if _put_back(services, connection, seen, row) else "nothing"

    with acting("calendar", "answer a change by hand"):
        answer = services.database.run(settle)
    if answer != "nothing":
        log.info("event changed by hand", extra=fields(answer=answer))
    return answer


def _row_of(seen: Event, known: Mapping[int, Standing]) -> Standing | None:
    """The appointment of an event; another database's may have the same number."""
    named = appointment_of(seen.id)
    row = known.get(named[0]) if named else None
    return row if row is not None and named == (row.id, row.created_at) else None


def _matters(services: Services, seen: Event, known: Mapping[int, Standing]) -> bool:
    """Whether the event belies an appointment that is still to come, or one that was cancelled."""
    row = _row_of(seen, known)
    if row is None:
        return False
    if row.status == "cancelled":
        return not seen.deleted
    belied = seen.deleted or seen.during != row.during
    return row.coming and row.during.start > services.clock.now() and belied


def _taken_over(services: Services, connection: Connection, seen: Event, row: Standing) -> bool:
    """Moves the appointment where its event was moved, if it can be booked there now."""
    service, during = services.shop.service(row.service), seen.during
    if not row.coming or service is None or seen.deleted or during is None or during.length != row.during.length:
        return False
    if seen.stamp is None or seen.stamp.version != row.version:
        return False
    slot = Slot(during.start, during.end)
    both_days = [places.day_of(services, each) for each in (slot, Slot(row.during.start, row.during.end))]
    wanted = (service, slot, row.mode)
    bay = places.free_bay(services, connection, wanted, moving=row.id, locked=both_days)
    if bay is None:
        return False
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
    if moved is None:
        return False
    standing.answered_by(connection, row.id, moved.version, seen.etag)
    return True


def _put_back(services: Services, connection: Connection, seen: Event, row: Standing) -> bool:
    """False when the appointment was changed in this moment; then its writer comes upon the event."""
    now = services.clock.now()
    if not standing.rewrite(connection, row.id, row.version, etag=seen.etag, now=now):
        return False
    if row.phone is not None:
        callbacks.add(
            connection,
            phone=row.phone,
            customer_id=row.customer_id,
            reason="calendar",
            call_sid=None,
            message=_told(services, seen, row),
            now=now,
        )
    return True


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
