"""When somebody is called back."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from shared.domain.call_backs import next_call
from shared.domain.models import OpeningHours

ZONE = ZoneInfo("America/Chicago")
WEEKDAYS = {day: (time(7, 30), time(18)) for day in range(5)}


def hours(*closed: date) -> OpeningHours:
    return OpeningHours(ZONE, WEEKDAYS, dict.fromkeys(closed, "closed"))


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-30 10:05", "2026-11-30 10:05"),
        ("2026-11-30 10:05:01", "2026-11-30 10:10"),
        ("2026-11-30 05:00", "2026-11-30 07:30"),
        ("2026-11-30 17:45", "2026-11-30 17:45"),
        ("2026-11-30 17:46", "2026-12-01 07:30"),
        ("2026-12-04 19:00", "2026-12-07 07:30"),
    ],
    ids=["open", "between two marks", "before opening", "just before closing", "too late", "before a weekend"],
)
def test_somebody_is_called_while_the_desk_is_there_as_soon_as_it_is(now: str, then: str) -> None:
    asked, called = (datetime.fromisoformat(each).replace(tzinfo=ZONE) for each in (now, then))
    assert next_call(hours(), asked) == called


def test_a_closed_day_is_passed_over() -> None:
    asked = datetime(2026, 11, 30, 19, tzinfo=ZONE)
    assert next_call(hours(date(2026, 12, 1)), asked) == datetime(2026, 12, 2, 7, 30, tzinfo=ZONE)


def test_where_nobody_is_there_for_weeks_it_is_now() -> None:
    asked = datetime(2026, 11, 30, 19, tzinfo=ZONE)
    assert next_call(OpeningHours(ZONE, {}, {}), asked) == asked


def test_on_the_day_the_clocks_change_too_a_call_ends_before_closing() -> None:
    late = OpeningHours(ZONE, {6: (time(0), time(3))}, {})
    asked = datetime(2026, 11, 1, 2, 50, tzinfo=ZONE)
    assert next_call(late, asked).astimezone(ZONE).date() == date(2026, 11, 8)
