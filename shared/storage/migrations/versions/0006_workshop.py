"""What a bay has and a service needs, who waits and who is driven home, times that staff keep free."""

from shared.storage.migrations.script import run

revision = "0006_workshop"
down_revision = "0005_reporting"


def upgrade() -> None:
    run(revision)
