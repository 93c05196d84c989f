"""Customers who are to be reminded, for tests of the dialler: rows as a booking leaves them, and a consent."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from shared.storage.database import Database

# A Tuesday, 10 in the morning at the workshop.
NOW = datetime(2026, 12, 1, 16, tzinfo=UTC)


def tomorrow(hour: int) -> datetime:
    """By the workshop's clock."""
    return datetime(2026, 12, 2, 6, tzinfo=UTC) + timedelta(hours=hour)


def book(
    database: Database,
    phone: str,
    starts_at: datetime,
    *,
    zip_code: str | None = "62704",
    zone: str = "America/Chicago",
    consent: bool = True,
    status: str = "booked",
) -> int:
    """The id of an appointment of the customer of that number, who is made where there is none."""
    values: dict[str, Any] = {
        "phone": phone, "zip": zip_code, "zone": zone, "starts": starts_at, "status": status,
        "then": NOW - timedelta(days=7),
    }  # fmt: skip
    with database.transaction() as connection:

        def one(statement: str, **more: Any) -> int:
            return int(connection.execute(text(statement), values | more).scalar_one())

        if connection.execute(text("SELECT 1 FROM customers WHERE phone = :phone"), values).first() is None:
            one(
                "INSERT INTO customers (phone, first_name, last_name, zip, zone, created_at) "
                "VALUES (:phone, 'Ana', 'Lopez', :zip, :zone, :then) RETURNING id"
            )
            if consent:
                one(
                    "INSERT INTO consents (phone, kind, source, given_at) "
                    "VALUES (:phone, 'reminder_call', 'desk', :then) RETURNING id"
                )
        customer = one("SELECT id FROM customers WHERE phone = :phone")
        car = one(
            "INSERT INTO vehicles (customer_id, year, make, model, created_at) "
            "VALUES (:customer, 2018, 'Mazda', 'CX-5', :then) RETURNING id",
            customer=customer,
        )
        bay = 1 + one("SELECT count(*) FROM appointments WHERE starts_at = :starts") % 5
        # Minutes and not hours, so that many fit beside each other.
        taken = one("SELECT count(*) FROM appointments WHERE starts_at >= :starts AND bay = :bay", bay=bay)
        begins = starts_at + timedelta(minutes=taken)
        return one(
            "INSERT INTO appointments (customer_id, vehicle_id, service, bay, starts_at, ends_at, status, mode, "
            "source, created_at, changed_at) VALUES (:customer, :car, 'oil_change', :bay, :begins, :ends, :status, "
            "'wait', 'desk', :then, :then) RETURNING id",
            customer=customer, car=car, bay=bay, begins=begins, ends=begins + timedelta(minutes=1),
        )  # fmt: skip


def rows(database: Database, query: str, **values: Any) -> list[tuple[Any, ...]]:
    with database.transaction() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def write(database: Database, statement: str, **values: Any) -> None:
    with database.transaction() as connection:
        connection.execute(text(statement), values)
