"""Call-backs: messages for the service desk and callers it could not take."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, text

Reason = Literal["message", "desk_closed", "desk_no_answer", "failure"]


def add(
    connection: Connection,
    *,
    phone: str,
    reason: Reason,
    call_sid: str,
    now: datetime,
    customer_id: int | None = None,
    message: str | None = None,
) -> int:
    """The id of a new open call-back."""
    statement = text(
        "INSERT INTO callbacks (phone, customer_id, reason, message, call_sid, created_at) "
        "VALUES (:phone, :customer_id, :reason, :message, :call_sid, :now) RETURNING id"
    )
    values = {
        "phone": phone,
        "customer_id": customer_id,
        "reason": reason,
        "message": message,
        "call_sid": call_sid,
        "now": now,
    }
    return int(connection.execute(statement, values).scalar_one())
