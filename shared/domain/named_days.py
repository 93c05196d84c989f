"""Which days a caller's words name, seen from today: by weekday, by count, by week, by month, by date.

A week runs from Monday to Sunday. Where people mean different days by the same words, the rule stands with the function
that keeps it. Whether the shop is open then, and what is free, is not known here.
"""

from calendar import isleap, monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta

from shared.domain.meanings import Impossible, Meaning, Moment, Question, Resolved
from shared.domain.wording.wording import Wording

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKS_ON = {"this": 0, "next": 1, "after_next": 2}
# First and last weekday of a part of the week, Monday being 0.
_PARTS_OF_WEEK = {"beginning": (0, 1), "middle": (1, 3), "end": (3, 4), "weekend": (5, 6), "weekdays": (0, 4)}
# First and last day of a part of the month; every month ends by the 31st.
_PARTS_OF_MONTH = {"beginning": (1, 10), "middle": (11, 20), "end": (21, 31)}
_LONGEST_COUNT = 366
_LEAP_CYCLE = 8  # years: the longest time between two leap days, over a turn of the century


@dataclass(frozen=True, slots=True)
class Seen:
    """From where the words are seen: today, the latest day that can be booked, and the language that is answered in."""

    today: date
    last: date
    words: Wording


def named(moment: Moment, seen: Seen) -> Resolved:
    """The days that are named, none of them past. Where no day is named, all of them."""
    found, today, last = _named(moment, seen), seen.today, seen.last
    if not isinstance(found, Meaning):
        return found
    if found.last < today:
        return _none(seen.words.has_passed(found.last), seen)
    if found.first > last:
        return Impossible(seen.words.too_far(last, found.first), Meaning(max(last - timedelta(days=7), today), last))
    return replace(found, first=max(found.first, today))


def _named(moment: Moment, seen: Seen) -> Resolved:
    if moment.day is not None:
        return _day_of_month(moment, seen)
    if moment.month is not None or moment.which_month or moment.part_of_month:
        return _in_month(moment, seen)
    if moment.in_days is not None:
        return _counted(moment, seen)
    if moment.weekday is not None:
        return _weekday(moment.weekday, moment.which_week, seen)
    if moment.part_of_week is not None:
        return _part_of_week(moment.part_of_week, moment.which_week, seen)
    if moment.which_week is not None:
        monday = _monday(seen.today, moment.which_week)
        return Meaning(monday, monday + timedelta(days=6))
    return Meaning(seen.today, seen.last)


def _counted(moment: Moment, seen: Seen) -> Resolved:
    """ "In three days" counts from today, "a week from Friday" from the coming Friday; on a Friday that may be today or
    the next, which is asked."""
    count, today, words = moment.in_days or 0, seen.today, seen.words
    if abs(count) > _LONGEST_COUNT:
        return _none(words.too_far(seen.last, None) if count > 0 else words.PLAIN_REASONS["past"], seen)
    on = timedelta(days=count)
    if moment.weekday not in WEEKDAYS:
        return _one(today + on + timedelta(days=moment.weekday == "tomorrow"))
    coming = _coming(moment.weekday, today)
    if coming == today:
        return Question(words.either_day(today + on, today + on + timedelta(days=7)))
    return _one(coming + on)


def _weekday(weekday: str, which_week: str | None, seen: Seen) -> Resolved:
    """A weekday alone, or "this" one, is the coming one, today included.

    "Next" is the one of next week; but while this week's is still to come, people mean either, and are asked. Not when
    that is tomorrow, which nobody calls next Tuesday.
    """
    today = seen.today
    if weekday in ("today", "tomorrow"):
        return _one(today + timedelta(days=weekday == "tomorrow"))
    coming = _coming(weekday, today)
    if which_week not in ("next", "after_next"):
        return _one(coming)
    of_that_week = _monday(today, which_week) + timedelta(days=WEEKDAYS.index(weekday))
    this_weeks_may_be_meant = coming + timedelta(days=7) == of_that_week and coming - today > timedelta(days=1)
    if this_weeks_may_be_meant:
        return Question(seen.words.this_or(coming, of_that_week))
    return _one(of_that_week)


def _part_of_week(part: str, which_week: str | None, seen: Seen) -> Resolved:
    """Of this week, or of the next when this week's is over. "Next weekend" may be either before the weekend."""
    (first, end), today = _PARTS_OF_WEEK[part], seen.today
    monday = _monday(today, which_week or "this")
    if which_week is None and monday + timedelta(days=end) < today:
        monday = _monday(today, "next")
    if part == "weekend" and which_week == "next" and today.weekday() < first:
        return Question(seen.words.this_or(monday + timedelta(days=first - 7), monday + timedelta(days=first)))
    return Meaning(monday + timedelta(days=first), monday + timedelta(days=end))


def _in_month(moment: Moment, seen: Seen) -> Resolved:
    """A month or a part of it; when no month was named and this one's part is over, the next one's."""
    today = seen.today
    month = _month(moment, today)
    if month is None:
        return _none(seen.words.no_month(moment.month or 0), seen)
    found = _of_part(moment, month, today)
    named_month = moment.month is not None or moment.which_month is not None
    if not named_month and (found is None or found.last < today):
        found = _of_part(moment, _next_month(today), today)
    if found is None:
        return _none(seen.words.no_weekday_left(moment.weekday or ""), seen)
    return found


def _of_part(moment: Moment, month: date, today: date) -> Meaning | None:
    """The part of a month; of a weekday in it the first that is not past, of its end the last. None when no such
    weekday is left."""
    first, end = _part_of(month, moment.part_of_month)
    if moment.weekday not in WEEKDAYS:
        return Meaning(first, end)
    if moment.part_of_month == "end":
        return _one(end - timedelta(days=(end.weekday() - WEEKDAYS.index(moment.weekday)) % 7))
    coming = _coming(moment.weekday, max(first, today))
    return _one(coming) if coming <= end else None


def _part_of(month: date, part: str | None) -> tuple[date, date]:
    first, end = _PARTS_OF_MONTH[part] if part else (1, 31)
    return month.replace(day=first), month.replace(day=min(end, monthrange(month.year, month.month)[1]))


def _month(moment: Moment, today: date) -> date | None:
    """The first day of the month that is meant: the named one that is not over, or this or the next."""
    if moment.month is None:
        return _next_month(today) if moment.which_month == "next" else today.replace(day=1)
    if not 1 <= moment.month <= 12:
        return None
    return date(today.year + (moment.month < today.month), moment.month, 1)


def _next_month(today: date) -> date:
    return (today.replace(day=1) + timedelta(days=31)).replace(day=1)


def _day_of_month(moment: Moment, seen: Seen) -> Resolved:
    found = _date(moment, seen)
    if isinstance(found, str):
        return _none(found, seen)
    said = moment.weekday
    if said in ("today", "tomorrow"):
        meant = seen.today + timedelta(days=said == "tomorrow")
        if found != meant:
            return Question(seen.words.today_is(said == "tomorrow", meant))
    elif said is not None and WEEKDAYS[found.weekday()] != said:
        return _disagreeing(found, said, moment, seen)
    return _one(found)


def _date(moment: Moment, seen: Seen) -> date | str:
    """The next such date, or why there is none. Without a month it may be past only when "this month" was said."""
    day, month = moment.day or 0, _month(moment, seen.today)
    if month is None:
        return seen.words.no_month(moment.month or 0)
    if not 1 <= day <= 31:
        return seen.words.no_day(day)
    if moment.month is not None:
        return _date_of_year(day, moment.month, seen)
    if moment.which_month is not None:
        return _of_month(month, day) or _no_such(day, month, seen.words)
    while True:  # at least every other month has a day 31
        found = _of_month(month, day)
        if found is not None and found >= seen.today:
            return found
        month = _next_month(month)


def _date_of_year(day: int, month: int, seen: Seen) -> date | str:
    """This year's or the next; one that is past only lately, while the next cannot be booked, was meant as past."""
    today = seen.today
    passed, coming = (_of_month(date(year, month, 1), day) for year in (today.year, today.year + 1))
    if passed is not None and passed >= today:
        return passed
    lately = passed is not None and (coming is None or (coming > seen.last and today - passed < coming - today))
    if passed is not None and lately:
        return passed
    return coming or _no_such(day, date(today.year + (month < today.month), month, 1), seen.words)


def _of_month(month: date, day: int) -> date | None:
    return month.replace(day=day) if day <= monthrange(month.year, month.month)[1] else None


def _no_such(day: int, month: date, words: Wording) -> str:
    if (month.month, day) == (2, 29):
        leap = next(year for year in range(month.year, month.year + _LEAP_CYCLE + 1) if isleap(year))
        return words.no_leap_day(month.year, leap)
    return words.no_such_day(month, day)


def _disagreeing(found: date, weekday: str, moment: Moment, seen: Seen) -> Resolved:
    """A weekday and a day of the month that do not fall together: a later month's may, else it is asked."""
    today = seen.today
    if moment.month is None and moment.which_month is None:
        for ahead in range((seen.last - today).days + 1):
            day = today + timedelta(days=ahead)
            if day.day == moment.day and WEEKDAYS[day.weekday()] == weekday:
                return _one(day)
    near = found + timedelta(days=(WEEKDAYS.index(weekday) - found.weekday() + 3) % 7 - 3)
    near = near if near >= today else near + timedelta(days=7)
    return Question(seen.words.falls_on(found, near))


def _coming(weekday: str, start: date) -> date:
    return start + timedelta(days=(WEEKDAYS.index(weekday) - start.weekday()) % 7)


def _monday(today: date, which_week: str) -> date:
    return today + timedelta(days=7 * _WEEKS_ON[which_week] - today.weekday())


def _one(day: date) -> Meaning:
    return Meaning(day, day)


def _none(reason: str, seen: Seen) -> Impossible:
    return Impossible(reason, Meaning(seen.today, seen.last))
