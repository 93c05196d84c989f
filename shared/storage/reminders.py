"""Reminders: made for what is booked, handed out once to whoever dials, and settled.

Whom to call, and when, is `domain.reminders`' to say; what becomes of a call is in `attempts`.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from shared.domain.calling_hours import due_at
from shared.domain.reminders import MONTH, TOGETHER, Dial, Earlier, Number, Reminder
from shared.storage import messages

# A reminder is due a day before, at the latest; the row is made some hours earlier.
_PLANNED_AHEAD = timedelta(hours=48)
_MOST_PLANNED = 1_000


@dataclass(frozen=True, slots=True)
class Due:
    id: int
    phone: str


_UNPLANNED = text(
    "SELECT a.id, a.starts_at, c.zone, coalesce((SELECT max(t.ended_at) FROM reminders o "
    "JOIN reminders_of_attempts l ON l.reminder_id = o.id JOIN reminder_attempts t ON t.id = l.attempt_id "
    "WHERE o.appointment_id = a.id AND l.outcome = 'rescheduled') > :talked, false) AS talked "
    "FROM appointments a JOIN customers c ON c.id = a.customer_id WHERE a.status = 'booked' AND a.starts_at > :now "
    "AND a.starts_at < :until AND c.erased_at IS NULL AND NOT EXISTS "
    "(SELECT FROM reminders r WHERE r.appointment_id = a.id AND r.starts_at = a.starts_at) "
    "ORDER BY a.starts_at LIMIT :most"
)

_PLAN = text(
    "INSERT INTO reminders (appointment_id, starts_at, due_at, state, outcome) "
    "SELECT appointment, starts, due, CASE WHEN talked THEN 'ended' ELSE 'due' END, "
    "CASE WHEN talked THEN 'skipped' END FROM unnest(CAST(:appointments AS bigint[]), CAST(:starts AS timestamptz[]), "
    "CAST(:due AS timestamptz[]), CAST(:talked AS boolean[])) AS planned (appointment, starts, due, talked) "
    "ON CONFLICT (appointment_id, starts_at) DO NOTHING"
)


def plan(connection: Connection, now: datetime) -> int:
    """Makes the reminders of what begins within two days and has none for that time; how many were looked at.

    Who moved an appointment in a reminder call a moment ago is not called about it again.
    """
    rows = connection.execute(
        _UNPLANNED,
        {"now": now, "until": now + _PLANNED_AHEAD, "most": _MOST_PLANNED, "talked": now - timedelta(days=1)},
    ).all()
    if rows:
        connection.execute(
            _PLAN,
            {
                "appointments": [row.id for row in rows],
                "starts": [row.starts_at for row in rows],
                "due": [due_at(row.starts_at, ZoneInfo(row.zone)) for row in rows],
                "talked": [row.talked for row in rows],
            },
        )
    return len(rows)


# Rows that another pass has taken are passed over, so that two passes never wait for, nor call, the same customer.
_CLAIM = text(
    "WITH due AS (SELECT id FROM reminders WHERE state = 'due' AND due_at <= :now ORDER BY due_at LIMIT :most "
    "FOR UPDATE SKIP LOCKED), "
    "claimed AS (UPDATE reminders r SET state = 'leased', leased_until = :until FROM due WHERE r.id = due.id "
    "RETURNING r.id, r.due_at, r.appointment_id) "
    "SELECT d.id, c.phone FROM claimed d JOIN appointments a ON a.id = d.appointment_id "
    "JOIN customers c ON c.id = a.customer_id ORDER BY d.due_at"
)


def claim(connection: Connection, now: datetime, lease: timedelta, most: int) -> Sequence[Due]:
    """The reminders that have been due longest, leased to whoever asks; those of erased customers are over."""
    rows = connection.execute(_CLAIM, {"now": now, "until": now + lease, "most": most}).all()
    give_up(connection, [row.id for row in rows if row.phone is None])
    return [Due(row.id, row.phone) for row in rows if row.phone is not None]


_RETURN_LEASED = text(
    "UPDATE reminders SET state = 'due', leased_until = NULL WHERE state = 'leased' AND leased_until <= :now"
)


def return_lapsed(connection: Connection, now: datetime) -> int:
    """Makes due again what a pass has claimed and not worked off in time."""
    return connection.execute(_RETURN_LEASED, {"now": now}).rowcount


_PUT_BACK = text(
    "UPDATE reminders SET state = 'due', leased_until = NULL, due_at = coalesce(:until, due_at) "
    "WHERE id = ANY(:ids) AND state IN ('due', 'leased')"
)


def put_back(connection: Connection, ids: Sequence[int], until: datetime | None = None) -> None:
    """Claimed reminders are due again: as they were, or not before `until`."""
    if ids:
        connection.execute(_PUT_BACK, {"ids": list(ids), "until": until})


_GIVE_UP = text(
    "UPDATE reminders r SET state = 'ended', leased_until = NULL, outcome = coalesce((SELECT coalesce(l.outcome, "
    "t.outcome) FROM reminders_of_attempts l JOIN reminder_attempts t ON t.id = l.attempt_id "
    "WHERE l.reminder_id = r.id ORDER BY t.dialed_at DESC LIMIT 1), 'skipped') "
    "WHERE id = ANY(:ids) AND state IN ('due', 'leased')"
)


def give_up(connection: Connection, ids: Sequence[int]) -> None:
    """These are not called about any more: they end as the last attempt did, or were skipped."""
    if ids:
        connection.execute(_GIVE_UP, {"ids": list(ids)})


_NUMBER = text(
    "SELECT r.id, r.starts_at AS planned, r.due_at, r.attempts, a.id AS appointment_id, a.status, a.starts_at, c.zip, "
    "c.zone, "
    "(SELECT id FROM consents WHERE phone = :phone AND kind = 'reminder_call' AND withdrawn_at IS NULL "
    "AND given_at <= :now ORDER BY given_at DESC LIMIT 1) AS consent, "
    "EXISTS (SELECT FROM opt_outs WHERE phone = :phone) AS opted_out, "
    "(SELECT coalesce(json_agg(json_build_array(dialed_at, local_day, state, outcome, call_sid IS NOT NULL) "
    "ORDER BY dialed_at), '[]') FROM reminder_attempts WHERE phone = :phone AND dialed_at > :month_ago) AS earlier "
    "FROM customers c JOIN appointments a ON a.customer_id = c.id JOIN reminders r ON r.appointment_id = a.id "
    "WHERE c.phone = :phone AND (r.state = 'leased' OR r.state = 'due' AND r.starts_at < :soon) "
    "ORDER BY a.starts_at, r.id FOR UPDATE OF r"
)


def number_now(connection: Connection, phone: str, now: datetime) -> Number:
    """All that decides whether a number is called, its reminders locked until the transaction ends."""
    values = {"phone": phone, "now": now, "month_ago": now - MONTH, "soon": now + TOGETHER}
    rows = connection.execute(_NUMBER, values).all()
    if not rows:
        return Number(phone, None, False, (), ())
    reminders = [
        Reminder(r.id, r.planned, r.due_at, r.attempts, r.appointment_id, r.status, r.starts_at, r.zip, r.zone)
        for r in rows
    ]
    raw = rows[0].earlier
    earlier = [
        Earlier(datetime.fromisoformat(dialed), date.fromisoformat(day), state, outcome, reached)
        for dialed, day, state, outcome, reached in (json.loads(raw) if isinstance(raw, str) else raw)
    ]
    return Number(phone, rows[0].consent, rows[0].opted_out, earlier, reminders)


_TEXT_INSTEAD = text(
    "SELECT r.starts_at, a.id FROM reminders r JOIN appointments a ON a.id = r.appointment_id "
    "WHERE r.id = ANY(:ids) AND NOT EXISTS (SELECT FROM opt_outs WHERE phone = :phone) "
    "AND EXISTS (SELECT FROM consents WHERE phone = :phone AND kind = 'sms' AND withdrawn_at IS NULL "
    "AND given_at <= :now) "
    "AND NOT EXISTS (SELECT FROM reminders_of_attempts l JOIN reminder_attempts t ON t.id = l.attempt_id "
    "WHERE l.reminder_id = r.id AND coalesce(l.outcome, t.outcome) NOT IN ('no_answer', 'failed'))"
)


def text_instead(
    connection: Connection, phone: str, ids: Sequence[int], now: datetime, words: Callable[[datetime], str]
) -> None:
    """A message, where texts were consented to, about what nobody is called about any more and was not told."""
    for starts_at, appointment in connection.execute(_TEXT_INSTEAD, {"ids": list(ids), "phone": phone, "now": now}):
        messages.add(
            connection,
            kind="reminder",
            phone=phone,
            body=words(starts_at),
            now=now,
            appointment_id=appointment,
            starts_at=starts_at,
        )


_DIAL = text(
    "WITH attempt AS (INSERT INTO reminder_attempts (id, phone, local_day, number, state, zone, local_time, "
    "consent_id, dialed_at, window_ends_at) SELECT :id, :phone, :local_day, :number, 'dialing', :zone, :local_time, "
    ":consent, :now, :window_ends_at FROM dialler_lease WHERE holder = :holder AND held_until > :real_now "
    "ON CONFLICT (phone, local_day, number) DO NOTHING RETURNING id), "
    "named AS (INSERT INTO reminders_of_attempts (attempt_id, reminder_id) "
    "SELECT id, unnest(CAST(:reminders AS bigint[])) FROM attempt) "
    "UPDATE reminders r SET state = 'dialing', leased_until = NULL, attempts = r.attempts + 1 FROM attempt "
    "WHERE r.id = ANY(CAST(:reminders AS bigint[]))"
)


def dial(
    connection: Connection,
    attempt: UUID,
    number: Number,
    decided: Dial,
    *,
    now: datetime,
    holder: UUID,
    real_now: datetime,
) -> bool:
    """Writes down that a number is about to be called; False when whoever asks does not dial any more."""
    values = {
        "id": attempt,
        "phone": number.phone,
        "local_day": decided.local_day,
        "number": decided.number,
        "zone": decided.zone,
        "local_time": now.astimezone(ZoneInfo(decided.zone)).time().replace(microsecond=0),
        "consent": number.consent,
        "now": now,
        "window_ends_at": decided.window_ends_at,
        "reminders": list(decided.reminders),
        "holder": holder,
        "real_now": real_now,
    }
    return connection.execute(_DIAL, values).rowcount > 0


_TAKE_LEASE = text(
    "INSERT INTO dialler_lease AS l (holder, held_until) VALUES (:holder, :until) ON CONFLICT (only_row) DO UPDATE "
    "SET holder = EXCLUDED.holder, held_until = EXCLUDED.held_until WHERE l.holder = :holder OR l.held_until <= :now"
)


def take_lease(connection: Connection, holder: UUID, now: datetime, until: datetime) -> bool:
    """Whether the holder is the one dialler until then; to take it again is to keep it. Real time."""
    return connection.execute(_TAKE_LEASE, {"holder": holder, "now": now, "until": until}).rowcount > 0


def leave_lease(connection: Connection, holder: UUID, free_from: datetime) -> None:
    """Somebody else may dial from then on."""
    connection.execute(
        text("UPDATE dialler_lease SET held_until = :free_from WHERE holder = :holder"),
        {"holder": holder, "free_from": free_from},
    )
