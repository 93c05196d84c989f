"""What a check is, and how all are made at once, each within its own time. It knows nothing of what is checked."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from enum import Enum

from shared.settings import Settings


class Light(Enum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen, as a person reads it; where it is not green, it says what to do."""

    light: Light
    said: str


def green(said: str) -> Finding:
    return Finding(Light.GREEN, said)


def yellow(said: str) -> Finding:
    return Finding(Light.YELLOW, said)


def red(said: str) -> Finding:
    return Finding(Light.RED, said)


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    look: Callable[[Settings], Finding]
    seconds: float = 10.0


def examine(checks: Sequence[Check], settings: Settings) -> Iterator[tuple[Check, Finding]]:
    """Every check with what it found, in their order. One that fails, or takes too long, is red; the others go on."""
    # Not as a context: it would wait for a check that never ends.
    pool = ThreadPoolExecutor(len(checks), thread_name_prefix="check")
    try:
        looking = [(check, pool.submit(check.look, settings)) for check in checks]
        for check, future in looking:
            try:
                yield check, future.result(check.seconds)
            except TookTooLong:
                yield check, red(f"no answer within {check.seconds:.0f} s: is it reachable from here?")
            except Exception as why:  # noqa: BLE001 - the edge of a check: what it did not foresee is its finding
                yield (
                    check,
                    red(f"{type(why).__name__}: {str(why).splitlines()[0] if str(why) else 'no more is known'}"),
                )
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
