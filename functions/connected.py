"""`/connected`: the media stream has ended and Twilio asks what comes next.

A goodbye that was said ends the call. Anything else goes to the desk: the hand-over that was announced, and every end
that nobody announced, since a caller must not be left with a dead line.
"""

import logging

from flask.typing import ResponseReturnValue

from functions import twiml
from functions.doors import Door, Form
from shared.log import fields

log = logging.getLogger(__name__)


def answer(door: Door, form: Form) -> ResponseReturnValue:
    session = door.sessions().load(form.get("CallSid", ""))
    ending = session.ending if session else None
    log.info("stream over", extra=fields(ending=ending))
    if ending == "goodbye":
        return twiml.hang_up()
    action = f"{door.settings.public_base_url}/dialed"
    return twiml.to_desk(door.shop.desk_number, door.settings.twilio_phone_number, action)
