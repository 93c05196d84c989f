"""What is done when a call is over and nobody waits: the desk hears of call-backs, callers get what they asked for in
writing, calls without an outcome get one, and the day's money is counted. What fails here is done after the next call.
"""

import logging
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from functions import left_open, texting
from functions.doors import Door
from shared.errors import SophieError
from shared.log import fields
from shared.visit_text import visit_text

if TYPE_CHECKING:
    from sqlalchemy import Connection

log = logging.getLogger(__name__)


def tell_everybody(door: Door) -> None:
    try:
        door.database().run(lambda connection: _write_messages(door, connection, door.now()))
        texting.send_pending(door)
        left_open.settle(door)
        _count_the_money(door)
    except SophieError as why:
        log.warning("left for after the next call", extra=fields(why=type(why).__name__))


def _write_messages(door: Door, connection: "Connection", now: datetime) -> None:
    from shared.storage import after_calls, messages

    for row in after_calls.callbacks_untold(connection, now):
        body, desk = _of_callback(door, row), door.shop.desk_number
        messages.add(connection, kind="callback", phone=desk, body=body, now=now, callback_id=row.id)
    for row in after_calls.bookings_unconfirmed(connection, now):
        if texting.may_text(door, connection, row.phone, now):
            messages.add(
                connection,
                kind="confirmation",
                phone=row.phone,
                body=_of_booking(door, row),
                now=now,
                appointment_id=row.id,
                starts_at=row.starts_at,
            )


def _of_callback(door: Door, row: Any) -> str:
    who = f"{row.name} {row.phone}".strip()
    reasons = {"message": "left a message", "desk_closed": "called while we were closed"}
    why = reasons.get(row.reason, "nobody took the call")
    said = f": {row.message}" if row.message else ""
    return f"{door.shop.name}, call back #{row.id}: {who}, {why}{said}"


def _of_booking(door: Door, row: Any) -> str:
    return visit_text(door.shop, f"{row.service},", row.starts_at)


def _count_the_money(door: Door) -> None:
    from shared.domain.wall_time import boundary
    from shared.line import refresh
    from shared.storage import line
    from shared.storage.acting import acting

    now, zone = door.now(), door.shop.zone
    today = now.astimezone(zone).date()
    midnight, cap = boundary(today, time(), zone), door.shop.limits.daily_cost_cap_usd
    with acting("doors", "daily cap"):
        spent = door.database().run(lambda c: line.cap_if_spent(c, midnight, today, cap))
    if spent:
        log.error("the day's money is spent: new calls ring at the desk until midnight", extra=fields(cap_usd=cap))
        refresh(door.database(), door.line_copy(), door.shop, now)
