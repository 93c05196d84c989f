"""Appointments, the intents that make them, and what follows from a change of one."""

from shared.storage.migrations.script import run

revision = "0003_appointments"
down_revision = "0002_customers"


def upgrade() -> None:
    run(revision)
