"""Customers and their cars. Who may be told about them is decided by the tools, not here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, text


@dataclass(frozen=True, slots=True)
class Customer:
    id: int
    phone: str
    first_name: str
    last_name: str
    zip: str | None

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


_CUSTOMER = "SELECT id, phone, first_name, last_name, zip FROM customers"
_VEHICLE = "SELECT id, customer_id, vin, year, make, model FROM vehicles"


def by_phone(connection: Connection, phone: str) -> Sequence[Customer]:
    """Everybody under a number: a household may share it."""
    rows = connection.execute(text(f"{_CUSTOMER} WHERE phone = :phone ORDER BY id LIMIT 20"), {"phone": phone})
    return [_customer(row) for row in rows]


def by_ids(connection: Connection, ids: Sequence[int]) -> Sequence[Customer]:
    rows = connection.execute(text(f"{_CUSTOMER} WHERE id = ANY(:ids) ORDER BY id"), {"ids": list(ids)})
    return [_customer(row) for row in rows]


def vehicles_of(connection: Connection, customer_ids: Sequence[int]) -> Sequence[Vehicle]:
    rows = connection.execute(
        text(f"{_VEHICLE} WHERE customer_id = ANY(:ids) ORDER BY id LIMIT 40"), {"ids": list(customer_ids)}
    )
    return [_vehicle(row) for row in rows]


def add_customer(
    connection: Connection, *, phone: str, first_name: str, last_name: str, zone: str, now: datetime
) -> int:
    """The id of a new customer; one of the same number and name is that customer."""
    same = text(
        "SELECT id FROM customers WHERE phone = :phone AND lower(first_name) = lower(:first_name) "
        "AND lower(last_name) = lower(:last_name) ORDER BY id LIMIT 1"
    )
    values = {"phone": phone, "first_name": first_name, "last_name": last_name, "zone": zone, "now": now}
    known = connection.execute(same, values).scalar()
    if known is not None:
        return int(known)
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
    for known in vehicles_of(connection, [customer_id]):
        if vin is not None and known.vin is not None:
            same = vin == known.vin
        else:
            same = _kind(known.year, known.make, known.model) == _kind(year, make, model)
        if same:
            return known.id
    values = {"customer_id": customer_id, "vin": vin, "year": year, "make": make, "model": model, "now": now}
    statement = text(
        "INSERT INTO vehicles (customer_id, vin, year, make, model, created_at) "
        "VALUES (:customer_id, :vin, :year, :make, :model, :now) RETURNING id"
    )
    return int(connection.execute(statement, values).scalar_one())


def _kind(year: int | None, make: str, model: str | None) -> tuple[int | None, str, str]:
    return year, make.lower(), (model or "").lower()


def _customer(row: Row[tuple[object, ...]]) -> Customer:
    return Customer(row.id, row.phone, row.first_name, row.last_name, row.zip)


def _vehicle(row: Row[tuple[object, ...]]) -> Vehicle:
    return Vehicle(row.id, row.customer_id, row.vin, row.year, row.make, row.model)
