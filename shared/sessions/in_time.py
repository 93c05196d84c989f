"""Redis connections on which a whole operation has one deadline.

redis-py bounds each socket operation: connecting, every step of the greeting and the answer may each take as long as
the bound. Here they share what is left of one. What is asked of Redis is not known here.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.connection import Connection, SSLConnection
from redis.exceptions import TimeoutError as TookTooLong
from redis.retry import Retry

_until: ContextVar[float] = ContextVar("redis_deadline")


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
