"""In which order the carrier tells of a call that we made, and an outcome for each such call."""

from shared.storage.migrations.script import run

revision = "0018_callbacks_in_order"
down_revision = "0017_outcomes"


def upgrade() -> None:
    run(revision)
