"""A small workshop's data, made up but valid: people, cars, appointments, consents, opt-outs."""

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection

from seed.book import visits
from seed.cars import car
from seed.load import insert
from seed.people import MOST_NUMBERS, people
from shared.errors import ConfigurationError
from shared.shop import Shop

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Amounts:
    customers: int
    vehicles: int
    appointments: int

    def check(self) -> None:
        if not 1 <= self.customers <= MOST_NUMBERS:
            raise ConfigurationError(f"--customers must be from 1 to {MOST_NUMBERS}: more numbers are not free.")
        if self.vehicles < self.customers or self.appointments < 0:
            raise ConfigurationError("--vehicles must be at least --customers, and --appointments 0 or more.")


def generate(
    connection: Connection, amounts: Amounts, shop: Shop, as_of: date, seed: int, progress: Progress
) -> dict[str, int]:
    """Fills empty tables; how many rows of each there are."""
    source = random.Random(seed)
    now = datetime.combine(as_of, time(), tzinfo=shop.zone)
    customers = [
        {"id": n, **asdict(each), "created_at": now} for n, each in enumerate(people(amounts.customers, source), 1)
    ]
    _put(connection, progress, "customers", customers)
    vehicles = [
        {"id": n, "customer_id": _owner(n, amounts, source), **asdict(car(source, n)), "created_at": now}
        for n in range(1, amounts.vehicles + 1)
    ]
    _put(connection, progress, "vehicles", vehicles)
    appointments = _appointments(amounts, vehicles, shop, as_of, source, now)
    _put(connection, progress, "appointments", appointments)
    phones = sorted({str(each["phone"]) for each in customers})
    consents = [
        {"phone": each, "kind": "reminder_call", "source": "desk", "given_at": now}
        for each in phones
        if source.random() < 0.8
    ]
    _put(connection, progress, "consents", consents)
    opt_outs = [{"phone": each, "source": "desk", "opted_out_at": now} for each in phones if source.random() < 0.03]
    _put(connection, progress, "opt_outs", opt_outs)
    return {
        "customers": len(customers), "vehicles": len(vehicles), "appointments": len(appointments),
        "consents": len(consents), "opt_outs": len(opt_outs),
    }  # fmt: skip


def _owner(number: int, amounts: Amounts, source: random.Random) -> int:
    """Everybody has one car first; the others go to whom chance takes."""
    return number if number <= amounts.customers else source.randint(1, amounts.customers)


def _appointments(
    amounts: Amounts,
    vehicles: list[dict[str, Any]],
    shop: Shop,
    as_of: date,
    source: random.Random,
    now: datetime,
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for visit in visits(amounts.appointments, len(vehicles), shop, as_of, source):
        row = asdict(visit)
        vehicle = vehicles[row.pop("vehicle")]
        booked_at = min(now, visit.starts_at)
        rows.append(
            {
                "id": len(rows) + 1,
                "customer_id": vehicle["customer_id"],
                "vehicle_id": vehicle["id"],
                **row,
                "source": "seed",
                "calendar_state": "none",
                "created_at": booked_at,
                "changed_at": booked_at,
            }
        )
    return rows


def _put(connection: Connection, progress: Progress, table: str, rows: list[dict[str, Any]]) -> None:
    insert(connection, table, rows)
    progress(table, len(rows))
