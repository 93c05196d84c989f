"""How appointments stand beside their events in the calendar, and what is written when staff changed such an event.

Whether a change by hand is taken over is not decided here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from shared.domain.models import Mode
from shared.domain.ranges import Range


@dataclass(frozen=True, slots=True)
class Standing:
    """An appointment as its event is held against it. `phone` is None for a customer who was erased; it is
    `settled` when no version of it is still to be written."""

    id: int
    created_at: datetime
    version: int
    status: str
    during: Range
    service: str
    mode: Mode
    customer_id: int
    phone: str | None
    settled: bool

    @property
    def coming(self) -> bool:
        return self.status in ("booked", "confirmed")


_STANDING = text(
    """
    SELECT a.id, a.created_at, a.version, a.status, a.starts_at, a.ends_at, a.service, a.mode, a.customer_id, c.phone,
        NOT EXISTS (SELECT 1 FROM calendar_outbox o WHERE o.appointment_id = a.id AND o.state = 'pending') AS settled
    FROM appointments a JOIN customers c ON c.id = a.customer_id WHERE a.id = ANY(CAST(:ids AS bigint[]))
    """
)

# The next version: the same appointment, to be written once more.
_REWRITE = text(
    """
    WITH changed AS (
        UPDATE appointments SET version = version + 1, calendar_state = 'pending', changed_at = :now
        WHERE id = :id AND version = :version RETURNING id, version, status)
    INSERT INTO calendar_outbox (appointment_id, version, action, created_at)
    SELECT id, version, CASE WHEN status = 'cancelled' THEN 'delete' ELSE 'upsert' END, :now FROM changed
    RETURNING version
    """
)


def standing_of(connection: Connection, ids: Sequence[int]) -> Mapping[int, Standing]:
    rows = connection.execute(_STANDING, {"ids": list(ids)})
    return {
        row.id: Standing(
            id=row.id,
            created_at=row.created_at,
            version=row.version,
            status=row.status,
            during=Range(row.starts_at, row.ends_at),
            service=row.service,
            mode=row.mode,
            customer_id=row.customer_id,
            phone=row.phone,
            settled=row.settled,
        )
        for row in rows
    }


def rewrite(connection: Connection, appointment_id: int, version: int, *, now: datetime) -> int | None:
    """Has the event written again as the appointment is, in a new version; None when this is no longer the newest."""
    values = {"id": appointment_id, "version": version, "now": now}
    return connection.execute(_REWRITE, values).scalar()
