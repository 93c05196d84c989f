"""`/status`: what the carrier says of a call's course. It may come twice, late and out of order; the last rank
stays. The last of them is the moment for what nobody waits for."""

import logging

from flask.typing import ResponseReturnValue

from functions import after_call, attempts
from functions.doors import Door, Form, other_party
from shared.clock import Clock
from shared.domain import phone
from shared.errors import Misuse, RowRefused, Unavailable
from shared.log import fields

log = logging.getLogger(__name__)


def answer(door: Door, form: Form) -> ResponseReturnValue:
    from sqlalchemy import Connection

    from shared.storage import calls
    from shared.storage.prices import read_prices

    seconds, status = form.get("CallDuration", ""), form.get("CallStatus", "")
    now = Clock(door.settings.clock_file).now()
    attempt = attempts.attempt_of(door)
    direction: calls.Direction = "inbound" if form.get("Direction", "inbound") == "inbound" else "outbound"

    def keep(connection: Connection) -> None:
        # Before the call's own row, as everywhere: two that lock them in another order would wait for each other.
        if attempt is not None:
            attempts.keep_status(connection, door, form, attempt)
        today = now.astimezone(door.shop.zone).date()
        calls.set_status(
            connection,
            call_sid=form.get("CallSid", ""),
            direction=direction,
            status=status,
            now=now,
            minute_price=read_prices(connection).of_line_minute(direction, today),
            seconds=int(seconds) if seconds.isascii() and seconds.isdigit() else None,
            flow="service" if attempt is None else "reminder",
            caller=phone.normalise(other_party(form)),
        )

    try:
        door.database().run(keep)
    except (Misuse, RowRefused) as why:
        log.warning("status callback refused", extra=fields(why=type(why).__name__))
        return "", 400
    except Unavailable as why:
        log.error("status callback not recorded", extra=fields(why=str(why)))
        return "", 503
    if calls.is_over(status):
        after_call.tell_everybody(door)
    return "", 204
