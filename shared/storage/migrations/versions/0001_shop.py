"""The shop's own tables: settings, hours, closures, bays, technicians, services."""

from shared.storage.migrations.script import run

revision = "0001_shop"
down_revision = None


def upgrade() -> None:
    run(revision)
