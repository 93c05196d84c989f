"""The way to Postgres: one pool, short transactions, and what may be tried again.

SQLAlchemy Core over pg8000. Every transaction has a lock and a statement time-out below a tool's deadline, so that a
call never waits for a table. It knows no table of ours.
"""

import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.errors import ConfigurationError, Unavailable
from shared.log import fields
from shared.storage.dialect import DRIVER

log = logging.getLogger(__name__)
Result = TypeVar("Result")

TRANSACTION_MS = 1500
_SOCKET_SECONDS = 3.0
_POOL_SIZE = 16
# Serialization failure and deadlock: the transaction did nothing and may run again.
_AGAIN = frozenset({"40001", "40P01"})


class Database:
    """One pool per process; it connects at the first use."""

    def __init__(self, url: str, *, pool_size: int = _POOL_SIZE, socket_seconds: float = _SOCKET_SECONDS) -> None:
        self._url, connect_args = parse_url(url)
        self._connect_args = {**connect_args, "timeout": socket_seconds, "tcp_keepalive": True}
        self._pool_size = pool_size

    @cached_property
    def engine(self) -> Engine:
        return create_engine(
            self._url,
            connect_args=self._connect_args,
            pool_size=self._pool_size,
            max_overflow=0,
            pool_timeout=1.0,
            pool_pre_ping=True,
            pool_recycle=240,
            hide_parameters=True,  # names and numbers have no place in an exception's text
        )

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that commits at the end of the block and rolls back when it raises.

        Raises Unavailable when Postgres is away, too slow, or a lock is not given in time.
        """
        try:
            # Without begin(): when a commit fails, nothing more is sent on a connection that may be out of step.
            with self.engine.connect() as connection:
                connection.execute(_BOUNDS)
                yield connection
                connection.commit()
        except PoolTimeout as why:
            raise Unavailable("The database has no free connection.") from why
        except DBAPIError as why:
            if sqlstate(why) in _AGAIN or _is_ours(why):
                raise
            raise Unavailable(f"The database did not answer in time ({sqlstate(why) or 'no connection'}).") from why
        except (SQLAlchemyError, OSError) as why:
            raise Unavailable("The database could not be used.") from why

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """`work` in a transaction; once more when Postgres undid it or the connection broke.

        A connection that breaks while committing leaves open whether it did, so `work` must be something that may be
        done twice: it reads what is already there (an intent's answer, a row of the same key) first.
        """
        try:
            with self.transaction() as connection:
                return work(connection)
        except (DBAPIError, Unavailable) as why:
            if not _worth_another_try(why):
                raise
            log.warning("transaction repeated", extra=fields(sqlstate=sqlstate(why)))
        try:
            with self.transaction() as connection:
                return work(connection)
        except DBAPIError as why:
            raise Unavailable("The database undid the transaction twice.") from why

    def close(self) -> None:
        if "engine" in self.__dict__:
            self.engine.dispose()


_BOUNDS = text(
    f"SELECT set_config('lock_timeout', '{TRANSACTION_MS}', true), "
    f"set_config('statement_timeout', '{TRANSACTION_MS}', true)"
)


def parse_url(given: str) -> tuple[URL, dict[str, Any]]:
    """SQLAlchemy's URL and the connect arguments of a URL as a database console shows it.

    pg8000 knows no `sslmode`: "require" and stricter become a TLS context that checks certificate and name (a hosted
    Postgres has a public one), anything else connects plainly. Other parameters of libpq are dropped.
    """
    parts = urlsplit(given.strip())
    if parts.scheme not in ("postgres", "postgresql", "postgresql+pg8000") or not parts.hostname:
        raise ConfigurationError("The database URL must look like postgresql://user:password@host/name?sslmode=require.")
    mode = parse_qs(parts.query).get("sslmode", ["disable"])[-1]
    if mode not in ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"):
        raise ConfigurationError(f"sslmode={mode} in the database URL is unknown; use sslmode=require.")
    url = URL.create(
        DRIVER,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        host=parts.hostname,
        port=parts.port,
        database=parts.path.lstrip("/") or None,
    )
    secure = mode in ("require", "verify-ca", "verify-full")
    return url, {"ssl_context": ssl.create_default_context()} if secure else {}


def sqlstate(failure: BaseException) -> str | None:
    """Postgres' code of a failure, through SQLAlchemy and pg8000; None when Postgres said nothing."""
    origin = getattr(failure, "orig", None)
    if origin is None and failure.__cause__ is not None:
        origin = getattr(failure.__cause__, "orig", None)
    detail = origin.args[0] if origin is not None and origin.args else None
    code = detail.get("C") if isinstance(detail, dict) else None
    return str(code) if code else None


def constraint_of(failure: DBAPIError) -> str | None:
    """The name of the constraint that refused a row."""
    detail = failure.orig.args[0] if failure.orig is not None and failure.orig.args else None
    name = detail.get("n") if isinstance(detail, dict) else None
    return str(name) if name else None


def _is_ours(failure: DBAPIError) -> bool:
    """A rule of the schema refused a row (class 23) or our SQL is wrong (22, 42): not the database's fault."""
    return (sqlstate(failure) or "")[:2] in ("22", "23", "42")


def _worth_another_try(failure: BaseException) -> bool:
    if sqlstate(failure) in _AGAIN:
        return True
    cause = failure.__cause__
    return isinstance(cause, DBAPIError) and cause.connection_invalidated
