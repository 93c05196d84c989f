"""Who must not be called or texted. Whether somebody may be is asked here, never guessed."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, text

Source = Literal["voice", "keypad", "desk", "sms", "import"]

# The carrier's "attempt to send to unsubscribed recipient": they wrote STOP where we did not hear it.
UNSUBSCRIBED = 21610


def add(connection: Connection, phone: str, source: Source, now: datetime) -> None:
    """From now on nobody calls or texts the number on our own account; every consent of it is withdrawn."""
    values = {"phone": phone, "source": source, "now": now}
    connection.execute(
        text(
            "INSERT INTO opt_outs (phone, source, opted_out_at) VALUES (:phone, :source, :now) "
            "ON CONFLICT (phone) DO NOTHING"
        ),
        values,
    )
    connection.execute(
        text(
            "UPDATE consents SET withdrawn_at = greatest(:now, given_at) WHERE phone = :phone AND withdrawn_at IS NULL"
        ),
        values,
    )


def lift(connection: Connection, phone: str) -> bool:
    """They wrote START: an opt-out that they had sent as a text ends, one given otherwise stays. No consent returns."""
    statement = text("DELETE FROM opt_outs WHERE phone = :phone AND source = 'sms'")
    return connection.execute(statement, {"phone": phone}).rowcount > 0
