"""Calls that we made: `/voice?attempt=<id>` once somebody answers, and what the carrier says of them.

The id stands in the address that the call was made with, so a call that was given up meanwhile, or was made twice, is
known as such when it is answered, and hung up.
"""

import logging
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flask.typing import ResponseReturnValue

from functions import streams, twiml
from functions.doors import Door, Form
from shared.errors import RowRefused, Unavailable
from shared.log import fields

if TYPE_CHECKING:
    from sqlalchemy import Connection

log = logging.getLogger(__name__)


def attempt_of(door: Door) -> UUID | None:
    """The attempt that the address names; None for a call that somebody made to us."""
    try:
        return UUID(door.query.get("attempt", ""))
    except ValueError:
        return None


def voice(door: Door, form: Form, attempt: UUID) -> ResponseReturnValue:
    """Somebody answers. Unless the database says that the call is still to be held, it is not."""
    leg = form.get("CallSid", "")
    try:
        names = door.database().run(lambda c: _whom_to_ask_for(c, attempt, leg, door.now()))
    except (Unavailable, RowRefused) as why:
        log.error("a reminder call is hung up: nobody knows whether to hold it", extra=fields(why=str(why)))
        names = None
    log.info("reminder call answered", extra=fields(attempt=str(attempt), holds=names is not None))
    if names is None:
        return twiml.hang_up()
    return streams.open_stream(door, leg, 0, {"from": form.get("To", ""), "attempt": str(attempt), "person": names})


def _whom_to_ask_for(connection: "Connection", attempt: UUID, leg: str, now: datetime) -> str | None:
    """The names of those whom the call is for; None when it is not to be held."""
    from shared.storage import attempts, reminded

    if not attempts.answered(connection, attempt, leg, now):
        return None
    names = reminded.names_of(reminded.named_by(connection, attempt))
    if not names:
        attempts.settle(connection, attempt, "skipped", now)  # all of it was cancelled while it rang
    return names or None


def keep_status(connection: "Connection", door: Door, form: Form, attempt: UUID) -> None:
    """What the carrier says of the call's course, for the ledger of attempts. Raises Misuse for an unknown status."""
    from shared.storage import attempts

    sequence = form.get("SequenceNumber", "")
    attempts.told(
        connection,
        attempt,
        form.get("CallSid", ""),
        form.get("CallStatus", ""),
        door.now(),
        answered_by=form.get("AnsweredBy"),
        attestation=form.get("StirStatus"),
        sequence=int(sequence) if sequence.isascii() and sequence.isdigit() else None,
    )
