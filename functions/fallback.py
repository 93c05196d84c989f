"""`/fallback`: another door failed. Straight to the desk, with nothing that could fail in between; `/dialed` writes
down what came of it. Where that is the door that failed, the desk has been rung, and is not rung again and again.
Who was called by us is not put through to anybody.
"""

import logging

from flask.typing import ResponseReturnValue

from functions import twiml
from functions.attempts import attempt_of
from functions.doors import Door, Form
from shared.log import fields

log = logging.getLogger(__name__)

# True whether somebody took the call or nobody did: the door that knows is the one that failed.
_GOODBYE = "Thank you for calling. If nobody could help you just now, please call again a little later. Goodbye."


def answer(door: Door, form: Form) -> ResponseReturnValue:
    dialed = f"{door.settings.public_base_url}/dialed"
    rung = form.get("ErrorUrl", "").startswith(dialed)
    log.error("fallback answered", extra=fields(twilio_error=form.get("ErrorCode", "")[:8], desk_rung=rung))
    if attempt_of(door) is not None:
        return twiml.hang_up()
    if rung:
        return twiml.say_goodbye(_GOODBYE)
    return twiml.to_desk(door.shop.desk_number, door.settings.twilio_phone_number, dialed)
