"""Appointments as rows: read, and changed together with their outbox row.

The exclusion constraint of the schema is the net; the days' locks of `agenda` are what keeps callers from falling into
it. Whether a slot may be taken at all is `domain.capacity`'s to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, TextClause, text


@dataclass(frozen=True, slots=True)
class Appointment:
    """An appointment with the names needed to say it aloud."""

    id: int
    customer_id: int
    vehicle_id: int
    service: str
    service_name: str
    bay: int
    starts_at: datetime
    ends_at: datetime
    status: str
    mode: str
    version: int
    first_name: str
    last_name: str
    year: int | None
    make: str
    model: str | None


_NAMED = """
SELECT a.id, a.customer_id, a.vehicle_id, a.service, s.name AS service_name, a.bay, a.starts_at, a.ends_at, a.status,
       a.mode, a.version, c.first_name, c.last_name, v.year, v.make, v.model
FROM {} a JOIN customers c ON c.id = a.customer_id JOIN vehicles v ON v.id = a.vehicle_id
     JOIN services s ON s.code = a.service
"""

_BY_ID = text(f"{_NAMED.format('appointments')} WHERE a.id = :id")

_UPCOMING = text(
    f"{_NAMED.format('appointments')} WHERE a.customer_id = :customer AND a.starts_at > :now "
    "AND a.status IN ('booked', 'confirmed') ORDER BY a.starts_at LIMIT 10"
)

_BEGUN = text(
    f"{_NAMED.format('appointments')} WHERE a.customer_id = :customer AND a.starts_at > :since AND a.starts_at <= :now "
    "AND a.status IN ('booked', 'confirmed') ORDER BY a.starts_at LIMIT 10"
)

_OVERLAPS = text(
    "SELECT EXISTS (SELECT FROM appointments WHERE customer_id = :customer AND vehicle_id = :vehicle "
    "AND starts_at < :last AND ends_at > :first "
    "AND status IN ('booked', 'confirmed') AND id IS DISTINCT FROM :moving "
    "AND (CAST(:made_in AS text) IS NULL OR call_sid = :made_in))"
)

# A change, its outbox row, and the row with its names for whoever reads it out: one statement, one round trip.
_CHANGE = f"""
WITH changed AS ({{}}),
     told AS (INSERT INTO calendar_outbox (appointment_id, version, action, created_at)
              SELECT id, version, CASE WHEN status = 'cancelled' THEN 'delete' ELSE 'upsert' END, changed_at
              FROM changed)
{_NAMED.format("changed")}"""  # noqa: S608

_ADD = text(
    _CHANGE.format(
        "INSERT INTO appointments (customer_id, vehicle_id, service, bay, starts_at, ends_at, mode, source, call_sid, "
        "concern, needs_review, created_at, changed_at) VALUES (:customer_id, :vehicle_id, :service, :bay, :starts_at, "
        ":ends_at, :mode, :source, :call_sid, :concern, :needs_review, :now, :now) ON CONFLICT DO NOTHING RETURNING *"
    )
)

_MOVE = text(
    _CHANGE.format(
        "UPDATE appointments SET bay = :bay, starts_at = :starts_at, ends_at = :ends_at, mode = :mode, "
        "needs_review = :needs_review, status = 'booked', calendar_state = 'pending', version = version + 1, "
        "changed_at = :now "
        "WHERE id = :id AND version = :version AND status IN ('booked', 'confirmed') RETURNING *"
    )
)

_CONFIRM = text(
    _CHANGE.format(
        "UPDATE appointments SET status = 'confirmed', calendar_state = 'pending', version = version + 1, "
        "changed_at = :now WHERE id = :id AND status = 'booked' RETURNING *"
    )
)

_CANCEL = text(
    _CHANGE.format(
        "UPDATE appointments SET status = 'cancelled', cancel_reason = :reason, calendar_state = 'pending', "
        "version = version + 1, changed_at = :now "
        "WHERE id = :id AND version = :version AND status IN ('booked', 'confirmed') RETURNING *"
    )
)


def by_id(connection: Connection, appointment_id: int) -> Appointment | None:
    row = connection.execute(_BY_ID, {"id": appointment_id}).first()
    return None if row is None else _appointment(row)


def upcoming_of(connection: Connection, customer_id: int, now: datetime) -> Sequence[Appointment]:
    rows = connection.execute(_UPCOMING, {"customer": customer_id, "now": now})
    return [_appointment(row) for row in rows]


def begun_of(connection: Connection, customer_id: int, since: datetime, now: datetime) -> Sequence[Appointment]:
    """Those whose time has come since then, and of which nobody has said what became of them."""
    rows = connection.execute(_BEGUN, {"customer": customer_id, "since": since, "now": now})
    return [_appointment(row) for row in rows]


def overlaps(
    connection: Connection,
    customer_id: int,
    vehicle_id: int,
    first: datetime,
    last: datetime,
    *,
    made_in: str | None,
    moving: int | None,
) -> bool:
    """Whether a customer's car has another active appointment in the span than the one that is `moving`; with `made_in`
    only those of that call count."""
    values = {
        "customer": customer_id, "vehicle": vehicle_id, "first": first, "last": last, "made_in": made_in,
        "moving": moving,
    }  # fmt: skip
    return bool(connection.execute(_OVERLAPS, values).scalar_one())


def add(
    connection: Connection,
    *,
    customer_id: int,
    vehicle_id: int,
    service: str,
    bay: int,
    starts_at: datetime,
    ends_at: datetime,
    mode: str,
    source: str,
    call_sid: str | None,
    concern: str | None,
    needs_review: bool,
    now: datetime,
) -> Appointment | None:
    """The committed-to-be row; None when the constraint says that the bay is taken. It `needs_review` when nobody could
    see whether staff are at something else."""
    values: dict[str, Any] = {
        "customer_id": customer_id, "vehicle_id": vehicle_id, "service": service, "bay": bay, "starts_at": starts_at,
        "ends_at": ends_at, "mode": mode, "source": source, "call_sid": call_sid, "concern": concern,
        "needs_review": needs_review, "now": now,
    }  # fmt: skip
    return _changed(connection, _ADD, values)


def move(
    connection: Connection,
    appointment_id: int,
    version: int,
    *,
    bay: int,
    starts_at: datetime,
    ends_at: datetime,
    mode: str,
    needs_review: bool,
    now: datetime,
) -> Appointment | None:
    """The row at its new time; None when it is no longer the version that was read, or no longer to come. Both days
    must be locked: an UPDATE that races on the constraint deadlocks."""
    values: dict[str, Any] = {
        "id": appointment_id, "version": version, "bay": bay, "starts_at": starts_at, "ends_at": ends_at, "mode": mode,
        "needs_review": needs_review, "now": now,
    }  # fmt: skip
    return _changed(connection, _MOVE, values)


def cancel(
    connection: Connection, appointment_id: int, version: int, *, reason: str | None, now: datetime
) -> Appointment | None:
    """The cancelled row, or None as in `move`. It needs no day's lock: what is given up is in nobody's way, and a row
    that leaves the constraint waits for nobody."""
    return _changed(connection, _CANCEL, {"id": appointment_id, "version": version, "reason": reason, "now": now})


def confirm(connection: Connection, appointment_id: int, now: datetime) -> Appointment | None:
    """The confirmed row; None when it was confirmed before, or is no longer to come."""
    return _changed(connection, _CONFIRM, {"id": appointment_id, "now": now})


def _changed(connection: Connection, statement: TextClause, values: dict[str, Any]) -> Appointment | None:
    row = connection.execute(statement, values).first()
    return None if row is None else _appointment(row)


def _appointment(row: Row[Any]) -> Appointment:
    return Appointment(**row._mapping)
