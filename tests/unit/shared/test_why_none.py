"""Each reason for which no time fits is a sentence that a caller may hear."""

from datetime import date, time
from typing import get_args

import pytest

from shared.domain.capacity import Lack, Workshop
from shared.domain.meanings import Meaning
from shared.domain.scheduling import Why
from shared.domain.wording.wording import wording
from shared.shop import load_shop
from shared.tools.why_none import sentence

ENGLISH = wording("en")
SHOP = load_shop()
WORKSHOP = Workshop(SHOP.hours, SHOP.rules, SHOP.bays, SHOP.technicians)
THURSDAY = date(2026, 12, 3)
OIL = SHOP.services[0]
REASONS = {
    "full": "Nothing is free on Thursday, December 3 at 2:10 PM.",
    "too_soon": "That is too soon: an appointment begins an hour from now or later.",
    "too_late": "It takes about an hour and would not be done by closing.",
    "off_grid": "Appointments begin every 15 minutes, and none at 2:10 PM.",
    "shuttle_times": "The shuttle is only for appointments that begin from 7:30 AM to 10 AM.",
    "waiters": "All places to wait are taken then. The car can be dropped off instead.",
    "closed": "We are closed then.",
    "past": "That has passed.",
    "too_far": "That is further ahead than we book.",
    "outside": "No appointment begins at that time of day.",
    "staff_event": "The workshop takes no cars at that time.",
    "loaners": "All loaner cars are taken then.",
    "shuttle_seats": "The shuttle is full then.",
}


def every_reason() -> set[Why]:
    return {reason for part in get_args(Why) for reason in (get_args(part) or (part,))} | set(get_args(Lack))


@pytest.mark.parametrize("why", sorted(every_reason()))
def test_a_reason_is_said_in_one_way(why: Why) -> None:
    wish = Meaning(THURSDAY, THURSDAY, exact=time(14, 10))
    assert sentence(why, wish, OIL, "wait", WORKSHOP, ENGLISH) == REASONS[why]


def test_a_span_of_days_is_not_read_out() -> None:
    wish = Meaning(THURSDAY, date(2026, 12, 9))
    assert sentence("full", wish, OIL, "wait", WORKSHOP, ENGLISH) == "Nothing is free then."
