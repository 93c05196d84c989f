"""The dated price table, and what each turn and call used."""

from shared.storage.migrations.script import run

revision = "0009_costs"
down_revision = "0008_reminders"


def upgrade() -> None:
    run(revision)
