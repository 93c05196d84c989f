"""What was done to the cars: the completed visits of the book, and in the years before it what their mileage asked for.

Rows of the table service_history, oldest first for each car.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from seed.cars import Car
from shared.domain.models import OpeningHours, Service

_NEVER_HERE = 0.25
_YEARS_BACK = 4
_DAYS_BETWEEN = (150, 270)
_TRIES = 4


def earlier(
    cars: Sequence[Car], services: Sequence[Service], hours: OpeningHours, until: date, source: random.Random
) -> Iterator[dict[str, Any]]:
    """Services before the day `until`, on days when the workshop was open; the cars remember them."""
    for car in cars:
        if source.random() < _NEVER_HERE:
            continue
        day = max(car.on_the_road, until - timedelta(days=source.randrange(365 * _YEARS_BACK)))
        while (day := _open_day(day + timedelta(days=source.randint(*_DAYS_BETWEEN)), hours)) < until:
            # The first services of the shop file are the commonest.
            wished = (services[int(len(services) * source.random() ** 2)] for _ in range(_TRIES))
            service = next((each for each in wished if car.needs(each.code, day)), None)
            if service is not None:
                car.visits.append((day, service.code))
                yield row(car, service, day, None, source)


def row(car: Car, service: Service, day: date, appointment: int | None, source: random.Random) -> dict[str, Any]:
    cents = source.randint(int(service.price_from * 100), int(service.price_to * 100))
    return {
        "vehicle_id": car.number,
        "appointment_id": appointment,
        "service": service.code,
        "done_on": day,
        "mileage": car.miles_on(day),
        "amount": Decimal(cents).scaleb(-2),
    }


def _open_day(day: date, hours: OpeningHours) -> date:
    while hours.on(day) is None:
        day += timedelta(days=1)
    return day
