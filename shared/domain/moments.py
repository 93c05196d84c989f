"""What a caller's words about a time mean at the shop: one meaning, a question, or why there is none.

The words come as a structure, never as a computed date, so that the rules hold in any language. `now` is the shop's
local wall time. What is free is not known here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from shared.domain import clock_words, named_days
from shared.domain.clock_words import ClockTime
from shared.domain.meanings import Impossible, Meaning, Moment, Question, Resolved
from shared.domain.models import OpeningHours
from shared.domain.named_days import Seen
from shared.domain.wall_time import instant
from shared.domain.wording.wording import Wording

# The longest after opening, and before the last start of a day, that is still its first or its last thing.
EDGE = timedelta(hours=1)

_PARTS: Mapping[str, tuple[time | None, time | None]] = {
    "early_morning": (None, time(9)),
    "morning": (None, time(12)),
    "late_morning": (time(10), time(12)),
    "midday": (time(11), time(14)),
    "early_afternoon": (time(12), time(15)),
    "afternoon": (time(12), time(18)),
    "late_afternoon": (time(15), time(18)),
    "evening": (time(17), None),
}
_EDGES: Mapping[str, Literal["first", "last"]] = {"first_thing": "first", "last_thing": "last"}
_BEFORE_NOON = ("early_morning", "morning", "late_morning")
_AFTER_NOON = ("early_afternoon", "afternoon", "late_afternoon", "evening")


def resolve(moment: Moment, now: datetime, hours: OpeningHours, last: date, words: Wording) -> Resolved:
    """What `moment` means at the shop's local time `now`; `last` is the latest day that can be booked."""
    days = named_days.named(moment, Seen(now.date(), last, words))
    if isinstance(days, Question):
        return days
    wanted = days if isinstance(days, Meaning) else days.nearest
    timed = _timed(moment, replace(wanted, earliest=bool(moment.earliest)), hours, words)
    if isinstance(days, Impossible):
        return replace(days, nearest=timed) if isinstance(timed, Meaning) else days
    if not isinstance(timed, Meaning):
        return timed
    return _today_or_a_week_on(moment, timed, now, hours, last, words) or _open(timed, now, hours, words)


def _today_or_a_week_on(
    moment: Moment, meaning: Meaning, now: datetime, hours: OpeningHours, last: date, words: Wording
) -> Resolved | None:
    """Today's weekday by its bare name is today or a week on, which is asked; when today is over or closed then, it is
    a week on. None for any other words."""
    only_the_weekday = Moment(weekday=moment.weekday)
    said = replace(moment, part_of_day=None, time=None, after=None, before=None, earliest=None)
    if said != only_the_weekday or moment.weekday not in named_days.WEEKDAYS or meaning.first != now.date():
        return None
    week_on = meaning.first + timedelta(days=7)
    if isinstance(_open(meaning, now, hours, words), Meaning):
        return Question(words.today_or(week_on))
    if week_on > last:
        return None
    return _open(replace(meaning, first=week_on, last=week_on), now, hours, words)


@dataclass(frozen=True, slots=True)
class _Limits:
    """The clock times that were said."""

    exact: time | None
    after: time | None
    before: time | None


def _timed(moment: Moment, days: Meaning, hours: OpeningHours, words: Wording) -> Resolved:
    """The days with the times of day that were said."""
    lowest, highest = _PARTS.get(moment.part_of_day or "", (None, None))
    said = _limits(moment, days, hours, words)
    if isinstance(said, Question):
        return said
    if said is None:
        return Impossible(words.not_a_time(), replace(days, not_before=lowest, before=highest))
    if said.exact is not None:
        return replace(days, exact=said.exact)
    if said.after and said.before and said.after >= said.before:
        return Question(words.no_time_between(said.after, said.before))
    not_before, before = said.after or lowest, said.before or highest
    if not_before and before and not_before >= before:
        # "After three in the morning": the clock time was said, the part of the day only around it.
        not_before, before = said.after, said.before
    return replace(days, not_before=not_before, before=before, edge=_EDGES.get(moment.part_of_day or ""))


def _limits(moment: Moment, days: Meaning, hours: OpeningHours, words: Wording) -> _Limits | Question | None:
    """None when something was said that is no time of day."""
    read: list[time | None] = []
    for said in (moment.time, moment.after, moment.before):
        clock = clock_words.read(words.in_figures(said)) if said else None
        if said and clock is None:
            return None
        at = _likely_half(clock, moment.part_of_day, days, hours, words) if clock else None
        if isinstance(at, Question):
            return at
        read.append(at)
    return _Limits(*read)


def _likely_half(
    clock: ClockTime, part: str | None, days: Meaning, hours: OpeningHours, words: Wording
) -> time | Question:
    """Without am or pm it is the half of the day in which the shop is open; when it is in both, it is asked."""
    morning = clock.at
    if clock.certain or part in _BEFORE_NOON:
        return morning
    evening = morning.replace(hour=morning.hour + 12)
    if part in _AFTER_NOON:
        return evening
    opens, closes = _widest(days, hours)
    first, second = (opens <= at < closes for at in (morning, evening))
    if first and second:
        return Question(words.which_half(morning, evening))
    if first or second:
        return morning if first else evening
    # Neither: the one that is nearer to the opening hours.
    return morning if _minutes(opens) - _minutes(morning) <= _minutes(evening) - _minutes(closes) else evening


def _widest(days: Meaning, hours: OpeningHours) -> tuple[time, time]:
    """The opening hours of the day, or of all days together when there are several or it is closed."""
    that_day = hours.on(days.first) if days.first == days.last else None
    spans = [that_day] if that_day is not None else list(hours.weekly.values())
    return min(span[0] for span in spans), max(span[1] for span in spans)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _open(meaning: Meaning, now: datetime, hours: OpeningHours, words: Wording) -> Resolved:
    """The meaning, unless the shop is closed then, or the time is past."""
    one_day = meaning.first == meaning.last
    why = _why_not_on(meaning, now, hours, words) if one_day else _why_never(meaning, hours, words)
    return meaning if why is None else Impossible(why, meaning)


def _why_never(meaning: Meaning, hours: OpeningHours, words: Wording) -> str | None:
    length = (meaning.last - meaning.first).days
    if all(hours.on(meaning.first + timedelta(days=each)) is None for each in range(length + 1)):
        return words.closed_between(meaning.first, meaning.last)
    if all(_outside(meaning, *span) for span in hours.weekly.values()):
        return words.never_open_then()
    return None


def _why_not_on(meaning: Meaning, now: datetime, hours: OpeningHours, words: Wording) -> str | None:
    day = meaning.first
    span = hours.on(day)
    if span is None:
        return words.closed_on(day, hours.closed.get(day))
    if day == now.date() and now.time() >= span[1]:
        return words.closed_for_today()
    if _outside(meaning, *span):
        return words.open_only(day, *span)
    if day == now.date() and _is_over(meaning, now.time(), span[0]):
        return words.already(now.time())
    if meaning.exact is not None and instant(day, meaning.exact, hours.zone) is None:
        return words.skipped_hour(day, meaning.exact)
    return None


def _outside(meaning: Meaning, opens: time, closes: time) -> bool:
    if meaning.exact is not None:
        return not opens <= meaning.exact < closes
    too_late = meaning.not_before is not None and meaning.not_before >= closes
    return too_late or (meaning.before is not None and meaning.before <= opens)


def _is_over(meaning: Meaning, at: time, opens: time) -> bool:
    if meaning.exact is not None:
        return meaning.exact <= at
    if meaning.edge == "first" and _minutes(opens) + EDGE.seconds // 60 <= _minutes(at):
        return True
    return meaning.before is not None and meaning.before <= at
