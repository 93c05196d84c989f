"""The nouns of a workshop: services, bays, technicians, opening hours, and the rules a booking keeps.

They are values without behaviour beyond looking themselves up; where they come from (a file, a table) and what is
booked is not known here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

# Whether the caller stays; who does not drops the car off and leaves alone, with the shuttle, or in a loaner.
Mode = Literal["wait", "drop_off", "shuttle", "loaner"]

MODES: tuple[Mode, ...] = ("wait", "drop_off", "shuttle", "loaner")


@dataclass(frozen=True, slots=True)
class Service:
    """What can be booked. Minutes in the bay occupy it; promised minutes are what the caller is told.

    `modes` stand in the order in which they are offered: the first is taken when the caller says none.
    """

    code: str
    name: str
    synonyms: tuple[str, ...]
    bay_minutes: int
    promised_minutes: int
    price_from: Decimal
    price_to: Decimal
    skill: str
    modes: tuple[Mode, ...]
    equipment: str | None
    bring: str | None


@dataclass(frozen=True, slots=True)
class Bay:
    number: int
    name: str
    equipment: frozenset[str]


@dataclass(frozen=True, slots=True)
class Technician:
    name: str
    skills: frozenset[str]


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Local wall times by weekday (Monday is 0) and the days that are closed although their weekday is not."""

    zone: ZoneInfo
    weekly: Mapping[int, tuple[time, time]]
    closed: Mapping[date, str]

    def on(self, day: date) -> tuple[time, time] | None:
        """Opening and closing time of a day; None when closed."""
        return None if day in self.closed else self.weekly.get(day.weekday())

    def with_closed(self, days: Mapping[date, str]) -> "OpeningHours":
        return OpeningHours(self.zone, self.weekly, {**self.closed, **days})

    def open_at(self, moment: datetime) -> bool:
        local = moment.astimezone(self.zone)
        hours = self.on(local.date())
        return hours is not None and hours[0] <= local.time() < hours[1]


@dataclass(frozen=True, slots=True)
class BookingRules:
    """How soon, how far ahead, on which grid and how full the workshop is booked.

    `waiters_per_half_day` counts who begins to wait before noon, and who does from noon on. The shuttle takes
    `shuttle_seats_per_day` callers whose appointments begin from `shuttle_from` up to, not including, `shuttle_until`;
    where both are None there is no shuttle.
    """

    lead_minutes: int
    horizon_days: int
    write_up_minutes: int
    load_percent: int
    waiters_per_half_day: int
    loaners: int
    shuttle_from: time | None
    shuttle_until: time | None
    shuttle_seats_per_day: int


@dataclass(frozen=True, slots=True)
class Booked:
    """An active appointment as far as scheduling cares: aware instants, half open."""

    bay: int
    starts_at: datetime
    ends_at: datetime
    skill: str
    mode: Mode
