"""Call-backs: messages for the service desk, callers it could not take, and what staff's calendar leaves open.

Triggers of the schema tell the calendar's outbox of each of them and of what becomes of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, text

Reason = Literal["message", "desk_closed", "desk_no_answer", "failure", "calendar"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A call-back as its entry in the calendar is held against it. It is `settled` when the calendar shows its newest
    version; `taken_out` says that we may have taken the entry out since we last wrote it."""

    id: int
    created_at: datetime
    version: int
    coming: bool
    settled: bool
    taken_out: bool


_STANDING = text(
    """
    SELECT b.id, b.created_at, b.version, b.state = 'open' AS coming, coalesce(o.settled, false) AS settled,
        coalesce(o.deletion > coalesce(o.written, 0), false) AS taken_out
    FROM callbacks b LEFT JOIN LATERAL (
        SELECT bool_or(version = b.version AND state = 'done') AS settled,
            max(version) FILTER (WHERE action = 'delete') AS deletion,
            max(version) FILTER (WHERE action = 'upsert' AND state = 'done') AS written
        FROM calendar_outbox WHERE about = 'call-back ' || b.id::text) o ON true
    WHERE b.id = ANY(CAST(:ids AS bigint[]))
    """
)


def add(
    connection: Connection,
    *,
    phone: str,
    reason: Reason,
    call_sid: str | None,
    now: datetime,
    customer_id: int | None = None,
    message: str | None = None,
) -> int:
    """The id of a new open call-back; what a call has left open without a message gets this one."""
    values = {
        "phone": phone,
        "customer_id": customer_id,
        "reason": reason,
        "message": message,
        "call_sid": call_sid,
        "now": now,
    }
    waiting = connection.execute(
        text(
            "UPDATE callbacks SET message = :message, reason = :reason, phone = :phone, "
            "customer_id = coalesce(:customer_id, customer_id) "
            "WHERE call_sid = :call_sid AND state = 'open' AND message IS NULL RETURNING id"
        ),
        values,
    ).scalar()
    if waiting is not None:
        return int(waiting)
    statement = text(
        "INSERT INTO callbacks (phone, customer_id, reason, message, call_sid, created_at) "
        "VALUES (:phone, :customer_id, :reason, :message, :call_sid, :now) RETURNING id"
    )
    return int(connection.execute(statement, values).scalar_one())


def want(connection: Connection, *, phone: str, reason: Reason, call_sid: str, now: datetime) -> None:
    """Somebody is to call this caller back; asked again for the same call, nothing is added."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:call_sid, 1))"), {"call_sid": call_sid})
    connection.execute(
        text(
            "INSERT INTO callbacks (phone, reason, call_sid, created_at) SELECT :phone, :reason, :call_sid, :now "
            "WHERE NOT EXISTS (SELECT FROM callbacks WHERE call_sid = :call_sid)"
        ),
        {"phone": phone, "reason": reason, "call_sid": call_sid, "now": now},
    )


def is_awaited(connection: Connection, phone: str) -> bool:
    """Whether this number waits already, and not for a time that staff have put it off to."""
    statement = text(
        "SELECT EXISTS (SELECT FROM callbacks WHERE phone = :phone AND state = 'open' AND call_at IS NULL)"
    )
    return bool(connection.execute(statement, {"phone": phone}).scalar_one())


def list_open(connection: Connection, most: int = 200) -> Sequence[Row[Any]]:
    """The oldest first, with the customer's name where one is known."""
    return connection.execute(
        text(
            "SELECT b.id, b.created_at, b.call_at, b.phone, concat_ws(' ', c.first_name, c.last_name) AS name, "
            "b.reason, b.message FROM callbacks b "
            "LEFT JOIN customers c ON c.id = b.customer_id AND c.erased_at IS NULL "
            "WHERE b.state = 'open' ORDER BY b.created_at, b.id LIMIT :most"
        ),
        {"most": most},
    ).all()


def finish(connection: Connection, callback_id: int, *, done_by: str, now: datetime) -> bool:
    """False when there is no such call-back; one that is done stays done by whoever did it first."""
    done = text(
        "UPDATE callbacks SET state = 'done', done_at = coalesce(done_at, :now), done_by = coalesce(done_by, :done_by) "
        "WHERE id = :id"
    )
    return connection.execute(done, {"id": callback_id, "now": now, "done_by": done_by}).rowcount > 0


def reopen(connection: Connection, callback_id: int) -> bool:
    """False when there is no such call-back."""
    opened = text(
        "UPDATE callbacks SET state = 'open', done_at = NULL, done_by = NULL, "
        "call_at = CASE state WHEN 'open' THEN call_at END WHERE id = :id"
    )
    return connection.execute(opened, {"id": callback_id}).rowcount > 0


def standing_of(connection: Connection, ids: Sequence[int]) -> Mapping[int, Standing]:
    return {row.id: Standing(**row._mapping) for row in connection.execute(_STANDING, {"ids": list(ids)})}


def called(connection: Connection, callback_id: int, version: int, *, done_by: str, now: datetime) -> int | None:
    """As `finish`: the version it has then; None when it is no longer the one that was read."""
    done = text(
        "UPDATE callbacks SET state = 'done', done_at = :now, done_by = :done_by "
        "WHERE id = :id AND version = :version AND state = 'open' RETURNING version"
    )
    values = {"id": callback_id, "version": version, "done_by": done_by, "now": now}
    return connection.execute(done, values).scalar()


def move(connection: Connection, callback_id: int, version: int, *, call_at: datetime | None) -> int | None:
    """Open, at that time; without one when the desk is next there. The version it has then, or None as in `called`."""
    moved = text(
        "UPDATE callbacks SET state = 'open', done_at = NULL, done_by = NULL, call_at = :call_at "
        "WHERE id = :id AND version = :version RETURNING version"
    )
    return connection.execute(moved, {"id": callback_id, "version": version, "call_at": call_at}).scalar()
