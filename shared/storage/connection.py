"""A pg8000 connection that asks Postgres once per statement: each is prepared as it is first executed, and kept.

pg8000 sends a statement in two round trips, has it planned anew each time, and begins a transaction and ends it with
more of them; figures are in tests/bench. The names of prepared statements are made of their SQL, so that behind a
pooler that shares its connections a name never means another's statement. It knows no table and no SQLAlchemy.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pg8000 import dbapi
from pg8000.converters import PG_TYPES, make_params
from pg8000.core import CLOSE, NULL_BYTE, STATEMENT, SYNC_MSG, Context

from shared.storage.texts import storable

# More than there are in the code; where statements are made as they go, the oldest give way.
_MOST_STATEMENTS = 200
_TIMESTAMPTZ = 1184
# The server does not know the name (a pooler gave us another of its connections, or somebody discarded all), or what
# the statement answers with has another type since.
_LOST, _CHANGED = "26000", "0A000"


@dataclass(frozen=True, slots=True)
class _Statement:
    name: bytes
    columns: list[dict[str, Any]] | None
    input_funcs: list[Callable[[str], Any]]


class Connection(dbapi.Connection):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._statements: dict[str, _Statement] = {}
        self._prepares = True
        self.register_in_adapter(_TIMESTAMPTZ, _moment)

    def cursor(self) -> "Cursor":
        return Cursor(self)

    def commit(self) -> None:
        self.execute_simple("commit")

    def rollback(self) -> None:
        if self._in_transaction:
            self.execute_simple("rollback")

    def close(self) -> None:
        """pg8000 says goodbye to a server that may be gone, and closes the socket but not the file it made of it, which
        would hold the descriptor until collected."""
        file = self._sock
        with suppress(dbapi.InterfaceError):
            super().close()
        if file is not None:
            with suppress(OSError):
                file.close()

    def handle_messages(self, context: Context) -> None:
        """pg8000 turns a failed write into this error, but lets the OSError of a failed read through: a connection
        whose answer did not come would go back to the pool with that answer still on its way."""
        try:
            super().handle_messages(context)
        except OSError as why:
            raise dbapi.InterfaceError("network error") from why

    def ask(self, statement: str, values: Sequence[Any]) -> Context:
        """The answer to a statement with parameters, in one round trip."""
        # Before anything is written: what cannot be converted must not leave half a message behind.
        params = [None if each is None else storable(each) for each in make_params(self.py_types, values)]
        known = self._statements.get(statement)
        if known is None:
            name = self._send_preparation(statement)
            context = Context(statement)
        else:
            name = known.name
            context = Context(statement, columns=known.columns, input_funcs=known.input_funcs)
        self.send_BIND(name, params)
        self.send_EXECUTE()
        self._sock.write(SYNC_MSG)
        self._sock.flush()
        try:
            self.handle_messages(context)
        except dbapi.DatabaseError as why:
            self._forget(why)
            raise
        if known is None and self._prepares:
            self._statements[statement] = _Statement(name, context.columns, context.input_funcs)
        return context

    def _send_preparation(self, statement: str) -> bytes:
        """To close a name that does not exist is no error, and what failed once under its name is prepared anew."""
        name = bytes(NULL_BYTE)
        if self._prepares:
            if len(self._statements) >= _MOST_STATEMENTS:
                oldest = self._statements.pop(next(iter(self._statements)))
                self._send_message(CLOSE, STATEMENT + oldest.name)
            name = hashlib.blake2b(statement.encode(), digest_size=12).hexdigest().encode() + NULL_BYTE
            self._send_message(CLOSE, STATEMENT + name)
        self.send_PARSE(name, statement)
        self.send_DESCRIBE_STATEMENT(name)
        return name

    def _forget(self, failure: dbapi.DatabaseError) -> None:
        """The transaction is lost; whoever runs it again prepares anew, or not at all where names get lost."""
        code = failure.args[0].get("C")
        if code in (_LOST, _CHANGED):
            self._statements.clear()
            self._prepares = code != _LOST


class Cursor(dbapi.Cursor):  # type: ignore[misc]
    """Begins a transaction in the same message as its first statement, where that one has no parameters."""

    def execute(self, operation: str, args: Sequence[Any] = (), stream: Any = None) -> None:
        connection = self._c
        if stream is not None:
            super().execute(operation, args, stream)
            return
        begins = not connection._in_transaction and not connection.autocommit
        if not args:
            self._context = connection.execute_simple(f"begin;{operation}" if begins else operation)
        else:
            if begins:
                connection.execute_simple("begin")
            self._context = connection.ask(operation, args)
        self._row_iter = None if self._context.rows is None else iter(self._context.rows)


def _moment(written: str) -> datetime:
    """pg8000 reads a time with strptime, which takes longer than Postgres to find the row."""
    try:
        return datetime.fromisoformat(written)
    except ValueError:  # infinity, or before the year 1
        return PG_TYPES[_TIMESTAMPTZ](written)  # type: ignore[no-any-return]
