"""Text messages as the doors send them: written down first, and sent once.

Only to numbers of the United States, and within the shop's caps.
"""

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from functions.doors import Door
from shared.domain import us_numbers
from shared.errors import SophieError
from shared.log import fields

if TYPE_CHECKING:
    from sqlalchemy import Connection

log = logging.getLogger(__name__)


def may_text(door: Door, connection: "Connection", number: str, now: datetime) -> bool:
    from shared.storage import messages

    caps = door.shop.limits
    return us_numbers.is_us(number) and messages.within_caps(
        connection, number, now, caps.texts_per_number_day, caps.texts_per_exchange_day
    )


def to_desk_now(door: Door, body: str, call_sid: str) -> None:
    """One message of a call to the desk, sent at once; a call that is being put through does not fail for it."""
    from shared.storage import messages

    now, desk = door.now(), door.shop.desk_number
    try:
        door.database().run(
            lambda c: messages.add(c, kind="briefing", phone=desk, body=body, now=now, call_sid=call_sid)
        )
        send_pending(door)
    except SophieError as why:
        log.warning("the desk got no text message", extra=fields(why=type(why).__name__))


def send_pending(door: Door) -> None:
    """Some of the messages that wait, the oldest first. Raises Unavailable when the database is away."""
    from shared import outbound_texts

    outbound_texts.send_pending(door.database(), door.telephony(), door.now())
