"""What a caller's words about a time mean, as a table. It is Monday, November 30, 2026, 10:05 in the morning."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.moments import Impossible, Meaning, Moment, Question, resolve
from shared.domain.spoken import date_words
from shared.shop import load_shop

NOW = datetime(2026, 11, 30, 10, 5)  # noqa: DTZ001, local wall time
HOURS = load_shop().hours.with_closed({})
LAST = NOW.date() + timedelta(days=60)


def meant(now: datetime = NOW, **words: Any) -> Meaning | Question | Impossible:
    return resolve(Moment(**words), now, HOURS, now.date() + timedelta(days=60))


DAYS = [
    ({"weekday": "today"}, (11, 30)),
    ({"weekday": "tomorrow"}, (12, 1)),
    ({"weekday": "tuesday"}, (12, 1)),
    ({"weekday": "thursday"}, (12, 3)),
    ({"weekday": "thursday", "which_week": "this"}, (12, 3)),
    ({"weekday": "monday", "which_week": "this"}, (11, 30)),
    ({"weekday": "monday", "which_week": "next"}, (12, 7)),
    ({"day": 1}, (12, 1)),
    ({"day": 14}, (12, 14)),
    ({"day": 30}, (11, 30)),
    ({"day": 29}, (12, 29)),
    ({"day": 31}, (12, 31)),
    ({"day": 14, "month": 12}, (12, 14)),
    ({"day": 14, "month": 12, "weekday": "monday"}, (12, 14)),
    ({"day": 4, "weekday": "friday"}, (12, 4)),
    ({"day": 1, "weekday": "tomorrow"}, (12, 1)),
    ({"month": 12, "weekday": "friday"}, (12, 4)),
]


@pytest.mark.parametrize(("words", "expected"), DAYS)
def test_a_day_that_was_named_is_one_day(words: dict[str, Any], expected: tuple[int, int]) -> None:
    found = meant(**words)
    assert isinstance(found, Meaning)
    assert found.first == found.last == date(2026, *expected)


SPANS = [
    ({}, date(2026, 11, 30), LAST),
    ({"earliest": True}, date(2026, 11, 30), LAST),
    ({"which_week": "this"}, date(2026, 11, 30), date(2026, 12, 6)),
    ({"which_week": "next"}, date(2026, 12, 7), date(2026, 12, 13)),
    ({"month": 11}, date(2026, 11, 30), date(2026, 11, 30)),
    ({"month": 12}, date(2026, 12, 1), date(2026, 12, 31)),
    ({"month": 1}, date(2027, 1, 1), date(2027, 1, 31)),
]


@pytest.mark.parametrize(("words", "first", "last"), SPANS)
def test_a_week_or_month_is_its_days_from_today_on(words: dict[str, Any], first: date, last: date) -> None:
    found = meant(**words)
    assert isinstance(found, Meaning)
    assert (found.first, found.last) == (first, last)


TIMES = [
    ({"time": "2 pm"}, (time(14), None, None)),
    ({"time": "2"}, (time(14), None, None)),
    ({"time": "9"}, (time(9), None, None)),
    ({"time": "8"}, (time(8), None, None)),
    ({"time": "12"}, (time(12), None, None)),
    ({"time": "12 pm"}, (time(12), None, None)),
    ({"time": "noon"}, (time(12), None, None)),
    ({"time": "2:30"}, (time(14, 30), None, None)),
    ({"time": "14:30"}, (time(14, 30), None, None)),
    ({"time": "7:45 a.m."}, (time(7, 45), None, None)),
    ({"time": "09:00"}, (time(9), None, None)),
    ({"time": "11 o'clock"}, (time(11), None, None)),
    ({"time": "8", "part_of_day": "morning"}, (time(8), None, None)),
    ({"time": "5", "part_of_day": "evening"}, (time(17), None, None)),
    ({"part_of_day": "morning"}, (None, None, time(12))),
    ({"part_of_day": "midday"}, (None, time(11), time(14))),
    ({"part_of_day": "afternoon"}, (None, time(12), time(18))),
    ({"part_of_day": "evening"}, (None, time(17), None)),
    ({"after": "3"}, (None, time(15), None)),
    ({"after": "3 pm"}, (None, time(15), None)),
    ({"before": "9"}, (None, None, time(9))),
    ({"before": "6"}, (None, None, time(18))),
    ({"before": "12 pm"}, (None, None, time(12))),
    ({"after": "1", "before": "4"}, (None, time(13), time(16))),
    ({"after": "2", "part_of_day": "afternoon"}, (None, time(14), time(18))),
]


@pytest.mark.parametrize(("words", "expected"), TIMES)
def test_a_time_of_day_falls_into_the_half_of_the_day_that_is_open(
    words: dict[str, Any], expected: tuple[time | None, ...]
) -> None:
    found = meant(weekday="thursday", **words)
    assert isinstance(found, Meaning)
    assert (found.exact, found.not_before, found.before) == expected


QUESTIONS = [
    ({"weekday": "friday", "which_week": "next"}, "Do you mean this Friday, December 4, or Friday, December 11?"),
    ({"weekday": "monday"}, "Do you mean today, or Monday, December 7?"),
    (
        {"day": 14, "month": 12, "weekday": "tuesday"},
        "December 14 is a Monday. Do you mean Monday, December 14, or Tuesday, December 15?",
    ),
    ({"day": 9, "weekday": "tomorrow"}, "Tomorrow is Tuesday, December 1. Which day do you mean?"),
]


@pytest.mark.parametrize(("words", "question"), QUESTIONS)
def test_words_with_two_meanings_are_asked_about(words: dict[str, Any], question: str) -> None:
    assert meant(**words) == Question(question)


IMPOSSIBLE = [
    ({"weekday": "sunday"}, "We are closed on Sundays."),
    ({"day": 25, "month": 12}, "We are closed on Friday, December 25: Christmas Day."),
    ({"day": 29, "month": 2}, "February 29 does not come within the next year."),
    ({"day": 31, "month": 4}, "April 31 does not come within the next year."),
    ({"day": 32}, "There is no such date."),
    ({"day": 3, "month": 13}, "There is no such date."),
    ({"month": 13}, "There is no such month."),
    ({"day": 20, "month": 11}, "Friday, November 20 has passed."),
    ({"day": 1, "month": 3}, "We book up to Friday, January 29; Monday, March 1 is too far ahead."),
    ({"weekday": "thursday", "time": "25:00"}, "That is not a time of day."),
    ({"weekday": "thursday", "time": "14 pm"}, "That is not a time of day."),
    ({"weekday": "thursday", "after": "whenever"}, "That is not a time of day."),
    ({"weekday": "thursday", "time": "8 pm"}, "On Thursdays we are open from 7:30 AM to 6 PM."),
    ({"weekday": "thursday", "time": "6 am"}, "On Thursdays we are open from 7:30 AM to 6 PM."),
    ({"weekday": "saturday", "time": "4 pm"}, "On Saturdays we are open from 8 AM to 3 PM."),
    ({"weekday": "saturday", "part_of_day": "evening"}, "On Saturdays we are open from 8 AM to 3 PM."),
    ({"weekday": "today", "time": "9 am"}, "It is already 10:05 AM."),
]


@pytest.mark.parametrize(("words", "reason"), IMPOSSIBLE)
def test_what_cannot_be_says_why_and_where_to_look_instead(words: dict[str, Any], reason: str) -> None:
    found = meant(**words)
    assert isinstance(found, Impossible)
    assert found.reason == reason
    assert found.nearest.first <= found.nearest.last


def test_next_week_is_plain_once_this_weeks_day_has_passed() -> None:
    wednesday = datetime(2026, 12, 2, 9, 0)  # noqa: DTZ001
    assert meant(wednesday, weekday="monday", which_week="next") == meant(wednesday, weekday="monday")
    saturday = datetime(2026, 12, 5, 9, 0)  # noqa: DTZ001
    found = meant(saturday, weekday="tuesday", which_week="next")
    assert isinstance(found, Meaning)
    assert found.first == date(2026, 12, 8)


def test_todays_weekday_after_closing_is_next_weeks() -> None:
    found = meant(datetime(2026, 11, 30, 19, 0), weekday="monday")  # noqa: DTZ001
    assert isinstance(found, Meaning)
    assert found.first == date(2026, 12, 7)


def test_a_leap_day_is_found_in_its_year() -> None:
    found = meant(datetime(2028, 2, 1, 9, 0), day=29, month=2)  # noqa: DTZ001
    assert isinstance(found, Meaning)
    assert found.first == date(2028, 2, 29)


WORDS = st.fixed_dictionaries(
    {},
    optional={
        "weekday": st.sampled_from(["today", "tomorrow", "monday", "wednesday", "saturday", "sunday"]),
        "which_week": st.sampled_from(["this", "next"]),
        "day": st.integers(-5, 40),
        "month": st.integers(-2, 15),
        "part_of_day": st.sampled_from(["morning", "midday", "afternoon", "evening"]),
        "time": st.one_of(st.sampled_from(["2 pm", "9", "14:30", "noon", "0", "12 am"]), st.text(max_size=6)),
        "after": st.sampled_from(["3", "8 am", "23:59"]),
        "before": st.sampled_from(["9", "noon", "5 pm"]),
        "earliest": st.booleans(),
    },
)


@given(words=WORDS, now=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001
def test_any_words_at_any_time_mean_days_within_the_horizon_or_are_answered(
    words: dict[str, Any], now: datetime
) -> None:
    found = meant(now, **words)
    if isinstance(found, Question):
        assert found.sentence.endswith("?")
        return
    meaning = found.nearest if isinstance(found, Impossible) else found
    assert now.date() <= meaning.first
    assert meaning.first <= meaning.last
    if isinstance(found, Meaning):
        assert meaning.first <= now.date() + timedelta(days=60)


@given(st.dates(date(2026, 1, 1), date(2029, 12, 31)))
def test_a_full_date_that_is_read_back_names_its_own_weekday(day: date) -> None:
    now = datetime.combine(day, time(10))
    found = meant(now, day=day.day, month=day.month)
    meaning = found.nearest if isinstance(found, Impossible) else found
    assert isinstance(meaning, Meaning)
    assert meaning.first == day
    assert date_words(day).startswith(day.strftime("%A"))
