"""Text messages that wait, sent through the carrier: each once, whoever sends them.

A message is marked as being sent before the carrier is asked, so two senders never send the same. Who is written to,
and what, is not known here.
"""

import logging
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from shared.log import fields
from shared.storage import messages, opt_outs
from shared.storage.database import Database
from shared.storage.messages import Text
from shared.telephony import Sent

log = logging.getLogger(__name__)

_AT_ONCE = 10


class Texts(Protocol):
    def text(self, to: str, body: str) -> Sent: ...


def send_pending(database: Database, texts: Texts, now: datetime) -> bool:
    """Some of the messages that wait, the oldest first; whether more may be sent at once. Raises Unavailable when the
    database is away."""
    taken = database.run(lambda c: messages.take_pending(c, now, _AT_ONCE))
    turned_away = False
    for message in taken:
        sent = texts.text(message.phone, message.body)
        log.info("text message", extra=fields(state=sent.state, code=sent.code))
        _settle(database, message, sent, now)
        turned_away |= sent.state == "pending"
    return len(taken) == _AT_ONCE and not turned_away


def _settle(database: Database, message: Text, sent: Sent, now: datetime) -> None:
    def write(connection: Connection) -> None:
        messages.settle(connection, message.id, sent.state, sent.sid, sent.code)
        if sent.code == opt_outs.UNSUBSCRIBED:
            opt_outs.add(connection, message.phone, "sms", now)

    database.run(write)
