"""Attempts: calls that were made, or were about to be, for reminders; the ledger of what came of each.

The carrier tells of a call in any order and more than once, and a process may die between any two steps: each change
here starts from what stands and is right whenever it comes. An attempt that has ended stays as it is.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from shared.domain.reminders import (
    AnsweredBy,
    Event,
    Outcome,
    State,
    after,
    call_outcome,
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
    sequence: int | None


_COLUMNS = (
    "SELECT id, phone::text AS phone, state, status, outcome, answered_by, call_sid, dialed_at, window_ends_at, "
    "opening_played_at, again_at, sequence FROM reminder_attempts WHERE"
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


# What the carrier says is kept beside what it said before: its first verdict, its first name for the call.
_KEPT = (
    "status = coalesce(:status, status), answered_by = coalesce(answered_by, :answered_by), "
    "attestation = coalesce(:attestation, attestation), sequence = greatest(sequence, :sequence), "
    "call_sid = coalesce(call_sid, :call_sid), placed_at = CASE WHEN CAST(:call_sid AS text) IS NULL THEN placed_at "
    "ELSE coalesce(placed_at, :now) END"
)

_NOTE = text(f"UPDATE reminder_attempts SET {_KEPT} WHERE id = :id")  # noqa: S608

# What is said of the attempt is said of the reminders that it names and that are not over.
_CHANGE = text(
    f"WITH changed AS (UPDATE reminder_attempts SET state = :state, {_KEPT} WHERE id = :id RETURNING id) "  # noqa: S608
    "UPDATE reminders r SET state = :state FROM changed, reminders_of_attempts l WHERE l.attempt_id = changed.id "
    "AND r.id = l.reminder_id AND r.state IN ('dialing', 'unknown', 'placed') AND r.state <> :state"
)

# The call has an outcome as soon as its attempt has one, also where nobody held it; what it came to by itself stays.
_SETTLE = text(
    f"WITH settled AS (UPDATE reminder_attempts SET state = 'ended', outcome = :outcome, ended_at = :now, {_KEPT} "  # noqa: S608
    "WHERE id = :id RETURNING id, call_sid, phone, dialed_at), "
    "concluded AS (INSERT INTO calls AS c (call_sid, direction, flow, caller, outcome, started_at, ended_at) "
    "SELECT call_sid, 'outbound', 'reminder', phone, :of_call, dialed_at, :now FROM settled "
    "WHERE call_sid IS NOT NULL ON CONFLICT (call_sid) DO UPDATE SET outcome = coalesce(c.outcome, EXCLUDED.outcome), "
    "caller = coalesce(c.caller, EXCLUDED.caller)) "
    "UPDATE reminders r SET "
    "state = CASE WHEN l.outcome IS NULL AND CAST(:again AS timestamptz) IS NOT NULL THEN 'due' ELSE 'ended' END, "
    "outcome = CASE WHEN l.outcome IS NULL AND CAST(:again AS timestamptz) IS NOT NULL THEN NULL "
    "ELSE coalesce(l.outcome, :outcome) END, due_at = CASE WHEN l.outcome IS NULL "
    "AND CAST(:again AS timestamptz) IS NOT NULL THEN :again ELSE r.due_at END "
    "FROM settled, reminders_of_attempts l WHERE l.attempt_id = settled.id AND r.id = l.reminder_id "
    "AND r.state IN ('dialing', 'unknown', 'placed')"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the carrier says of a call; None where it says nothing. `sequence` is its own count of what it says."""

    call_sid: str | None = None
    status: str | None = None
    answered_by: AnsweredBy | None = None
    attestation: str | None = None
    sequence: int | None = None


_NOTHING = Told()


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
    sequence: int | None = None,
) -> None:
    """The carrier says how the call goes: again, late, or out of order, when it changes nothing. What a second call of
    the same attempt comes to is not this attempt's. Raises Misuse for a status that the carrier does not have."""
    if status not in STATUS_RANK:
        raise Misuse(f"A call has no status {status!r}.")
    known = locked(connection, attempt)
    if known is None or known.state == "ended" or _is_another(known, call_sid) or _is_old(known, status, sequence):
        return
    by = known.answered_by or (heard_as(answered_by) if answered_by else None)
    proven = attestation if attestation in ("A", "B", "C") else None
    _take_in(connection, known, Told(call_sid, status, by, proven, sequence), now)


def _is_another(known: Attempt, call_sid: str) -> bool:
    return known.call_sid not in (None, call_sid)


def _is_old(known: Attempt, status: str, sequence: int | None) -> bool:
    """A rank never falls, and neither does the carrier's own count."""
    if sequence is not None and known.sequence is not None and sequence <= known.sequence:
        return True
    return known.status is not None and STATUS_RANK[known.status] >= STATUS_RANK[status]


def _take_in(connection: Connection, known: Attempt, said: Told, now: datetime) -> None:
    """The attempt ends where what was said is the last word on it."""
    outcome = outcome_of(said.status, said.answered_by) if said.status else None
    if outcome is None:
        _change(connection, known, Event.SEEN, now, said)
        return
    wait = tried_again_after(outcome, said.status)
    _write_settled(connection, known.id, outcome, now, None if wait is None else now + wait, said)


def answered(connection: Connection, attempt: UUID, call_sid: str, now: datetime) -> bool:
    """Whether the call that is being answered is the one that is to be held: not one whose attempt was given up or
    made twice, nor one that the carrier released too late."""
    known = locked(connection, attempt)
    if known is None or known.state == "ended" or _is_another(known, call_sid):
        return False
    if known.state != "placed" or known.call_sid is None:
        _change(connection, known, Event.SEEN, now, Told(call_sid))
    return known.window_ends_at is None or now < known.window_ends_at + _RINGING


def answered_by(connection: Connection, attempt: UUID, call_sid: str, verdict: str, now: datetime) -> None:
    """What the detection took whoever answered for; the first verdict stays, also on an attempt that has ended. One
    that comes after the call's end may be what was missing to say what it came to."""
    known = locked(connection, attempt)
    if known is None or known.answered_by is not None or _is_another(known, call_sid):
        return
    over = known.state == "ended"
    _take_in(connection, known, Told(call_sid, None if over else known.status, heard_as(verdict)), now)


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
    if known is None:
        return
    # An attempt may have ended before the carrier's answer to its creation, which names the call, was read.
    if after(known.state, event) != known.state or (call_sid is not None and known.call_sid is None):
        _change(connection, known, event, now, Told(call_sid))


def _change(connection: Connection, known: Attempt, event: Event, now: datetime, said: Told) -> None:
    """Of an attempt that has ended only the ledger learns: its reminders may have been called about since."""
    if known.state == "ended":
        connection.execute(_NOTE, {"id": known.id, "now": now} | asdict(said))
        return
    values = {"id": known.id, "state": after(known.state, event), "now": now}
    connection.execute(_CHANGE, values | asdict(said))


def _close(connection: Connection, attempt: UUID, event: Event, now: datetime, retry: timedelta | None) -> None:
    """It rang nobody."""
    known = locked(connection, attempt)
    if known is not None and known.state != "ended" and after(known.state, event) == "ended":
        _write_settled(connection, known.id, "failed", now, None if retry is None else now + retry)


def _write_settled(
    connection: Connection,
    attempt: UUID,
    outcome: Outcome,
    now: datetime,
    again: datetime | None,
    said: Told = _NOTHING,
) -> None:
    values = {"id": attempt, "outcome": outcome, "of_call": call_outcome(outcome), "now": now, "again": again}
    connection.execute(_SETTLE, values | asdict(said))
