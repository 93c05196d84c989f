"""A made-up book of appointments that the workshop could really have had.

Every one of them was allowed by the workshop's own rule (`shared.domain.capacity`) in the order in which the day was
filled, also those that were cancelled later or not kept, whose place another may have taken. Full means: the minutes
in the bays, of the technicians' minutes that may be booked on that day. It knows neither customers nor tables.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from seed.cars import Car
from shared.domain.capacity import Slot, Workshop, WorkshopDay
from shared.domain.models import Booked, Mode, Service
from shared.domain.scheduling import day_slots

Fate = Literal["kept", "cancelled", "no_show"]

_PAST, _FUTURE = 0.70, 0.15  # the rest is cancelled or not kept
_NO_SHOW = 0.4  # of what was not done
_LATE = 0.25  # of what was cancelled, was to be from today on
_DAYS_BACK = 365
_PAST_LOAD = 0.55
_NEAR_DAYS = 10
# A day of the next ten is filled until it is this full; the last job that is added may be three hours long.
_NEAR_LOAD = (0.62, 0.70)
# Days after those get emptier towards the horizon, where it is this part of what it was at first.
_FAR_LOAD, _AT_HORIZON = 0.62, 0.5
_TRIES, _STARTS, _CARS = 12, 4, 16
# How often each service is asked for, by its place in the shop file; later ones are rarer.
_FALLING = 0.85

# How often somebody stays rather than leave the car: chairs must be left for who calls.
_WAITING = 0.25


@dataclass(frozen=True, slots=True)
class Visit:
    car: Car
    service: Service
    mode: Mode
    bay: int
    starts_at: datetime
    ends_at: datetime
    fate: Fate


@dataclass(slots=True)
class BookDay:
    """A day on which the workshop is open. `minutes` are what may be booked, `booked` what is."""

    day: date
    on_day: WorkshopDay
    taken: list[Booked]
    slots: dict[tuple[str, bool], Sequence[Slot]] = field(default_factory=dict)

    @classmethod
    def of(cls, day: date, workshop: Workshop) -> "BookDay | None":
        taken: list[Booked] = []
        open_range = workshop.open_on(day)
        return None if open_range is None else cls(day, WorkshopDay(open_range, taken, workshop), taken)

    @property
    def minutes(self) -> float:
        workshop = self.on_day.workshop
        share = workshop.rules.load_percent / 100
        return self.on_day.open.length / timedelta(minutes=1) * len(workshop.technicians) * share

    @property
    def booked(self) -> float:
        return sum((each.ends_at - each.starts_at) / timedelta(minutes=1) for each in self.taken)

    @property
    def load(self) -> float:
        return self.booked / self.minutes

    def slots_for(self, service: Service, mode: Mode) -> Sequence[Slot]:
        key = service.code, mode == "wait"
        if key not in self.slots:
            self.slots[key] = tuple(day_slots(self.day, service, mode, self.on_day.workshop))
        return self.slots[key]


@dataclass(frozen=True, slots=True)
class Span:
    """The open days that are made up: before `as_of`, and from it to the horizon."""

    past: Sequence[BookDay]
    future: Sequence[BookDay]

    def next_ten(self, as_of: date) -> Sequence[BookDay]:
        return [each for each in self.future if each.day > as_of][:_NEAR_DAYS]


def span_of(count: int, workshop: Workshop, services: Sequence[Service], as_of: date) -> Span:
    """At least a year back, and so far that the past part of `count` appointments leaves the days half full."""
    needed = count * _PAST * _mean_minutes(services)
    past: list[BookDay] = []
    day = as_of
    while (as_of - day).days < _DAYS_BACK or needed > 0:
        day -= timedelta(days=1)
        one = BookDay.of(day, workshop)
        if one is not None:
            past.append(one)
            needed -= one.minutes * _PAST_LOAD
    ahead = (BookDay.of(as_of + timedelta(days=n), workshop) for n in range(workshop.rules.horizon_days + 1))
    return Span(past[::-1], [each for each in ahead if each is not None])


class Book:
    """Fills the days of a span with visits of these cars, which remember them."""

    def __init__(self, span: Span, services: Sequence[Service], cars: Sequence[Car], source: random.Random) -> None:
        self._span = span
        self._services = services
        self._weights = [_FALLING**place for place in range(len(services))]
        self._cars = source.sample(cars, len(cars))
        self._source = source

    def visits(self, count: int) -> Iterator[Visit]:
        """70 % are past, 15 % future, 15 % cancelled or not kept; fewer than `count` where no more fit."""
        past, future = round(count * _PAST), round(count * _FUTURE)
        lost = count - past - future
        no_show = round(lost * _NO_SHOW)
        late = round((lost - no_show) * _LATE)
        yield from self._past(past, no_show, lost - no_show - late)
        yield from self._future(future, late)

    def _past(self, kept: int, no_show: int, cancelled: int) -> Iterator[Visit]:
        days = self._span.past
        of_each: dict[Fate, Counter[int]] = {
            "kept": self._dealt(days, kept),
            "no_show": self._dealt(days, no_show),
            "cancelled": self._dealt(days, cancelled),
        }
        over: list[Fate] = []  # what one day has no room for, the next one takes
        for place, day in enumerate(days):
            wanted = over + [fate for fate, dealt in of_each.items() for _ in range(dealt[place])]
            self._source.shuffle(wanted)
            while wanted and (visit := self._placed(day, wanted[-1])) is not None:
                wanted.pop()
                yield visit
            over = wanted

    def _future(self, kept: int, cancelled: int) -> Iterator[Visit]:
        of_each = self._dealt(self._span.future, cancelled)
        aims = self._aims(kept)
        for place, day in enumerate(self._span.future):
            for _ in range(of_each[place]):
                visit = self._placed(day, "cancelled")
                if visit is not None:
                    yield visit
            while kept and day.booked < aims[place]:
                visit = self._placed(day, "kept")
                if visit is None:
                    break
                kept -= 1
                yield visit

    def _aims(self, count: int) -> list[float]:
        """How many minutes of each future day are to be booked, so that all of them take `count` appointments."""
        days = self._span.future
        near, far = days[: _NEAR_DAYS + 1], days[_NEAR_DAYS + 1 :]
        aims = [each.minutes * self._source.uniform(*_NEAR_LOAD) for each in near]
        needed = count * self._mean_minutes()
        if needed < sum(aims):
            return [aim * needed / sum(aims) for aim in aims] + [0.0] * len(far)
        slope = [each.minutes * (1 - (1 - _AT_HORIZON) * place / len(far)) for place, each in enumerate(far)]
        load = min(_FAR_LOAD, (needed - sum(aims)) / sum(slope)) if far else 0.0
        return aims + [load * each for each in slope]

    def _mean_minutes(self) -> float:
        """Of what was done before: which services cars need is not known earlier."""
        done = [each.booked for each in self._span.past if each.taken]
        return sum(done) / sum(len(each.taken) for each in self._span.past) if done else _mean_minutes(self._services)

    def _dealt(self, days: Sequence[BookDay], count: int) -> Counter[int]:
        """How many each day gets by chance, longer days more."""
        return Counter(self._source.choices(range(len(days)), [each.minutes for each in days], k=count))

    def _placed(self, day: BookDay, fate: Fate) -> Visit | None:
        """One more visit that the rule allows on this day; None when several wishes found no place."""
        for _ in range(_TRIES):
            service = self._source.choices(self._services, self._weights)[0]
            mode = self._source.choices(service.modes, [_WAITING if each == "wait" else 1 for each in service.modes])[0]
            slot = self._slot(day, service, mode)
            bay = day.on_day.free_bay(slot, service) if slot is not None else None
            car = self._car(service, day.day) if bay is not None else None
            if slot is None or bay is None or car is None:
                continue
            if fate == "kept":
                car.visits.append((day.day, service.code))
                day.taken.append(Booked(bay, slot.starts_at, slot.ends_at, service.skill, mode))
            return Visit(car, service, mode, bay, slot.starts_at, slot.ends_at, fate)
        return None

    def _slot(self, day: BookDay, service: Service, mode: Mode) -> Slot | None:
        slots = day.slots_for(service, mode)
        if not slots or not day.on_day.has_hours(service):
            return None
        wished = self._source.sample(slots, min(_STARTS, len(slots)))
        return next((slot for slot in wished if day.on_day.lack(slot, service, mode) is None), None)

    def _car(self, service: Service, day: date) -> Car | None:
        """A car that needs the service; some come more often than others."""
        for _ in range(_CARS):
            car = self._cars[int(len(self._cars) * self._source.random() ** 1.5)]
            if car.needs(service.code, day):
                return car
        return None


def _mean_minutes(services: Sequence[Service]) -> float:
    weights = [_FALLING**place for place in range(len(services))]
    return sum(each.bay_minutes * weight for each, weight in zip(services, weights, strict=True)) / sum(weights)
