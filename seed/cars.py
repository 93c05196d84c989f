"""Made-up cars: VINs with the right maker code, year code, check digit and serial, and how far each is driven.

A car knows when it came on the road, and remembers what was done to it, so that what a workshop does makes sense for
its age. Who owns it is a number given to it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from shared.domain.vin import check_digit

# Maker code, make, model, first and last model year.
_KINDS = (
    ("1HG", "Honda", "Civic", 2006, 2025),
    ("1HG", "Honda", "Accord", 2004, 2025),
    ("2HK", "Honda", "CR-V", 2007, 2025),
    ("4T1", "Toyota", "Camry", 2004, 2025),
    ("2T1", "Toyota", "Corolla", 2005, 2019),
    ("JTM", "Toyota", "RAV4", 2008, 2024),
    ("1FT", "Ford", "F-150", 2005, 2025),
    ("1FM", "Ford", "Explorer", 2006, 2024),
    ("3FA", "Ford", "Fusion", 2010, 2020),
    ("1G1", "Chevrolet", "Malibu", 2008, 2024),
    ("1GC", "Chevrolet", "Silverado", 2006, 2025),
    ("1N4", "Nissan", "Altima", 2007, 2024),
    ("5N1", "Nissan", "Rogue", 2010, 2024),
    ("5NP", "Hyundai", "Elantra", 2009, 2024),
    ("KM8", "Hyundai", "Tucson", 2010, 2024),
    ("KND", "Kia", "Sportage", 2010, 2024),
    ("1C4", "Jeep", "Wrangler", 2012, 2024),
    ("4S4", "Subaru", "Outback", 2008, 2024),
    ("JM3", "Mazda", "CX-5", 2013, 2024),
    ("3VW", "Volkswagen", "Jetta", 2008, 2023),
)
# The first car, of the first customer.
_REGULARS = ("5NP", "Hyundai", "Elantra", 2020, 2020)
FIRST_AS_OF = date(2012, 1, 1)  # by then half of these models are on the road
_YEAR_CODES = "ABCDEFGHJKLMNPRSTVWXY123456789"
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_DIGITS = "0123456789"
_ONE, _TWO = 0.65, 0.25  # who has one car and who has two; the rest have three
_FLEET = 15
# In a model year; so all are on the road some months before any day of the next year.
_SOLD_BY = 270
# Between two visits, whatever for.
_BETWEEN_VISITS = 45
# From which mileage on a service is needed, and after how many days again, by the code of the shop file.
_NEEDED: dict[str, tuple[int, int]] = {
    "oil_change": (3_000, 150),
    "tire_rotation": (4_000, 150),
    "oil_and_rotation": (3_000, 150),
    "inspection": (0, 330),
    "battery": (30_000, 1_000),
    "alignment": (10_000, 330),
    "brake_inspection": (12_000, 330),
    "brake_pads": (30_000, 700),
    "diagnosis": (5_000, 60),
    "ac_service": (25_000, 330),
    "scheduled_maintenance": (28_000, 330),
    "transmission_fluid": (50_000, 1_000),
    "tires": (30_000, 900),
}
_ANY_OTHER = (0, 60)


@dataclass(slots=True)
class Car:
    """`owner` is the number of a customer. `visits` are the days on which it was or will be here, with what for."""

    number: int
    owner: int
    vin: str
    year: int
    make: str
    model: str
    plate: str | None
    on_the_road: date
    miles_a_day: float
    visits: list[tuple[date, str]] = field(default_factory=list)

    def miles_on(self, day: date) -> int:
        return int((day - self.on_the_road).days * self.miles_a_day)

    def needs(self, service: str, day: date) -> bool:
        """Whether such a service on that day makes sense beside everything else that is done to the car."""
        least, again = _NEEDED.get(service, _ANY_OTHER)
        if (day - self.on_the_road).days < _BETWEEN_VISITS or self.miles_on(day) < least:
            return False
        return all(abs((day - on).days) >= (again if done == service else _BETWEEN_VISITS) for on, done in self.visits)


def cars(owners: list[int], as_of: date, source: random.Random) -> Iterator[Car]:
    """A car for each of `owners`; its number is its place, from 1, and makes its VIN unlike every other."""
    kinds = [kind for kind in _KINDS if kind[3] < as_of.year]
    for number, owner in enumerate(owners, 1):
        maker, make, model, first, last = source.choice(kinds) if number > 1 else _REGULARS
        year = min(max(as_of.year - round(source.triangular(1, 18, 5)), first), last, as_of.year - 1)
        yield Car(
            number,
            owner,
            _vin(maker, year, number, source),
            year,
            make,
            model,
            _plate(source) if source.random() < 0.7 else None,
            date(year, 1, 1) + timedelta(days=source.randrange(_SOLD_BY)),
            source.triangular(4_000, 24_000, 11_500) / 365,
        )


def owners_of(vehicles: int, customers: int, source: random.Random) -> list[int]:
    """The owner of each car: 65 % of the customers have one, the first of them too, 25 % two, 10 % three; in the order
    of the customers.

    Where that gives fewer cars than asked for, the others belong to fleets of customers taken by chance; where it
    gives more, some have a car less, but never none.
    """
    ones, twos = round(customers * _ONE), round(customers * _TWO)
    counts = [1] * ones + [2] * twos + [3] * (customers - ones - twos)
    source.shuffle(counts)
    one = counts.index(1)
    counts[0], counts[one] = counts[one], counts[0]
    over = sum(counts) - vehicles
    while over > 0:
        for place in source.sample(range(customers), customers):
            if over > 0 and counts[place] > 1:
                counts[place] -= 1
                over -= 1
    if over < 0:
        others = range(min(1, customers - 1), customers)
        fleets = source.sample(others, min(len(others), -(over // _FLEET)))
        for place in range(-over):
            counts[fleets[place % len(fleets)]] += 1
    return [customer for customer, count in enumerate(counts, 1) for _ in range(count)]


def _vin(maker: str, year: int, serial: int, source: random.Random) -> str:
    # Position 7 is a letter from 2010 on and a digit before.
    seventh = source.choice(_LETTERS if year >= 2010 else _DIGITS)
    described = "".join(source.choices(_LETTERS + _DIGITS, k=3)) + seventh + source.choice(_DIGITS)
    code = _YEAR_CODES[(year - 1980) % 30]
    draft = f"{maker}{described}0{code}{source.choice(_LETTERS)}{serial:06d}"
    return draft[:8] + check_digit(draft) + draft[9:]


def _plate(source: random.Random) -> str:
    return "".join(source.choices(_LETTERS, k=2)) + f"{source.randrange(100_000):05d}"
