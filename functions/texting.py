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

    from shared.storage.messages import Text

log = logging.getLogger(__name__)


def may_text(door: Door, connection: "Connection", number: str, now: datetime) -> bool:
    from shared.storage import messages

    caps = door.shop.limits
    return us_numbers.is_us(number) and messages.within_caps(
        connection, number, now, caps.texts_per_number_day, caps.texts_per_exchange_day
    )


def to_desk(door: Door, connection: "Connection", body: str, call_sid: str) -> "Text | None":
    """The one briefing of a call, to be sent at once; None where the desk has it already."""
    from shared.storage import messages

    desk, now = door.shop.desk_number, door.now()
    added = messages.add(
        connection, kind="briefing", phone=desk, body=body, now=now, state="sending", call_sid=call_sid
    )
    return None if added is None else messages.Text(added, desk, body)


def send_now(door: Door, text: "Text") -> None:
    """A call that is being put through does not fail for a text."""
    from shared import outbound_texts

    try:
        outbound_texts.send(door.database(), door.telephony(), text, door.now())
    except SophieError as why:
        log.warning("what became of a text message is not written down", extra=fields(why=type(why).__name__))


def send_pending(door: Door) -> None:
    """Some of the messages that wait, the oldest first. Raises Unavailable when the database is away."""
    from shared import outbound_texts

    outbound_texts.send_pending(door.database(), door.telephony(), door.now())
