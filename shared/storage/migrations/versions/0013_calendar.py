"""What the calendar's worker needs: leases, changes by hand that were dealt with, and where it left off."""

from shared.storage.migrations.script import run

revision = "0013_calendar"
down_revision = "0012_plans"


def upgrade() -> None:
    run(revision)
