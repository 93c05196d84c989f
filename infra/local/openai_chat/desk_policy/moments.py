"""When: the caller's words about a day and a time, as the structure that the tools take. No date is ever worked out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace

from rapidfuzz import fuzz

from infra.local.openai_chat.desk_policy.clock_words import clock_time, minutes_of, same_time
from infra.local.openai_chat.desk_policy.words import Utterance, Word, cardinal, ordinal, year

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_PARTS = {
    "morning": "morning",
    "mornings": "morning",
    "lunchtime": "midday",
    "lunch": "midday",
    "afternoon": "afternoon",
    "afternoons": "afternoon",
    "evening": "evening",
    "tonight": "evening",
}
_TIME_CUES = frozenset({"at", "around", "about", "say", "like", "maybe", "for"})
_CHOICE_NOUNS = frozenset(
    {
        "one",
        "slot",
        "time",
        "thing",
        "option",
        "available",
        "opening",
        "appointment",
        "you",
        "name",
        "two",
        "choice",
        "gear",
        "owner",
    }
)
# After these words "one" is a choice and a number is no hour.
_BEFORE_ONE = frozenset({
    "the", "that", "this", "which", "number", "first", "second", "third", "last", "later", "latest", "earlier",
    "earliest", "other",
    "next", "either", "middle", "option", "any", "morning", "afternoon", "another", "different",
})  # fmt: skip
# Words after which a part of the day stands by itself; after others a day's name was probably lost in the hearing.
_BEFORE_PART = frozenset({
    "", "in", "the", "any", "some", "a", "an", "this", "every", "early", "late", "mid", "prefer", "for", "or", "and",
    "by", "during", "maybe", "sometime", "tomorrow", "today", "yes", "yeah", "please", "no", "better", "rather",
    "say", "good", "free", "is", "are", "on", "next", "with", "like", "want", "not", "be", "time", "then", "do", "can",
    "day",
})  # fmt: skip
_EARLIEST = re.compile(
    r"\b(as (soon|early|quick|quickly|fast) as (possible|you can|i can|we can|you have|you could|you're able)|asap|"
    r"a s a p|(soon|early|quick|quickly) as (possible|you can|i can)|earliest|soonest|(very )?(first|next) "
    r"(available|free|open)|(first|next) (opening|one available|thing you (have|got)|you (have|got))|right away|"
    r"straight away|immediately|any ?time soon|(what|whatever)('s| is) (the )?(next|first|soonest|quickest)|"
    r"when(ever)?('s| is) (the|your) (next|first|soonest)|sooner the better|"
    r"whenever (you|there|the|it|is|that|works)|whatever (you|there|time|day|is|works)|the next time you|"
    r"(what|which) (times? |days? )?(do you have|have you got|is available|are available|is free|is open|are open)|"
    r"what's (available|open|free))\b"
)
_ANY_TIME = re.compile(
    r"\b(any ?time|any ?day|any day|whenever|(doesn't|does not|don't|do not) (really )?(matter|care|mind)( when| what| "
    r"which)?|i'm (pretty |very |totally )?(flexible|open|easy)|no preference|not (fussy|picky)|up to you|"
    r"you (tell me|choose|pick|decide)|all the same)\b"
)


@dataclass(frozen=True)
class Moment:
    """The structure of the tools: every field in the caller's own terms, None where nothing was said."""

    weekday: str | None = None
    which_week: str | None = None
    part_of_week: str | None = None
    in_days: int | None = None
    day: int | None = None
    month: int | None = None
    which_month: str | None = None
    part_of_month: str | None = None
    part_of_day: str | None = None
    time: str | None = None
    after: str | None = None
    before: str | None = None
    earliest: bool | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) is not None for one in fields(self))

    @property
    def names_day(self) -> bool:
        """Whether a day was said."""
        return bool(self.weekday or self.day or self.month or self.which_week)

    @property
    def names_time(self) -> bool:
        """Whether something about the time of day was said."""
        return bool(self.time or self.part_of_day or self.after or self.before)

    def merged(self, later: Moment) -> Moment:
        """What the caller wants after saying ``later``: what was said anew replaces, what was not said stays."""
        if later.earliest and not (later.names_day or later.names_time):
            return later
        result = replace(self, earliest=later.earliest)
        if later.names_day:
            result = replace(
                result, weekday=later.weekday, which_week=later.which_week, day=later.day, month=later.month
            )
            if later.day and not later.month and self.month and not later.weekday:
                result = replace(result, month=self.month)
        if later.names_time:
            result = replace(
                result, part_of_day=later.part_of_day, time=later.time, after=later.after, before=later.before
            )
        return result

    def fits(self, offer: Moment) -> bool:
        """Whether an offered moment is one that these words point at."""
        if self.weekday and self.weekday != offer.weekday:
            return False
        if (self.day and self.day != offer.day) or (self.month and self.month != offer.month):
            return False
        if self.time and not (offer.time and same_time(self.time, offer.time)):
            return False
        if self.part_of_day and _part(offer) != self.part_of_day and not self.time:
            return False
        return _inside(self, offer)


def _part(offer: Moment) -> str | None:
    at = minutes_of(offer.time) if offer.time else None
    if at is None:
        return None
    minute = at[0]
    if minute < 12 * 60:
        return "morning"
    return "midday" if minute < 12 * 60 + 30 else "afternoon" if minute < 17 * 60 else "evening"


def _inside(wanted: Moment, offer: Moment) -> bool:
    at = minutes_of(offer.time) if offer.time else None
    after = minutes_of(wanted.after) if wanted.after else None
    before = minutes_of(wanted.before) if wanted.before else None
    if at is None or (after is None and before is None):
        return True
    return (after is None or at[0] >= _daytime(after)) and (before is None or at[0] <= _daytime(before))


def _daytime(at: tuple[int, bool]) -> int:
    """An hour without am or pm is taken in a workshop's day: one to six is the afternoon."""
    minute, certain = at
    return minute + 720 if not certain and minute < 7 * 60 else minute


@dataclass(frozen=True)
class HeardMoment:
    """What was heard surely of a moment, what unsurely, and whether the words leave room for a day that was lost."""

    moment: Moment
    unsure: Moment = field(default_factory=Moment)
    day_lost: bool = False

    @property
    def doubtful(self) -> bool:
        """Whether a part of it was heard unsurely."""
        return bool(self.unsure)


class _Reading:
    """One pass over an utterance, gathering the pieces of a moment."""

    def __init__(self, utterance: Utterance, *, asked_when: bool) -> None:
        self.utterance = utterance
        self.asked_when = asked_when
        self.moment = Moment()
        self.unsure = Moment()
        self.day_lost = False

    def take(self, start: int, end: int, **said: str | int | bool) -> int:
        if self.utterance.doubtful(start, end):
            self.unsure = replace(self.unsure, **said)  # type: ignore[arg-type]
        else:
            self.moment = replace(self.moment, **said)  # type: ignore[arg-type]
        self.utterance.use(start, end)
        return end

    def run(self) -> HeardMoment:
        index = 0
        while index < len(self.utterance.words):
            if index in self.utterance.used:
                index += 1
                continue
            index = (
                self._denied(index)
                or self._day(index)
                or self._date(index)
                or self._limits(index)
                or self._clock(index)
                or self._part(index)
                or index + 1
            )
        self._phrases()
        lost = self.day_lost and not (self.moment.names_day or self.unsure.names_day or self.moment.earliest)
        return HeardMoment(self.moment, self.unsure, lost)

    def _denied(self, index: int) -> int | None:
        """ "Not Tuesday", "instead of the third": what is denied is no wish."""
        utterance = self.utterance
        if utterance.at(index) == "not" or (utterance.at(index) == "of" and utterance.at(index - 1) == "instead"):
            after = index + 1
            while utterance.at(after) in ("on", "the", "this", "next", "at", "in"):
                after += 1
            inner = _Reading(utterance, asked_when=True)
            return inner._day(after) or inner._date(after) or inner._clock(after) or inner._part(after)
        return None

    def _day(self, index: int) -> int | None:
        utterance = self.utterance
        word = utterance.at(index).removesuffix("'s")
        if word in ("today", "tomorrow"):
            if utterance.at(index - 1) == "after" and utterance.at(index - 2) == "day":
                return None
            return self.take(index, index + 1, weekday=word)
        if word == "tonight":
            return self.take(index, index + 1, weekday="today", part_of_day="evening")
        if word == "week" and utterance.at(index - 1) in ("this", "next"):
            return self.take(index - 1, index + 1, which_week=utterance.at(index - 1))
        weekday = _weekday(word)
        if weekday is None:
            return None
        start = index
        which = utterance.at(index - 1)
        if self.moment.weekday in WEEKDAYS and utterance.at(index - 1) == "or":
            return index + 1
        self.moment = replace(self.moment, day=None, month=None) if self.moment.weekday else self.moment
        if which in ("this", "next"):
            start = index - 1
            return self.take(start, index + 1, weekday=weekday, which_week=which)
        return self.take(start, index + 1, weekday=weekday)

    def _date(self, index: int) -> int | None:
        utterance = self.utterance
        word = utterance.at(index)
        if word in MONTHS:
            start = index + 2 if utterance.at(index + 1) == "the" else index + 1
            day = ordinal(utterance, start) or cardinal(utterance, start)
            month = MONTHS.index(word) + 1
            if day and 1 <= day[0] <= 31:
                return self.take(index, day[1], month=month, day=day[0])
            return None if word in ("may", "march") else self.take(index, index + 1, month=month)
        day = ordinal(utterance, index)
        if not day or not 1 <= day[0] <= 31:
            return None
        if utterance.at(day[1]) == "of" and utterance.at(day[1] + 1) in MONTHS:
            month = MONTHS.index(utterance.at(day[1] + 1)) + 1
            return self.take(index, day[1] + 2, day=day[0], month=month)
        if utterance.at(day[1]) in _CHOICE_NOUNS:
            return None
        introduced = utterance.at(index - 1) in ("the", "on", "for") or _weekday(utterance.at(index - 1)) is not None
        after_weekday = _weekday(utterance.at(index - 2)) is not None or _weekday(utterance.at(index - 1)) is not None
        if after_weekday or (introduced and day[0] > 3) or (introduced and utterance.at(index - 2) == "on"):
            return self.take(index, day[1], day=day[0])
        return None

    def _limits(self, index: int) -> int | None:
        utterance = self.utterance
        word = utterance.at(index)
        if word == "between":
            first = clock_time(utterance, index + 1, cued=True)
            second = (
                clock_time(utterance, first[1] + 1, cued=True) if first and utterance.at(first[1]) == "and" else None
            )
            if first and second:
                return self.take(index, second[1], after=first[0], before=second[0])
        if word in ("after", "from", "past") and utterance.at(index - 1) not in ("half", "quarter"):
            limit = clock_time(utterance, index + 1, cued=True)
            if limit:
                return self.take(index, limit[1], after=limit[0])
            if utterance.at(index + 1) == "lunch":
                return self.take(index, index + 2, part_of_day="afternoon")
            if utterance.at(index + 1) == "work":
                return self.take(index, index + 2, part_of_day="evening")
        if word in ("before", "by", "until", "till"):
            limit = clock_time(utterance, index + 1, cued=True)
            if limit:
                return self.take(index, limit[1], before=limit[0])
            if utterance.at(index + 1) == "lunch":
                return self.take(index, index + 2, part_of_day="morning")
        return None

    def _clock(self, index: int) -> int | None:
        utterance = self.utterance
        before = utterance.at(index - 1)
        model_year = year(utterance, index) if before != "at" else None
        if model_year:
            return model_year[1]
        made = before == "it" and utterance.at(index - 2) == "make"
        made = made or (before == "do" and "instead" in utterance.text)
        cued = before in _TIME_CUES or made or (self.asked_when and before not in _BEFORE_ONE)
        if utterance.at(index) in ("to", "too", "for", "won", "ate"):
            cued = before in ("at", "around", "about")
        time = clock_time(utterance, index, cued=cued)
        if time and time[0] == "1" and index and before not in _TIME_CUES and not made:
            return None  # "the friday one", "a good one"
        if time is None or any(one in utterance.used for one in range(index, time[1])):
            return None
        return self.take(index, time[1], time=time[0])

    def _part(self, index: int) -> int | None:
        utterance = self.utterance
        part = _PARTS.get(utterance.at(index))
        if part is None or (
            utterance.at(index) in ("morning", "afternoon", "evening") and utterance.at(index - 1) == "good"
        ):
            return None
        if self.moment.time and utterance.at(index) == "lunch":
            return None
        if utterance.at(index - 1) == "this":
            return self.take(index - 1, index + 1, part_of_day=part, weekday=self.moment.weekday or "today")
        self.day_lost = self.day_lost or self._day_was_lost(index)
        return self.take(index, index + 1, part_of_day=part)

    def _day_was_lost(self, index: int) -> bool:
        """ "That to the morning": before the part of the day stands something that no sentence has there."""
        before = index - 1
        while self.utterance.at(before) in ("the", "early", "late"):
            before -= 1
        word = self.utterance.at(before)
        if before in self.utterance.used or word in _BEFORE_PART:
            return False
        return self.asked_when

    def _phrases(self) -> None:
        text = f" {self.utterance.text} "
        any_time = (self.asked_when or re.search(r"\bany ?(time|day)\b", text)) and not (
            self.moment.names_day or self.moment.names_time
        )
        if _EARLIEST.search(text) or (any_time and _ANY_TIME.search(text)):
            self.moment = replace(self.moment, earliest=True)
        if " first thing " in text and not self.moment.names_time:
            self.moment = replace(self.moment, part_of_day="morning", earliest=None)


def _weekday(word: str) -> str | None:
    word = word.removesuffix("'s").removesuffix("s") if word.endswith(("days", "day's")) else word
    if word in WEEKDAYS:
        return word
    if len(word) < 6 or not word.endswith(("day", "dy", "dey")):
        return None
    best = max(WEEKDAYS, key=lambda one: fuzz.ratio(word, one))
    return best if fuzz.ratio(word, best) >= 85 and word not in ("holiday", "birthday") else None


def read_moment(utterance: Utterance, *, asked_when: bool) -> HeardMoment:
    """Read all that an utterance says about when; ``asked_when`` lets bare numbers be hours."""
    left = [Word("") if index in utterance.used else word for index, word in enumerate(utterance.words)]
    return _Reading(Utterance(left, utterance.used), asked_when=asked_when).run()
