"""Reminder calls that are really spoken and really recognised: what people say comes out as their appointment's fate.

Everybody is called at the same time, each answers in words of their own, and what counts is the row in the reports.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.demo import campaign
from infra.local.demo.campaign import Customer, Played
from infra.local.house.lab import Lab

_PERSON, _COMING = r"am i speaking", r"can you make it"
_BYE = "[on anything else] No, thank you. Goodbye."
_TOWN = {
    "comes": Customer(
        ("Ana", "Lopez"), "confirmed", (f"[on {_PERSON}] Yes, speaking.", f"[on {_COMING}] Yes, that works.", _BYE)
    ),
    "cancels": Customer(
        ("Ben", "Quill"),
        "cancelled",
        (f"[on {_PERSON}] Yes, it is.", f"[on {_COMING}] Please cancel it.", "[on shall i] Yes, please.", _BYE),
    ),
    "wants another day": Customer(
        ("Gail", "Ross"),
        "rescheduled",
        (
            f"[on {_PERSON}] Yes, it is.",
            f"[on {_COMING}] Could we move it to Thursday, please?",
            "[on would that suit] Yes, that works.",
            "[on shall i] Yes, please.",
            "[on anything else] [hangup]",
        ),
    ),
    "wants no calls": Customer(("Cora", "Reed"), "opted_out", (f"[on {_PERSON}] Please stop calling me.",)),
    "is somebody else": Customer(("Dan", "Moss"), "wrong_number", (f"[on {_PERSON}] You have the wrong number.",)),
    "has a machine": Customer(("Eve", "Hart"), "voicemail", answers="machine"),
    "screens calls": Customer(
        ("Finn", "Wade"),
        "confirmed",
        (f"[on {_PERSON}] Yes, it is.", f"[on {_COMING}] Yes, I'll be there.", _BYE),
        answers="screening",
    ),
}
_WORDS_A_MINUTE = 225


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    customers = tuple(_TOWN.values())
    with Lab(campaign.plan(customers, tmp_path_factory.mktemp("town"), _WORDS_A_MINUTE)) as lab:
        yield campaign.play(lab, customers)


@pytest.mark.parametrize("who", _TOWN)
def test_a_reminder_comes_to_what_the_person_said(played: Played, who: str) -> None:
    row = played.reminders[campaign.phone_of(list(_TOWN).index(who))]
    assert row["outcome"] == _TOWN[who].outcome


def test_the_book_holds_what_was_agreed_aloud(played: Played) -> None:
    statuses = [played.reminders[campaign.phone_of(which)]["status"] for which in range(len(_TOWN))]
    assert statuses == ["confirmed", "cancelled", "booked", "booked", "booked", "booked", "confirmed"]


def test_an_appointment_that_was_moved_aloud_stands_on_the_day_that_was_asked_for(played: Played) -> None:
    moved = played.reminders[campaign.phone_of(list(_TOWN).index("wants another day"))]
    assert moved["day"] == "Thursday"


def test_everybody_is_called_once_and_no_media_stream_breaks_a_rule(played: Played) -> None:
    assert campaign.complaints(tuple(_TOWN.values()), played) == []
