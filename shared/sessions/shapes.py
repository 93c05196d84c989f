"""What a value read from outside must look like, checked by hand: each check gives the value back or raises Unfit.

Exact: a key too many is as wrong as one too few, and nothing is converted. No value is ever part of a message.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Fitting = TypeVar("Fitting")
Check = Callable[[Any], Fitting]

_LARGEST_NUMBER = 2**53


class Unfit(ValueError):
    """The value has not the shape that it must have."""


def record(value: Any, names: Sequence[str]) -> dict[str, Any]:
    """An object of exactly these keys."""
    if not isinstance(value, dict) or set(value) != set(names):
        raise Unfit(f"not an object of {', '.join(names)}")
    return value


def mapping(value: Any, key: Check[str], each: Check[Fitting], most: int) -> dict[str, Fitting]:
    if not isinstance(value, dict) or len(value) > most:
        raise Unfit(f"not an object of at most {most} keys")
    return {key(name): each(held) for name, held in value.items()}


def items(value: Any, each: Check[Fitting], most: int) -> list[Fitting]:
    if not isinstance(value, list) or len(value) > most:
        raise Unfit(f"not a list of at most {most}")
    return [each(item) for item in value]


def text(value: Any, most: int = 200) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise Unfit(f"not a text of at most {most} characters")
    return value


def whole(value: Any, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= _LARGEST_NUMBER:
        raise Unfit(f"not a whole number of at least {least}")
    return value


def choice(value: Any, allowed: Sequence[Fitting]) -> Fitting:
    for each in allowed:
        if type(value) is type(each) and value == each:
            return each
    raise Unfit(f"not one of {', '.join(str(each) for each in allowed)}")


def maybe(value: Any, check: Check[Fitting]) -> Fitting | None:
    return None if value is None else check(value)
