"""Texts as Postgres can keep them. Who wrote them is not known here: a model and a recogniser may send anything."""

import json
from typing import Any


def storable(text: str) -> str:
    """Without NUL, which no text of Postgres may hold, and with a mark for what is no character (half a surrogate)."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def as_json(value: Any) -> str:
    """JSON for a column, every text in it storable: in JSON a NUL hides as an escape."""
    return json.dumps(_storable_all(value))


def _storable_all(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {_storable_all(key): _storable_all(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_all(each) for each in value]
    return value
