"""`/whisper`: somebody at the desk has picked up. They hear who is calling, and take the call with a key;
the same goes to the desk in writing, for whoever holds no pen.

Asked about the leg to the desk: the caller's call is its parent, whose session the briefing is made of. Both people
wait meanwhile: the database is asked once and the carrier for this one text, and without either they are put through.
"""

import logging
from typing import TYPE_CHECKING

from flask.typing import ResponseReturnValue

from functions import briefing, texting, twiml
from functions.doors import Door, Form
from shared.errors import SophieError
from shared.log import fields

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from shared.sessions.sessions import Session
    from shared.storage.messages import Text

log = logging.getLogger(__name__)


def answer(door: Door, form: Form) -> ResponseReturnValue:
    if door.query.get("asked") == "key":
        return twiml.put_through() if form.get("Digits") == twiml.ACCEPT_KEY else twiml.hang_up()
    call_sid = form.get("ParentCallSid", "")
    session = door.sessions().load(call_sid)
    words = briefing.sentences(session, None) if session is None else _told_in_writing(door, session, call_sid)
    return twiml.brief(words, f"{door.settings.public_base_url}/whisper?asked=key")


def _told_in_writing(door: Door, session: "Session", call_sid: str) -> str:
    """What is said, which the desk is also texted, once for a call."""

    def write(connection: "Connection") -> "tuple[str, Text | None]":
        words = briefing.sentences(session, connection)
        return words, texting.to_desk(door, connection, f"From Sophie, on the line now: {words}", call_sid)

    try:
        words, text = door.database().run(write)
    except SophieError as why:
        log.warning("the desk is briefed without a name", extra=fields(why=type(why).__name__))
        return briefing.sentences(session, None)
    if text is not None:
        texting.send_now(door, text)
    return words
