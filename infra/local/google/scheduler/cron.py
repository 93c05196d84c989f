"""When a unix-cron schedule is due: five fields of numbers, names, ranges, steps and lists, in a zone's wall time.

As in every cron a day matches when either of the two day fields does, if both are restricted.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NAMES: tuple[dict[str, int], ...] = (
    {},
    {},
    {},
    {name: place for place, name in enumerate(_MONTHS, 1)},
    {name: place for place, name in enumerate(_WEEKDAYS)},
)
_LONGEST_GAP = dt.timedelta(days=8 * 366)  # 29 February, over a year without one


@dataclass(frozen=True)
class Schedule:
    """A parsed schedule. Raises ValueError for text that is none."""

    text: str
    zone: ZoneInfo

    def __post_init__(self) -> None:
        words = self.text.split()
        if len(words) != 5:
            raise ValueError(f"A schedule has five fields: {self.text!r} has {len(words)}.")
        for place, word in enumerate(words):
            _values(word, place)

    def next_after(self, moment: dt.datetime) -> dt.datetime:
        """The first due minute after this moment, in UTC; a wall time that the zone skips is not due that day."""
        minutes, hours, days, months, weekdays = (_values(word, at) for at, word in enumerate(self.text.split()))
        either = not any(self.text.split()[at].startswith("*") for at in (2, 4))
        day = moment.astimezone(self.zone).date() - dt.timedelta(days=1)
        last = day + _LONGEST_GAP
        while day < last:
            by_date, by_week = day.day in days, day.isoweekday() % 7 in weekdays
            if day.month in months and ((by_date or by_week) if either else (by_date and by_week)):
                due = (
                    dt.datetime(day.year, day.month, day.day, h, m, tzinfo=self.zone) for h in hours for m in minutes
                )
                later = [one for one in map(_in_utc, due) if one is not None and one > moment]
                if later:
                    return min(later)
            day += dt.timedelta(days=1)
        raise ValueError(f"The schedule {self.text!r} is never due.")


def _in_utc(local: dt.datetime) -> dt.datetime | None:
    """None for a wall time that does not exist; the first of two."""
    found = local.astimezone(dt.UTC)
    return found if found.astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def _values(word: str, place: int) -> list[int]:
    """All values of one field, sorted; 7 is Sunday too."""
    low, high = _BOUNDS[place]
    found: set[int] = set()
    for part in word.lower().split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        start = low if span == "*" else _number(first, place)
        end = high if span == "*" or (step and not dash) else _number(last if dash else first, place)
        stride = int(step) if step.isdigit() else 0 if step else 1
        if not low <= start <= end <= high or stride < 1:
            raise ValueError(f"{part!r} is none of {low} to {high}, a range, a step or a list of them.")
        found |= {value % 7 if place == 4 else value for value in range(start, end + 1, stride)}
    return sorted(found)


def _number(text: str, place: int) -> int:
    named = _NAMES[place].get(text)
    if named is None and not text.isdigit():
        raise ValueError(f"{text!r} is no number and no name of a schedule.")
    return int(text) if named is None else named
