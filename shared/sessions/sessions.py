"""The live state of a call in Redis: what a second stream needs to take the call over, and who holds it.

Every operation is bounded and survives Redis being away or slow: a call goes on without it. Nothing here is the truth
of anything; bookings are in Postgres. States and endings are sealed: what Redis gives back is believed only when this
house wrote it about this very call. They hold a caller's words, so an hour is all they live.
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from shared.log import fields
from shared.sessions.in_time import RedisInTime
from shared.sessions.seal import Seal
from shared.sessions.state import SessionState

if TYPE_CHECKING:
    from redis import Redis

log = logging.getLogger(__name__)

Ending = Literal["goodbye", "transfer"]
_Action = Literal["claim", "save", "end", "conclude"]
LIFETIME_SECONDS = 3600
_MOST_RESUMED = 3
_RESUMED_SECONDS = 300
_LARGEST_STATE = 256 * 1024
_SCRIPT = Path(__file__).with_name("session.lua")


@dataclass(frozen=True, slots=True)
class Session:
    """What Redis holds of a call. `epoch` is that of the stream that holds it, `ending` is set once that stream has
    begun a goodbye or a transfer, `outcome` once it is over."""

    epoch: int
    state: SessionState | None
    ending: Ending | None
    outcome: str | None = None


class Sessions:
    """Safe to share between threads. `secrets` are those of the stream's tokens, the first makes new seals."""

    def __init__(self, redis: RedisInTime, secrets: Sequence[str]) -> None:
        self._redis = redis
        self._states = Seal(secrets, "session state")
        self._endings = Seal(secrets, "session ending")

    @cached_property
    def _change(self) -> Any:
        return self._redis.script(_SCRIPT)

    def spend_nonce(self, nonce: str, ttl: int) -> bool | None:
        """True the first time, False for one that was spent; None when Redis is away: the caller decides."""
        key = f"sophie:nonce:{nonce}"
        return self._redis.ask("nonce", lambda redis: bool(redis.set(key, 1, nx=True, ex=ttl)), None)

    def claim(self, call_sid: str, epoch: int) -> bool:
        """Whether the stream of this epoch now holds the call: the first of an epoch does, a higher epoch wins. With
        Redis away it does: one stream too many is better than none."""
        return self._run("claim", call_sid, epoch)

    def save(self, call_sid: str, epoch: int, revision: int, state: SessionState) -> bool:
        """Keeps the state for an hour, unless a later revision of this epoch is there already.

        False when a higher epoch holds the call, so that this stream must end.
        """
        body = json.dumps([epoch, revision, state.to_dict()], separators=(",", ":"))
        if len(body) > _LARGEST_STATE:
            log.warning("session not saved: too large", extra=fields(characters=len(body)))
            return True
        return self._run("save", call_sid, epoch, revision, self._states.close(call_sid, body))

    def mark_ending(self, call_sid: str, epoch: int, ending: Ending) -> bool:
        """Says why the stream of this epoch is about to close, so that whoever is asked next does not revive the call;
        False when Redis did not answer."""
        end = self._changing("end", call_sid, epoch, self._endings.close(f"{call_sid} {epoch}", ending))

        def tell(redis: "Redis") -> bool:
            end(redis)
            return True

        return self._redis.ask("end", tell, False)

    def conclude(self, call_sid: str, epoch: int, outcome: str) -> None:
        """Says what the stream of this epoch came to, for whoever finds that its record was lost."""
        self._run("conclude", call_sid, epoch, self._endings.close(f"{call_sid} {epoch} outcome", outcome))

    def may_resume(self, call_sid: str) -> bool:
        """Counts one more resumption of the call; False beyond three within five minutes of the first, or when Redis is
        away: a call that breaks again and again is better with people."""
        key = f"sophie:resumed:{call_sid}"

        def count(redis: "Redis") -> int:
            pipe = redis.pipeline(transaction=False)
            pipe.set(key, 0, nx=True, ex=_RESUMED_SECONDS)
            pipe.incr(key)
            return int(pipe.execute()[1])

        return self._redis.ask("resume", count, _MOST_RESUMED + 1) <= _MOST_RESUMED

    def load(self, call_sid: str) -> Session | None:
        """None when there is none, or Redis is away. A state that is not ours, is another call's or does not fit is as
        if there were none."""
        nothing: dict[str, str] = {}
        held = self._redis.ask("load", lambda redis: cast("dict[str, str]", redis.hgetall(_key(call_sid))), nothing)
        epoch = held.get("epoch", "")
        if not (epoch.isascii() and epoch.isdigit() and len(epoch) < 10):
            return None
        state = self._opened(call_sid, held["state"]) if "state" in held else None
        ending = self._endings.open(f"{call_sid} {int(epoch)}", held.get("ending", ""))
        known = ending in get_args(Ending)
        outcome = self._endings.open(f"{call_sid} {int(epoch)} outcome", held.get("outcome", ""))
        return Session(int(epoch), state, cast(Ending, ending) if known else None, outcome)

    def _opened(self, call_sid: str, sealed: str) -> SessionState | None:
        body = self._states.open(call_sid, sealed)
        if body is None:
            log.warning("session not believed: its seal does not fit")
            return None
        try:
            _, _, read = json.loads(body)
        except (ValueError, TypeError, RecursionError):
            read = None
        state = SessionState.from_dict(read)
        if state is None or state.context.call_sid != call_sid:
            log.warning("session not read: it does not fit its schema")
            return None
        return state

    def _run(self, action: _Action, call_sid: str, epoch: int, *more: str | int) -> bool:
        return self._redis.ask(action, self._changing(action, call_sid, epoch, *more), True)

    def _changing(self, action: _Action, call_sid: str, epoch: int, *more: str | int) -> Callable[["Redis"], bool]:
        arguments = [LIFETIME_SECONDS, epoch, action, *more]
        return lambda redis: bool(self._change(keys=[_key(call_sid)], args=arguments, client=redis))


def _key(call_sid: str) -> str:
    return f"sophie:call:{call_sid}"
