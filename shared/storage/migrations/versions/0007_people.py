"""Where customers come from, what was done to their cars, and what is left when they are erased."""

from shared.storage.migrations.script import run

revision = "0007_people"
down_revision = "0006_workshop"


def upgrade() -> None:
    run(revision)
