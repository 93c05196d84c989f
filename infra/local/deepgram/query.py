"""Query parameters as Deepgram reads them: what is unknown, out of bounds or of the wrong kind is refused by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


class BadQuery(ValueError):
    """A value that Deepgram refuses; the text names it."""


def check_names(query: Mapping[str, str], known: Collection[str]) -> None:
    """BadQuery for a parameter that the endpoint does not have."""
    unknown = sorted(set(query) - set(known))
    if unknown:
        raise BadQuery(f"Unknown query parameter: {unknown[0]}.")


def flag(query: Mapping[str, str], name: str) -> bool:
    """A boolean; absent is false."""
    value = query.get(name, "false")
    if value not in ("true", "false"):
        raise BadQuery(f"{name} must be true or false.")
    return value == "true"


def bounded(values: Mapping[str, Any], name: str, bounds: tuple[float, float]) -> float | None:
    """A number within its documented bounds; None when it is not there."""
    if values.get(name) is None:
        return None
    low, high = bounds
    try:
        value = float(values[name])
    except (TypeError, ValueError):
        raise BadQuery(f"{name} must be a number.") from None
    if not low <= value <= high:
        raise BadQuery(f"{name} must be between {low:g} and {high:g}.")
    return value


def terms(given: Any, name: str) -> list[str]:
    """A list of words or phrases."""
    if not isinstance(given, list) or not all(isinstance(term, str) for term in given):
        raise BadQuery(f"{name} must be a list of strings.")
    return given
