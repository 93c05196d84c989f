"""Made-up people: names by Faker, telephone numbers that are never assigned to anybody (555-01xx).

Everything follows from one random source, so the same arguments give the same people. Names are drawn from Faker once
and dealt from there, because Faker takes longer for a name than everything else here for a person.
"""

import random
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from faker import Faker

from seed.areas import AREAS, Area

# The first of each hundred is left to workshops; the desk's own number is one of them.
MOST_NUMBERS = len(AREAS) * 99
_HOUSEHOLD, _FROM_NEAR, _NO_ZIP, _NO_EMAIL = 0.10, 0.75, 0.06, 0.20
# How many names are drawn of each kind, and how common each is among the people.
_NAMES = {"en_US": (700, 0.80), "es_MX": (150, 0.10), "fr_CA": (80, 0.03), "vi_VN": (60, 0.03), "nl_NL": (60, 0.02)}
_RARE = ("O'Brien", "Nuñez", "Van der Berg", "D'Angelo", "O'Neill", "Müller", "Saint-Pierre", "Ó Súilleabháin")


@dataclass(frozen=True, slots=True)
class Person:
    phone: str
    first_name: str
    last_name: str
    zip: str | None
    email: str | None
    zone: str


# There whatever the arguments, as the first customer, for demonstrations and examples.
REGULAR = Person("+12175550191", "Elena", "Ramirez", "62704", "elena.ramirez@example.com", "America/Chicago")


def people(count: int, source: random.Random) -> Iterator[Person]:
    """The regular and others, `count` in all; one in ten shares the number and the address of the one before, and
    mostly the last name."""
    yield REGULAR
    names, numbers = _Names(source), _numbers(source)
    before: Person | None = None
    for _ in range(count - 1):
        first, last = names.next()
        if before is not None and source.random() < _HOUSEHOLD:
            phone, zone, code = before.phone, before.zone, before.zip
            last = before.last_name if source.random() < 0.8 else last
        else:
            area, phone = next(numbers)
            zone, code = area.zone, _zip(area, source)
        email = None if source.random() < _NO_EMAIL else f"{_plain(first)}.{_plain(last)}@example.com"
        before = Person(phone, first, last, code, email, zone)
        yield before


class _Names:
    """First and last names of one language go together."""

    def __init__(self, source: random.Random) -> None:
        self._source = source
        drawn = {language: _drawn(language, amount, source) for language, (amount, _) in _NAMES.items()}
        drawn["rare"] = (drawn["en_US"][0], _RARE)
        self._kinds = tuple(drawn.values())
        self._shares = [share for _, share in _NAMES.values()]
        self._shares.append(1.0 - sum(self._shares))

    def next(self) -> tuple[str, str]:
        firsts, lasts = self._source.choices(self._kinds, self._shares)[0]
        return self._source.choice(firsts), self._source.choice(lasts)


def _drawn(language: str, amount: int, source: random.Random) -> tuple[Sequence[str], Sequence[str]]:
    faker = Faker(language)
    faker.seed_instance(source.randrange(2**32))
    return [faker.first_name() for _ in range(amount)], [faker.last_name() for _ in range(amount)]


def _numbers(source: random.Random) -> Iterator[tuple[Area, str]]:
    """Each number once; most are of the areas nearest to the workshop, as far as those go."""
    left = [(area, f"+1{area.code}55501{ending:02d}") for area in AREAS for ending in source.sample(range(1, 100), 99)]
    left = [each for each in left if each[1] != REGULAR.phone]
    while left:
        yield left.pop(0 if source.random() < _FROM_NEAR else source.randrange(len(left)))


def _zip(area: Area, source: random.Random) -> str | None:
    return None if source.random() < _NO_ZIP else f"{area.zip3}{source.randint(1, 12):02d}"


def _plain(name: str) -> str:
    """The letters of a name as an address has them: without accents, blanks and apostrophes."""
    bare = unicodedata.normalize("NFKD", name.lower()).replace("đ", "d")
    return re.sub(r"[^a-z]", "", bare)
