"""Puts rows into the database, all in one transaction, and knows how to empty it first."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

# Children before parents, so that each can be emptied.
_TABLES = (
    "turns", "calls", "calendar_outbox", "callbacks", "reminders", "intents", "appointments", "vin_decodes",
    "vehicles", "consents", "opt_outs", "customers",
)  # fmt: skip


def empty(connection: Connection) -> None:
    """Every row that is not the shop's own description; closures that staff entered go too."""
    connection.execute(text(f"TRUNCATE {', '.join(_TABLES)} RESTART IDENTITY"))
    connection.execute(text("DELETE FROM closures WHERE source = 'staff'"))


def holds_customers(connection: Connection) -> bool:
    return connection.execute(text("SELECT 1 FROM customers LIMIT 1")).first() is not None


def insert(connection: Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Table and columns come from this package alone; values are bound. Ids that were given move the sequence on."""
    if not rows:
        return
    names = list(rows[0])
    holders = ", ".join(f":{name}" for name in names)
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({holders})"  # noqa: S608
    connection.execute(text(statement), [dict(row) for row in rows])
    if "id" in names:
        last = max(int(row["id"]) for row in rows)
        move_on = text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)")
        connection.execute(move_on, {"table": table, "last": last})
