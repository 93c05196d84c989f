"""Made-up people: names by Faker, telephone numbers that are never assigned to anybody (555-01xx).

Everything follows from one random source, so the same arguments give the same people.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from faker import Faker

# Area codes around the workshop first, then others, each with its zone.
_AREAS = {
    "217": "America/Chicago", "309": "America/Chicago", "618": "America/Chicago", "312": "America/Chicago",
    "773": "America/Chicago", "815": "America/Chicago", "630": "America/Chicago", "314": "America/Chicago",
    "608": "America/Chicago", "414": "America/Chicago", "615": "America/Chicago", "512": "America/Chicago",
    "317": "America/Indiana/Indianapolis", "212": "America/New_York", "404": "America/New_York",
    "303": "America/Denver", "602": "America/Phoenix", "213": "America/Los_Angeles", "503": "America/Los_Angeles",
    "206": "America/Los_Angeles",
}  # fmt: skip
MOST_NUMBERS = len(_AREAS) * 100
_ZIPS = ("62701", "62702", "62703", "62704", "62707", "62711", "62712", "62629", "62563", "62561")


@dataclass(frozen=True, slots=True)
class Person:
    phone: str
    first_name: str
    last_name: str
    zip: str
    email: str
    zone: str


def people(count: int, source: random.Random) -> Iterator[Person]:
    """`count` people; one in ten shares the number and name of a household."""
    faker = Faker("en_US")
    faker.seed_instance(source.randrange(2**32))
    numbers = _numbers(source)
    before: Person | None = None
    for _ in range(count):
        first, last = faker.first_name(), faker.last_name()
        if before is not None and source.random() < 0.1:
            phone, zone, code, last = before.phone, before.zone, before.zip, before.last_name
        else:
            (phone, zone), code = next(numbers), source.choice(_ZIPS)
        email = f"{first}.{last}@example.com".lower().replace(" ", "").replace("'", "")
        before = Person(phone, first, last, code, email, zone)
        yield before


def _numbers(source: random.Random) -> Iterator[tuple[str, str]]:
    """Never-assigned numbers, those near the workshop first."""
    for area, zone in _AREAS.items():
        for ending in source.sample(range(100), 100):
            yield f"+1{area}55501{ending:02d}", zone
