"""Text messages, from wish to delivery, and those that came in. A row is 'sending' before the carrier is asked, so none
is sent twice: where the answer was lost or the sender died, the carrier's reports say what became of it, and without
one it is 'unknown' after an hour.

Each is charged by the segments it is sent in. What is written to whom is decided here in one statement each; how it is
sent is not known here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, text

from shared.domain.text_segments import segments
from shared.storage.prices import read_prices

Kind = Literal["confirmation", "briefing", "callback", "reply", "reminder", "incoming"]
State = Literal["pending", "sending", "sent", "delivered", "failed", "unknown", "received"]

_LONGEST = 1_600
# What could not be sent by then is no news any more.
_STALE = timedelta(hours=24)
_DAY = timedelta(days=1)
# The carrier has said by then what became of a text, if it ever will.
_UNHEARD = timedelta(hours=1)
# +1 and seven digits less the line's own four: the exchange that numbers of one fraud share.
_EXCHANGE = 8
# Their course as the carrier tells it, in any order: nothing follows on the last two.
_REPORTED = {"sent": "sent", "delivered": "delivered", "undelivered": "failed", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class Text:
    id: int
    phone: str
    body: str


def add(
    connection: Connection,
    *,
    kind: Kind,
    phone: str,
    body: str,
    now: datetime,
    state: State = "pending",
    appointment_id: int | None = None,
    starts_at: datetime | None = None,
    callback_id: int | None = None,
    call_sid: str | None = None,
) -> int | None:
    """Its id; None when there is such a message already: one confirmation for a time, one notice of a call-back."""
    statement = text(
        "INSERT INTO messages (kind, phone, body, state, appointment_id, starts_at, callback_id, call_sid, created_at, "
        "sending_since, segments) VALUES (:kind, :phone, :body, :state, :appointment_id, :starts_at, :callback_id, "
        ":call_sid, :now, :sending_since, :segments) ON CONFLICT DO NOTHING RETURNING id"
    )
    body = body[:_LONGEST]
    values = {
        "kind": kind, "phone": phone, "body": body, "state": state, "appointment_id": appointment_id,
        "starts_at": starts_at, "callback_id": callback_id, "call_sid": call_sid, "now": now,
        "sending_since": now if state == "sending" else None, "segments": segments(body),
    }  # fmt: skip
    added: int | None = connection.execute(statement, values).scalar()
    if added is not None and state == "sent":
        _charge(connection, added)
    return added


def hear(connection: Connection, *, message_sid: str, phone: str, parts: int, now: datetime) -> bool:
    """Keeps that a text came in, in so many segments, and not its words. False when it is told again, as the carrier
    does whose request was not answered."""
    statement = text(
        "INSERT INTO messages (kind, phone, body, state, message_sid, created_at, segments) "
        "VALUES ('incoming', :phone, '', 'received', :sid, :now, :parts) ON CONFLICT DO NOTHING RETURNING id"
    )
    values = {"sid": message_sid or None, "phone": phone, "now": now, "parts": parts}
    added: int | None = connection.execute(statement, values).scalar()
    if added is not None:
        _charge(connection, added)
    return added is not None


def within_caps(connection: Connection, phone: str, now: datetime, per_number: int, per_exchange: int) -> bool:
    """Whether one more message of today may go to that number, and to numbers that begin like it."""
    row = connection.execute(
        text(
            "SELECT count(*) FILTER (WHERE phone = :phone) AS number, count(*) AS exchange FROM messages "
            "WHERE created_at > :since AND left(phone, :digits) = left(:phone, :digits) "
            "AND kind IN ('confirmation', 'reply', 'reminder')"
        ),
        {"phone": phone, "since": now - _DAY, "digits": _EXCHANGE},
    ).one()
    return bool(row.number < per_number and row.exchange < per_exchange)


def take_pending(connection: Connection, now: datetime) -> Text | None:
    """The one that has waited longest, now marked as being sent."""
    row = connection.execute(
        text(
            "UPDATE messages SET state = 'sending', sending_since = :now WHERE id = (SELECT id FROM messages "
            "WHERE state = 'pending' AND created_at > :since ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) "
            "RETURNING id, phone, body"
        ),
        {"now": now, "since": now - _STALE},
    ).first()
    return None if row is None else Text(*row)


def give_up(connection: Connection, now: datetime) -> None:
    """Ends what nothing more is done about: texts that were given to the carrier, or may have been, and of which it has
    not said a word; and texts that waited until they were no news."""
    unheard = text(
        "UPDATE messages SET state = 'unknown' WHERE state = 'sending' "
        "AND coalesce(sending_since, created_at) <= :before RETURNING id"
    )
    for message_id in list(connection.execute(unheard, {"before": now - _UNHEARD}).scalars()):
        _charge(connection, message_id)
    stale = text("UPDATE messages SET state = 'failed' WHERE state = 'pending' AND created_at <= :before")
    connection.execute(stale, {"before": now - _STALE})


def settle(connection: Connection, message_id: int, state: State, message_sid: str | None, code: int | None) -> None:
    """What the carrier answered; a report of the message's course may already have come."""
    connection.execute(
        text(
            "UPDATE messages SET message_sid = coalesce(message_sid, :sid), "
            "error_code = CASE WHEN state IN ('sending', 'unknown') THEN :code ELSE error_code END, "
            "state = CASE WHEN state IN ('sending', 'unknown') THEN :state ELSE state END WHERE id = :id"
        ),
        {"id": message_id, "state": state, "sid": message_sid, "code": code},
    )
    if state in ("sent", "sending"):
        _charge(connection, message_id)


def _charge(connection: Connection, message_id: int) -> None:
    """What the carrier asks for a message that it took, or may have taken; nothing where it was erased meanwhile."""
    sent_on = connection.execute(text("SELECT created_at FROM messages WHERE id = :id"), {"id": message_id}).scalar()
    if sent_on is not None:
        price = read_prices(connection).of_segment(sent_on.date())
        charge = text("UPDATE messages SET cost = segments * CAST(:price AS numeric) WHERE id = :id")
        connection.execute(charge, {"id": message_id, "price": price})


def report(
    connection: Connection, message_sid: str, status: str, code: int | None, message_id: int | None = None
) -> bool:
    """What the carrier says of a message's course; False for a message that is not ours or a status of no news. The id
    finds one whose sender has not written down the carrier's name of it, yet or ever."""
    if status not in _REPORTED:
        return False
    statement = text(
        "UPDATE messages SET state = :state, error_code = coalesce(:code, error_code), "
        "message_sid = coalesce(message_sid, :sid) "
        "WHERE (message_sid = :sid OR (id = :id AND message_sid IS NULL)) "
        "AND state IN ('sending', 'sent', 'unknown') RETURNING id"
    )
    values = {"sid": message_sid or None, "state": _REPORTED[status], "code": code, "id": message_id}
    told: int | None = connection.execute(statement, values).scalar()
    if told is not None and status != "failed":  # which was never sent
        _charge(connection, told)
    return told is not None


def asked_to_confirm(connection: Connection, phone: str, now: datetime) -> Sequence[int]:
    """The appointments still to come, as they were told, that texts to this number have named."""
    rows = connection.execute(
        text(
            "SELECT DISTINCT a.id FROM messages m JOIN appointments a ON a.id = m.appointment_id "
            "AND a.starts_at = m.starts_at WHERE m.phone = :phone AND m.kind IN ('confirmation', 'reminder') "
            "AND m.state <> 'failed' AND a.starts_at > :now AND a.status IN ('booked', 'confirmed') ORDER BY a.id"
        ),
        {"phone": phone, "now": now},
    )
    return list(rows.scalars())
