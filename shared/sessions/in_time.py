"""The way to Redis: one pool, and one deadline for each whole operation, after which whoever asked goes on without.

redis-py bounds each socket operation: connecting, every step of the greeting and the answer may each take as long as
the bound. Here they share what is left of one. What is asked of Redis is not known here.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.connection import Connection, SSLConnection
from redis.exceptions import TimeoutError as TookTooLong
from redis.retry import Retry

from shared.log import fields

log = logging.getLogger(__name__)
Result = TypeVar("Result")

# In a call; for a whole operation, connecting included.
OPERATION_SECONDS = 0.150

_until: ContextVar[float] = ContextVar("redis_deadline")


class RedisInTime:
    """One per process; it connects at the first use. Each operation is tried `tries` times, each within `seconds`."""

    def __init__(self, url: str, *, seconds: float = OPERATION_SECONDS, tries: int = 1) -> None:
        self._url = url
        self._seconds = seconds
        self._tries = tries

    @cached_property
    def _client(self) -> "Redis":
        return connect(self._url)

    def ask(self, what: str, question: Callable[["Redis"], Result], otherwise: Result) -> Result:
        """The question's answer, or `otherwise` when Redis is away, slow or does not understand."""
        for _ in range(self._tries):
            try:
                with within(self._seconds):
                    return question(self._client)
            except (RedisError, OSError) as why:
                log.warning("redis did not answer", extra=fields(operation=what, kind=type(why).__name__))
        return otherwise

    def script(self, file: Path) -> "Script":
        """A Lua script, sent by its name; a server that has forgotten it is given it again."""
        return self._client.register_script(file.read_text(encoding="utf-8"))

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.close()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Everything asked of Redis in the block ends by then, answered or with redis-py's TimeoutError."""
    token = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


def connect(url: str) -> Redis:
    """A client to be used inside `within`; it connects at the first use."""
    return Redis.from_url(
        url,
        connection_class=_InTimeOverTls if url.startswith("rediss:") else _InTime,
        decode_responses=True,
        # What somebody scribbled is read as a text that no seal fits.
        encoding_errors="replace",
        # The older protocol and an anonymous driver: a greeting of three round trips less.
        protocol=2,
        driver_info=None,
        # redis-py repeats ten times by default, which turns a bound of 2 s into 25 s.
        retry=Retry(NoBackoff(), 0),
    )


class _InTime(Connection):
    def _connect(self) -> Any:
        self.socket_timeout = self.socket_connect_timeout = _left()
        return super()._connect()  # type: ignore[no-untyped-call]

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        if (connected := self._get_socket()) is not None:
            connected.settimeout(_left())
        super().send_packed_command(command, check_health)  # type: ignore[no-untyped-call]

    def read_response(self, *args: Any, **options: Any) -> Any:
        return super().read_response(*args, **{**options, "timeout": _left()})


class _InTimeOverTls(_InTime, SSLConnection):
    """The TLS handshake is bounded by what was left when the connection began."""


def _left() -> float:
    left = _until.get() - time.monotonic()
    if left <= 0:
        raise TookTooLong("Redis did not answer in time.")
    return left
