"""Whose data a privacy request is about, and which rows of which table are about them.

One map of the tables serves the export and the erasure, so that neither forgets what the other knows. A number may be
shared: then the rows that hang on the number alone are about a household, and are marked so. It decides nothing about
what is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, text

from shared.domain.phone import normalise
from shared.errors import ConfigurationError

# The rows of each table that are about somebody; children after parents.
ROWS: Mapping[str, str] = {
    "customers": "id = :customer",
    "vehicles": "customer_id = :customer",
    "vin_decodes": "vin = ANY(CAST(:vins AS text[]))",
    "appointments": "customer_id = :customer",
    "service_history": "vehicle_id = ANY(CAST(:vehicles AS bigint[]))",
    "calendar_outbox": "appointment_id = ANY(CAST(:appointments AS bigint[]))",
    "reminders": "appointment_id = ANY(CAST(:appointments AS bigint[]))",
    "reminder_attempts": (
        "phone = :phone OR id IN (SELECT o.attempt_id FROM reminders_of_attempts o JOIN reminders r "
        "ON r.id = o.reminder_id WHERE r.appointment_id = ANY(CAST(:appointments AS bigint[])))"
    ),
    "consents": "phone = :phone",
    "opt_outs": "phone = :phone",
    "callbacks": "customer_id = :customer OR (phone = :phone AND customer_id IS NULL)",
    "identity_failures": "caller = :phone OR about = :phone",
    "calls": "call_sid = ANY(CAST(:calls AS text[]))",
    "turns": "call_sid = ANY(CAST(:calls AS text[]))",
    "intents": "call_sid = ANY(CAST(:calls AS text[]))",
    "messages": (
        "phone = :phone OR appointment_id = ANY(CAST(:appointments AS bigint[])) "
        "OR call_sid = ANY(CAST(:calls AS text[]))"
    ),
    "blocked_numbers": "phone = :phone",
    "audit": "(table_name, row_key) IN (SELECT * FROM unnest(CAST(:audited AS text[]), CAST(:keys AS text[])))",
}
# What hangs on the number and not on the person.
UNDER_THE_NUMBER = frozenset(
    {
        "reminder_attempts",
        "consents",
        "opt_outs",
        "callbacks",
        "identity_failures",
        "calls",
        "turns",
        "intents",
        "messages",
        "blocked_numbers",
    }
)
_AUDITED = ("customers", "vehicles", "appointments", "service_history", "consents", "callbacks", "opt_outs")
# Calls of the number, without those in which only somebody else of the household booked, and calls from anywhere in
# which something was booked, left or dialled for this person.
_CALLS = """
SELECT c.call_sid FROM calls c WHERE c.caller = :phone AND NOT EXISTS (
    SELECT FROM appointments a WHERE a.call_sid = c.call_sid AND a.customer_id IS DISTINCT FROM :customer)
UNION SELECT call_sid FROM appointments WHERE customer_id = :customer AND call_sid IS NOT NULL
UNION SELECT call_sid FROM callbacks WHERE customer_id = :customer AND call_sid IS NOT NULL
UNION SELECT t.call_sid FROM reminder_attempts t JOIN reminders_of_attempts o ON o.attempt_id = t.id
    JOIN reminders r ON r.id = o.reminder_id JOIN appointments a ON a.id = r.appointment_id
    WHERE a.customer_id = :customer AND t.call_sid IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """`customer` is None for a number that called and belongs to no customer; `keys` are the bound values of ROWS."""

    phone: str
    customer: int | None
    first_name: str
    last_name: str
    email: str | None
    external_id: str | None
    shared: bool
    cars: Sequence[Row[Any]]
    keys: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


def find(connection: Connection, given: str, *, last_name: str | None = None, first_name: str | None = None) -> Subject:
    """The one person under a number written in any way, held until the transaction ends.

    Raises ConfigurationError when the number is none, when nothing is held under it, and when the names fit nobody or
    several.
    """
    phone = normalise(given)
    if phone is None:
        raise ConfigurationError(f"{given!r} is no telephone number; write it like +13125550100 or (312) 555-0100.")
    query = text(
        "SELECT id, first_name, last_name, email, external_id FROM customers WHERE phone = :phone "
        "ORDER BY id FOR UPDATE"
    )
    household = connection.execute(query, {"phone": phone}).all()
    if not household:
        return _number_alone(connection, phone)
    fitting = [one for one in household if _fits(one.last_name, last_name) and _fits(one.first_name, first_name)]
    if len(fitting) != 1:
        names = "; ".join(f"{one.first_name} {one.last_name}" for one in household)
        told = "nobody" if not fitting else f"{len(fitting)} people"
        raise ConfigurationError(f"{told.capitalize()} of {phone} fit: say --last-name and --first-name ({names}).")
    return _subject(connection, phone, fitting[0], shared=len(household) > 1)


def _fits(name: str, wanted: str | None) -> bool:
    return wanted is None or name.casefold() == wanted.strip().casefold()


def _number_alone(connection: Connection, phone: str) -> Subject:
    subject = _subject(connection, phone, None, shared=False)
    if not any(exported(connection, subject).values()):
        raise ConfigurationError(f"Nothing is held under {phone}.")
    return subject


def _subject(connection: Connection, phone: str, customer: Row[Any] | None, *, shared: bool) -> Subject:
    keys: dict[str, Any] = {"phone": phone, "customer": customer.id if customer else None}
    cars = connection.execute(text("SELECT * FROM vehicles WHERE customer_id = :customer"), keys).all()
    keys["vehicles"] = [car.id for car in cars]
    keys["vins"] = [car.vin for car in cars if car.vin]
    keys["appointments"] = _column(connection, "SELECT id FROM appointments WHERE customer_id = :customer", keys)
    keys["calls"] = _column(connection, _CALLS, keys)
    audited = [
        (table, str(key))
        for table in _AUDITED
        for key in _column(connection, f"SELECT {_key(table)} FROM {table} WHERE {ROWS[table]}", keys)  # noqa: S608
    ]
    keys["audited"], keys["keys"] = [table for table, _ in audited], [key for _, key in audited]
    return Subject(
        phone=phone,
        customer=keys["customer"],
        first_name=customer.first_name if customer else "",
        last_name=customer.last_name if customer else "",
        email=customer.email if customer else None,
        external_id=customer.external_id if customer else None,
        shared=shared,
        cars=cars,
        keys=keys,
    )


def _key(table: str) -> str:
    return "phone" if table == "opt_outs" else "id"


def _column(connection: Connection, query: str, keys: Mapping[str, Any]) -> list[Any]:
    return list(connection.execute(text(query), keys).scalars())


def exported(connection: Connection, subject: Subject) -> dict[str, list[dict[str, Any]]]:
    """Every row about them, by table, as the database holds it."""
    return {
        table: _column(connection, f"SELECT to_jsonb(t) FROM {table} t WHERE {where}", subject.keys)  # noqa: S608
        for table, where in ROWS.items()
    }
