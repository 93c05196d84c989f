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
    """An appointment as its event is held against it. `phone` is None for a customer who was erased; `pending` says
    that a version of it has yet to be written."""

    id: int
    created_at: datetime
    version: int
    status: str
    during: Range
    service: str
    mode: Mode
    customer_id: int
    phone: str | None
    pending: bool

    @property
    def coming(self) -> bool:
        return self.status in ("booked", "confirmed")


_STANDING = text(
    """
    SELECT a.id, a.created_at, a.version, a.status, a.starts_at, a.ends_at, a.service, a.mode, a.customer_id, c.phone,
        EXISTS (SELECT 1 FROM calendar_outbox o WHERE o.appointment_id = a.id AND o.state = 'pending') AS pending
    FROM appointments a JOIN customers c ON c.id = a.customer_id WHERE a.id = ANY(CAST(:ids AS bigint[]))
    """
)

# The next version: the same appointment, to be written once more.
_REWRITE = text(
    """
    WITH changed AS (
        UPDATE appointments SET version = version + 1, calendar_state = 'pending', changed_at = :now
        WHERE id = :id AND version = :version RETURNING id, version, status)
    INSERT INTO calendar_outbox (appointment_id, version, action, created_at, answers_etag)
    SELECT id, version, CASE WHEN status = 'cancelled' THEN 'delete' ELSE 'upsert' END, :now, :etag FROM changed
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
            pending=row.pending,
        )
        for row in rows
    }


def is_answered(connection: Connection, appointment_id: int, etag: str) -> bool:
    """Whether a change by hand was dealt with before."""
    found = text("SELECT EXISTS (SELECT 1 FROM calendar_outbox WHERE appointment_id = :id AND answers_etag = :etag)")
    return bool(connection.execute(found, {"id": appointment_id, "etag": etag}).scalar_one())


def answered_by(connection: Connection, appointment_id: int, version: int, etag: str) -> None:
    """The change by hand has its answer in this version."""
    statement = text(
        "UPDATE calendar_outbox SET answers_etag = :etag WHERE appointment_id = :id AND version = :version"
    )
    connection.execute(statement, {"id": appointment_id, "version": version, "etag": etag})


def rewrite(connection: Connection, appointment_id: int, version: int, *, etag: str, now: datetime) -> bool:
    """Has the event written again as the appointment is; False when it is no longer the version that was read."""
    values = {"id": appointment_id, "version": version, "etag": etag, "now": now}
    return connection.execute(_REWRITE, values).rowcount > 0
