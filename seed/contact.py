"""What customers allowed and forbade, and the calls of the last weeks: how they ended, never what was said."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from seed.reminding import call_sid

_MAY_BE_CALLED, _WITHDRAWN, _SMS, _MARKETING, _OPTED_OUT = 0.80, 0.03, 0.30, 0.08, 0.03
# Where a consent was given, what proves it, and how often.
_GIVEN = (("desk", "Signed work order", 55), ("web", "Web form, consent text of 2024", 30), ("voice", None, 15))
_OPT_OUT_SOURCES = ("keypad", "voice", "sms", "desk")
_DAYS_OF_CALLS = 30
_BOOKED_BY_CALL = 0.30
# How the calls that booked nothing ended, and how often.
_OUTCOMES = {
    "answered": 40, "transferred": 22, "message": 12, "abandoned": 10, "moved": 7, "cancelled": 6, "refused": 2,
    "failed": 1,
}  # fmt: skip
_MESSAGES = (
    "Please call me back about the estimate.",
    "My part was to come this week. Is it there?",
    "I left my sunglasses in the car.",
    "Can somebody tell me whether my car is ready?",
    "I would like to speak to the technician about the noise.",
)


def consents(phones: Mapping[str, datetime], now: datetime, source: random.Random) -> Iterator[dict[str, Any]]:
    """By number, with the time since which it is known."""
    for phone, since in phones.items():
        for kind, share in (("reminder_call", _MAY_BE_CALLED), ("sms", _SMS), ("marketing_call", _MARKETING)):
            if source.random() >= share:
                continue
            given = since + (now - since) * (0.5 * source.random())
            origin, evidence, _ = source.choices(_GIVEN, [often for *_, often in _GIVEN])[0]
            written = kind == "marketing_call" or source.random() < 0.2
            yield {
                "phone": phone,
                "kind": kind,
                "source": origin,
                "given_at": given,
                "withdrawn_at": given + (now - given) * source.random() if source.random() < _WITHDRAWN else None,
                "basis": "prior_express_written" if written else "prior_express",
                "evidence": evidence,
            }


def opt_outs(phones: Mapping[str, datetime], now: datetime, source: random.Random) -> Iterator[dict[str, Any]]:
    for phone, since in phones.items():
        if source.random() < _OPTED_OUT:
            at = since + (now - since) * source.random()
            yield {"phone": phone, "source": source.choice(_OPT_OUT_SOURCES), "opted_out_at": at}


def calls(
    appointments: Sequence[dict[str, Any]],
    customers: Sequence[Mapping[str, Any]],
    desk_number: str,
    now: datetime,
    source: random.Random,
) -> Iterator[dict[str, Any]]:
    """Calls of the last weeks: some of the bookings made then, which are told their call, and as many of other ends."""
    recent = now - timedelta(days=_DAYS_OF_CALLS)
    for each in appointments:
        if each["created_at"] < recent or source.random() >= _BOOKED_BY_CALL:
            continue
        booked = _call("booked", customers[each["customer_id"] - 1]["phone"], each["created_at"], desk_number, source)
        each["call_sid"] = booked["call_sid"]
        yield booked
        other = source.choices(list(_OUTCOMES), list(_OUTCOMES.values()))[0]
        caller = source.choice(customers)["phone"]
        yield _call(other, caller, each["created_at"] + timedelta(minutes=source.randint(3, 40)), desk_number, source)


def _call(outcome: str, caller: str, done_at: datetime, desk_number: str, source: random.Random) -> dict[str, Any]:
    before, after = source.randint(30, 180), source.randint(5, 30)
    return {
        "call_sid": call_sid(source), "direction": "inbound", "flow": "service", "caller": caller,
        "status": "completed", "outcome": outcome,
        "transferred_to": desk_number if outcome == "transferred" else None,
        "started_at": done_at - timedelta(seconds=before), "ended_at": done_at + timedelta(seconds=after),
        "seconds": before + after, "cost": None,
    }  # fmt: skip


def callbacks(calls: Sequence[Mapping[str, Any]], now: datetime, source: random.Random) -> Iterator[dict[str, Any]]:
    """What callers left a message for; those of the last days are still open."""
    for each in calls:
        if each["outcome"] != "message":
            continue
        done_at = each["ended_at"] + timedelta(hours=source.randint(1, 60))
        done = done_at < now
        yield {
            "phone": each["caller"], "reason": "message", "message": source.choice(_MESSAGES),
            "state": "done" if done else "open", "call_sid": each["call_sid"], "created_at": each["ended_at"],
            "done_at": done_at if done else None, "done_by": "desk" if done else None,
        }  # fmt: skip
