"""Runs a migration's SQL file: written as SQL, sent as it is."""

from pathlib import Path

from alembic import op

VERSIONS = Path(__file__).with_name("versions")


def run(name: str) -> None:
    """All of `versions/<name>.sql` in one message of the simple protocol, so that a body of a function may hold
    semicolons."""
    op.get_bind().exec_driver_sql((VERSIONS / f"{name}.sql").read_text(encoding="utf-8"))
