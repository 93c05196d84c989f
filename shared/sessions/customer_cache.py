"""Who is on file under a telephone number, kept for five minutes so that a caller is known without a query.

Only numbers that are on file are kept, and of the people no more than who they are to the database and what they may be
asked: nothing that an answer is compared with, so the cache can confirm nobody and tell nothing about anybody. Entries
are sealed. Postgres decides what is so, and is asked whenever Redis is away, slow or empty.

A reader that misses leaves a lease, and only what it then read under that lease is kept; whoever changes customers
takes entry and lease away after the commit. So what was read before a change is never kept after it, also when Redis
forgets everything in between. A change made while Redis is away is seen when the entry has expired.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from shared.sessions import shapes
from shared.sessions.in_time import RedisInTime
from shared.sessions.seal import Seal

if TYPE_CHECKING:
    from redis import Redis

log = logging.getLogger(__name__)

LIFETIME_SECONDS = 300
# Longer than any transaction may take.
LEASE_SECONDS = 10
_MOST = 20
_FORGOTTEN_AT_ONCE = 1_000
_FIELDS = ("customers", "confirm_with")
_PREFIX = "sophie:customers:"
_SCRIPT = Path(__file__).with_name("customer_cache.lua")


@dataclass(frozen=True, slots=True)
class OnFile:
    """The ids of the customers of a number, and what they may be asked to confirm who they are."""

    customers: tuple[int, ...]
    confirm_with: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """`on_file` is None when the cache does not know; what is read then may be put under `lease`, if there is one."""

    on_file: OnFile | None
    lease: str | None


class CustomerCache:
    """Safe to share between threads."""

    def __init__(self, redis: RedisInTime, secrets: Sequence[str]) -> None:
        self._redis = redis
        self._seal = Seal(secrets, "customers")

    @cached_property
    def _script(self) -> Any:
        return self._redis.script(_SCRIPT)

    def get(self, phone: str) -> Found:
        lease = token_hex(8)
        sealed = self._run(phone, "get", LEASE_SECONDS, lease)
        if not sealed:
            return Found(None, lease if sealed == "" else None)
        return Found(self._opened(phone, sealed), None)

    def put(self, phone: str, on_file: OnFile, lease: str) -> None:
        """Keeps what was read after `get` gave the lease; nothing when it was taken away meanwhile."""
        body = json.dumps(asdict(on_file), separators=(",", ":"))
        self._run(phone, "put", LIFETIME_SECONDS, lease, self._seal.close(phone, body))

    def forget(self, *phones: str) -> None:
        """To be called after each commit that adds, changes or removes customers or cars of these numbers."""
        keys = [key for phone in phones for key in _keys(phone)]
        for first in range(0, len(keys), _FORGOTTEN_AT_ONCE):
            self._redis.ask("forget customers", partial(_delete, keys[first : first + _FORGOTTEN_AT_ONCE]), None)

    def forget_everybody(self) -> None:
        """To be called when all customers were replaced at once."""
        self._redis.ask("forget customers", _delete_all, None)

    def _run(self, phone: str, action: str, seconds: int, *more: str) -> str | None:
        """What the script answers; None when Redis does not."""
        return self._redis.ask(
            f"{action} customers",
            lambda redis: str(self._script(keys=_keys(phone), args=[action, seconds, *more], client=redis)),
            None,
        )

    def _opened(self, phone: str, sealed: str) -> OnFile | None:
        body = self._seal.open(phone, sealed)
        if body is None:
            log.warning("cached customers not believed: their seal does not fit")
            return None
        try:
            read = shapes.record(json.loads(body), _FIELDS)
            customers = shapes.items(read["customers"], shapes.whole, _MOST)
            return OnFile(tuple(customers), tuple(shapes.items(read["confirm_with"], shapes.text, _MOST)))
        except (ValueError, RecursionError):
            log.warning("cached customers not read: they do not fit their schema")
            return None


def _keys(phone: str) -> list[str]:
    return [f"{_PREFIX}{phone}", f"{_PREFIX}{phone}:lease"]


def _delete(keys: Sequence[str], redis: "Redis") -> None:
    redis.delete(*keys)


def _delete_all(redis: "Redis") -> None:
    for key in redis.scan_iter(f"{_PREFIX}*", count=_FORGOTTEN_AT_ONCE):
        redis.delete(key)
