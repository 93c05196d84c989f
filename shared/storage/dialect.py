"""SQLAlchemy's dialect for pg8000, with two things mended: texts are made storable, and a broken or silent socket is a
disconnect.

pg8000 turns a failed write into its InterfaceError "network error", but lets the OSError of a failed read through
(`core._read`), so SQLAlchemy would neither recognise it nor throw the connection away. A connection whose answer did
not come would then go back to the pool with that answer still on its way.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.pg8000 import PGDialect_pg8000

from shared.storage.texts import storable

DRIVER = "postgresql+sophie"
registry.register("postgresql.sophie", __name__, "Dialect")


class Dialect(PGDialect_pg8000):
    driver = "sophie"
    supports_statement_cache = True

    def do_execute(self, cursor: Any, statement: Any, parameters: Any, context: Any = None) -> None:
        with self._translated():
            super().do_execute(cursor, statement, _storable(parameters), context)  # type: ignore[no-untyped-call]

    def do_executemany(self, cursor: Any, statement: Any, parameters: Any, context: Any = None) -> None:
        with self._translated():
            super().do_executemany(cursor, statement, [_storable(each) for each in parameters], context)  # type: ignore[no-untyped-call]

    def do_commit(self, dbapi_connection: Any) -> None:
        with self._translated():
            super().do_commit(dbapi_connection)  # type: ignore[no-untyped-call]

    def do_rollback(self, dbapi_connection: Any) -> None:
        with self._translated():
            super().do_rollback(dbapi_connection)  # type: ignore[no-untyped-call]

    def do_close(self, dbapi_connection: Any) -> None:
        """pg8000 closes the socket but not the file it made of it, which would hold the descriptor until collected."""
        file = dbapi_connection._sock
        try:
            super().do_close(dbapi_connection)  # type: ignore[no-untyped-call]
        finally:
            if file is not None:
                with suppress(OSError):
                    file.close()

    def do_ping(self, dbapi_connection: Any) -> bool:
        try:
            return super().do_ping(dbapi_connection)
        except OSError:
            return False

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as why:
            # These words are what the dialect knows a disconnect by.
            raise self.loaded_dbapi.InterfaceError("network error") from why


def _storable(parameters: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(storable(each) if isinstance(each, str) else each for each in parameters)
