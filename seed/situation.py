"""`--from F.json`: a situation written by hand replaces all data. Rows are shaped like the reporting views.

{"customers": [...], "vehicles": [...], "appointments": [...], "consents": [...], "opt_outs": [...]}; cars and
appointments name their customer by `customer_phone` and, where a household shares it, cars by `vin`. A field that is
not known is refused, because a misspelt one would set up another situation than the one meant.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from seed.load import empty, insert
from shared.errors import ConfigurationError
from shared.shop import Shop

# Needed fields, then those that may be left out.
_FIELDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "customers": (
        frozenset({"phone", "first_name", "last_name"}), frozenset({"id", "zip", "email", "zone", "created_at"}),
    ),
    "vehicles": (frozenset({"customer_phone", "make"}), frozenset({"id", "customer_id", "vin", "year", "model"})),
    "appointments": (
        frozenset({"customer_phone", "service", "starts_at"}),
        frozenset({"id", "vin", "ends_at", "bay", "status", "mode", "source", "call_sid", "needs_review",
                   "calendar_state"}),
    ),
    "consents": (frozenset({"phone", "given_at"}), frozenset({"kind", "source", "withdrawn_at"})),
    "opt_outs": (frozenset({"phone", "opted_out_at"}), frozenset({"source"})),
}  # fmt: skip

Rows = list[dict[str, Any]]


def read(path: Path) -> dict[str, Rows]:
    """The checked rows by table. Raises ConfigurationError whose sentence names the row and the field."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as why:
        raise ConfigurationError(f"{path} cannot be read as JSON: {why}.") from why
    if not isinstance(raw, dict) or not set(raw) <= set(_FIELDS):
        raise ConfigurationError(f"{path} must be one object with lists named {', '.join(_FIELDS)}.")
    return {table: _rows(table, raw.get(table, [])) for table in _FIELDS}


def _rows(table: str, rows: Any) -> Rows:
    needed, optional = _FIELDS[table]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigurationError(f"'{table}' must be a list of objects.")
    for number, row in enumerate(rows, 1):
        if unknown := set(row) - needed - optional:
            raise ConfigurationError(f"Row {number} of '{table}' has unknown fields: {', '.join(sorted(unknown))}.")
        if lacking := needed - set(row):
            raise ConfigurationError(f"Row {number} of '{table}' lacks {', '.join(sorted(lacking))}.")
    return rows


def replace(connection: Connection, rows: Mapping[str, Rows], shop: Shop, now: datetime) -> dict[str, int]:
    """Empties the database and loads the situation; how many rows of each there are."""
    empty(connection)
    customers = [_customer(row, number, shop, now) for number, row in enumerate(rows["customers"], 1)]
    vehicles = [_vehicle(row, number, customers, now) for number, row in enumerate(rows["vehicles"], 1)]
    appointments = [
        _appointment(row, number, customers, vehicles, shop, now) for number, row in enumerate(rows["appointments"], 1)
    ]
    consents = [{"kind": "reminder_call", "source": "desk", "withdrawn_at": None} | row for row in rows["consents"]]
    opt_outs = [{"source": "desk"} | row for row in rows["opt_outs"]]
    loaded = {
        "customers": customers, "vehicles": vehicles, "appointments": appointments, "consents": consents,
        "opt_outs": opt_outs,
    }  # fmt: skip
    for table, these in loaded.items():
        insert(connection, table, these)
    return {table: len(these) for table, these in loaded.items()}


def _customer(row: dict[str, Any], number: int, shop: Shop, now: datetime) -> dict[str, Any]:
    standard = {"id": number, "zip": None, "email": None, "zone": shop.zone.key, "created_at": now}
    return standard | row


def _vehicle(row: dict[str, Any], number: int, customers: Rows, now: datetime) -> dict[str, Any]:
    owner = row.get("customer_id") or _owner(row["customer_phone"], customers, f"vehicle {number}")
    standard = {"id": number, "vin": None, "year": None, "model": None, "created_at": now}
    return {**standard, **_without(row, "customer_phone"), "customer_id": owner}


def _appointment(
    row: dict[str, Any], number: int, customers: Rows, vehicles: Rows, shop: Shop, now: datetime
) -> dict[str, Any]:
    where = f"appointment {number}"
    service = shop.service(row["service"])
    if service is None:
        raise ConfigurationError(f"The service {row['service']!r} of {where} is not in the shop file.")
    car = _car(row, customers, vehicles, where)
    starts = _instant(row["starts_at"], where)
    ends = _instant(row["ends_at"], where) if "ends_at" in row else starts + timedelta(minutes=service.bay_minutes)
    standard = {
        "id": number, "bay": 1, "status": "booked", "mode": service.modes[0], "source": "seed", "call_sid": None,
        "needs_review": False, "calendar_state": "none", "created_at": now, "changed_at": now,
    }  # fmt: skip
    of_car = {"customer_id": car["customer_id"], "vehicle_id": car["id"], "starts_at": starts, "ends_at": ends}
    return {**standard, **_without(row, "customer_phone", "vin"), **of_car}


def _car(row: Mapping[str, Any], customers: Rows, vehicles: Rows, where: str) -> dict[str, Any]:
    owners = {each["id"] for each in customers if each["phone"] == row["customer_phone"]}
    for each in vehicles:
        if each["customer_id"] in owners and row.get("vin") in (None, each["vin"]):
            return each
    raise ConfigurationError(f"No vehicle with this customer_phone and vin stands in 'vehicles' for {where}.")


def _owner(phone: str, customers: Sequence[Mapping[str, Any]], where: str) -> int:
    for each in customers:
        if each["phone"] == phone:
            return int(each["id"])
    raise ConfigurationError(f"No customer with the phone {phone} stands in 'customers' for {where}.")


def _instant(text: Any, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError) as why:
        raise ConfigurationError(f"{text!r} of {where} is not a time such as 2026-11-24T14:00:00-06:00.") from why
    if moment.tzinfo is None:
        raise ConfigurationError(f"{text!r} of {where} has no offset; write 2026-11-24T14:00:00-06:00.")
    return moment


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in names}
