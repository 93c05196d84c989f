"""Clock times as callers and models write them down."""

from datetime import time

import pytest

from shared.domain import clock_words
from shared.domain.clock_words import ClockTime


def sure(hour: int, minute: int = 0) -> ClockTime:
    return ClockTime(time(hour, minute), certain=True)


def either_half(hour: int, minute: int = 0) -> ClockTime:
    return ClockTime(time(hour, minute), certain=False)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("noon", sure(12)),
        ("at noon", sure(12)),
        ("around noon", sure(12)),
        ("noonish", sure(12)),
        ("12:00 noon", sure(12)),
        ("half past noon", sure(12, 30)),
        ("quarter to noon", sure(11, 45)),
        ("at midnight", sure(0)),
        ("ten to twelve pm", sure(11, 50)),
        ("ten to one pm", sure(12, 50)),
        ("half ten", either_half(10, 30)),
        ("9 o clock", either_half(9)),
        ("9 am or so", sure(9)),
        ("nine thirty ish", either_half(9, 30)),
        ("14:30", sure(14, 30)),
        ("1430", sure(14, 30)),
        ("10 a.m.", sure(10)),
        ("eleven-thirty", either_half(11, 30)),
    ],
)
def test_a_time_is_read_as_it_is_said(said: str, read: ClockTime) -> None:
    assert clock_words.read(said) == read


@pytest.mark.parametrize(
    "said", ["9-10", "9:30-10", "-1", "between 9 and 10", "24:00", "25", "half", "half 13", "soon"]
)
def test_what_is_no_one_time_of_day_is_none(said: str) -> None:
    assert clock_words.read(said) is None
