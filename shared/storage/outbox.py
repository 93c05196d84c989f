"""The outbox of the calendar: which appointment's event is to be written next, by whom, and how it went.

The oldest pending row of an appointment stands for all of them: whoever holds its lease applies the newest version and
settles every row up to it. So versions are neither lost nor reordered, and two workers never write one event at once.
Moments are given and are real time, not the shop's. It does not know what a calendar is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, text

from shared.calendar.event import Mirrored
from shared.domain.ranges import Range
from shared.domain.spoken import car_words

Action = Literal["upsert", "delete"]
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Claimed:
    """What to write, and until when nobody else will. `attempts` counts this one; `answers_etag` is the change by hand
    that this version answers."""

    mirrored: Mirrored
    action: Action
    attempts: int
    answers_etag: str | None
    leased_until: datetime


# Workers meet at an appointment's oldest pending row: who finds it locked or leased goes on to another appointment.
_CLAIM = text(
    """
    WITH next AS (
        SELECT o.id, o.appointment_id FROM calendar_outbox o
        WHERE o.state = 'pending' AND coalesce(o.leased_until, :now) <= :now AND coalesce(o.try_after, :now) <= :now
            AND NOT EXISTS (SELECT 1 FROM calendar_outbox older WHERE older.appointment_id = o.appointment_id
                AND older.state = 'pending' AND older.version < o.version)
        ORDER BY o.id LIMIT 1 FOR UPDATE SKIP LOCKED),
    leased AS (
        UPDATE calendar_outbox o SET leased_until = :until, attempts = o.attempts + 1
        FROM next WHERE o.id = next.id RETURNING o.appointment_id, o.attempts, o.leased_until)
    SELECT l.attempts, l.leased_until, n.version, n.action, n.answers_etag, a.id, a.created_at, a.starts_at, a.ends_at,
        a.bay, a.mode, s.name AS service_name, c.first_name, v.year, v.make, v.model
    FROM leased l
        JOIN LATERAL (SELECT * FROM calendar_outbox WHERE appointment_id = l.appointment_id
            ORDER BY version DESC LIMIT 1) n ON true
        JOIN appointments a ON a.id = l.appointment_id JOIN services s ON s.code = a.service
        JOIN customers c ON c.id = a.customer_id JOIN vehicles v ON v.id = a.vehicle_id
    """
)

_DONE = text(
    """
    WITH settled AS (
        UPDATE calendar_outbox SET state = 'done', leased_until = NULL, try_after = NULL, last_error = NULL
        WHERE appointment_id = :appointment AND version <= :version AND state <> 'done')
    UPDATE appointments SET calendar_state = :shown WHERE id = :appointment AND version = :version
    """
)

# Whoever's lease ran out has nothing to say about the row any more.
_DEAD = text(
    """
    WITH settled AS (
        UPDATE calendar_outbox SET state = 'dead', leased_until = NULL, try_after = NULL, last_error = :error
        WHERE appointment_id = :appointment AND version <= :version AND state = 'pending'
            AND EXISTS (SELECT 1 FROM calendar_outbox
                WHERE appointment_id = :appointment AND state = 'pending' AND leased_until = :leased_until)
        RETURNING version)
    UPDATE appointments SET calendar_state = 'failed'
    WHERE id = :appointment AND version = :version AND EXISTS (SELECT 1 FROM settled)
    """
)

_RELEASE = text(
    """
    UPDATE calendar_outbox SET leased_until = NULL, try_after = :try_after, last_error = :error,
        attempts = attempts - CAST(:uncounted AS integer)
    WHERE appointment_id = :appointment AND state = 'pending' AND leased_until = :leased_until
    """
)


def claim(connection: Connection, now: datetime, lease: timedelta) -> Claimed | None:
    """The appointment that has waited longest, leased, as its newest version has it; None when nothing is due."""
    row = connection.execute(_CLAIM, {"now": now, "until": now + lease}).first()
    if row is None:
        return None
    return Claimed(_mirrored(row), row.action, row.attempts, row.answers_etag, row.leased_until)


def done(connection: Connection, claimed: Claimed) -> None:
    """The calendar shows this version, or for a deletion nothing any more."""
    shown = "none" if claimed.action == "delete" else "synced"
    connection.execute(_DONE, {**_values(claimed), "shown": shown})


def dead(connection: Connection, claimed: Claimed, error: str) -> None:
    """Given up: it waits for the next change of the appointment."""
    connection.execute(_DEAD, {**_values(claimed), "leased_until": claimed.leased_until, "error": error[:_LONGEST]})


def again(
    connection: Connection, claimed: Claimed, *, try_after: datetime, error: str | None, counted: bool = True
) -> None:
    """Left for another attempt. One that says nothing about the row, such as a wrong setting, is not counted."""
    values = {
        "appointment": claimed.mirrored.appointment_id,
        "leased_until": claimed.leased_until,
        "try_after": try_after,
        "error": error and error[:_LONGEST],
        "uncounted": 0 if counted else 1,
    }
    connection.execute(_RELEASE, values)


def waiting(connection: Connection) -> int:
    """How many rows are not applied yet."""
    return int(connection.execute(text("SELECT count(*) FROM calendar_outbox WHERE state = 'pending'")).scalar_one())


def sync_token(connection: Connection, calendar_id: str) -> str | None:
    """From where on the calendar's changes are not known yet."""
    found = text("SELECT sync_token FROM calendar_sync WHERE calendar_id = :id")
    return connection.execute(found, {"id": calendar_id}).scalar()


def keep_sync_token(connection: Connection, calendar_id: str, token: str, now: datetime) -> None:
    statement = text(
        "INSERT INTO calendar_sync VALUES (:id, :token, :now) "
        "ON CONFLICT (calendar_id) DO UPDATE SET sync_token = EXCLUDED.sync_token, synced_at = EXCLUDED.synced_at"
    )
    connection.execute(statement, {"id": calendar_id, "token": token, "now": now})


def _values(claimed: Claimed) -> dict[str, object]:
    return {"appointment": claimed.mirrored.appointment_id, "version": claimed.mirrored.version}


def _mirrored(row: Row[Any]) -> Mirrored:
    return Mirrored(
        appointment_id=row.id,
        version=row.version,
        created_at=row.created_at,
        during=Range(row.starts_at, row.ends_at),
        service_name=row.service_name,
        first_name=row.first_name,
        car=car_words(row.year, row.make, row.model),
        bay=row.bay,
        mode=row.mode,
    )
