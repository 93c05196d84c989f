"""`/voice`: a call rings. It needs neither database nor Redis: the token in the stream's URL proves itself."""

import logging
import secrets
import time

from flask.typing import ResponseReturnValue

from functions import routing, twiml
from functions.doors import Door, Form
from shared import stream_token

log = logging.getLogger(__name__)


def answer(door: Door, form: Form) -> ResponseReturnValue:
    leg = form.get("CallSid", "")
    if not leg.isalnum():
        return "A CallSid is needed.\n", 400
    settings = door.settings
    if routing.choose(form, settings.twilio_phone_number, door.shop.desk_number) is routing.Way.LOOP:
        log.warning("call refused: it was forwarded in a circle")
        return twiml.refuse_loop()
    token = stream_token.issue(settings.stream_token_secret, leg, 0, time.time(), secrets.token_urlsafe(12))
    return twiml.stream(
        url=f"{settings.media_stream_url}/media-stream/{token}",
        action=f"{settings.public_base_url}/connected",
        parameters={"from": form.get("From", "")},
    )
