"""The schema `reporting` shows what came since."""

from shared.storage.migrations.script import run

revision = "0011_views"
down_revision = "0010_audit"


def upgrade() -> None:
    run(revision)
