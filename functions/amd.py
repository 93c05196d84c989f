"""`/amd`: what the carrier's detection took whoever answered for. It is kept, and nothing is done about it: the verdict
may come late, and whoever holds the conversation hears for themselves whether a machine speaks.
"""

import logging

from flask.typing import ResponseReturnValue

from functions.attempts import attempt_of
from functions.doors import Door, Form
from shared.errors import RowRefused, Unavailable
from shared.log import fields

log = logging.getLogger(__name__)


def answer(door: Door, form: Form) -> ResponseReturnValue:
    from shared.storage import attempts

    attempt, verdict, leg = attempt_of(door), form.get("AnsweredBy", ""), form.get("CallSid", "")
    if attempt is None or not verdict or not leg:
        return "", 400
    log.info("answering machine detection", extra=fields(attempt=str(attempt), answered_by=verdict[:20]))
    try:
        now = door.now()
        door.database().run(lambda c: attempts.answered_by(c, attempt, leg, verdict, now))
    except RowRefused as why:
        log.warning("detection refused", extra=fields(why=str(why)))
        return "", 400
    except Unavailable as why:
        log.error("detection not recorded", extra=fields(why=str(why)))
        return "", 503
    return "", 204
