"""`/status`: what the carrier says of a call's course. It may come twice, late and out of order; the last rank
stays."""

import logging

from flask.typing import ResponseReturnValue

from functions.doors import Door, Form
from shared.clock import Clock
from shared.errors import Misuse, RowRefused, Unavailable
from shared.log import fields

log = logging.getLogger(__name__)


def answer(door: Door, form: Form) -> ResponseReturnValue:
    from shared.storage import calls

    seconds = form.get("CallDuration", "")
    try:
        door.database().run(
            lambda connection: calls.set_status(
                connection,
                call_sid=form.get("CallSid", ""),
                direction="inbound" if form.get("Direction", "inbound") == "inbound" else "outbound",
                status=form.get("CallStatus", ""),
                now=Clock(door.settings.clock_file).now(),
                seconds=int(seconds) if seconds.isascii() and seconds.isdigit() else None,
            )
        )
    except (Misuse, RowRefused) as why:
        log.warning("status callback refused", extra=fields(why=type(why).__name__))
        return "", 400
    except Unavailable as why:
        log.error("status callback not recorded", extra=fields(why=str(why)))
        return "", 503
    return "", 204
