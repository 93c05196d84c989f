"""`/fallback`: `/voice` failed. Straight to the desk, with nothing that could fail in between; who
was called by us is not put through to anybody."""

import logging

from flask.typing import ResponseReturnValue

from functions import twiml
from functions.attempts import attempt_of
from functions.doors import Door, Form
from shared.log import fields

log = logging.getLogger(__name__)


def answer(door: Door, form: Form) -> ResponseReturnValue:
    log.error("fallback answered", extra=fields(twilio_error=form.get("ErrorCode", "")[:8]))
    if attempt_of(door) is not None:
        return twiml.hang_up()
    return twiml.to_desk(door.shop.desk_number, door.settings.twilio_phone_number)
