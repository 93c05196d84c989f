"""Which days a caller's words name, seen from today: by weekday, by count, by week, by month, by date.

A week runs from Monday to Sunday. Where people mean different days by the same words, the rule stands with the function
that keeps it. Whether the shop is open then, and what is free, is not known here.
"""

from calendar import isleap, monthrange
from dataclasses import replace
from datetime import date, timedelta

from shared.domain import spoken
from shared.domain.meanings import Impossible, Meaning, Moment, Question, Resolved

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKS_ON = {"this": 0, "next": 1, "after_next": 2}
# First and last weekday of a part of the week, Monday being 0.
_PARTS_OF_WEEK = {"beginning": (0, 1), "middle": (1, 3), "end": (3, 4), "weekend": (5, 6), "weekdays": (0, 4)}
# First and last day of a part of the month; every month ends by the 31st.
_PARTS_OF_MONTH = {"beginning": (1, 10), "middle": (11, 20), "end": (21, 31)}
_LONGEST_COUNT = 366
_LEAP_CYCLE = 8  # years: the longest time between two leap days, over a turn of the century


def named(moment: Moment, today: date, last: date) -> Resolved:
    """The days that are named, none of them past; `last` is the latest day that can be booked. Where no day is named,
    all of them."""
    found = _named(moment, today, last)
    if not isinstance(found, Meaning):
        return found
    if found.last < today:
        return _none(f"{spoken.date_words(found.last)} has passed.", today, last)
    if found.first > last:
        sentence = f"We book up to {spoken.date_words(last)}; {spoken.date_words(found.first)} is too far ahead."
        return Impossible(sentence, Meaning(max(last - timedelta(days=7), today), last))
    return replace(found, first=max(found.first, today))


def _named(moment: Moment, today: date, last: date) -> Resolved:
    if moment.day is not None:
        return _day_of_month(moment, today, last)
    if moment.month is not None or moment.which_month or moment.part_of_month:
        return _in_month(moment, today, last)
    if moment.in_days is not None:
        return _counted(moment, today, last)
    if moment.weekday is not None:
        return _weekday(moment.weekday, moment.which_week, today)
    if moment.part_of_week is not None:
        return _part_of_week(moment.part_of_week, moment.which_week, today)
    if moment.which_week is not None:
        monday = _monday(today, moment.which_week)
        return Meaning(monday, monday + timedelta(days=6))
    return Meaning(today, last)


def _counted(moment: Moment, today: date, last: date) -> Resolved:
    """ "In three days" counts from today, "a week from Friday" from the coming Friday; on a Friday that may be today or
    the next, which is asked."""
    count = moment.in_days or 0
    if abs(count) > _LONGEST_COUNT:
        when = f"We book up to {spoken.date_words(last)}; that is too far ahead." if count > 0 else "That has passed."
        return _none(when, today, last)
    on = timedelta(days=count)
    if moment.weekday not in WEEKDAYS:
        return _one(today + on + timedelta(days=moment.weekday == "tomorrow"))
    coming = _coming(moment.weekday, today)
    if coming == today:
        return either(spoken.date_words(today + on), today + on + timedelta(days=7))
    return _one(coming + on)


def _weekday(weekday: str, which_week: str | None, today: date) -> Resolved:
    """A weekday alone, or "this" one, is the coming one, today included.

    "Next" is the one of next week; but while this week's is still to come, people mean either, and are asked. Not when
    that is tomorrow, which nobody calls next Tuesday.
    """
    if weekday in ("today", "tomorrow"):
        return _one(today + timedelta(days=weekday == "tomorrow"))
    coming = _coming(weekday, today)
    if which_week not in ("next", "after_next"):
        return _one(coming)
    of_that_week = _monday(today, which_week) + timedelta(days=WEEKDAYS.index(weekday))
    this_weeks_may_be_meant = coming + timedelta(days=7) == of_that_week and coming - today > timedelta(days=1)
    return _this_or(coming, of_that_week) if this_weeks_may_be_meant else _one(of_that_week)


def _part_of_week(part: str, which_week: str | None, today: date) -> Resolved:
    """Of this week, or of the next when this week's is over. "Next weekend" may be either before the weekend."""
    first, end = _PARTS_OF_WEEK[part]
    monday = _monday(today, which_week or "this")
    if which_week is None and monday + timedelta(days=end) < today:
        monday = _monday(today, "next")
    if part == "weekend" and which_week == "next" and today.weekday() < first:
        return _this_or(monday + timedelta(days=first - 7), monday + timedelta(days=first))
    return Meaning(monday + timedelta(days=first), monday + timedelta(days=end))


def _in_month(moment: Moment, today: date, last: date) -> Resolved:
    """A month or a part of it; when no month was named and this one's part is over, the next one's."""
    month = _month(moment, today)
    if month is None:
        return _none(f"There is no month {moment.month}.", today, last)
    found = _of_part(moment, month, today)
    named_month = moment.month is not None or moment.which_month is not None
    if not named_month and (found is None or found.last < today):
        found = _of_part(moment, _next_month(today), today)
    if found is None:
        return _none(f"There is no {(moment.weekday or '').capitalize()} left then.", today, last)
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


def _day_of_month(moment: Moment, today: date, last: date) -> Resolved:
    found = _date(moment, today, last)
    if isinstance(found, str):
        return _none(found, today, last)
    said = moment.weekday
    if said in ("today", "tomorrow"):
        meant = today + timedelta(days=said == "tomorrow")
        if found != meant:
            return Question(f"{said.capitalize()} is {spoken.date_words(meant)}. Which day do you mean?")
    elif said is not None and WEEKDAYS[found.weekday()] != said:
        return _disagreeing(found, said, moment, today, last)
    return _one(found)


def _date(moment: Moment, today: date, last: date) -> date | str:
    """The next such date, or why there is none. Without a month it may be past only when "this month" was said."""
    day, month = moment.day or 0, _month(moment, today)
    if month is None:
        return f"There is no month {moment.month}."
    if not 1 <= day <= 31:
        return f"No month has a day {day}."
    if moment.month is not None:
        return _date_of_year(day, moment.month, today, last)
    if moment.which_month is not None:
        return _of_month(month, day) or _no_such(day, month)
    while True:  # at least every other month has a day 31
        found = _of_month(month, day)
        if found is not None and found >= today:
            return found
        month = _next_month(month)


def _date_of_year(day: int, month: int, today: date, last: date) -> date | str:
    """This year's or the next; one that is past only lately, while the next cannot be booked, was meant as past."""
    passed, coming = (_of_month(date(year, month, 1), day) for year in (today.year, today.year + 1))
    if passed is not None and passed >= today:
        return passed
    lately = passed is not None and (coming is None or (coming > last and today - passed < coming - today))
    if passed is not None and lately:
        return passed
    return coming or _no_such(day, date(today.year + (month < today.month), month, 1))


def _of_month(month: date, day: int) -> date | None:
    return month.replace(day=day) if day <= monthrange(month.year, month.month)[1] else None


def _no_such(day: int, month: date) -> str:
    name = spoken.short_date_words(month).split()[0]
    if (month.month, day) == (2, 29):
        leap = next(year for year in range(month.year, month.year + _LEAP_CYCLE + 1) if isleap(year))
        return f"There is no February 29 in {month.year}: the next one is in {leap}."
    return f"{name} has no day {day}."


def _disagreeing(found: date, weekday: str, moment: Moment, today: date, last: date) -> Resolved:
    """A weekday and a day of the month that do not fall together: a later month's may, else it is asked."""
    if moment.month is None and moment.which_month is None:
        for ahead in range((last - today).days + 1):
            day = today + timedelta(days=ahead)
            if day.day == moment.day and WEEKDAYS[day.weekday()] == weekday:
                return _one(day)
    near = found + timedelta(days=(WEEKDAYS.index(weekday) - found.weekday() + 3) % 7 - 3)
    near = near if near >= today else near + timedelta(days=7)
    question = either(spoken.date_words(found), near).sentence
    return Question(f"{spoken.short_date_words(found)} is a {spoken.weekday_words(found)}. {question}")


def _coming(weekday: str, start: date) -> date:
    return start + timedelta(days=(WEEKDAYS.index(weekday) - start.weekday()) % 7)


def _monday(today: date, which_week: str) -> date:
    return today + timedelta(days=7 * _WEEKS_ON[which_week] - today.weekday())


def _one(day: date) -> Meaning:
    return Meaning(day, day)


def either(sooner: str, later: date) -> Question:
    return Question(f"Do you mean {sooner}, or {spoken.date_words(later)}?")


def _this_or(sooner: date, later: date) -> Question:
    return either(f"this {spoken.date_words(sooner)}", later)


def _none(reason: str, today: date, last: date) -> Impossible:
    return Impossible(reason, Meaning(today, last))
