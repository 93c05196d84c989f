"""The way to Postgres: one pool, short transactions, and what may be tried again.

SQLAlchemy Core over pg8000. Every transaction has one budget below a tool's deadline, in which all of its statements
and its commit must fall: what has not been committed when a tool is given up never will be. It knows no table of ours.
"""

import logging
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.errors import ConfigurationError, RowRefused, Unavailable
from shared.log import fields
from shared.settings import SSL_MODES
from shared.storage import acting
from shared.storage.dialect import DRIVER
from shared.storage.texts import storable

log = logging.getLogger(__name__)
Result = TypeVar("Result")

TRANSACTION_SECONDS = 1.5
# A time-out set earlier may outlast the budget by this much before it is worth a round trip to set it again.
_SLACK_SECONDS = 0.1
_SOCKET_SECONDS = 3.0
_POOL_SIZE = 16
# How many connections of the pool may turn out to be dead before one transaction gives up.
_DEAD_AT_MOST = 3
# Serialization failure and deadlock; a prepared statement that is no longer what it was.
_AGAIN = frozenset({"40001", "40P01", "26000", "0A000"})


class Database:
    """One pool per process; it connects at the first use."""

    def __init__(self, url: str, *, pool_size: int = _POOL_SIZE, socket_seconds: float = _SOCKET_SECONDS) -> None:
        self._url, connect_args = parse_url(url)
        self._connect_args = {**connect_args, "timeout": socket_seconds, "tcp_keepalive": True}
        self._pool_size = pool_size

    @cached_property
    def engine(self) -> Engine:
        engine = create_engine(
            self._url,
            connect_args=self._connect_args,
            pool_size=self._pool_size,
            max_overflow=0,
            pool_timeout=1.0,
            pool_use_lifo=True,  # the few connections that are in use have their statements prepared
            pool_recycle=240,
            hide_parameters=True,  # names and numbers have no place in an exception's text
        )
        event.listen(engine, "before_cursor_execute", _bound_statement)
        event.listen(engine, "handle_error", _keep_the_others)
        return engine

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that commits at the end of the block and rolls back when it raises.

        Raises Unavailable when Postgres is away or undid it, a lock is not given in time, or the budget is spent;
        RowRefused when a row or a statement does not fit the schema.
        """
        with self._transaction(_Budget.of(TRANSACTION_SECONDS)) as connection:
            yield connection

    @contextmanager
    def _transaction(self, budget: "_Budget") -> Iterator[Connection]:
        try:
            # Without begin(): when a commit fails, nothing more is sent on a connection that may be out of step.
            with self._begun(budget) as connection:
                yield connection
                budget.check()
                connection.commit()
        except PoolTimeout as why:
            raise Unavailable("The database has no free connection.") from why
        except DBAPIError as why:
            raise _translated(why) from why
        except (SQLAlchemyError, OSError) as why:
            raise Unavailable("The database could not be used.") from why

    def _begun(self, budget: "_Budget") -> Connection:
        """A connection whose transaction has begun, knowing its time-outs and who acts in it: all in one round trip,
        which also shows whether the connection lives. Where one died in the pool, the pool makes a new one of it.
        """
        for _ in range(_DEAD_AT_MOST):
            try:
                return self._begin(budget)
            except DBAPIError as why:
                if not why.connection_invalidated:
                    raise
        return self._begin(budget)

    def _begin(self, budget: "_Budget") -> Connection:
        connection = self.engine.connect().execution_options(budget=budget)
        try:
            connection.exec_driver_sql(f"{budget.settings()};{_actor_settings()}")
        except BaseException:
            connection.close()
            raise
        return connection

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """`work` in a transaction; once more, in what is left of the budget, when Postgres undid it or the connection
        broke.

        A connection that breaks while committing leaves open whether it did, so `work` must be something that may be
        done twice: it reads what is already there (an intent's answer, a row of the same key) first. Raises as
        `transaction` does.
        """
        budget = _Budget.of(TRANSACTION_SECONDS)
        try:
            with self._transaction(budget) as connection:
                return work(connection)
        except Unavailable as why:
            if not _worth_another_try(why) or budget.left() <= 0:
                raise
            log.warning("transaction repeated", extra=fields(sqlstate=sqlstate(why)))
        with self._transaction(_Budget(budget.until)) as connection:
            return work(connection)

    def close(self) -> None:
        if "engine" in self.__dict__:
            self.engine.dispose()


@dataclass(slots=True)
class _Budget:
    """Until when (monotonic seconds) a transaction may go on, and how long its statements were last allowed to take."""

    until: float
    allowed: float = 0.0

    @classmethod
    def of(cls, seconds: float) -> "_Budget":
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        return self.until - time.monotonic()

    def check(self) -> float:
        left = self.left()
        if left <= 0:
            raise Unavailable("The database took too long; nothing was written.")
        return left

    def settings(self) -> str:
        """Time-outs of what is left. Postgres' own are per statement; one for a whole transaction came with version 17
        only."""
        self.allowed = self.check()
        milliseconds = max(1, int(self.allowed * 1000))
        return f"SET LOCAL lock_timeout = {milliseconds};SET LOCAL statement_timeout = {milliseconds}"


def _bound_statement(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
    """No statement may take longer than what is left for its transaction."""
    budget: _Budget | None = connection.get_execution_options().get("budget")
    if budget is None or statement.startswith("SET LOCAL"):
        return  # SQLAlchemy's own questions at the first connection, and ours below
    if budget.allowed - budget.check() > _SLACK_SECONDS:
        connection.exec_driver_sql(budget.settings())


def _keep_the_others(failure: ExceptionContext) -> None:
    """One connection that broke says nothing of the others, and to make sixteen anew takes the processor for a third of
    a second. When the server went away, each is found dead when it is next used."""
    failure.invalidate_pool_on_disconnect = False


def _actor_settings() -> str:
    """Who changes what is changed, and why, for the audit that the schema writes."""
    actor = acting.current()
    return f"SET LOCAL sophie.who = {_quoted(actor.who)};SET LOCAL sophie.why = {_quoted(actor.why)}"


def _quoted(words: str) -> str:
    return "'" + storable(words).replace("'", "''") + "'"


def parse_url(given: str) -> tuple[URL, dict[str, Any]]:
    """SQLAlchemy's URL and the connect arguments of a URL as a database console shows it.

    pg8000 knows no `sslmode`: "require" and stricter become a TLS context that checks certificate and name (a hosted
    Postgres has a public one), anything else connects plainly. Other parameters of libpq are dropped.
    """
    parts = urlsplit(given.strip())
    if parts.scheme not in ("postgres", "postgresql", "postgresql+pg8000") or not parts.hostname:
        raise ConfigurationError(
            "The database URL must look like postgresql://user:password@host/name?sslmode=require."
        )
    mode = parse_qs(parts.query).get("sslmode", ["disable"])[-1]
    if mode not in SSL_MODES:
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


def _translated(failure: DBAPIError) -> RowRefused | Unavailable:
    """Classes 22, 23 and 42 say that our rows or our SQL are wrong; everything else, that Postgres is."""
    code = sqlstate(failure) or "no connection"
    if code[:2] in ("22", "23", "42"):
        rule = constraint_of(failure)
        return RowRefused(f"The database refused what was to be written ({code}{f', rule {rule}' if rule else ''}).")
    return Unavailable(f"The database did not answer in time ({code}).")


def _worth_another_try(failure: Unavailable) -> bool:
    """When the transaction did nothing and may run again, or its connection broke."""
    cause = failure.__cause__
    return isinstance(cause, DBAPIError) and (cause.connection_invalidated or sqlstate(cause) in _AGAIN)
