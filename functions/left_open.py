"""Calls that are over and have no outcome: the media service's record of them was lost, or its process was.

The last word of a call is also in its session, which is asked for first; what nobody has concluded after a while broke
off. Which calls are looked at is not bound to the one that is over just now: the carrier's last word may get lost too.
"""

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, cast, get_args

from functions.doors import Door
from shared.log import fields

if TYPE_CHECKING:
    from shared.sessions.sessions import Session
    from shared.storage.calls import Outcome

log = logging.getLogger(__name__)

# A record that comes later than this does not come.
_GRACE = timedelta(minutes=1)
_LONGEST = timedelta(hours=2)
_DAY = timedelta(days=1)
_MOST = 20


def settle(door: Door) -> None:
    """Raises Unavailable when the database is away."""
    from shared.storage import calls

    now = door.now()
    for call in door.database().run(lambda c: calls.without_outcome(c, now - _DAY, now - _LONGEST, _MOST)):
        session = door.sessions().load(call.call_sid)
        outcome = _concluded(session) or (_broken_off(session) if now - call.over_since > _GRACE else None)
        if outcome is not None:
            log.warning("an outcome was missing", extra=fields(of=call.call_sid, outcome=outcome))
            door.database().run(partial(calls.conclude, call_sid=call.call_sid, outcome=outcome, now=now))


def _concluded(session: "Session | None") -> "Outcome | None":
    return _known(session.outcome) if session is not None else None


def _broken_off(session: "Session | None") -> "Outcome":
    """What was written outlasts whatever happened to the line later."""
    if session is None or session.state is None:
        return "failed"
    return _known(session.state.outcome) or ("transferred" if session.ending == "transfer" else "failed")


def _known(told: str | None) -> "Outcome | None":
    from shared.storage.calls import Outcome

    return cast("Outcome", told) if told in get_args(Outcome) else None
