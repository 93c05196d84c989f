"""Made-up appointments that the workshop could really have had: its hours, bays, technicians and grid are kept."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from shared.domain.models import Booked, Service
from shared.domain.scheduling import Agenda, Slot, Workshop, day_slots, free_bay, has_hours
from shared.shop import Shop

_PAST, _FUTURE = 0.70, 0.85  # the rest is cancelled or not kept
_DAYS_BACK, _DAYS_AHEAD = 365, 21
_TRIES = 40
# How often each service is asked for, by its place in the shop file; later ones are rarer.
_FALLING = 0.85


@dataclass(frozen=True, slots=True)
class Visit:
    vehicle: int
    service: str
    bay: int
    starts_at: datetime
    ends_at: datetime
    status: str
    mode: str


def visits(count: int, vehicles: int, shop: Shop, as_of: date, source: random.Random) -> Iterator[Visit]:
    """Appointments of the cars numbered 0 to `vehicles` - 1. Fewer than `count` come when the book is full."""
    workshop = Workshop(shop.hours, shop.rules, shop.bays, shop.technicians)
    agenda = Agenda(shop.zone)
    weights = [_FALLING**place for place in range(len(shop.services))]
    for _ in range(count):
        service = source.choices(shop.services, weights)[0]
        share = source.random()
        placed = _placed(service, share, agenda, workshop, as_of, source)
        if placed is None:
            continue
        slot, bay = placed
        status = _status(share, slot, as_of, workshop, source)
        if status in ("booked", "confirmed", "completed"):
            agenda.add(Booked(bay, slot.starts_at, slot.ends_at, service.skill))
        yield Visit(
            source.randrange(vehicles), service.code, bay, slot.starts_at, slot.ends_at, status,
            source.choice(service.modes),
        )  # fmt: skip


def _placed(
    service: Service, share: float, agenda: Agenda, workshop: Workshop, as_of: date, source: random.Random
) -> tuple[Slot, int] | None:
    for _ in range(_TRIES):
        day = _day(share, as_of, source)
        slots: Sequence[Slot] = list(day_slots(day, service, service.modes[0], workshop))
        if not slots:
            continue
        slot = source.choice(slots)
        bay = free_bay(slot, agenda, workshop)
        if bay is not None and has_hours(slot, service.skill, agenda, workshop):
            return slot, bay
    return None


def _day(share: float, as_of: date, source: random.Random) -> date:
    if _PAST <= share < _FUTURE:
        return as_of + timedelta(days=source.randint(1, _DAYS_AHEAD))
    return as_of - timedelta(days=source.randint(1, _DAYS_BACK))


def _status(share: float, slot: Slot, as_of: date, workshop: Workshop, source: random.Random) -> str:
    if share >= _FUTURE:
        return source.choice(("cancelled", "no_show"))
    midnight = datetime.combine(as_of, time(), tzinfo=workshop.zone)
    if slot.starts_at < midnight:
        return "completed"
    return source.choice(("booked", "booked", "confirmed"))
