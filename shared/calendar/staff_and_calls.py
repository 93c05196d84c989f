"""What becomes of a call-back whose entry staff changed in Google: it is there while the call-back is open, and stands
where the call is to be made.

    the entry of a call-back that is…   becomes of it
    ----------------------------------  ---------------------------------------------------------------------------
    open, moved                         somebody calls then; whether the desk is there is known best by whoever moves
    open, deleted                       it is done, by the calendar; `infra/desk callbacks undone` brings it back
    done, brought back                  it is open again, and stands where it was brought back to
    changed in any other way            left alone until the call-back changes
"""

from typing import Literal

from sqlalchemy import Connection

from shared.calendar.event import Event
from shared.services import Services
from shared.storage import callbacks
from shared.storage.callbacks import Standing
from shared.storage.callbacks import standing_of as standing_of


def belied(_services: Services, seen: Event, row: Standing) -> bool:
    if not row.coming:
        return row.settled and not seen.deleted
    if seen.deleted:
        return not row.taken_out
    return seen.stamp is not None and seen.during is not None and seen.during.start != seen.stamp.during.start


def settle(
    services: Services, connection: Connection, seen: Event, row: Standing
) -> tuple[Literal["called", "reopened", "moved"], int | None]:
    now = services.clock.now()
    if seen.deleted:
        return "called", callbacks.called(connection, row.id, row.version, done_by="the calendar", now=now)
    at = seen.during.start if seen.during is not None else None
    moved = callbacks.move(connection, row.id, row.version, call_at=at if row.coming or (at and at > now) else None)
    return "moved" if row.coming else "reopened", moved
