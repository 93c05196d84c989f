"""The copy of the line that the voice webhook reads while a call rings, and its count of rings.

One key and one round trip. It is nobody's truth: when Redis is silent or the copy is gone, what this process last knew
holds for an hour, so that no such moment undoes what staff have switched; without it the shop file decides. It holds
no words and opens nothing, so it bears no seal, but it is read as strictly as everything from Redis.
"""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, get_args

from shared.domain.line import Line, TakenBy
from shared.log import fields
from shared.sessions import shapes
from shared.sessions.in_time import RedisInTime

if TYPE_CHECKING:
    from redis import Redis

log = logging.getLogger(__name__)

_KEY = "sophie:line"
_HOUR = 3600
_HOLDS_SECONDS = 3600.0
_MOST_DAYS = 60
_MOST_BLOCKED = 2_000
_FIELDS = ("taken_by", "capped_on", "closed", "blocked")


@dataclass(frozen=True, slots=True)
class Ring:
    """What is known as a call rings: the line, and how many calls of that number rang in this hour, with this one."""

    line: Line | None
    rings: int


class LineCopy:
    """One per process; safe to share between threads. `clock` counts seconds and never goes back."""

    def __init__(self, redis: RedisInTime, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._clock = clock
        self._known: tuple[Line, float] | None = None

    def write(self, line: Line) -> bool:
        """False when Redis is away: then the other doors go on with what they had."""
        self._known = line, self._clock()
        body = json.dumps(
            {
                "taken_by": line.taken_by,
                "capped_on": line.capped_on.isoformat() if line.capped_on else None,
                "closed": {day.isoformat(): reason for day, reason in line.closed.items()},
                "blocked": sorted(line.blocked),
            }
        )
        return self._redis.ask("write line", lambda redis: bool(redis.set(_KEY, body)), False)

    def read(self) -> Line | None:
        return self._now_or_before(self._redis.ask("read line", lambda redis: redis.get(_KEY), None))

    def ring(self, number: str | None, unix_time: float) -> Ring:
        """Counts a call of `number`; withheld numbers are not counted."""
        if number is None:
            return Ring(self.read(), 0)
        rings = f"sophie:rings:{number}:{int(unix_time) // _HOUR}"

        def ask(redis: "Redis") -> list[Any]:
            pipe = redis.pipeline(transaction=False)
            pipe.get(_KEY)
            pipe.incr(rings)
            pipe.expire(rings, _HOUR)
            return list(pipe.execute())

        nothing: list[Any] = [None, 0]
        found = self._redis.ask("ring", ask, nothing)
        return Ring(self._now_or_before(found[0]), int(found[1]))

    def _now_or_before(self, body: Any) -> Line | None:
        line, now = _line(body), self._clock()
        if line is not None:
            self._known = line, now
        elif self._known is not None and now - self._known[1] <= _HOLDS_SECONDS:
            line = self._known[0]
            log.warning("the line is as it was", extra=fields(age_seconds=round(now - self._known[1])))
        return line


def _line(body: Any) -> Line | None:
    if not isinstance(body, str):
        return None
    try:
        read = shapes.record(json.loads(body), _FIELDS)
        capped = shapes.maybe(read["capped_on"], _day)
        blocked = shapes.items(read["blocked"], shapes.text, _MOST_BLOCKED)
        closed = {
            _day(day): reason
            for day, reason in shapes.mapping(read["closed"], shapes.text, shapes.text, _MOST_DAYS).items()
        }
        return Line(shapes.choice(read["taken_by"], get_args(TakenBy)), capped, closed, frozenset(blocked))
    except (ValueError, RecursionError):
        log.warning("the line's copy is not read: it does not fit its schema")
        return None


def _day(value: Any) -> date:
    return date.fromisoformat(shapes.text(value))
