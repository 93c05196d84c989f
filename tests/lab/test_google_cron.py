"""When a unix-cron schedule is due, in a zone's wall time."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from infra.local.google.scheduler.cron import Schedule

CHICAGO = ZoneInfo("America/Chicago")


def due(text: str, after: str, count: int = 1, zone: ZoneInfo = CHICAGO) -> list[str]:
    """The next moments in the zone's wall time, after one in it."""
    schedule, moment, found = Schedule(text, zone), dt.datetime.fromisoformat(after).replace(tzinfo=zone), []
    for _ in range(count):
        moment = schedule.next_after(moment)
        found.append(moment.astimezone(zone).strftime("%a %Y-%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("* * * * *", "Tue 2026-11-24 09:01"),
        ("*/15 * * * *", "Tue 2026-11-24 09:15"),
        ("0 9-17 * * *", "Tue 2026-11-24 10:00"),
        ("30 8,9 * * *", "Tue 2026-11-24 09:30"),
        ("0 9 * * *", "Wed 2026-11-25 09:00"),
        ("0 10 * * mon-fri", "Tue 2026-11-24 10:00"),
        ("0 10 * * 0", "Sun 2026-11-29 10:00"),
        ("0 10 * * 7", "Sun 2026-11-29 10:00"),
        ("0 0 1 jan *", "Fri 2027-01-01 00:00"),
        ("0 12 29 2 *", "Tue 2028-02-29 12:00"),
        ("5/20 9 * * *", "Tue 2026-11-24 09:05"),
    ],
)
def test_the_next_due_moment_follows_the_fields(text: str, expected: str) -> None:
    assert due(text, "2026-11-24T09:00:00") == [expected]


def test_a_day_is_due_by_its_date_or_by_its_weekday_when_both_are_given() -> None:
    assert due("0 9 13 * fri", "2026-11-10T00:00:00", 3) == [
        "Fri 2026-11-13 09:00",
        "Fri 2026-11-20 09:00",
        "Fri 2026-11-27 09:00",
    ]


def test_a_wall_time_that_the_zone_skips_is_not_due_and_one_it_repeats_is_due_once() -> None:
    assert due("30 2 * * *", "2027-03-13T12:00:00", 2) == ["Mon 2027-03-15 02:30", "Tue 2027-03-16 02:30"]
    assert due("30 1 * * *", "2027-11-06T12:00:00", 2) == ["Sun 2027-11-07 01:30", "Mon 2027-11-08 01:30"]


@pytest.mark.parametrize("text", ["", "* * * *", "60 * * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "x * * * *"])
def test_text_that_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Schedule(text, CHICAGO)


def test_a_day_that_never_comes_is_never_due() -> None:
    with pytest.raises(ValueError, match="never due"):
        due("0 0 31 feb *", "2026-11-24T09:00:00")
