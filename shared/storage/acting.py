"""Who changes rows, and why: set where an action begins, written beside each change by the schema's audit.

It knows neither tables nor transactions; `database` tells it to Postgres at the beginning of each.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """`who` as a person reads it ("call CA12…", "desk"), `why` the action's name ("book_appointment")."""

    who: str = ""
    why: str = ""


_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)


@contextmanager
def acting(who: str, why: str) -> Iterator[None]:
    """Every change made in the block is this actor's."""
    token = _actor.set(Actor(who, why))
    try:
        yield
    finally:
        _actor.reset(token)


def current() -> Actor:
    return _actor.get() or Actor()
