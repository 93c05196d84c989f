"""The desk's leg and incoming texts in the costs, and an end for texts of which nothing was heard."""

from shared.storage.migrations.script import run

revision = "0019_whole_cost"
down_revision = "0018_callbacks_in_order"


def upgrade() -> None:
    run(revision)
