"""Call-backs in the calendar's outbox, and a new version of whatever shows a name or a car that changed."""

from shared.storage.migrations.script import run

revision = "0016_mirror"
down_revision = "0015_reminder_calls"


def upgrade() -> None:
    run(revision)
