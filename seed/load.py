"""Puts rows into the database with COPY, all in one transaction, and empties it first.

It knows the order of the tables and nothing of what stands in them. Each load is written down in the audit as one row
per table, instead of one per change.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pg8000.dbapi import Error
from sqlalchemy import Connection, text

from seed import guard
from seed.progress import Progress
from shared.errors import ConfigurationError, SophieError, Unavailable
from shared.storage import audit

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]

# Parents before children: the order in which they are filled.
TABLES = (
    "customers", "vehicles", "appointments", "service_history", "consents", "opt_outs", "calls", "turns", "callbacks",
    "reminders", "reminder_attempts", "reminders_of_attempts", "calendar_outbox", "staff_events", "messages",
)  # fmt: skip
_EMPTIED_TOO = ("intents", "identity_failures", "vin_decodes", "blocked_numbers")
_NUMBERED = (
    "customers", "vehicles", "appointments", "service_history", "consents", "callbacks", "reminders", "calendar_outbox",
    "staff_events", "messages",
)  # fmt: skip
_ROWS_AT_ONCE = 500
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def replace(connection: Connection, tables: Tables, why: str, progress: Progress) -> None:
    """Every row that is not the shop's own description goes, closures that staff entered too; these rows come.

    Raises ConfigurationError that names table, row and rule when the schema refuses a row.
    """
    audit.begin(connection, guard.WHO, why)
    with audit.unaudited(connection):
        connection.execute(text(f"TRUNCATE {', '.join((*TABLES, *_EMPTIED_TOO))} RESTART IDENTITY"))
        connection.execute(text("DELETE FROM closures WHERE source = 'staff'"))
        for table in TABLES:
            rows = tables.get(table, ())
            if rows:
                _copy(connection, table, rows, progress)
                connection.execute(text(f"ANALYZE {table}"))
            told = {"rows": len(rows), "looks_real": guard.looks_real(connection, table)}
            audit.record(connection, "load", table, "*", told)


def _copy(connection: Connection, table: str, rows: Sequence[Row], progress: Progress) -> None:
    """Names of tables and columns come from this package alone; all rows of a table have the same columns."""
    names = list(rows[0])
    counted = progress.each(table.replace("_", "-"), rows, len(rows))
    cursor = connection.connection.cursor()
    try:
        cursor.execute(f"COPY {table} ({', '.join(names)}) FROM STDIN", stream=_lines(counted, names))  # type: ignore[call-arg]
    except (Error, OSError) as why:
        raise _told(table, why) from why
    if table in _NUMBERED:
        # Ids may have been given; the next one must be free.
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608
        )


def _lines(rows: Iterator[Row], names: Sequence[str]) -> Iterator[bytes]:
    while part := list(islice(rows, _ROWS_AT_ONCE)):
        yield "".join("\t".join(_cell(row[name]) for name in names) + "\n" for row in part).encode()


def _cell(value: Any) -> str:
    if value is None:
        return r"\N"
    return value.translate(_ESCAPES) if isinstance(value, str) else str(value)


def _told(table: str, why: Exception) -> SophieError:
    """Of a row that does not fit (classes 22 and 23) Postgres tells the rule, and the line of the COPY."""
    told = why.args[0] if why.args and isinstance(why.args[0], dict) else {}
    if str(told.get("C", ""))[:2] not in ("22", "23"):
        return Unavailable("The database went away while rows were written; nothing was written.")
    line = re.search(r"line (\d+)", str(told.get("W", "")))
    row = f"Row {line[1]} of '{table}'" if line else f"'{table}'"
    rule = f"rule {told['n']}" if "n" in told else f"schema ({told.get('M')})"
    return ConfigurationError(f"{row} does not fit the {rule}; nothing was written.")
