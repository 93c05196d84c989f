"""The outbox of the calendar: what of it is to be written next, by whom, and how it went.

A row is about an appointment or a call-back. The oldest pending row about one stands for all of them: whoever holds its
lease applies the newest version and settles every row up to it. So versions are neither lost nor reordered, and two
workers never write one event at once. Moments are given and are real time, not the shop's. It does not know what a
calendar is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, text

from shared.calendar.event import Booking, CallBack, Key, Mirrored
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


# Workers meet at the oldest pending row about a thing: who finds it locked or leased goes on to another thing.
_CLAIM = text(
    """
    WITH next AS (
        SELECT o.id, o.about FROM calendar_outbox o
        WHERE o.state = 'pending' AND coalesce(o.leased_until, :now) <= :now AND coalesce(o.try_after, :now) <= :now
            AND NOT EXISTS (SELECT 1 FROM calendar_outbox older WHERE older.about = o.about
                AND older.state = 'pending' AND older.version < o.version)
        ORDER BY o.id LIMIT 1 FOR UPDATE SKIP LOCKED),
    leased AS (
        UPDATE calendar_outbox o SET leased_until = :until, attempts = o.attempts + 1
        FROM next WHERE o.id = next.id RETURNING o.about, o.attempts, o.leased_until)
    SELECT l.attempts, l.leased_until, n.version, n.action, n.answers_etag, n.appointment_id, n.callback_id,
        coalesce(a.created_at, b.created_at, n.callback_made_at) AS made_at, a.starts_at, a.ends_at, a.bay, a.mode,
        s.name AS service_name, v.year, v.make, v.model, c.first_name, c.last_name, b.phone, b.reason, b.call_at
    FROM leased l
        JOIN LATERAL (SELECT * FROM calendar_outbox WHERE about = l.about ORDER BY version DESC LIMIT 1) n ON true
        LEFT JOIN appointments a ON a.id = n.appointment_id LEFT JOIN services s ON s.code = a.service
        LEFT JOIN vehicles v ON v.id = a.vehicle_id LEFT JOIN callbacks b ON b.id = n.callback_id
        LEFT JOIN customers c ON c.id = coalesce(a.customer_id, b.customer_id)
    """
)

_DONE = text(
    """
    WITH settled AS (
        UPDATE calendar_outbox SET state = 'done', leased_until = NULL, try_after = NULL, last_error = NULL
        WHERE about = :about AND version <= :version AND state <> 'done')
    UPDATE appointments SET calendar_state = :shown WHERE id = :appointment AND version = :version
    """
)

# Whoever's lease ran out has nothing to say about the row any more.
_DEAD = text(
    """
    WITH settled AS (
        UPDATE calendar_outbox SET state = 'dead', leased_until = NULL, try_after = NULL, last_error = :error
        WHERE about = :about AND version <= :version AND state = 'pending'
            AND EXISTS (SELECT 1 FROM calendar_outbox
                WHERE about = :about AND state = 'pending' AND leased_until = :leased_until)
        RETURNING version)
    UPDATE appointments SET calendar_state = 'failed'
    WHERE id = :appointment AND version = :version AND EXISTS (SELECT 1 FROM settled)
    """
)

_RELEASE = text(
    """
    UPDATE calendar_outbox SET leased_until = NULL, try_after = :try_after, last_error = :error,
        attempts = attempts - CAST(:uncounted AS integer)
    WHERE about = :about AND state = 'pending' AND leased_until = :leased_until
    """
)


def claim(connection: Connection, now: datetime, lease: timedelta, next_call: datetime) -> Claimed | None:
    """What has waited longest, leased, as its newest version has it; None when nothing is due. `next_call` is when
    those are called back for whom staff set no time."""
    row = connection.execute(_CLAIM, {"now": now, "until": now + lease}).first()
    if row is None:
        return None
    return Claimed(_mirrored(row, next_call), row.action, row.attempts, row.answers_etag, row.leased_until)


def done(connection: Connection, claimed: Claimed) -> None:
    """The calendar shows this version, or for a deletion nothing any more."""
    shown = "none" if claimed.action == "delete" else "synced"
    connection.execute(_DONE, {**_values(claimed), "shown": shown})


def dead(connection: Connection, claimed: Claimed, error: str) -> None:
    """Given up: it waits for the next change of what it is about."""
    connection.execute(_DEAD, {**_values(claimed), "leased_until": claimed.leased_until, "error": error[:_LONGEST]})


def again(
    connection: Connection, claimed: Claimed, *, try_after: datetime, error: str | None, counted: bool = True
) -> None:
    """Left for another attempt. One that says nothing about the row, such as a wrong setting, is not counted."""
    values = {
        "about": claimed.mirrored.key.about,
        "leased_until": claimed.leased_until,
        "try_after": try_after,
        "error": error and error[:_LONGEST],
        "uncounted": 0 if counted else 1,
    }
    connection.execute(_RELEASE, values)


def waiting(connection: Connection) -> int:
    """How many rows are not applied yet."""
    return int(connection.execute(text("SELECT count(*) FROM calendar_outbox WHERE state = 'pending'")).scalar_one())


def is_answered(connection: Connection, about: str, etag: str) -> bool:
    """Whether a change by hand was dealt with before."""
    found = text("SELECT EXISTS (SELECT 1 FROM calendar_outbox WHERE about = :about AND answers_etag = :etag)")
    return bool(connection.execute(found, {"about": about, "etag": etag}).scalar_one())


def answered_by(connection: Connection, about: str, version: int, etag: str) -> None:
    """The change by hand has its answer in this version."""
    statement = text("UPDATE calendar_outbox SET answers_etag = :etag WHERE about = :about AND version = :version")
    connection.execute(statement, {"about": about, "version": version, "etag": etag})


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
    key = claimed.mirrored.key
    appointment = key.id if key.kind == "appointment" else None
    return {"about": key.about, "appointment": appointment, "version": claimed.mirrored.version}


def _mirrored(row: Row[Any], next_call: datetime) -> Mirrored:
    if row.appointment_id is None:
        return Mirrored(Key("call-back", row.callback_id, row.made_at), row.version, _call_back(row, next_call))
    booking = Booking(
        during=Range(row.starts_at, row.ends_at),
        service_name=row.service_name,
        first_name=row.first_name,
        car=car_words(row.year, row.make, row.model),
        bay=row.bay,
        mode=row.mode,
    )
    return Mirrored(Key("appointment", row.appointment_id, row.made_at), row.version, booking)


def _call_back(row: Row[Any], next_call: datetime) -> CallBack:
    """Of one that was erased nothing is left to show."""
    name = " ".join(each for each in (row.first_name, row.last_name) if each)
    return CallBack(row.call_at or next_call, name, row.phone or "", row.reason or "erased")
