"""`/dialed`: the desk was rung. A talk that took place is over; a caller whom nobody answered is told so."""

import logging

from flask.typing import ResponseReturnValue

from functions import twiml
from functions.doors import Door, Form
from shared.log import fields

log = logging.getLogger(__name__)


def answer(_: Door, form: Form) -> ResponseReturnValue:
    status = form.get("DialCallStatus", "")
    log.info("desk rung", extra=fields(status=status[:20]))
    return twiml.hang_up() if status in ("completed", "answered") else twiml.nobody_there()
