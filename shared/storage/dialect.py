"""SQLAlchemy's dialect for pg8000, over our own connection. It knows nothing of what is asked through it."""

from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.pg8000 import PGDialect_pg8000

from shared.storage.connection import Connection

DRIVER = "postgresql+sophie"
registry.register("postgresql.sophie", __name__, "Dialect")


class Dialect(PGDialect_pg8000):
    driver = "sophie"
    supports_statement_cache = True

    def __init__(self, **given: Any) -> None:
        # Parameters are numbered when a statement is compiled, not each time that it is sent.
        super().__init__(paramstyle="numeric_dollar", **given)  # type: ignore[no-untyped-call]

    def connect(self, *args: Any, **kwargs: Any) -> Connection:
        return Connection(*args, **kwargs)
