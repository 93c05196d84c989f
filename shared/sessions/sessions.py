"""The live state of a call in Redis: what a second stream needs to take the call over, and who holds it.

Every operation is bounded and survives Redis being away or slow: a call goes on without it. Nothing here is the truth
of anything; bookings are in Postgres. What the state means is not known here.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from redis import Redis, RedisError

from shared.log import fields
from shared.sessions.in_time import connect, within

log = logging.getLogger(__name__)
Result = TypeVar("Result")

Ending = Literal["goodbye", "transfer"]
# For a whole operation, connecting included.
OPERATION_SECONDS = 0.150
LIFETIME_SECONDS = 3600
_LARGEST_STATE = 256 * 1024
_SCRIPT = Path(__file__).with_name("session.lua")


@dataclass(frozen=True, slots=True)
class Session:
    """What Redis holds of a call; `ending` is set once a goodbye or a transfer was begun."""

    epoch: int
    state: dict[str, Any] | None
    ending: Ending | None


class Sessions:
    """Each operation is tried `tries` times, each within `seconds`, connecting included."""

    def __init__(self, url: str, *, seconds: float = OPERATION_SECONDS, tries: int = 1) -> None:
        self._url = url
        self._seconds = seconds
        self._tries = tries

    @cached_property
    def _redis(self) -> "Redis":
        return connect(self._url)

    @cached_property
    def _change(self) -> Any:
        return self._redis.register_script(_SCRIPT.read_text(encoding="utf-8"))

    def spend_nonce(self, nonce: str, ttl: int) -> bool | None:
        """True the first time, False for one that was spent; None when Redis is away: the caller decides."""
        return self._bounded(
            "nonce", lambda: bool(self._redis.set(f"sophie:nonce:{nonce}", 1, nx=True, ex=ttl)), None
        )

    def claim(self, call_sid: str, epoch: int) -> bool:
        """Whether the stream of this epoch now holds the call: the first of an epoch does, a higher epoch wins. With
        Redis away it does: one stream too many is better than none."""
        return self._bounded("claim", lambda: self._run("claim", call_sid, epoch, ""), True)

    def save(self, call_sid: str, epoch: int, state: Mapping[str, Any]) -> bool:
        """Keeps the state for an hour; False when a higher epoch holds the call, so that this stream must end."""
        body = json.dumps(state, separators=(",", ":"))
        if len(body) > _LARGEST_STATE:
            log.warning("session not saved: too large", extra=fields(characters=len(body)))
            return True
        return self._bounded("save", lambda: self._run("save", call_sid, epoch, body), True)

    def load(self, call_sid: str) -> Session | None:
        """None when there is none, it cannot be read, or Redis is away."""
        raw = self._bounded("load", lambda: self._fetch(call_sid), None)
        if not raw or "epoch" not in raw:
            return None
        try:
            state = json.loads(raw["state"]) if "state" in raw else None
            ending = raw.get("ending")
            return Session(
                epoch=int(raw["epoch"]),
                state=state if isinstance(state, dict) else None,
                ending=cast(Ending, ending) if ending in ("goodbye", "transfer") else None,
            )
        except ValueError:
            log.warning("session not readable")
            return None

    def mark_ending(self, call_sid: str, ending: Ending) -> None:
        """Says why the stream is about to close, so that whoever is asked next does not revive the call."""

        def mark() -> None:
            with self._redis.pipeline(transaction=True) as pipe:
                pipe.hsetnx(_key(call_sid), "epoch", "0")
                pipe.hset(_key(call_sid), "ending", ending)
                pipe.expire(_key(call_sid), LIFETIME_SECONDS)
                pipe.execute()

        self._bounded("mark ending", mark, None)

    def close(self) -> None:
        if "_redis" in self.__dict__:
            self._redis.close()

    def _run(self, action: str, call_sid: str, epoch: int, state: str) -> bool:
        return bool(self._change(keys=[_key(call_sid)], args=[action, epoch, state, LIFETIME_SECONDS]))

    def _fetch(self, call_sid: str) -> dict[str, str]:
        return cast("dict[str, str]", self._redis.hgetall(_key(call_sid)))

    def _bounded(self, what: str, ask: Callable[[], Result], otherwise: Result) -> Result:
        for _ in range(self._tries):
            try:
                with within(self._seconds):
                    return ask()
            except (RedisError, OSError) as why:
                log.warning("redis did not answer", extra=fields(operation=what, kind=type(why).__name__))
        return otherwise


def _key(call_sid: str) -> str:
    return f"sophie:call:{call_sid}"
