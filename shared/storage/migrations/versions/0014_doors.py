"""What the desk switches during a day, numbers that are not answered, text messages, and how far a number is proven."""

from shared.storage.migrations.script import run

revision = "0014_doors"
down_revision = "0013_calendar"


def upgrade() -> None:
    run(revision)
