"""Appointments as rows: read for the agenda, written under the day's lock, each change with its outbox row.

The exclusion constraint of the schema is the net; `lock_days` is what keeps callers from falling into it. Whether a
slot may be taken at all is `domain.scheduling`'s to say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from shared.domain.models import Booked


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


_APPOINTMENT = """
SELECT a.id, a.customer_id, a.vehicle_id, a.service, s.name AS service_name, a.bay, a.starts_at, a.ends_at, a.status,
       a.mode, a.version, c.first_name, c.last_name, v.year, v.make, v.model
FROM appointments a JOIN customers c ON c.id = a.customer_id JOIN vehicles v ON v.id = a.vehicle_id
     JOIN services s ON s.code = a.service
"""


def lock_days(connection: Connection, days: Iterable[date]) -> None:
    """Holds the booking of these local days until the transaction ends; in sorted order, so that nobody waits in a
    circle."""
    for day in sorted(set(days)):
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"bookings of {day}"}
        )


def booked_between(
    connection: Connection, first: datetime, last: datetime, without: Sequence[int] = ()
) -> Sequence[Booked]:
    """What is active and begins in the span, which is cut at local midnights by the caller; not the appointments
    `without`, which are about to move."""
    rows = connection.execute(
        text(
            "SELECT a.bay, a.starts_at, a.ends_at, s.skill FROM appointments a JOIN services s "
            "ON s.code = a.service WHERE a.starts_at >= :first AND a.starts_at < :last "
            "AND a.status IN ('booked', 'confirmed', 'completed') AND a.id <> ALL(CAST(:without AS bigint[]))"
        ),
        {"first": first, "last": last, "without": list(without)},
    )
    return [Booked(row.bay, row.starts_at, row.ends_at, row.skill) for row in rows]


def by_id(connection: Connection, appointment_id: int, *, lock: bool = False) -> Appointment | None:
    ending = "FOR UPDATE OF a" if lock else ""
    row = connection.execute(text(f"{_APPOINTMENT} WHERE a.id = :id {ending}"), {"id": appointment_id}).first()
    return None if row is None else _appointment(row)


def upcoming_of(connection: Connection, customer_id: int, now: datetime) -> Sequence[Appointment]:
    rows = connection.execute(
        text(
            f"{_APPOINTMENT} WHERE a.customer_id = :customer AND a.starts_at > :now "
            "AND a.status IN ('booked', 'confirmed') ORDER BY a.starts_at LIMIT 10"
        ),
        {"customer": customer_id, "now": now},
    )
    return [_appointment(row) for row in rows]


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
    now: datetime,
) -> Appointment | None:
    """The committed-to-be row; None when the constraint says that the bay is taken."""
    statement = text(
        "INSERT INTO appointments (customer_id, vehicle_id, service, bay, starts_at, ends_at, mode, source, call_sid, "
        "concern, created_at, changed_at) VALUES (:customer_id, :vehicle_id, :service, :bay, :starts_at, :ends_at, "
        ":mode, :source, :call_sid, :concern, :now, :now) ON CONFLICT DO NOTHING RETURNING id"
    )
    values: dict[str, Any] = {
        "customer_id": customer_id, "vehicle_id": vehicle_id, "service": service, "bay": bay, "starts_at": starts_at,
        "ends_at": ends_at, "mode": mode, "source": source, "call_sid": call_sid, "concern": concern, "now": now,
    }  # fmt: skip
    new = connection.execute(statement, values).scalar()
    if new is None:
        return None
    _put_in_outbox(connection, int(new), now)
    return by_id(connection, int(new))


def move(
    connection: Connection,
    appointment_id: int,
    *,
    bay: int,
    starts_at: datetime,
    ends_at: datetime,
    mode: str,
    now: datetime,
) -> Appointment | None:
    """The row at its new time. Both days must be locked: an UPDATE that races on the constraint deadlocks."""
    connection.execute(
        text(
            "UPDATE appointments SET bay = :bay, starts_at = :starts_at, ends_at = :ends_at, mode = :mode, "
            "status = 'booked', calendar_state = 'pending', version = version + 1, changed_at = :now WHERE id = :id"
        ),
        {"id": appointment_id, "bay": bay, "starts_at": starts_at, "ends_at": ends_at, "mode": mode, "now": now},
    )
    _put_in_outbox(connection, appointment_id, now)
    return by_id(connection, appointment_id)


def cancel(connection: Connection, appointment_id: int, *, reason: str | None, now: datetime) -> Appointment | None:
    connection.execute(
        text(
            "UPDATE appointments SET status = 'cancelled', cancel_reason = :reason, calendar_state = 'pending', "
            "version = version + 1, changed_at = :now WHERE id = :id"
        ),
        {"id": appointment_id, "reason": reason, "now": now},
    )
    _put_in_outbox(connection, appointment_id, now)
    return by_id(connection, appointment_id)


def _put_in_outbox(connection: Connection, appointment_id: int, now: datetime) -> None:
    connection.execute(
        text(
            "INSERT INTO calendar_outbox (appointment_id, version, action, created_at) SELECT id, version, "
            "CASE WHEN status = 'cancelled' THEN 'delete' ELSE 'upsert' END, :now FROM appointments WHERE id = :id"
        ),
        {"id": appointment_id, "now": now},
    )


def _appointment(row: Row[Any]) -> Appointment:
    return Appointment(**row._mapping)
