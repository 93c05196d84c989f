"""Whether arguments keep the schema that the model was given: the part of JSON Schema that `schemas.json` uses.

A model is a peer like any other: what it sends is checked before a tool sees it.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from shared.errors import ProtocolError

_LARGEST_ARGUMENTS = 16_000
_LONGEST_TEXT = 1_000
_FILE = Path(__file__).with_name("schemas.json")
_REMINDER_FILE = Path(__file__).with_name("reminder_schemas.json")
# What of the service desk's tools is given to a reminder call; nothing that could advertise.
_ALSO_REMINDING = frozenset(
    {
        "get_available_slots", "reschedule_appointment", "cancel_appointment", "transfer_call", "take_message",
        "end_call",
    }
)  # fmt: skip
_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


@cache
def schemas() -> Sequence[Mapping[str, Any]]:
    """The tools as the model is given them."""
    read: list[Mapping[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return read


@cache
def reminder_schemas() -> Sequence[Mapping[str, Any]]:
    """The tools as a model is given them in a call that we made."""
    own: list[Mapping[str, Any]] = json.loads(_REMINDER_FILE.read_text(encoding="utf-8"))
    return [*own, *(each for each in schemas() if each["function"]["name"] in _ALSO_REMINDING)]


@cache
def _parameters() -> Mapping[str, Mapping[str, Any]]:
    every = (*schemas(), *reminder_schemas())
    return {each["function"]["name"]: each["function"]["parameters"] for each in every}


def checked(name: str, arguments: str) -> dict[str, Any]:
    """The arguments of a call of tool `name`.

    Raises ProtocolError whose sentence tells the model what to mend.
    """
    schema = _parameters().get(name)
    if schema is None:
        raise ProtocolError("There is no such tool.")
    if len(arguments) > _LARGEST_ARGUMENTS:
        raise ProtocolError("The arguments are too long.")
    try:
        values = json.loads(arguments or "{}")
    except (ValueError, RecursionError) as why:
        raise ProtocolError("The arguments are not JSON.") from why
    values = _without_blanks(values, schema)
    fault = _fault(values, schema, "arguments")
    if fault is not None:
        raise ProtocolError(fault)
    return dict(values)


def _without_blanks(value: Any, schema: Mapping[str, Any]) -> Any:
    """With null for every blank text where that may stand: some models write "" for what was not said."""
    if isinstance(value, str) and not value.strip() and _fault(None, schema, "") is None:
        return None
    if not isinstance(value, dict):
        return value
    parts: Mapping[str, Any] = next((each for each in schema.get("anyOf", [schema]) if "properties" in each), {})
    known = parts.get("properties", {})
    return {key: _without_blanks(each, known[key]) if key in known else each for key, each in value.items()}


def _fault(value: Any, schema: Mapping[str, Any], where: str) -> str | None:
    if "anyOf" in schema:
        faults = [_fault(value, each, where) for each in schema["anyOf"]]
        return None if None in faults else faults[0]
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is(value, name) for name in names):
        return f"'{where}' must be {' or '.join(names)}."
    if isinstance(value, str) and (len(value) > _LONGEST_TEXT or not _is_speech(value)):
        return f"'{where}' is too long, or holds what nobody can say."
    if "enum" in schema and value not in schema["enum"]:
        return f"'{where}' must be one of {_listed(schema['enum'])}."
    return _object_fault(value, schema, where) if isinstance(value, dict) else None


def _listed(values: Sequence[str | None]) -> str:
    return ", ".join("null" if each is None else each for each in values)


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _TYPES[name])


def _is_speech(text: str) -> bool:
    """Without control characters, halves of surrogates, and marks that turn the direction of what follows: no caller
    says them, and they would hide what a person at the desk reads."""
    return not any(
        (unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n\r") or unicodedata.bidirectional(c) in _TURNING
        for c in text
    )


def _object_fault(value: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> str | None:
    parts: Mapping[str, Mapping[str, Any]] = schema["properties"]
    missing = [key for key in schema["required"] if key not in value]
    if missing:
        return f"'{where}' lacks {', '.join(missing)}."
    if not set(value) <= set(parts):
        return f"'{where}' holds what the schema does not."
    return next((fault for key in parts if (fault := _fault(value[key], parts[key], key)) is not None), None)
