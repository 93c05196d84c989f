"""Where a ringing call goes. Pure: what the carrier says of it and what the line is like today, in; one way, out.

The first row that fits decides.

    the call                                                                       goes to
    -----------------------------------------------------------------------------  ----------
    comes from our own number (the desk's line sends a second leg of ours back)    REJECT
    was forwarded by our own number, or comes from the desk's and was forwarded:   CALL_BACK
      to ring the desk would send it round again
    comes from a blocked number                                                    REJECT
    is one more of that number in this hour than the shop allows                   REJECT
    comes while the desk takes all calls, or the day's money is spent:
      and the desk is open                                                         DESK
      and the desk is closed                                                       CALL_BACK
    anything else: known, unknown, withheld, forwarded to us by the desk, at any   SERVICE
      hour, with whatever attestation and name

SERVICE is Sophie's own flow, DESK rings the desk at once, CALL_BACK tells the caller when somebody will call and writes
it down, REJECT is a busy tone that costs nothing. Caller names and attestations are kept, never a reason: both are
wrong too often to turn a customer away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from shared.domain import phone
from shared.domain.line import Line
from shared.domain.models import OpeningHours

Way = Enum("Way", "SERVICE DESK CALL_BACK REJECT")


@dataclass(frozen=True, slots=True)
class Today:
    """`rings` counts the calls of this number in this hour, with this one; `most_rings` are allowed."""

    now: datetime
    hours: OpeningHours
    line: Line
    rings: int
    most_rings: int


def choose(form: Mapping[str, str], own_number: str, desk_number: str, today: Today) -> Way:
    caller = phone.normalise(form.get("From"))
    forwarded_from = phone.normalise(form.get("ForwardedFrom"))
    if caller == own_number:
        return Way.REJECT
    if forwarded_from == own_number or (forwarded_from is not None and caller == desk_number):
        return Way.CALL_BACK
    if caller in today.line.blocked or today.rings > today.most_rings:
        return Way.REJECT
    if today.line.sophie_answers(today.now.astimezone(today.hours.zone).date()):
        return Way.SERVICE
    return Way.DESK if today.hours.with_closed(today.line.closed).open_at(today.now) else Way.CALL_BACK


def attestation(form: Mapping[str, str]) -> str:
    """A, B, C or "failed" of the carrier's StirVerstat, such as TN-Validation-Passed-A; empty when it says none."""
    told = form.get("StirVerstat", "")
    if told.startswith("TN-Validation-Failed"):
        return "failed"
    return told[-1] if told in {f"TN-Validation-Passed-{level}" for level in "ABC"} else ""
