"""Runs a migration's SQL file statement by statement (the extended protocol takes one at a time)."""

from pathlib import Path

from alembic import op

VERSIONS = Path(__file__).with_name("versions")


def run(name: str) -> None:
    """Every statement of `versions/<name>.sql`; they end with a semicolon at the end of a line."""
    for statement in (VERSIONS / f"{name}.sql").read_text(encoding="utf-8").split(";\n"):
        lines = [line for line in statement.splitlines() if line.strip() and not line.lstrip().startswith("--")]
        if lines:
            op.get_bind().exec_driver_sql("\n".join(lines))
