"""Keeps made-up data from replacing a workshop's real data by mistake.

Real is what did not come from here: customers of another source, appointments and calls by telephone. On a developer's
machine nobody calls but the lab, so only what was entered or imported is real there. Rows of that look which a
situation brought with it do not count: how many those were stands with its load in the audit.
"""

from sqlalchemy import Connection, text

from shared.errors import ConfigurationError

WHO = "seed"
_LOOKS_REAL = {"customers": "source <> 'seed'", "appointments": "source = 'voice'", "calls": "true"}
_LOOKS_REAL_LOCALLY = {"customers": "source NOT IN ('seed', 'voice')"}
_TOLD_ENOUGH = 2


def allow(connection: Connection, *, replaces_made_up: bool, times_told: int, local: bool) -> None:
    """Raises ConfigurationError, which says what was found, unless what is there may be replaced."""
    looks = _LOOKS_REAL_LOCALLY if local else _LOOKS_REAL
    found = {table: _count(connection, table, looks[table]) - _brought(connection, table) for table in looks}
    words = ", ".join(f"{count} {table}" for table, count in found.items() if count > 0)
    if words and times_told < _TOLD_ENOUGH:
        raise ConfigurationError(
            f"The database holds real data that no seed made ({words}), and all of it would go. If that is what you "
            "want, give --replace-real-data twice."
        )
    if not words and not replaces_made_up and connection.execute(text("SELECT 1 FROM customers LIMIT 1")).first():
        raise ConfigurationError("The database is seeded already; give --replace to empty it and fill it again.")


def looks_real(connection: Connection, table: str) -> int:
    """How many rows of a table would be taken for real data."""
    return _count(connection, table, _LOOKS_REAL.get(table, "false"))


def _count(connection: Connection, table: str, condition: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table} WHERE {condition}")).scalar_one())  # noqa: S608


def _brought(connection: Connection, table: str) -> int:
    last = text(
        "SELECT after ->> 'looks_real' FROM audit WHERE table_name = :table AND action = 'load' AND who = :who "
        "ORDER BY id DESC LIMIT 1"
    )
    return int(connection.execute(last, {"table": table, "who": WHO}).scalar() or 0)
