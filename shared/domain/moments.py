"""What a caller's words about a time mean on the shop's calendar: one meaning, a question, or why there is none.

The words come as a structure ({weekday, which_week, day, month, part_of_day, time, after, before, earliest}), never as
a computed date, so the rules here hold in any language. A week runs from Monday to Sunday. `now` is the shop's local
time. What is free is not known here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from shared.domain import spoken
from shared.domain.models import OpeningHours

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PARTS: Mapping[str, tuple[time | None, time | None]] = {
    "morning": (None, time(12)),
    "midday": (time(11), time(14)),
    "afternoon": (time(12), time(18)),
    "evening": (time(17), None),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """The caller's words, field by field; None where nothing was said."""

    weekday: str | None = None
    which_week: str | None = None
    day: int | None = None
    month: int | None = None
    part_of_day: str | None = None
    time: str | None = None
    after: str | None = None
    before: str | None = None
    earliest: bool | None = None

    @classmethod
    def of(cls, structure: Mapping[str, Any]) -> "Moment":
        """From the structure of the tools' schema, which has been checked."""
        return cls(**structure)


@dataclass(frozen=True, slots=True)
class Meaning:
    """Days from `first` to `last`; local times: at `exact`, or from `not_before` up to, not including, `before`."""

    first: date
    last: date
    exact: time | None = None
    not_before: time | None = None
    before: time | None = None
    earliest: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """The words may mean several things; the sentence asks which."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Impossible:
    """The words mean no day or time that can be booked; `nearest` is where to look instead."""

    reason: str
    nearest: Meaning


Resolved = Meaning | Question | Impossible


def resolve(moment: Moment, now: datetime, hours: OpeningHours, last: date) -> Resolved:
    """What `moment` means at the shop's local time `now`; `last` is the latest day that can be booked."""
    days = _days(moment, now, hours, last)
    if isinstance(days, Question):
        return days
    if isinstance(days, Impossible):
        timed = _times(moment, days.nearest, hours)
        return replace(days, nearest=timed) if isinstance(timed, Meaning) else days
    if days.first > last:
        sentence = f"We book up to {spoken.date_words(last)}; {spoken.date_words(days.first)} is too far ahead."
        return Impossible(sentence, Meaning(last - timedelta(days=7), last))
    timed = _times(moment, days, hours)
    return timed if not isinstance(timed, Meaning) else _open(timed, now, hours)


def _days(moment: Moment, now: datetime, hours: OpeningHours, last: date) -> Resolved:
    today = now.date()
    if moment.day is not None:
        return _day_of_month(moment, today, last)
    if moment.month is not None and moment.weekday is None:
        return _whole_month(moment.month, today, last)
    if moment.weekday in ("today", "tomorrow"):
        day = today + timedelta(days=moment.weekday == "tomorrow")
        return Meaning(day, day)
    if moment.weekday is not None:
        return _weekday(moment, now, hours, last)
    monday = today - timedelta(days=today.weekday())
    if moment.which_week == "this":
        return Meaning(today, monday + timedelta(days=6))
    if moment.which_week == "next":
        return Meaning(monday + timedelta(days=7), monday + timedelta(days=13))
    return Meaning(today, last, earliest=bool(moment.earliest))


def _weekday(moment: Moment, now: datetime, hours: OpeningHours, last: date) -> Resolved:
    """The coming one. "Next" means the one of next week, unless this week's is still to come: then it may be either.
    A weekday of a month is its first one still to come."""
    today, wanted = now.date(), _WEEKDAYS.index(moment.weekday or "")
    ahead = (wanted - today.weekday()) % 7
    coming = today + timedelta(days=ahead)
    if moment.month is not None:
        month = _whole_month(moment.month, today, last)
        if not isinstance(month, Meaning):
            return month
        first = month.first + timedelta(days=(wanted - month.first.weekday()) % 7)
        return Meaning(first, first)
    if moment.which_week == "next":
        this_week = coming if wanted > today.weekday() else None
        following = today - timedelta(days=today.weekday()) + timedelta(days=7 + wanted)
        if this_week is None:
            return Meaning(following, following)
        return Question(f"Do you mean this {spoken.date_words(this_week)}, or {spoken.date_words(following)}?")
    if ahead == 0 and moment.which_week is None:
        week_on = today + timedelta(days=7)
        span = hours.on(today)
        if span is None or now.time() >= span[1]:
            return Meaning(week_on, week_on)
        return Question(f"Do you mean today, or {spoken.date_words(week_on)}?")
    return Meaning(coming, coming)


def _whole_month(month: int, today: date, last: date) -> Resolved:
    if not 1 <= month <= 12:
        return _no_such("There is no such month.", today, last)
    year = today.year if month >= today.month else today.year + 1
    first = date(year, month, 1)
    end = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Meaning(max(first, today), end)


def _day_of_month(moment: Moment, today: date, last: date) -> Resolved:
    found = _date(moment.day or 0, moment.month, today)
    if isinstance(found, str):
        return _no_such(found, today, last)
    passed = _safe_date(today.year, found.month, found.day)
    nearer_behind = passed is not None and passed < today and today - passed < found - today
    if moment.month is not None and found > last and passed is not None and nearer_behind:
        return _no_such(f"{spoken.date_words(passed)} has passed.", today, last)
    if moment.weekday in _WEEKDAYS and _WEEKDAYS[found.weekday()] != moment.weekday:
        return _disagreeing(found, moment, today, last)
    if moment.weekday in ("today", "tomorrow") and found != today + timedelta(days=moment.weekday == "tomorrow"):
        said = today + timedelta(days=moment.weekday == "tomorrow")
        return Question(f"{moment.weekday.capitalize()} is {spoken.date_words(said)}. Which day do you mean?")
    return Meaning(found, found)


def _date(day: int, month: int | None, today: date) -> date | str:
    """The next such date from today on, or why there is none."""
    if not 1 <= day <= 31 or (month is not None and not 1 <= month <= 12):
        return "There is no such date."
    if month is not None:
        for year in (today.year, today.year + 1):
            found = _safe_date(year, month, day)
            if found is not None and found >= today:
                return found
        name = spoken.short_date_words(date(2024, month, 1)).split()[0]
        return f"{name} {day} does not come within the next year."
    year, at = today.year, today.month
    while True:  # the 31st is in at least every other month
        found = _safe_date(year, at, day)
        if found is not None and found >= today:
            return found
        year, at = (year, at + 1) if at < 12 else (year + 1, 1)


def _disagreeing(found: date, moment: Moment, today: date, last: date) -> Resolved:
    """A weekday and a day of the month that do not fall together: a later month's may, else ask."""
    if moment.month is None:
        for ahead in range((last - today).days + 1):
            day = today + timedelta(days=ahead)
            if day.day == moment.day and _WEEKDAYS[day.weekday()] == moment.weekday:
                return Meaning(day, day)
    wanted = _WEEKDAYS.index(moment.weekday or "")
    offset = (wanted - found.weekday() + 3) % 7 - 3
    near = found + timedelta(days=offset if found + timedelta(days=offset) >= today else offset + 7)
    return Question(
        f"{spoken.short_date_words(found)} is a {spoken.weekday_words(found)}. "
        f"Do you mean {spoken.date_words(found)}, or {spoken.date_words(near)}?"
    )


def _safe_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _no_such(reason: str, today: date, last: date) -> Impossible:
    return Impossible(reason, Meaning(today, last))


def _times(moment: Moment, days: Meaning, hours: OpeningHours) -> Resolved:
    """The days with the times of day that were said."""
    lowest, highest = _PARTS.get(moment.part_of_day or "", (None, None))
    read: dict[str, time | None] = {}
    for key, said in (("time", moment.time), ("after", moment.after), ("before", moment.before)):
        at = _clock_time(said, moment.part_of_day, days, hours, closing=key == "before") if said else None
        if isinstance(at, str):
            return Impossible(at, replace(days, not_before=lowest, before=highest))
        read[key] = at
    not_before, before = read["after"] or lowest, read["before"] or highest
    if read["time"] is None and not_before and before and not_before >= before:
        # "after three in the morning": the clock time was said, the part of the day only around it.
        not_before, before = (not_before, None) if read["after"] else (None, before)
    if read["time"] is not None:
        return replace(days, exact=read["time"])
    return replace(days, not_before=not_before, before=before)


def _clock_time(said: str, part: str | None, days: Meaning, hours: OpeningHours, closing: bool) -> time | str:
    """A clock time as said; without am or pm the half of the day in which the shop is open."""
    text = said.strip().lower().replace(".", "").replace("o'clock", "").strip()
    if text in ("noon", "midday"):
        return time(12)
    match = re.fullmatch(r"(\d{1,2})(?:[:h ]?(\d{2}))?\s*(am|pm)?", text)
    if match is None:
        return "That is not a time of day."
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if hour > 23 or minute > 59 or (half and not 1 <= hour <= 12):
        return "That is not a time of day."
    if half:
        return time(hour % 12 + (12 if half == "pm" else 0), minute)
    if hour == 0 or hour > 12 or match[1].startswith("0"):
        return time(hour, minute)
    return _likely_half(time(hour % 12, minute), part, days, hours, closing)


def _likely_half(morning: time, part: str | None, days: Meaning, hours: OpeningHours, closing: bool) -> time:
    evening = morning.replace(hour=morning.hour + 12)
    if part in ("afternoon", "evening"):
        return evening
    if part == "morning":
        return morning
    spans = [hours.on(days.first)] if days.first == days.last and hours.on(days.first) else list(hours.weekly.values())
    opens, closes = min(s[0] for s in spans if s), max(s[1] for s in spans if s)
    if opens <= morning <= closes if closing else opens <= morning < closes:
        return morning
    if opens <= evening <= closes if closing else opens <= evening < closes:
        return evening
    # Neither: the one that is nearer to the opening hours.
    return morning if _minutes(opens) - _minutes(morning) <= _minutes(evening) - _minutes(closes) else evening


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _open(meaning: Meaning, now: datetime, hours: OpeningHours) -> Resolved:
    """The meaning, unless the shop is closed then: one closed day, or outside its hours, or past."""
    if meaning.first != meaning.last:
        return meaning
    day = meaning.first
    span = hours.on(day)
    if span is None:
        return Impossible(_why_closed(day, hours), meaning)
    opens, closes = span
    span_words = f"{spoken.time_words(opens)} to {spoken.time_words(closes)}"
    words = f"On {spoken.weekday_words(day)}s we are open from {span_words}."
    wanted = meaning.exact or meaning.not_before
    if (wanted is not None and wanted >= closes) or (meaning.exact is not None and meaning.exact < opens):
        return Impossible(words, meaning)
    if meaning.before is not None and meaning.before <= opens:
        return Impossible(words, meaning)
    if day == now.date() and meaning.exact is not None and meaning.exact <= now.time():
        return Impossible(f"It is already {spoken.time_words(now.time())}.", meaning)
    if day == now.date() and now.time() >= closes:
        return Impossible("We have closed for today.", meaning)
    return meaning


def _why_closed(day: date, hours: OpeningHours) -> str:
    special = hours.closed.get(day)
    if special is not None:
        return f"We are closed on {spoken.date_words(day)}: {special}."
    return f"We are closed on {spoken.weekday_words(day)}s."
