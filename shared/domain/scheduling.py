"""Which times are offered for a wish: two or three that differ, or those nearest to it and why it cannot be.

Slots are local wall times of the shop on the write-up grid, turned into instants here. What the workshop can take is
`capacity`'s to say. Work is booked on one day: a car whose work goes on the next day is booked as the work of its
first, and more than a day's work is the desk's to plan. Nothing is known of tables, callers or what the model may see.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from shared.domain.capacity import Book, Lack, Slot, Workshop, WorkshopDay
from shared.domain.meanings import Meaning
from shared.domain.models import Mode, Service
from shared.domain.moments import EDGE
from shared.domain.wall_time import said_twice

NEAREST_WITHIN = timedelta(days=14)
_MOST_OFFERS = 3

# Why no time fits a wish: what the workshop lacks; "off_grid" is between two starts, "outside" the opening hours, and
# what begins "too_late" would not be done by closing.
Why = Lack | Literal["too_far", "past", "too_soon", "too_late", "off_grid", "outside"]

# Of several reasons the one that comes closest to a booking is told.
_CLOSEST: tuple[Why, ...] = (
    "waiters", "loaners", "shuttle_seats", "full", "staff_event", "shuttle_times", "too_soon", "too_late", "off_grid",
    "outside", "closed", "too_far", "past",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """Slots that fit, or with `why` those that are only nearest to what was asked for."""

    slots: tuple[Slot, ...]
    why: Why | None = None

    @property
    def fits(self) -> bool:
        return self.why is None


def starts(day: date, workshop: Workshop) -> Iterator[datetime]:
    """The write-up grid of a day, from opening to closing. A time that the clock shows twice is there once."""
    open_range = workshop.open_on(day)
    if open_range is None:
        return
    step = timedelta(minutes=workshop.rules.write_up_minutes)
    start = open_range.start
    while start < open_range.end:
        if not said_twice(start, workshop.zone):
            yield start
        start += step


def day_slots(day: date, service: Service, mode: Mode, workshop: Workshop) -> Iterator[Slot]:
    """Every slot that is over by closing, whatever is booked. Who waits must have the car back by then."""
    open_range, stay = workshop.open_on(day), timedelta(minutes=service.bay_minutes)
    for start in starts(day, workshop):
        if open_range is not None and start + _needed(service, mode) <= open_range.end:
            yield Slot(start, start + stay)


def last_day(now: datetime, workshop: Workshop) -> date:
    return now.astimezone(workshop.zone).date() + timedelta(days=workshop.rules.horizon_days)


def find(wish: Meaning, service: Service, mode: Mode, book: Book, workshop: Workshop, now: datetime) -> Found:
    """At most three slots for a wish; when nothing fits, why, and those nearest to it.

    The book is opened at the wish's days, in their order, and around them only when nothing fits.
    """
    soonest = now + timedelta(minutes=workshop.rules.lead_minutes)
    search = _Search(service, mode, book, workshop, now, soonest)
    seen = _until_enough(search.on(day, wish) for day in search.days(wish.first, wish.last))
    fitting = [day.slots for day in seen if day.slots]
    if fitting:
        return Found(_spread(fitting, wish, workshop.zone))
    near_days = search.days(wish.first - NEAREST_WITHIN, wish.last + NEAREST_WITHIN)
    unseen = (day for day in near_days if wish.limits_times or _days_off(day, wish))
    outward = sorted(unseen, key=lambda day: _days_off(day, wish))
    near = [slot for day in _until_enough(search.on(day) for day in outward) for slot in day.slots]
    reasons = frozenset[Why]().union(*(day.reasons for day in seen))
    never: Why = "past" if wish.last < now.astimezone(workshop.zone).date() else "too_far"
    return Found(_nearest(near, wish, workshop), min(reasons, key=_CLOSEST.index, default=never))


@dataclass(frozen=True, slots=True)
class _Day:
    """What a day has for a wish: the slots that are free, and why others are not."""

    slots: list[Slot]
    reasons: frozenset[Why]


def _until_enough(days: Iterable[_Day]) -> list[_Day]:
    """Up to the third day that has a slot: more are not looked at, so that a wide wish costs no more."""
    seen: list[_Day] = []
    for day in days:
        seen.append(day)
        if sum(1 for each in seen if each.slots) == _MOST_OFFERS:
            break
    return seen


def _needed(service: Service, mode: Mode) -> timedelta:
    promised = service.promised_minutes if mode == "wait" else 0
    return timedelta(minutes=max(service.bay_minutes, promised))


@dataclass(frozen=True, slots=True)
class _Search:
    """The free slots of one service, day by day."""

    service: Service
    mode: Mode
    book: Book
    workshop: Workshop
    now: datetime
    soonest: datetime

    def days(self, first: date, last: date) -> Iterator[date]:
        """Those that can be booked at all: from today to the horizon."""
        day = max(first, self.now.astimezone(self.workshop.zone).date())
        last = min(last, last_day(self.now, self.workshop))
        while day <= last:
            yield day
            day += timedelta(days=1)

    def on(self, day: date, wish: Meaning | None = None) -> _Day:
        """What a day has for a wish, or at all."""
        on_day = WorkshopDay.of(day, self.book, self.workshop)
        if on_day is None:
            return _Day([], frozenset({"closed"}))
        latest = on_day.open.end - _needed(self.service, self.mode)
        wished = [
            start
            for start in starts(day, self.workshop)
            if wish is None or self._fits(start, wish, on_day.open.start, latest)
        ]
        if not wished:
            between_starts = wish is not None and self._is_open_at(wish.exact, day)
            return _Day([], frozenset({"off_grid" if between_starts else "outside"}))
        if not on_day.has_hours(self.service):
            return _Day([], frozenset({"full"}))
        judged = [(slot, self._hindrance(slot, on_day, latest)) for slot in self._slots(wished)]
        free = [slot for slot, why in judged if why is None]
        return _Day(free, frozenset(why for _, why in judged if why is not None))

    def _slots(self, wished: Iterable[datetime]) -> Iterator[Slot]:
        stay = timedelta(minutes=self.service.bay_minutes)
        return (Slot(start, start + stay) for start in wished)

    def _hindrance(self, slot: Slot, on_day: WorkshopDay, latest: datetime) -> Why | None:
        if slot.starts_at < self.soonest:
            return "past" if slot.starts_at <= self.now else "too_soon"
        return "too_late" if slot.starts_at > latest else on_day.lack(slot, self.service, self.mode)

    def _fits(self, start: datetime, wish: Meaning, opens: datetime, latest: datetime) -> bool:
        if wish.edge == "first" and start >= opens + EDGE:
            return False
        if wish.edge == "last" and start < latest - EDGE:
            return False
        at = start.astimezone(self.workshop.zone).time()
        if wish.exact is not None:
            return at == wish.exact
        return (wish.not_before is None or at >= wish.not_before) and (wish.before is None or at < wish.before)

    def _is_open_at(self, at: time | None, day: date) -> bool:
        hours = self.workshop.hours.on(day)
        return at is not None and hours is not None and hours[0] <= at < hours[1]


def _spread(days: list[list[Slot]], wish: Meaning, zone: ZoneInfo) -> tuple[Slot, ...]:
    """The first that fits, then times that differ from it: another part of the day, another day."""
    first = days[0][0]
    if wish.exact is not None or (wish.edge is not None and len(days) > 1):
        return tuple(day[-1 if wish.edge == "last" else 0] for day in days)
    days = [[slot for slot in day if slot.starts_at.astimezone(zone).minute in (0, 30)] or day for day in days]
    if len(days) == 1:
        chosen = [first, days[0][len(days[0]) // 2], days[0][-1]]
    elif wish.earliest:
        chosen = [first, days[0][len(days[0]) // 2], days[1][0]]
    else:
        # The morning of the first day, the afternoon of the next, the middle of a third.
        third = days[2 % len(days)]
        chosen = [first, days[1][3 * len(days[1]) // 4], third[len(third) // 2]]
    return tuple(sorted(dict.fromkeys(chosen), key=lambda slot: slot.starts_at))


def _days_off(day: date, wish: Meaning) -> int:
    return max((wish.first - day).days, (day - wish.last).days, 0)


def _nearest(free: Iterable[Slot], wish: Meaning, workshop: Workshop) -> tuple[Slot, ...]:
    """Those whose day and time of day are nearest to the wish, at least an hour apart from each other."""

    def distance(slot: Slot) -> tuple[int, datetime]:
        local = slot.starts_at.astimezone(workshop.zone)
        aim = _aim(wish, local.date(), workshop)
        minutes = abs(_of_day(local.time()) - _of_day(aim)) if aim is not None else 0
        return _days_off(local.date(), wish) * 24 * 60 + minutes, slot.starts_at

    chosen: list[Slot] = []
    for slot in sorted(free, key=distance):
        if all(abs(slot.starts_at - each.starts_at) >= timedelta(hours=1) for each in chosen):
            chosen.append(slot)
        if len(chosen) == _MOST_OFFERS:
            break
    return tuple(sorted(chosen, key=lambda slot: slot.starts_at))


def _aim(wish: Meaning, day: date, workshop: Workshop) -> time | None:
    """The time of day that comes nearest to what was wished for."""
    hours = workshop.hours.on(day)
    if hours is not None and wish.edge is not None:
        return hours[0] if wish.edge == "first" else hours[1]
    an_hour_before = time(max(wish.before.hour - 1, 0), wish.before.minute) if wish.before is not None else None
    return wish.exact or wish.not_before or an_hour_before


def _of_day(at: time) -> int:
    return at.hour * 60 + at.minute
