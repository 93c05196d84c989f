"""Calls and their turns."""

from shared.storage.migrations.script import run

revision = "0004_calls"
down_revision = "0003_appointments"


def upgrade() -> None:
    run(revision)
