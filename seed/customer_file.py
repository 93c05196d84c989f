"""One row of a workshop's customer file: a person, perhaps a car, and what they agreed to.

A row is taken whole or not at all; everything wrong with it is told at once. Other rows and the database are not known
here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from seed import written_values as value
from seed.columns import PHONES
from shared.domain import vin as vins

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Person:
    external_id: str | None
    first_name: str
    last_name: str
    phone: str
    email: str | None
    zip: str | None
    zone: str | None


@dataclass(frozen=True, slots=True)
class Car:
    """`done_on` is the day of the last service that the file tells of."""

    external_id: str | None
    vin: str | None
    year: int | None
    make: str
    model: str | None
    plate: str | None
    mileage: int | None
    done_on: date | None
    done: str


@dataclass(frozen=True, slots=True)
class Entry:
    """`consent_since` is the day on which they agreed to reminder calls; `refuses` that the file says they do not."""

    line: int
    person: Person
    car: Car | None
    consent_since: date | None
    refuses: bool
    opted_out: bool


class RowRejected(Exception):
    """Why a row cannot be taken; `reasons` are short sentences that begin with the field."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def read_entry(line: int, cells: Mapping[str, str], today: date) -> Entry:
    """The entry of a row whose cells are given by field. Raises RowRejected."""
    if any("\0" in cell for cell in cells.values()):
        raise RowRejected(["a cell holds a NUL character"])
    given = _Cells({meant: text for meant, cell in cells.items() if (text := value.tidy(cell))})
    person, car = _person(given), _car(given, today)
    agrees, since = given.take("consent_reminder", value.yes), given.take("consent_date", lambda t: value.day(t, today))
    if agrees and since is None:
        given.wrong("consent_date", "is needed with a consent")
    opted_out = given.take("do_not_call", value.yes) or False
    if given.faults or person is None:
        raise RowRejected(given.faults)
    return Entry(line, person, car, since if agrees else None, agrees is False, opted_out)


@dataclass(slots=True)
class _Cells:
    """The cells of one row that hold something, and what was found wrong with them."""

    texts: Mapping[str, str]
    faults: list[str] = field(default_factory=list)

    def take(self, meant: str, read: Callable[[str], Value]) -> Value | None:
        text = self.texts.get(meant)
        if text is None:
            return None
        try:
            return read(text)
        except ValueError as why:
            self.wrong(meant, str(why))
            return None

    def wrong(self, meant: str, why: str) -> None:
        self.faults.append(f"{meant} {why}")

    def hold(self, *fields: str) -> bool:
        return any(meant in self.texts for meant in fields)


def _person(given: _Cells) -> Person | None:
    names, phone = _names(given), _phone(given)
    rest = (given.take("email", value.email), given.take("zip", value.zip_code), given.take("zone", value.zone))
    number = given.take("customer_number", value.number_of_theirs)
    return Person(number, *names, phone, *rest) if names is not None and phone is not None else None


def _names(given: _Cells) -> tuple[str, str] | None:
    if given.hold("first_name", "last_name") or not given.hold("name"):
        first, last = given.take("first_name", value.name), given.take("last_name", value.name)
        for meant in ("first_name", "last_name"):
            if not given.hold(meant):
                given.wrong(meant, "is empty")
        return (first, last) if first and last else None
    return given.take("name", value.whole_name)


def _phone(given: _Cells) -> str | None:
    """The first number that is one, in the order of PHONES; one behind a switchboard only where there is no other."""
    told = sorted((each for each in PHONES if given.hold(each)), key=lambda e: value.has_extension(given.texts[e]))
    if not told:
        given.wrong("phone", "is empty")
        return None
    before = list(given.faults)
    for meant in told:
        number = given.take(meant, value.phone)
        if number is not None:
            given.faults = before  # a wrong number beside a right one harms nobody
            return number
    return None


def _car(given: _Cells, today: date) -> Car | None:
    if not given.hold("vehicle_number", "vin", "year", "make", "model", "plate"):
        return None
    vin, make = given.take("vin", value.vin), given.take("make", value.make)
    told = vins.decode(vin) if vin else None
    make = make or (told.make if told else None)
    if make is None and not given.hold("make") and (vin or not given.hold("vin")):
        given.wrong("make", "is empty, and the VIN does not tell it")
    return Car(
        external_id=given.take("vehicle_number", value.number_of_theirs),
        vin=vin,
        year=given.take("year", value.year) or (told.year if told else None),
        make=make or "",
        model=given.take("model", value.model),
        plate=given.take("plate", value.plate),
        mileage=given.take("mileage", value.mileage),
        done_on=given.take("last_service_date", lambda text: value.day(text, today)),
        done=given.take("last_service_name", value.service) or "service",
    )
