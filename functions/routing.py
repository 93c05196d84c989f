"""Where a ringing call goes. Pure: the carrier's parameters in, one of three ways out.

    the call                                             goes to
    ---------------------------------------------------  --------
    comes from our own number, or from the desk's and    LOOP
    was forwarded to us
    anything else                                        SOPHIE

Hours, closures, "all calls to the desk" and blocked numbers are rows of this table still to come.
"""

from enum import Enum

from functions.doors import Form
from shared.domain import phone

Way = Enum("Way", "SOPHIE LOOP")


def choose(form: Form, own_number: str, desk_number: str) -> Way:
    """The way of a call, from what the carrier says of it."""
    caller = phone.normalise(form.get("From"))
    forwarded_from = phone.normalise(form.get("ForwardedFrom"))
    if own_number in (caller, forwarded_from):
        return Way.LOOP
    if forwarded_from is not None and desk_number == caller:
        return Way.LOOP
    return Way.SOPHIE
