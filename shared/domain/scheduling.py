"""Which times can be offered: pure functions on half-open ranges, right across daylight saving.

Slots are local wall times of the shop, turned into instants here. The workshop's inventory is bays and technicians'
hours of a skill. Nothing is known of tables, callers or what the model may see.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from shared.domain.models import Bay, Booked, BookingRules, Mode, OpeningHours, Service, Technician
from shared.domain.moments import Meaning
from shared.domain.ranges import Range, free_of

NEAREST_WITHIN = timedelta(days=14)
_MOST_OFFERS = 3


@dataclass(frozen=True, slots=True)
class Workshop:
    """What limits bookings: hours (with every closure known today), rules, bays, technicians."""

    hours: OpeningHours
    rules: BookingRules
    bays: tuple[Bay, ...]
    technicians: tuple[Technician, ...]

    @property
    def zone(self) -> ZoneInfo:
        return self.hours.zone


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked now; the bay is chosen when it is."""

    starts_at: datetime
    ends_at: datetime

    @property
    def during(self) -> Range:
        return Range(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class Found:
    """`fits` says whether the slots are what was asked for or only what is nearest to it."""

    slots: tuple[Slot, ...]
    fits: bool


@dataclass(slots=True)
class Agenda:
    """What is booked, by local day, so that a day's sums are looked up and not searched."""

    zone: ZoneInfo
    booked: InitVar[Iterable[Booked]] = ()
    _days: dict[date, list[Booked]] = field(init=False, default_factory=dict)

    def __post_init__(self, booked: Iterable[Booked]) -> None:
        for each in booked:
            self.add(each)

    def add(self, one: Booked) -> None:
        self._days.setdefault(one.starts_at.astimezone(self.zone).date(), []).append(one)

    def on(self, day: date) -> Sequence[Booked]:
        return self._days.get(day, [])


def instant(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The UTC instant of a local wall time. A time that a clock change skips is None; one that it repeats is the
    first."""
    local = datetime.combine(day, at, tzinfo=zone)
    moment = local.astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def day_slots(day: date, service: Service, mode: Mode, workshop: Workshop) -> Iterator[Slot]:
    """Every start on the write-up grid that ends before closing, whatever is booked. Who waits must have the car back
    by closing time."""
    hours = workshop.hours.on(day)
    if hours is None:
        return
    opens, closes = instant(day, hours[0], workshop.zone), instant(day, hours[1], workshop.zone)
    if opens is None or closes is None:
        return
    step = timedelta(minutes=workshop.rules.write_up_minutes)
    stay = timedelta(minutes=service.bay_minutes)
    needed = timedelta(minutes=max(service.bay_minutes, service.promised_minutes)) if mode == "wait" else stay
    start = opens
    while start + needed <= closes:
        yield Slot(start, start + stay)
        start += step


def free_bay(slot: Slot, agenda: Agenda, workshop: Workshop) -> int | None:
    """The bay with the lowest number that is free all along, or None."""
    day = agenda.on(_local_day(slot, workshop))
    for bay in sorted(each.number for each in workshop.bays):
        if free_of(slot.during, (Range(each.starts_at, each.ends_at) for each in day if each.bay == bay)):
            return bay
    return None


def has_hours(slot: Slot, skill: str, agenda: Agenda, workshop: Workshop) -> bool:
    """Whether the day still has technicians' hours for one more job, of the skill and in all, and hands at that
    time."""
    local_day = _local_day(slot, workshop)
    hours = workshop.hours.on(local_day)
    if hours is None:
        return False
    day = agenda.on(local_day)
    skilled = sum(1 for each in workshop.technicians if skill in each.skills)
    together = [each for each in day if Range(each.starts_at, each.ends_at).overlaps(slot.during)]
    if len(together) >= len(workshop.technicians) or sum(1 for e in together if e.skill == skill) >= skilled:
        return False
    open_minutes = (datetime.combine(local_day, hours[1]) - datetime.combine(local_day, hours[0])).seconds // 60
    each_has = open_minutes * workshop.rules.load_percent // 100
    wanted = _minutes(slot.during)
    of_skill = sum(_minutes(Range(e.starts_at, e.ends_at)) for e in day if e.skill == skill)
    in_all = sum(_minutes(Range(e.starts_at, e.ends_at)) for e in day)
    return of_skill + wanted <= each_has * skilled and in_all + wanted <= each_has * len(workshop.technicians)


def bookable(slot: Slot, service: Service, agenda: Agenda, workshop: Workshop) -> bool:
    return has_hours(slot, service.skill, agenda, workshop) and free_bay(slot, agenda, workshop) is not None


def last_day(now: datetime, workshop: Workshop) -> date:
    return now.astimezone(workshop.zone).date() + timedelta(days=workshop.rules.horizon_days)


def find(
    wish: Meaning, service: Service, mode: Mode, agenda: Agenda, workshop: Workshop, now: datetime
) -> Found:
    """At most three slots for a wish; when nothing fits, those nearest to it."""
    free = _Free(service, mode, agenda, workshop, now)
    fitting = _first_days(free.on(day, wish) for day in free.days(wish.first, wish.last))
    if fitting:
        return Found(_spread(fitting, wish, workshop.zone), fits=True)
    around = free.days(wish.first - NEAREST_WITHIN, wish.last + NEAREST_WITHIN)
    outward = sorted(around, key=lambda day: _days_off(day, wish))
    near = _first_days(free.on(day) for day in outward)
    return Found(_nearest([slot for day in near for slot in day], wish, workshop.zone), fits=False)


def _first_days(days: Iterable[list[Slot]]) -> list[list[Slot]]:
    """The first three days that have any slot: more are not looked at, so that a wide wish costs no more."""
    return list(islice((slots for slots in days if slots), _MOST_OFFERS))


@dataclass(frozen=True, slots=True)
class _Free:
    """The free slots of one service, day by day."""

    service: Service
    mode: Mode
    agenda: Agenda
    workshop: Workshop
    now: datetime

    def days(self, first: date, last: date) -> Iterator[date]:
        """Those that can be booked at all: from today to the horizon."""
        day = max(first, self.now.astimezone(self.workshop.zone).date())
        last = min(last, last_day(self.now, self.workshop))
        while day <= last:
            yield day
            day += timedelta(days=1)

    def on(self, day: date, wish: Meaning | None = None) -> list[Slot]:
        soonest = self.now + timedelta(minutes=self.workshop.rules.lead_minutes)
        return [
            slot
            for slot in day_slots(day, self.service, self.mode, self.workshop)
            if slot.starts_at >= soonest
            and (wish is None or _fits(slot, wish, self.workshop.zone))
            and bookable(slot, self.service, self.agenda, self.workshop)
        ]


def _local_day(slot: Slot, workshop: Workshop) -> date:
    return slot.starts_at.astimezone(workshop.zone).date()


def _minutes(span: Range) -> int:
    return int(span.length.total_seconds() // 60)


def _fits(slot: Slot, wish: Meaning, zone: ZoneInfo) -> bool:
    at = slot.starts_at.astimezone(zone).time()
    if wish.exact is not None:
        return at == wish.exact
    return (wish.not_before is None or at >= wish.not_before) and (wish.before is None or at < wish.before)


def _spread(days: list[list[Slot]], wish: Meaning, zone: ZoneInfo) -> tuple[Slot, ...]:
    """The first that fits, then times that differ from it: another part of the day, another day."""
    if wish.exact is not None:
        return tuple(day[0] for day in days)
    first = days[0][0]
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


def _nearest(free: Iterable[Slot], wish: Meaning, zone: ZoneInfo) -> tuple[Slot, ...]:
    """Those whose day and time of day are nearest to the wish, at least an hour apart from each other."""
    aim = wish.exact or wish.not_before or (wish.before and _hour_before(wish.before))

    def distance(slot: Slot) -> tuple[int, datetime]:
        local = slot.starts_at.astimezone(zone)
        minutes = abs(_of_day(local.time()) - _of_day(aim)) if aim is not None else 0
        return _days_off(local.date(), wish) * 24 * 60 + minutes, slot.starts_at

    chosen: list[Slot] = []
    for slot in sorted(free, key=distance):
        if all(abs(slot.starts_at - each.starts_at) >= timedelta(hours=1) for each in chosen):
            chosen.append(slot)
        if len(chosen) == _MOST_OFFERS:
            break
    return tuple(sorted(chosen, key=lambda slot: slot.starts_at))


def _of_day(at: time) -> int:
    return at.hour * 60 + at.minute


def _hour_before(at: time) -> time:
    return time(max(at.hour - 1, 0), at.minute)
