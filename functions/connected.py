"""`/connected`: the media stream has ended and Twilio asks what comes next.

how it ended                                       what comes next
-------------------------------------------------  ---------------------------------------------
the caller hung up, or a goodbye was said          nothing
a transfer was announced                           the desk; closed, or rung before: a message
it broke off, and the call's session is known      a new stream that goes on, three times at most
it broke off otherwise                             the desk; closed, or rung before: a call-back
"""

import logging

from flask.typing import ResponseReturnValue

from functions import hand_over, streams, twiml
from functions.doors import Door, Form
from shared.errors import Unavailable
from shared.log import fields

log = logging.getLogger(__name__)


def answer(door: Door, form: Form) -> ResponseReturnValue:
    leg = form.get("CallSid", "")
    sessions = door.sessions()
    session = sessions.load(leg)
    ending = session.ending if session else None
    log.info("stream over", extra=fields(ending=ending, known=session is not None))
    if form.get("Direction", "inbound") != "inbound" and ending != "transfer":
        return twiml.hang_up()  # whoever we called is not put through to anybody unasked
    if ending == "goodbye" or hand_over.caller_is_gone(form) or (ending is None and _said_goodbye(door, leg)):
        return twiml.hang_up()
    after_desk = door.query.get("after") == "desk"
    if ending is None and session is not None and sessions.may_resume(leg):
        log.warning("call resumed", extra=fields(epoch=session.epoch + 1))
        told = {"from": form.get("From", ""), "because": "cut_off"}
        return streams.open_stream(door, leg, session.epoch + 1, told, after_desk=after_desk)
    if after_desk:
        return hand_over.call_back(door, form, "desk_no_answer")
    if not hand_over.desk_is_open(door):
        return hand_over.nobody_came(door, form, "desk_closed", session)
    return hand_over.to_desk(door)


def _said_goodbye(door: Door, leg: str) -> bool:
    """Whether the media service has left word in the database, because Redis did not take it."""
    from shared.storage import calls

    try:
        return door.database().run(lambda connection: calls.said_goodbye(connection, leg))
    except Unavailable:
        return False
