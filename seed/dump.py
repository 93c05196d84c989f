"""`--dump F.json`: the reporting views as a situation that `--from` sets up again.

Who was erased is left out, with their cars and bookings: there is nobody left to set up. So are the audit and all that
the views do not show, such as what was said in a call.
"""

from pathlib import Path

from sqlalchemy import Connection, text

from seed.shapes import SHAPES
from shared.errors import ConfigurationError

_OF_SOMEBODY = "appointment_id IN (SELECT id FROM reporting.appointments WHERE customer_phone IS NOT NULL)"
_KEPT = {
    "vehicles": "customer_phone IS NOT NULL",
    "appointments": "customer_phone IS NOT NULL",
    "service_history": "customer_phone IS NOT NULL",
    "reminders": _OF_SOMEBODY,
    "calendar_outbox": f"({_OF_SOMEBODY} OR callback_id IN (SELECT id FROM reporting.callbacks))",  # noqa: S608
}
_ORDER = {
    "calls": "started_at, call_sid", "turns": "call_sid, turn", "reminders": "appointment_id, due_at, attempt",
    "consents": "phone, kind, given_at", "opt_outs": "phone",
}  # fmt: skip


def dump(connection: Connection, path: Path) -> int:
    """How many rows were written. The file holds personal data and can be read by its owner alone."""
    connection.execute(text("SET LOCAL TimeZone = 'UTC'"))
    lists = {table: _rows(connection, table) for table in SHAPES}
    written = ",\n".join(f'"{table}": [\n{_LINES.join(rows)}\n]' for table, rows in lists.items())
    try:
        path.touch(mode=0o600)
        path.write_text(f"{{\n{written}\n}}\n", encoding="utf-8")
    except OSError as why:
        raise ConfigurationError(f"{path} cannot be written ({why.strerror}).") from why
    return sum(len(rows) for rows in lists.values())


_LINES = ",\n"


def _rows(connection: Connection, table: str) -> list[str]:
    """As Postgres writes JSON: amounts keep their digits, times their offset."""
    statement = (
        f"SELECT row_to_json(v)::text FROM reporting.{table} v WHERE {_KEPT.get(table, 'true')} "  # noqa: S608
        f"ORDER BY {_ORDER.get(table, 'id')}"
    )
    return list(connection.execute(text(statement)).scalars())
