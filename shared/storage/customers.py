"""Customers and their cars. Who may be told about them is decided by the tools, not here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, text

from shared.domain.spelled import without_accents


@dataclass(frozen=True, slots=True)
class Customer:
    id: int
    phone: str
    first_name: str
    last_name: str
    zip: str | None
    email: str | None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class Vehicle:
    id: int
    customer_id: int
    vin: str | None
    year: int | None
    make: str
    model: str | None
    plate: str | None
    mileage: int | None


_CUSTOMER = "SELECT id, phone, first_name, last_name, zip, email FROM customers WHERE erased_at IS NULL AND"
_VEHICLE = "SELECT id, customer_id, vin, year, make, model, plate, mileage FROM vehicles"


def by_phone(connection: Connection, phone: str) -> Sequence[Customer]:
    """Everybody under a number: a household may share it."""
    rows = connection.execute(text(f"{_CUSTOMER} phone = :phone ORDER BY id LIMIT 20"), {"phone": phone})
    return [_customer(row) for row in rows]


def by_ids(connection: Connection, ids: Sequence[int]) -> Sequence[Customer]:
    rows = connection.execute(text(f"{_CUSTOMER} id = ANY(:ids) ORDER BY id"), {"ids": list(ids)})
    return [_customer(row) for row in rows]


def vehicles_of(connection: Connection, customer_ids: Sequence[int]) -> Sequence[Vehicle]:
    rows = connection.execute(
        text(f"{_VEHICLE} WHERE customer_id = ANY(:ids) ORDER BY id LIMIT 40"), {"ids": list(customer_ids)}
    )
    return [_vehicle(row) for row in rows]


def add_customer(
    connection: Connection, *, phone: str, first_name: str, last_name: str, zone: str, now: datetime
) -> int:
    """The id of a new customer; one of the same number and name, with or without its accents, is that customer, also
    when both call at once."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('new customer of ' || CAST(:phone AS text), 0))"),
        {"phone": phone},
    )
    wanted = _plain(first_name), _plain(last_name)
    for each in by_phone(connection, phone):
        if (_plain(each.first_name), _plain(each.last_name)) == wanted:
            return each.id
    values = {"phone": phone, "first_name": first_name, "last_name": last_name, "zone": zone, "now": now}
    statement = text(
        "INSERT INTO customers (phone, first_name, last_name, zone, created_at) "
        "VALUES (:phone, :first_name, :last_name, :zone, :now) RETURNING id"
    )
    return int(connection.execute(statement, values).scalar_one())


def add_vehicle(
    connection: Connection,
    *,
    customer_id: int,
    vin: str | None,
    year: int | None,
    make: str,
    model: str | None,
    now: datetime,
) -> int:
    """The id of a car; one that the customer has already is not added twice: the same VIN or, where either side has
    none, the same year, make and model."""
    cars = vehicles_of(connection, [customer_id])
    of_that_vin = [each for each in cars if vin is not None and each.vin == vin]
    of_that_kind = [
        each
        for each in cars
        if None in (vin, each.vin) and _kind(each.year, each.make, each.model) == _kind(year, make, model)
    ]
    if of_that_vin or of_that_kind:
        return (*of_that_vin, *of_that_kind)[0].id
    values = {"customer_id": customer_id, "vin": vin, "year": year, "make": make, "model": model, "now": now}
    statement = text(
        "INSERT INTO vehicles (customer_id, vin, year, make, model, created_at) "
        "VALUES (:customer_id, :vin, :year, :make, :model, :now) RETURNING id"
    )
    return int(connection.execute(statement, values).scalar_one())


def amend_customer(
    connection: Connection,
    customer_id: int,
    *,
    phone: str | None = None,
    first_name: str | None = None,
    last_name: str | None = None,
    zip: str | None = None,
    email: str | None = None,
) -> None:
    """What is given replaces what stands; nothing is emptied."""
    connection.execute(
        text(
            "UPDATE customers SET phone = coalesce(:phone, phone), first_name = coalesce(:first_name, first_name), "
            "last_name = coalesce(:last_name, last_name), zip = coalesce(:zip, zip), "
            "email = coalesce(:email, email) WHERE id = :id AND erased_at IS NULL"
        ),
        {
            "id": customer_id,
            "phone": phone,
            "first_name": first_name,
            "last_name": last_name,
            "zip": zip,
            "email": email,
        },
    )


def amend_vehicle(
    connection: Connection,
    vehicle_id: int,
    *,
    vin: str | None = None,
    year: int | None = None,
    make: str | None = None,
    model: str | None = None,
    plate: str | None = None,
    mileage: int | None = None,
) -> None:
    """What is given replaces what stands; nothing is emptied."""
    connection.execute(
        text(
            "UPDATE vehicles SET vin = coalesce(:vin, vin), year = coalesce(:year, year), "
            "make = coalesce(:make, make), model = coalesce(:model, model), plate = coalesce(:plate, plate), "
            "mileage = coalesce(:mileage, mileage) WHERE id = :id"
        ),
        {
            "id": vehicle_id,
            "vin": vin,
            "year": year,
            "make": make,
            "model": model,
            "plate": plate,
            "mileage": mileage,
        },
    )


def _plain(name: str) -> str:
    return without_accents(name).strip()


def _kind(year: int | None, make: str, model: str | None) -> tuple[int | None, str, str]:
    return year, make.lower(), (model or "").lower()


def _customer(row: Row[tuple[object, ...]]) -> Customer:
    return Customer(row.id, row.phone, row.first_name, row.last_name, row.zip, row.email)


def _vehicle(row: Row[tuple[object, ...]]) -> Vehicle:
    return Vehicle(row.id, row.customer_id, row.vin, row.year, row.make, row.model, row.plate, row.mileage)
