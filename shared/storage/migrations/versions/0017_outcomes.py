"""Calls in which nobody of ours spoke have an outcome, and texts a cost."""

from shared.storage.migrations.script import run

revision = "0017_outcomes"
down_revision = "0016_mirror"


def upgrade() -> None:
    run(revision)
