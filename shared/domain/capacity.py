"""Whether the workshop can take one more job at a time: bays and their equipment, technicians, chairs, loaners, rides.

Pure sums over what is booked on a local day. All the work of an appointment is done on the day on which it begins: a
car that stays overnight is in nobody's way. Nothing is known of callers, tables or what was wished for.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from shared.domain.models import Bay, Booked, BookingRules, Mode, OpeningHours, Service, Technician
from shared.domain.ranges import Range, free_of
from shared.domain.wall_time import boundary

# What stands in the way of one more job. "full" is bays, technicians or their hours.
Lack = Literal["closed", "full", "staff_event", "waiters", "loaners", "shuttle_seats", "shuttle_times"]


@dataclass(frozen=True, slots=True)
class Workshop:
    """What limits bookings: hours (with every closure known today), rules, bays, technicians, and the times in which
    the staff are at something else and nothing is booked."""

    hours: OpeningHours
    rules: BookingRules
    bays: tuple[Bay, ...]
    technicians: tuple[Technician, ...]
    staff_events: tuple[Range, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        return self.hours.zone

    def open_on(self, day: date) -> Range | None:
        """From opening to closing of a local day, as instants; None when closed."""
        hours = self.hours.on(day)
        if hours is None:
            return None
        opens, closes = (boundary(day, each, self.zone) for each in hours)
        return Range(opens, closes) if opens < closes else None


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked now; the bay is chosen when it is."""

    starts_at: datetime
    ends_at: datetime

    @property
    def during(self) -> Range:
        return Range(self.starts_at, self.ends_at)


class Book(Protocol):
    """Where it stands what is booked."""

    def on(self, day: date) -> Sequence[Booked]:
        """What is booked on a local day."""


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


def bay_for(slot: Slot, service: Service, mode: Mode, book: Book, workshop: Workshop) -> int | None:
    """The bay in which a job can be booked now; None when anything stands in its way."""
    day = WorkshopDay.of(slot.starts_at.astimezone(workshop.zone).date(), book, workshop)
    if day is None or not day.has_hours(service) or day.lack(slot, service, mode) is not None:
        return None
    return day.free_bay(slot, service)


@dataclass(frozen=True, slots=True)
class WorkshopDay:
    """One day on which the workshop is open, with what is booked on it."""

    open: Range
    booked: Sequence[Booked]
    workshop: Workshop

    @classmethod
    def of(cls, day: date, book: Book, workshop: Workshop) -> "WorkshopDay | None":
        open_range = workshop.open_on(day)
        return None if open_range is None else cls(open_range, book.on(day), workshop)

    def lack(self, slot: Slot, service: Service, mode: Mode) -> Lack | None:
        """What stands in the way at this time, but for the day's hours, which no other time of the day would mend."""
        if slot.starts_at < self.open.start or slot.ends_at > self.open.end:
            return "closed"
        if self.workshop.staff_events and not free_of(slot.during, self.workshop.staff_events):
            return "staff_event"
        together = self._together(slot)
        if self._bay_beside(together, service) is None or not self._has_hands(slot, service.skill, together):
            return "full"
        return self._mode_lack(slot, mode)

    def free_bay(self, slot: Slot, service: Service) -> int | None:
        """A bay that is free all along and has what the service needs: of those the one with the least equipment, so
        that a rack stays free for who needs it, and the lowest number."""
        return self._bay_beside(self._together(slot), service)

    def _bay_beside(self, together: Sequence[Booked], service: Service) -> int | None:
        taken = {each.bay for each in together}
        free = (
            (len(bay.equipment), bay.number)
            for bay in self.workshop.bays
            if bay.number not in taken and (service.equipment is None or service.equipment in bay.equipment)
        )
        _, number = min(free, default=(0, None))
        return number

    def has_hours(self, service: Service) -> bool:
        """Whether the day still has technicians' hours for the whole of one more such job."""
        booked = Counter[str]()
        for each in self.booked:
            booked[each.skill] += _minutes(each.ends_at - each.starts_at)
        with_it = booked + Counter({service.skill: service.bay_minutes})
        return self._minutes_done(with_it) == self._minutes_done(booked) + service.bay_minutes

    def _minutes_done(self, minutes: Counter[str]) -> int:
        """How much of the work of each skill the technicians can do at most.

        A technician of two skills is one technician: of the work of any set of skills no more is done than there are
        hours of those who have one of them. The set that binds most is the least cut between work and technicians.
        """
        each_has = self._minutes_of_each()
        work_beyond = {0: minutes.total()}  # by the technicians, as bits, whose hours are used up
        for skill, wanted in minutes.items():
            people = sum(1 << n for n, each in enumerate(self.workshop.technicians) if skill in each.skills)
            for used, rest in list(work_beyond.items()):
                both = used | people
                work_beyond[both] = min(work_beyond.get(both, rest), rest - wanted)
        return min(each_has * used.bit_count() + rest for used, rest in work_beyond.items())

    def _minutes_of_each(self) -> int:
        """What may be booked of one technician's day: the open time without staff events, loaded as the rules say."""
        away = timedelta()
        counted = self.open.start
        for event in sorted(self.workshop.staff_events, key=lambda each: each.start):
            start, end = max(event.start, counted), min(event.end, self.open.end)
            if start < end:
                away += end - start
                counted = end
        return _minutes(self.open.length - away) * self.workshop.rules.load_percent // 100

    def _together(self, slot: Slot) -> list[Booked]:
        return [each for each in self.booked if each.starts_at < slot.ends_at and slot.starts_at < each.ends_at]

    def _has_hands(self, slot: Slot, skill: str, together: Sequence[Booked]) -> bool:
        """Whether at every moment of the slot each job, this one among them, has a technician of its own. Jobs may
        change hands; only where one begins can the need for hands rise."""
        moments = {slot.starts_at, *(each.starts_at for each in together if each.starts_at > slot.starts_at)}
        return all(
            _have_hands(
                tuple(sorted([skill, *(each.skill for each in together if each.starts_at <= moment < each.ends_at)])),
                self.workshop.technicians,
            )
            for moment in moments
        )

    def _mode_lack(self, slot: Slot, mode: Mode) -> Lack | None:
        rules = self.workshop.rules
        if mode == "wait":
            noon = self._noon
            in_the_morning = slot.starts_at < noon
            waiting = [each for each in self._of("wait") if (each.starts_at < noon) is in_the_morning]
            return "waiters" if len(waiting) >= rules.waiters_per_half_day else None
        if mode == "loaner":
            return "loaners" if len(self._of("loaner")) >= rules.loaners else None
        if mode == "shuttle":
            at = slot.starts_at.astimezone(self.workshop.zone).time()
            if rules.shuttle_from is None or rules.shuttle_until is None:
                return "shuttle_times"
            if not rules.shuttle_from <= at < rules.shuttle_until:
                return "shuttle_times"
            return "shuttle_seats" if len(self._of("shuttle")) >= rules.shuttle_seats_per_day else None
        return None

    def _of(self, mode: Mode) -> list[Booked]:
        return [each for each in self.booked if each.mode == mode]

    @property
    def _noon(self) -> datetime:
        zone = self.workshop.zone
        return boundary(self.open.start.astimezone(zone).date(), time(12), zone)


def everyone_has_hands(skills: Sequence[str], technicians: Sequence[Technician]) -> bool:
    """Whether jobs that are done at the same time can each be given a technician who has the skill (an augmenting path
    for each job, as in every bipartite matching)."""
    if len(skills) > len(technicians):
        return False
    job_of: dict[int, int] = {}

    def give(job: int, asked: set[int]) -> bool:
        for number, each in enumerate(technicians):
            if number in asked or skills[job] not in each.skills:
                continue
            asked.add(number)
            if number not in job_of or give(job_of[number], asked):
                job_of[number] = job
                return True
        return False

    return all(give(job, set()) for job in range(len(skills)))


# A search asks the same of many moments: of a few skills and the same technicians.
@lru_cache(maxsize=4096)
def _have_hands(skills: tuple[str, ...], technicians: tuple[Technician, ...]) -> bool:
    return everyone_has_hands(skills, technicians)


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)
