"""JSON as situations are written in it, strictly, and single values of it as the tables want them.

Each function gives the value or raises a ValueError that says what it must be. Which field it stands in is not known
here.
"""

import json
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.domain.phone import is_e164
from shared.domain.vin import fault_of
from shared.errors import ConfigurationError

Kind = Callable[[Any], Any]

_MOST_DIGITS = 40
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_MOST_WHOLE = 2**53


def read(path: Path) -> Any:
    """The value in a file; fractions are Decimal. Raises ConfigurationError when it is not JSON as the RFC has it, with
    each name once in an object and numbers that can be meant."""
    try:
        return json.loads(
            path.read_text(encoding="utf-8-sig"),
            parse_constant=_no_number,
            parse_int=lambda digits: int(_short(digits)),
            parse_float=lambda digits: Decimal(_short(digits)),
            object_pairs_hook=_object,
        )
    except OSError as why:
        raise ConfigurationError(f"{path} cannot be read ({why.strerror}).") from why
    except RecursionError as why:
        raise ConfigurationError(f"{path} is nested too deeply to be a situation.") from why
    except ValueError as why:
        raise ConfigurationError(f"{path} is not valid JSON: {why}.") from why


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _short(digits: str) -> str:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(digits)} characters stands in it")
    return digits


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(
            f"the name {next(name for name in names if names.count(name) > 1)!r} stands twice in an object"
        )
    return made


def words(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("must be a text of characters that can be stored")
    return value


def number(value: Any) -> str:
    if not is_e164(words(value)):
        raise ValueError("must be a telephone number such as +12175550142")
    return str(value)


def vin(value: Any) -> str:
    fault = fault_of(words(value))
    if fault is not None:
        raise ValueError(f"must be a valid VIN ({fault.rstrip('.')})")
    return str(value)


def whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_WHOLE:
        raise ValueError("must be a whole number, 0 or more")
    return value


def amount(value: Any) -> Decimal:
    if not isinstance(value, int | Decimal) or isinstance(value, bool) or value < 0:
        raise ValueError("must be a number, 0 or more")
    return Decimal(value)


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def moment(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(words(value))
    except ValueError as why:
        raise ValueError("must be a time such as 2026-11-24T14:00:00-06:00") from why
    if found.tzinfo is None:
        raise ValueError("has no offset; write it as in 2026-11-24T14:00:00-06:00")
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError(f"must be a time of the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return found


def day(value: Any) -> date:
    try:
        return date.fromisoformat(words(value))
    except ValueError as why:
        raise ValueError("must be a day such as 2026-11-24") from why


def time_of_day(value: Any) -> time:
    try:
        found = time.fromisoformat(words(value))
    except ValueError as why:
        raise ValueError("must be a time of day such as 14:00:00") from why
    if found.tzinfo is not None:
        raise ValueError("must be a time of day without an offset")
    return found


def zone(value: Any) -> str:
    try:
        return ZoneInfo(words(value)).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as why:
        raise ValueError("must be an IANA zone such as America/Chicago") from why
