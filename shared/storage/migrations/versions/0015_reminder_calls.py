"""What dialling reminders needs: who dials, until when a call may be answered, and an outcome for each appointment."""

from shared.storage.migrations.script import run

revision = "0015_reminder_calls"
down_revision = "0014_doors"


def upgrade() -> None:
    run(revision)
