"""The rows of a customer file joined to one card for each customer, with their cars and what was done to them.

Rows of one customer carry the same number of theirs or, where they have none, the same telephone number and name. A
later row completes an earlier one; one that contradicts it is rejected. The database is not known here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Protocol, TypeVar

from seed.customer_file import Car, Entry, Person, RowRejected

Row = TypeVar("Row", Person, Car)


class LikeACar(Protocol):
    """A car of the file or of the database."""

    @property
    def external_id(self) -> str | None: ...
    @property
    def vin(self) -> str | None: ...
    @property
    def year(self) -> int | None: ...
    @property
    def make(self) -> str: ...
    @property
    def model(self) -> str | None: ...
    @property
    def plate(self) -> str | None: ...


@dataclass(slots=True)
class KnownCar:
    """A car and the services that the file tells of, by their day."""

    car: Car
    line: int
    done: dict[date, tuple[str, int | None]] = field(default_factory=dict)


@dataclass(slots=True)
class Card:
    """One customer. `consents` are the days of given consents with the lines that tell of them."""

    line: int
    person: Person
    cars: list[KnownCar] = field(default_factory=list)
    consents: dict[date, int] = field(default_factory=dict)
    refuses: bool = False
    opted_out: bool = False


NameUnderNumber = tuple[str, str, str]


def name_under_number(phone: str, first_name: str, last_name: str) -> NameUnderNumber:
    """By what a customer without a number of theirs is recognised."""
    return phone, first_name.lower(), last_name.lower()


def likeness(one: LikeACar, other: LikeACar) -> int:
    """How surely two cars of one customer are the same; 0 when they are not."""
    if one.external_id and one.external_id == other.external_id:
        return 4
    if one.vin and other.vin:
        return 3 if one.vin == other.vin else 0
    if one.external_id and other.external_id:
        return 0
    if one.plate and other.plate:
        return 2 if one.plate == other.plate else 0
    return int(_kind(one) == _kind(other))


def _kind(car: LikeACar) -> tuple[int | None, str, str]:
    return car.year, car.make.lower(), (car.model or "").lower()


class Cards:
    def __init__(self) -> None:
        self.all: list[Card] = []
        self._by_number: dict[str, Card] = {}
        self._by_name: dict[NameUnderNumber, Card] = {}
        self._owners: dict[str, Card] = {}

    @property
    def numbers(self) -> Iterable[str]:
        """The numbers under which the file knows its customers."""
        return self._by_number.keys()

    def add(self, entry: Entry) -> None:
        """Raises RowRejected, and changes nothing, when the row contradicts one before it."""
        card = self._card(entry.person)
        if card is None:
            card = Card(entry.line, entry.person)
            self._check_owner(card, entry.car)
            self.all.append(card)
        else:
            self._check_owner(card, entry.car)
            known = _car_of(card, entry.car)
            card.person = _completed(card.person, entry.person)
            if known is not None and entry.car is not None:
                known.car = _completed(known.car, entry.car)
        self._remember(card, entry)

    def _card(self, person: Person) -> Card | None:
        numbered = self._by_number.get(person.external_id) if person.external_id else None
        named = self._by_name.get(_key(person))
        if numbered is not None and _key(numbered.person)[1:] != _key(person)[1:]:
            raise RowRejected([f"customer_number stands on line {numbered.line} for another name"])
        if named is not None and person.external_id and named is not numbered and named.person.external_id:
            raise RowRejected([f"the same person stands on line {named.line} under another customer_number"])
        return numbered or named

    def _check_owner(self, card: Card, car: Car | None) -> None:
        owner = self._owners.get(car.external_id) if car is not None and car.external_id else None
        if owner is not None and owner is not card:
            raise RowRejected([f"vehicle_number stands on line {owner.line} for another customer"])

    def _remember(self, card: Card, entry: Entry) -> None:
        if card.person.external_id:
            self._by_number[card.person.external_id] = card
        self._by_name[_key(entry.person)] = card
        if entry.consent_since is not None:
            card.consents.setdefault(entry.consent_since, entry.line)
        card.refuses |= entry.refuses
        card.opted_out |= entry.opted_out
        if entry.car is not None:
            self._remember_car(card, entry.car, entry.line)

    def _remember_car(self, card: Card, car: Car, line: int) -> None:
        known = _car_of(card, car)
        if known is None:
            known = KnownCar(car, line)
            card.cars.append(known)
        if car.external_id:
            self._owners[car.external_id] = card
        if car.done_on is not None:
            known.done.setdefault(car.done_on, (car.done, car.mileage))


def _car_of(card: Card, car: Car | None) -> KnownCar | None:
    """The car of the card that this one is. Raises RowRejected when it is that one and yet another."""
    if car is None or not card.cars:
        return None
    best = max(card.cars, key=lambda known: likeness(known.car, car))
    if not likeness(best.car, car):
        return None
    for told, mine, other in (
        ("vehicle_number", car.external_id, best.car.external_id),
        ("vin", car.vin, best.car.vin),
    ):
        if mine and other and mine != other:
            raise RowRejected([f"{told} differs from that of the same car on line {best.line}"])
    return best


def _completed(before: Row, after: Row) -> Row:
    """An empty cell takes nothing away; a car's mileage does not fall."""
    told = {each.name: value for each in fields(after) if (value := getattr(after, each.name)) is not None}
    if isinstance(before, Car) and before.mileage is not None:
        told["mileage"] = max(before.mileage, told.get("mileage", 0))
    return replace(before, **told)


def _key(person: Person) -> NameUnderNumber:
    return name_under_number(person.phone, person.first_name, person.last_name)
