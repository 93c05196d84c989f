"""`/whisper`: somebody at the desk has picked up. They hear who is calling, and take the call with a key;
the same goes to the desk in writing, for whoever holds no pen.

Asked about the leg to the desk: the caller's call is its parent, whose session the briefing is made of.
"""

from flask.typing import ResponseReturnValue

from functions import briefing, texting, twiml
from functions.doors import Door, Form


def answer(door: Door, form: Form) -> ResponseReturnValue:
    if door.query.get("asked") == "key":
        return twiml.put_through() if form.get("Digits") == twiml.ACCEPT_KEY else twiml.hang_up()
    call_sid = form.get("ParentCallSid", "")
    session = door.sessions().load(call_sid)
    words = briefing.sentences(door, session)
    if session is not None:
        texting.to_desk_now(door, f"From Sophie, on the line now: {words}", call_sid)
    return twiml.brief(words, f"{door.settings.public_base_url}/whisper?asked=key")
