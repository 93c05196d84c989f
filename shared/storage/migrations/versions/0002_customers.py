"""Customers, their cars, what they allowed and forbade."""

from shared.storage.migrations.script import run

revision = "0002_customers"
down_revision = "0001_shop"


def upgrade() -> None:
    run(revision)
