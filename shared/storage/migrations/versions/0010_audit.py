"""Every change of a customer, a car or a booking, with who made it and why."""

from shared.storage.migrations.script import run

revision = "0010_audit"
down_revision = "0009_costs"


def upgrade() -> None:
    run(revision)
