"""`/sms`: a text message has come in, or the carrier reports on one of ours.

    what comes                          what is done
    ----------------------------------  ---------------------------------------------------------------------
    a report of delivery                kept; "unsubscribed" goes into the opt-outs
    STOP and its like                   an opt-out; no answer, the carrier gives one
    START and its like                  an opt-out that was texted ends; no answer, the carrier gives one
    HELP, INFO                          who we are and how to end the texts
    C                                   the appointments that our texts named are confirmed
    R                                   a call-back, unless one of that number is open already
    anything else                       what can be answered, and the number to call

Answers are counted against the caps, so two machines cannot talk to each other all night. A text that is told again,
because our answer to it did not arrive, is answered again and changes nothing: a START of before must not lift a STOP
of since.
"""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask.typing import ResponseReturnValue

from functions import after_call, texting, twiml
from functions.doors import Door, Form
from shared.domain import phone
from shared.domain.line import called_back
from shared.domain.text_segments import segments
from shared.domain.wording.wording import wording
from shared.errors import RowRefused, Unavailable
from shared.log import fields

if TYPE_CHECKING:
    from sqlalchemy import Connection

log = logging.getLogger(__name__)

STOP = frozenset({"STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "OPT OUT", "REVOKE"})
START = frozenset({"START", "UNSTOP", "YES"})
HELP = frozenset({"HELP", "INFO"})
CONFIRM = frozenset({"C", "CONFIRM", "CONFIRMED"})
CALL_ME = frozenset({"R", "CALL", "CALL ME"})
_DAYS_AHEAD = 15


def answer(door: Door, form: Form) -> ResponseReturnValue:
    from shared.storage.acting import acting

    try:
        with acting("text message", "sms"):
            if "MessageStatus" in form:
                _report(door, form)
                return "", 204
            return twiml.reply(_answered(door, form))
    except RowRefused as why:
        log.warning("text message refused", extra=fields(why=str(why)))
        return "", 400
    except Unavailable as why:
        log.error("text message not recorded", extra=fields(why=str(why)))
        return "", 503


def _report(door: Door, form: Form) -> None:
    from shared.storage import messages, opt_outs

    code, number = _number(form.get("ErrorCode", ""), 6), phone.normalise(form.get("To"))
    ours = _number(door.query.get("message", ""), 18)

    def write(connection: "Connection") -> None:
        messages.report(connection, form.get("MessageSid", ""), form["MessageStatus"], code, ours)
        if code == opt_outs.UNSUBSCRIBED and number is not None:
            opt_outs.add(connection, number, "sms", door.now())

    door.database().run(write)
    log.info("text message reported", extra=fields(status=form["MessageStatus"][:20], code=code))


def _number(told: str, digits: int) -> int | None:
    return int(told) if told.isascii() and told.isdigit() and len(told) <= digits else None


def _answered(door: Door, form: Form) -> str | None:
    number = phone.normalise(form.get("From"))
    if number is None:
        return None
    words = door.database().run(lambda connection: _do(door, connection, form, number))
    if _word(form.get("Body", "")) in CALL_ME:
        after_call.tell_everybody(door)
    return words


def _word(body: str) -> str:
    """The message as it is compared: capitals, single blanks, no punctuation around it."""
    return " ".join(body[:200].upper().split()).strip(" .!?\"'")


def _do(door: Door, connection: "Connection", form: Form, number: str) -> str | None:
    from shared.storage import messages, opt_outs

    now, sid, body = door.now(), form.get("MessageSid", ""), form.get("Body", "")
    parts, word = _number(form.get("NumSegments", ""), 3) or segments(body), _word(body)
    new = messages.hear(connection, message_sid=sid, phone=number, parts=parts, now=now)
    if word in STOP | START:
        if new and word in STOP:
            opt_outs.add(connection, number, "sms", now)
        elif new:
            opt_outs.lift(connection, number)
        return None
    words = _words(door, connection, number, word, now, sid)
    if not texting.may_text(door, connection, number, now):
        return None
    if new:
        messages.add(connection, kind="reply", phone=number, body=words, now=now, state="sent")
    return words


def _words(door: Door, connection: "Connection", number: str, word: str, now: datetime, sid: str) -> str:
    shop, ours = door.shop, door.settings.twilio_phone_number
    if word in HELP:
        return f"{shop.name}, {shop.address}. Call {ours}. Texts are about your appointments only; STOP ends them."
    if word in CONFIRM:
        return _confirm(door, connection, number, now)
    if word in CALL_ME:
        return _call_back(door, connection, number, now, sid)
    return f"{shop.name}: this number reads only C to confirm, R to be called back, and STOP. Or call {ours}."


def _confirm(door: Door, connection: "Connection", number: str, now: datetime) -> str:
    from shared.storage import appointments, messages

    named = messages.asked_to_confirm(connection, number, now)
    if not named:
        ours = door.settings.twilio_phone_number
        return f"{door.shop.name}: we have nothing of this number to confirm. Please call {ours}."
    for each in named:
        appointments.confirm(connection, each, now)
    many = "appointments are" if len(named) > 1 else "appointment is"
    return f"Thank you, your {many} confirmed. {door.shop.name}"


def _call_back(door: Door, connection: "Connection", number: str, now: datetime, sid: str) -> str:
    from shared.storage import callbacks
    from shared.storage.shop_tables import closures_between

    if not callbacks.is_awaited(connection, number):
        callbacks.want(connection, phone=number, reason="message", call_sid=sid, now=now)
    today = now.astimezone(door.shop.zone).date()
    hours = door.shop.hours.with_closed(closures_between(connection, today, today + timedelta(days=_DAYS_AHEAD)))
    return f"We will call you back {called_back(hours, now, wording('en'))}. {door.shop.name}"
