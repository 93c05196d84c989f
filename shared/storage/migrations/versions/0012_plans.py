"""The appointment book as it is read before a booking."""

from shared.storage.migrations.script import run

revision = "0012_plans"
down_revision = "0011_views"


def upgrade() -> None:
    run(revision)
