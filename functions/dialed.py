"""`/dialed`: the desk was rung. A talk that took place is over; whoever nobody took is looked after.

Somebody picking up is not enough: an answering machine does too. The two were joined when `DialBridged` says so.
"""

import logging
from typing import cast, get_args

from flask.typing import ResponseReturnValue

from functions import hand_over, twiml
from functions.doors import Door, Form
from shared.log import fields

log = logging.getLogger(__name__)


def answer(door: Door, form: Form) -> ResponseReturnValue:
    from shared.storage.callbacks import Reason
    from shared.storage.calls import Outcome

    status = form.get("DialCallStatus", "")
    bridged = form.get("DialBridged", "true") == "true"
    log.info("desk rung", extra=fields(status=status[:20], bridged=bridged))
    answered = status in ("completed", "answered")
    if answered and bridged:
        hand_over.desk_took_it(door, form)
        return twiml.hang_up()
    told = door.query.get("reason", "")
    reason = cast(Reason, told) if told in get_args(Reason) else "desk_no_answer"
    # Whoever picked up without pressing the key is taken for a machine.
    outcome: Outcome | None = "desk_voicemail" if answered else "desk_busy" if status == "busy" else None
    session = door.sessions().load(form.get("CallSid", ""))
    return hand_over.nobody_came(door, form, reason, session, outcome)
