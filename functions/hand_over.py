"""From Sophie to people: ringing the desk, and what becomes of a caller whom nobody takes.

The desk's number comes from the shop and from nowhere else.
"""

import logging
from typing import TYPE_CHECKING

from flask import Response

from functions import streams, twiml
from functions.doors import Door, Form
from shared.domain import phone
from shared.domain.line import Line, called_back
from shared.errors import RowRefused, Unavailable
from shared.log import fields

if TYPE_CHECKING:
    from shared.sessions.sessions import Session
    from shared.storage.callbacks import Reason

log = logging.getLogger(__name__)

# The statuses in which there is nobody left to talk to.
_GONE = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


def caller_is_gone(form: Form) -> bool:
    return form.get("CallStatus") in _GONE


def desk_is_open(door: Door) -> bool:
    return door.shop.hours.with_closed(_line(door).closed).open_at(door.now())


def to_desk(door: Door) -> Response:
    """Ring the desk; whoever picks up hears who is calling and decides."""
    base, own = door.settings.public_base_url, door.settings.twilio_phone_number
    return twiml.to_desk(door.shop.desk_number, own, f"{base}/dialed", f"{base}/whisper")


def nobody_came(door: Door, form: Form, reason: "Reason", session: "Session | None") -> Response:
    """Sophie takes a message where she takes calls and still knows this one; what is left open is a call-back."""
    today = door.now().astimezone(door.shop.zone).date()
    if session is None or caller_is_gone(form) or not _line(door).sophie_answers(today):
        return call_back(door, form, reason)
    _write_down(door, form, reason)
    told = {"from": form.get("From", ""), "because": "nobody_at_desk"}
    return streams.open_stream(door, form.get("CallSid", ""), session.epoch + 1, told, after_desk=True)


def call_back(door: Door, form: Form, reason: "Reason") -> Response:
    """Write down that somebody is to be called back, and tell them when; nothing is promised that was not written."""
    written = _write_down(door, form, reason)
    if caller_is_gone(form):
        return twiml.hang_up()
    now, hours = door.now(), door.shop.hours.with_closed(_line(door).closed)
    open_now = hours.open_at(now)
    sorry = "I'm sorry, nobody at the service desk can take your call just now."
    if not open_now:
        sorry = f"Thanks for calling {door.shop.name}. We are closed at the moment."
    when = called_back(hours, now)
    if written:
        then = f"We will call you back at this number {when}."
    else:
        then = f"Please call again {'a little later' if open_now else when}."
    return twiml.say_goodbye(f"{sorry} {then} Goodbye.")


def _line(door: Door) -> Line:
    return door.line_copy().read() or Line()


def _write_down(door: Door, form: Form, reason: "Reason") -> bool:
    """False where there is no number to call, or the database is away."""
    from sqlalchemy import Connection

    from shared.storage import callbacks, calls
    from shared.storage.acting import acting

    call_sid, number, now = form.get("CallSid", ""), phone.normalise(form.get("From")), door.now()
    if number is None or number in (door.settings.twilio_phone_number, door.shop.desk_number):
        return False

    def write(connection: Connection) -> None:
        calls.open_call(connection, call_sid=call_sid, direction="inbound", caller=number, now=now)
        callbacks.want(connection, phone=number, reason=reason, call_sid=call_sid, now=now)

    try:
        with acting(f"call {call_sid[:64]}", "call back"):
            door.database().run(write)
    except (Unavailable, RowRefused) as why:
        log.error("call-back not written down", extra=fields(why=str(why)))
        return False
    return True
