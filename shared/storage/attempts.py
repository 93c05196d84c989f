"""Attempts: calls that were made, or were about to be, for reminders; the ledger of what came of each.

The carrier tells of a call in any order and more than once, and a process may die between any two steps: each change
here starts from what stands and is right whenever it comes. An attempt that has ended stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from shared.domain.reminders import (
    AnsweredBy,
    Event,
    Outcome,
    State,
    after,
    heard_as,
    outcome_of,
    tried_again_after,
)
from shared.errors import Misuse
from shared.storage.calls import STATUS_RANK

# An attempt that never reached the carrier rang nobody, so it may be tried again soon.
_UNHEARD_RETRY = timedelta(minutes=10)
_RINGING = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    id: UUID
    phone: str
    state: State
    status: str | None
    outcome: Outcome | None
    answered_by: AnsweredBy | None
    call_sid: str | None
    dialed_at: datetime
    window_ends_at: datetime | None
    opening_played_at: datetime | None
    again_at: datetime | None


_COLUMNS = (
    "SELECT id, phone::text AS phone, state, status, outcome, answered_by, call_sid, dialed_at, window_ends_at, "
    "opening_played_at, again_at FROM reminder_attempts WHERE"
)
_BY_ID, _LOCKED = text(f"{_COLUMNS} id = :id"), text(f"{_COLUMNS} id = :id FOR UPDATE")
_OPEN = text(f"{_COLUMNS} state <> 'ended' AND dialed_at <= :before ORDER BY dialed_at LIMIT :most")


def by_id(connection: Connection, attempt: UUID) -> Attempt | None:
    row = connection.execute(_BY_ID, {"id": attempt}).first()
    return None if row is None else Attempt(*row)


def locked(connection: Connection, attempt: UUID) -> Attempt | None:
    """The attempt, which nobody else changes until the transaction ends."""
    row = connection.execute(_LOCKED, {"id": attempt}).first()
    return None if row is None else Attempt(*row)


def open_since(connection: Connection, before: datetime, most: int) -> Sequence[Attempt]:
    """Attempts from before then that have not come to an end."""
    return [Attempt(*row) for row in connection.execute(_OPEN, {"before": before, "most": most})]


# What is said of the attempt is said of the reminders that it names and that are not over.
_CHANGE = text(
    "WITH changed AS (UPDATE reminder_attempts SET state = :state, status = coalesce(:status, status), "
    "answered_by = coalesce(:answered_by, answered_by), attestation = coalesce(:attestation, attestation), "
    "call_sid = coalesce(call_sid, :call_sid), placed_at = CASE WHEN CAST(:call_sid AS text) IS NULL THEN placed_at "
    "ELSE coalesce(placed_at, :now) END WHERE id = :id RETURNING id) "
    "UPDATE reminders r SET state = :state FROM changed, reminders_of_attempts l WHERE l.attempt_id = changed.id "
    "AND r.id = l.reminder_id AND r.state IN ('dialing', 'unknown', 'placed') AND r.state <> :state"
)

_SETTLE = text(
    "WITH settled AS (UPDATE reminder_attempts SET state = 'ended', outcome = :outcome, "
    "status = coalesce(:status, status), answered_by = coalesce(:answered_by, answered_by), "
    "call_sid = coalesce(call_sid, :call_sid), placed_at = CASE WHEN CAST(:call_sid AS text) IS NULL THEN placed_at "
    "ELSE coalesce(placed_at, :now) END, ended_at = :now WHERE id = :id RETURNING id) "
    "UPDATE reminders r SET "
    "state = CASE WHEN l.outcome IS NULL AND CAST(:again AS timestamptz) IS NOT NULL THEN 'due' ELSE 'ended' END, "
    "outcome = CASE WHEN l.outcome IS NULL AND CAST(:again AS timestamptz) IS NOT NULL THEN NULL "
    "ELSE coalesce(l.outcome, :outcome) END, due_at = CASE WHEN l.outcome IS NULL "
    "AND CAST(:again AS timestamptz) IS NOT NULL THEN :again ELSE r.due_at END "
    "FROM settled, reminders_of_attempts l WHERE l.attempt_id = settled.id AND r.id = l.reminder_id "
    "AND r.state IN ('dialing', 'unknown', 'placed')"
)


def taken(connection: Connection, attempt: UUID, call_sid: str, now: datetime) -> None:
    """The carrier took the call, as its answer, its callback or its list says."""
    _step(connection, attempt, Event.TAKEN, now, call_sid=call_sid)


def unclear(connection: Connection, attempt: UUID, now: datetime) -> None:
    """Nobody knows whether the carrier took the call."""
    _step(connection, attempt, Event.UNCLEAR, now)


def refused(connection: Connection, attempt: UUID, now: datetime, *, again: bool) -> None:
    """The carrier did not take the call; `again` when that has nothing to do with the number."""
    _close(connection, attempt, Event.REFUSED, now, _UNHEARD_RETRY if again else None)


def missing(connection: Connection, attempt: UUID, now: datetime) -> None:
    """The carrier knows of no such call: none was made, or will be answered."""
    _close(connection, attempt, Event.MISSING, now, _UNHEARD_RETRY)


def told(
    connection: Connection,
    attempt: UUID,
    call_sid: str,
    status: str,
    now: datetime,
    *,
    answered_by: str | None = None,
    attestation: str | None = None,
) -> None:
    """The carrier says how the call goes: again, late, or out of order, when it changes nothing. What a second call of
    the same attempt comes to is not this attempt's. Raises Misuse for a status that the carrier does not have."""
    if status not in STATUS_RANK:
        raise Misuse(f"A call has no status {status!r}.")
    known = locked(connection, attempt)
    if known is None or known.state == "ended" or known.call_sid not in (None, call_sid):
        return
    if known.status is not None and STATUS_RANK[known.status] >= STATUS_RANK[status]:
        return
    by = heard_as(answered_by) if answered_by else known.answered_by
    outcome = outcome_of(status, by)
    if outcome is None:
        _change(connection, known, Event.SEEN, now, call_sid, status, by, attestation)
    else:
        _settle(connection, known, outcome, now, call_sid=call_sid, status=status, answered_by=by)


def answered(connection: Connection, attempt: UUID, call_sid: str, now: datetime) -> bool:
    """Whether the call that is being answered is the one that is to be held: not one whose attempt was given up or
    made twice, nor one that the carrier released too late."""
    known = locked(connection, attempt)
    if known is None or known.state == "ended" or known.call_sid not in (None, call_sid):
        return False
    _step(connection, attempt, Event.SEEN, now, call_sid)
    return known.window_ends_at is None or now < known.window_ends_at + _RINGING


def answered_by(connection: Connection, attempt: UUID, verdict: str) -> None:
    """What the detection took whoever answered for; the first verdict stays, also on an attempt that has ended."""
    connection.execute(
        text("UPDATE reminder_attempts SET answered_by = :by WHERE id = :id AND answered_by IS NULL"),
        {"id": attempt, "by": heard_as(verdict)},
    )


def opening_played(connection: Connection, attempt: UUID, now: datetime) -> None:
    """The person has heard who calls and why."""
    connection.execute(
        text("UPDATE reminder_attempts SET opening_played_at = coalesce(opening_played_at, :now) WHERE id = :id"),
        {"id": attempt, "now": now},
    )


# What each appointment came to is what the book says of it.
_AGREED = text(
    "UPDATE reminders_of_attempts l SET outcome = CASE WHEN a.status = 'cancelled' THEN 'cancelled' "
    "WHEN a.starts_at <> r.starts_at THEN 'rescheduled' ELSE 'confirmed' END "
    "FROM reminders r JOIN appointments a ON a.id = r.appointment_id WHERE l.attempt_id = :id AND r.id = l.reminder_id "
    "AND (a.status IN ('cancelled', 'confirmed') OR a.starts_at <> r.starts_at)"
)


def settle(
    connection: Connection, attempt: UUID, outcome: Outcome, now: datetime, *, tried_again: bool = False
) -> None:
    """The conversation is over and came to this. Another call follows where one was asked for, or where it is
    `tried_again` by itself."""
    known = locked(connection, attempt)
    if known is None or known.state == "ended":
        return
    connection.execute(_AGREED, {"id": attempt})
    wait = tried_again_after(outcome) if tried_again else None
    _write_settled(connection, attempt, outcome, now, known.again_at or (None if wait is None else now + wait))


def _step(connection: Connection, attempt: UUID, event: Event, now: datetime, call_sid: str | None = None) -> None:
    known = locked(connection, attempt)
    if known is not None and after(known.state, event) != known.state:
        _change(connection, known, event, now, call_sid, None, None, None)
    elif known is not None and call_sid is not None and known.call_sid is None:
        # It has ended before the carrier's answer to its creation was read.
        connection.execute(
            text("UPDATE reminder_attempts SET call_sid = :sid, placed_at = :now WHERE id = :id"),
            {"id": attempt, "sid": call_sid, "now": now},
        )


def _change(
    connection: Connection,
    known: Attempt,
    event: Event,
    now: datetime,
    call_sid: str | None,
    status: str | None,
    by: str | None,
    attestation: str | None,
) -> None:
    connection.execute(
        _CHANGE,
        {
            "id": known.id,
            "state": after(known.state, event),
            "status": status,
            "answered_by": by,
            "attestation": attestation if attestation in ("A", "B", "C") else None,
            "call_sid": call_sid,
            "now": now,
        },
    )


def _close(connection: Connection, attempt: UUID, event: Event, now: datetime, retry: timedelta | None) -> None:
    """It rang nobody."""
    known = locked(connection, attempt)
    if known is not None and known.state != "ended" and after(known.state, event) == "ended":
        _write_settled(connection, known.id, "failed", now, None if retry is None else now + retry)


def _settle(
    connection: Connection,
    known: Attempt,
    outcome: Outcome,
    now: datetime,
    *,
    call_sid: str | None = None,
    status: str | None = None,
    answered_by: str | None = None,
) -> None:
    wait = tried_again_after(outcome, status)
    again = None if wait is None else now + wait
    _write_settled(connection, known.id, outcome, now, again, call_sid, status, answered_by)


def _write_settled(
    connection: Connection,
    attempt: UUID,
    outcome: Outcome,
    now: datetime,
    again: datetime | None,
    call_sid: str | None = None,
    status: str | None = None,
    answered_by: str | None = None,
) -> None:
    connection.execute(
        _SETTLE,
        {
            "id": attempt,
            "outcome": outcome,
            "now": now,
            "again": again,
            "call_sid": call_sid,
            "status": status,
            "answered_by": answered_by,
        },
    )
