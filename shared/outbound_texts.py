"""Text messages that wait, sent through the carrier: each once, whoever sends them.

A message is marked as being sent before the carrier is asked, so two senders never send the same, and one at a time, so
that whoever dies or finds no database loses one. Who is written to, and what, is not known here.
"""

import logging
import time
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from shared.log import fields
from shared.storage import messages, opt_outs
from shared.storage.database import Database
from shared.storage.messages import Text
from shared.telephony import Sent

log = logging.getLogger(__name__)

# The carrier may wait for the answer to a report of its own meanwhile.
_AT_ONCE, _SECONDS = 10, 4.0


class Texts(Protocol):
    def text(self, to: str, body: str, message: int) -> Sent: ...


def send_pending(database: Database, texts: Texts, now: datetime) -> bool:
    """Some of the messages that wait, the oldest first; whether more may be sent at once. A carrier that has no time or
    does not answer is left alone. Raises Unavailable when the database is away."""
    database.run(lambda c: messages.give_up(c, now))
    until = time.monotonic() + _SECONDS
    for _ in range(_AT_ONCE):
        message = database.run(lambda c: messages.take_pending(c, now))
        if message is None or not send(database, texts, message, now):
            return False
        if time.monotonic() >= until:
            break
    return True


def send(database: Database, texts: Texts, message: Text, now: datetime) -> bool:
    """Sends a message that is marked as being sent; whether the carrier answered what became of it. Raises as above."""
    sent = texts.text(message.phone, message.body, message.id)
    log.info("text message", extra=fields(state=sent.state, code=sent.code))

    def write(connection: Connection) -> None:
        messages.settle(connection, message.id, sent.state, sent.sid, sent.code)
        if sent.code == opt_outs.UNSUBSCRIBED:
            opt_outs.add(connection, message.phone, "sms", now)

    database.run(write)
    return sent.state in ("sent", "failed")
