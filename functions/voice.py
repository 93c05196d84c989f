"""`/voice`: a call rings. No database, and no more than 30 ms of Redis: the token in the stream's URL proves itself.
While Redis is silent the line is as this process last knew it, for an hour; a cold one goes by the shop file."""

import logging
import time

from flask.typing import ResponseReturnValue

from functions import attempts, routing, streams, twiml
from functions.attempts import attempt_of
from functions.doors import Door, Form
from functions.routing import Today, Way
from shared.domain import phone
from shared.domain.line import Line
from shared.log import fields

log = logging.getLogger(__name__)


def answer(door: Door, form: Form) -> ResponseReturnValue:
    leg = form.get("CallSid", "")
    if not leg.isalnum():
        return "A CallSid is needed.\n", 400
    if (attempt := attempt_of(door)) is not None:
        return attempts.voice(door, form, attempt)
    shop, settings = door.shop, door.settings
    ring = door.line_copy().ring(phone.normalise(form.get("From")), time.time())
    today = Today(door.now(), shop.hours, ring.line or Line(), ring.rings, shop.limits.calls_per_number_hour)
    way = routing.choose(form, settings.twilio_phone_number, shop.desk_number, today)
    log.info("call rings", extra=fields(way=way.name, line_known=ring.line is not None))
    match way:
        case Way.SERVICE:
            told = {"from": form.get("From", ""), "attestation": routing.attestation(form)}
            return streams.open_stream(door, leg, 0, told)
        case Way.DESK:
            return twiml.to_desk(shop.desk_number, settings.twilio_phone_number, f"{settings.public_base_url}/dialed")
        case Way.CALL_BACK:
            return twiml.redirect(f"{settings.public_base_url}/dialed?reason=desk_closed")
        case Way.REJECT:
            return twiml.busy()
