"""Whether the database's schema is the one that this code was written for.

A program that writes in bulk wants just this version. A service that answers calls also goes on with a newer one: each
release keeps working on the schema of the next, so that migrations can run before the services are replaced.
"""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, text

from shared.errors import ConfigurationError

_VERSIONS = Path(__file__).with_name("migrations") / "versions"
_MIGRATE = "run python -m shared.storage.migrate"


@cache
def newest() -> str:
    """The version that this code's migrations lead to."""
    return max(path.stem for path in _VERSIONS.glob("[0-9]*.py"))


def check(connection: Connection, *, newer_is_fine: bool = False) -> None:
    """Raises ConfigurationError whose sentence says what to do when the schema is not there, behind, or ahead."""
    if connection.execute(text("SELECT to_regclass('schema_version')")).scalar() is None:
        raise ConfigurationError(f"The database has no schema yet: {_MIGRATE}.")
    held = str(connection.execute(text("SELECT version_num FROM schema_version")).scalar_one())
    if held < newest():
        raise ConfigurationError(f"The database is at {held} and this code needs {newest()}: {_MIGRATE}.")
    if held > newest() and not newer_is_fine:
        raise ConfigurationError(f"The database is at {held}, newer than this code ({newest()}): use the newer code.")
