"""From Sophie to people: ringing the desk, and what becomes of a caller whom nobody takes.

The desk's number comes from the shop and from nowhere else.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Response

from functions import streams, twiml
from functions.doors import Door, Form, other_party
from shared.domain import phone
from shared.domain.line import Line, called_back
from shared.domain.wording.wording import wording
from shared.errors import RowRefused, Unavailable
from shared.log import fields

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from shared.sessions.sessions import Session
    from shared.storage.callbacks import Reason
    from shared.storage.calls import Outcome

log = logging.getLogger(__name__)

# A length in seconds; no call lasts for days.
_DIGITS_OF_A_LENGTH = 6

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


def nobody_came(
    door: Door, form: Form, reason: "Reason", session: "Session | None", outcome: "Outcome | None" = None
) -> Response:
    """Sophie takes a message where she takes calls and still knows this one; what is left open is a call-back."""
    outcome = outcome or ("desk_closed" if reason == "desk_closed" else "desk_no_answer")
    today = door.now().astimezone(door.shop.zone).date()
    if session is None or caller_is_gone(form) or not _line(door).sophie_answers(today):
        return call_back(door, form, reason, outcome)
    _write_down(door, form, reason, outcome)
    told = {"from": other_party(form), "because": "nobody_at_desk"}
    return streams.open_stream(door, form.get("CallSid", ""), session.epoch + 1, told, after_desk=True)


def call_back(door: Door, form: Form, reason: "Reason", outcome: "Outcome" = "desk_no_answer") -> Response:
    """Write down that somebody is to be called back, and tell them when; nothing is promised that was not written."""
    written = _write_down(door, form, reason, outcome)
    if caller_is_gone(form):
        return twiml.hang_up()
    now, hours = door.now(), door.shop.hours.with_closed(_line(door).closed)
    open_now = hours.open_at(now)
    sorry = "I'm sorry, nobody at the service desk can take your call just now."
    if not open_now:
        sorry = f"Thanks for calling {door.shop.name}. We are closed at the moment."
    when = called_back(hours, now, wording("en"))
    if written:
        then = f"We will call you back at this number {when}."
    else:
        then = f"Please call again {'a little later' if open_now else when}."
    return twiml.say_goodbye(f"{sorry} {then} Goodbye.")


def _line(door: Door) -> Line:
    return door.line_copy().read() or Line()


def desk_took_it(door: Door, form: Form) -> None:
    """Somebody at the desk has talked with the caller."""
    _keep(door, form, "desk_answered", lambda _: None, door.shop.desk_number)


def _write_down(door: Door, form: Form, reason: "Reason", outcome: "Outcome") -> bool:
    """What the call came to, and who is to be called back. False where there is no number to call, or the database is
    away."""
    from shared.storage import callbacks

    call_sid, number, now = form.get("CallSid", ""), phone.normalise(other_party(form)), door.now()
    if number is None or number in (door.settings.twilio_phone_number, door.shop.desk_number):
        _keep(door, form, outcome, lambda _: None)
        return False

    def ask_back(connection: "Connection") -> None:
        callbacks.want(connection, phone=number, reason=reason, call_sid=call_sid, now=now)

    return _keep(door, form, outcome, ask_back)


def _keep(
    door: Door, form: Form, outcome: "Outcome", more: "Callable[[Connection], None]", desk: str | None = None
) -> bool:
    """Writes the call's outcome, the leg to the desk and `more` in one transaction; False when the database is away."""
    from shared.storage import calls
    from shared.storage.acting import acting

    call_sid, caller, now = form.get("CallSid", ""), phone.normalise(other_party(form)), door.now()

    def write(connection: "Connection") -> None:
        calls.conclude(connection, call_sid=call_sid, outcome=outcome, caller=caller, now=now, transferred_to=desk)
        _keep_desk_leg(door, connection, form)
        more(connection)

    try:
        with acting(f"call {call_sid[:64]}", "call back"):
            door.database().run(write)
    except (Unavailable, RowRefused) as why:
        log.error("what a call came to is not written down", extra=fields(why=str(why)))
        return False
    return True


def _keep_desk_leg(door: Door, connection: "Connection", form: Form) -> None:
    """Whoever picked up is paid for, a machine too."""
    from shared.storage import calls
    from shared.storage.prices import read_prices

    told = form.get("DialCallDuration", "")
    if told.isascii() and told.isdigit() and 0 < len(told) <= _DIGITS_OF_A_LENGTH:
        price = read_prices(connection).of_desk_minute(door.now().astimezone(door.shop.zone).date())
        calls.keep_desk_leg(connection, form.get("CallSid", ""), int(told), price)
