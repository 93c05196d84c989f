"""What the workshop does on its days: bookings, what staff keep free for themselves, closures; read at once, and where
a booking is to follow, under the days' lock.

Whether a slot may be taken is `domain.capacity`'s to say. Rows come as JSON, which is read several times faster than
pg8000 reads a table.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from shared.domain.models import Booked
from shared.domain.ranges import Range
from shared.domain.wall_time import boundary


@dataclass(frozen=True, slots=True)
class Days:
    """Local days, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Cut at local midnights."""
        return boundary(self.first, time(), self.zone), boundary(self.last + timedelta(days=1), time(), self.zone)


@dataclass(frozen=True, slots=True)
class Plans:
    booked: Sequence[Booked]
    staff_events: tuple[Range, ...]
    closures: dict[date, str]


_PLANS = text("SELECT * FROM plans_between(:first, :last, :first_day, :last_day, :without)")
_LOCKED_PLANS = text("SELECT * FROM locked_plans(:locked, :first, :last, :first_day, :last_day, :without)")


def plans_of(connection: Connection, days: Days, without: Sequence[int] = (), locked: Collection[date] = ()) -> Plans:
    """What is planned, but for the appointments `without`, which are about to move. Nobody else books on the days
    `locked` any more until the transaction ends."""
    values = _values(days, without)
    if not locked:
        return _plans(connection.execute(_PLANS, values).one())
    return _plans(connection.execute(_LOCKED_PLANS, {**values, "locked": list(locked)}).one())


def _values(days: Days, without: Sequence[int]) -> dict[str, Any]:
    first, last = days.span
    return {
        "first": first,
        "last": last,
        "first_day": days.first,
        "last_day": days.last,
        "without": list(without),
    }


def _plans(row: Any) -> Plans:
    moment = datetime.fromisoformat
    return Plans(
        booked=[Booked(bay, moment(start), moment(end), skill, mode) for bay, start, end, skill, mode in row.booked],
        staff_events=tuple(Range(moment(start), moment(end)) for start, end in row.staff_events),
        closures={date.fromisoformat(day): reason for day, reason in row.closures},
    )
