"""Reminders and the calls that were made for them; what the outbox and call-backs need to be worked off."""

from shared.storage.migrations.script import run

revision = "0008_reminders"
down_revision = "0007_people"


def upgrade() -> None:
    run(revision)
