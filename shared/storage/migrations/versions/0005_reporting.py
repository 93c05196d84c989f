"""The schema `reporting`: stable views for other programs."""

from shared.storage.migrations.script import run

revision = "0005_reporting"
down_revision = "0004_calls"


def upgrade() -> None:
    run(revision)
