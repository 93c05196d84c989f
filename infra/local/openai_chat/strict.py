"""The rules of ``strict: true``: every property required, no others allowed, at every depth.

Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_UNSUPPORTED = (
    "allOf",
    "not",
    "dependentRequired",
    "dependentSchemas",
    "if",
    "then",
    "else",
    "oneOf",
    "patternProperties",
)
_MOST_PROPERTIES = 5000
_DEEPEST = 10


@dataclass(frozen=True)
class Fault:
    """Why a tool is refused."""

    message: str
    param: str
    code: str | None = None


def check_tool(tool: Any, index: int) -> Fault | None:
    """The first fault of one entry of ``tools``, if any."""
    at = f"tools[{index}]"
    if not isinstance(tool, dict) or tool.get("type") not in ("function", "custom"):
        return Fault(f"Invalid value for '{at}.type': expected 'function' or 'custom'.", f"{at}.type", "invalid_value")
    function = tool.get("function")
    if not isinstance(function, dict):
        return Fault(f"Missing required parameter: '{at}.function'.", f"{at}.function", "missing_required_parameter")
    name = function.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name):
        message = (
            f"Invalid '{at}.function.name': string does not match pattern. "
            "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
        )
        return Fault(message, f"{at}.function.name", "invalid_value")
    parameters = function.get("parameters")
    if not function.get("strict"):
        return None
    if not isinstance(parameters, dict):
        return Fault(
            f"Missing required parameter: '{at}.function.parameters'.",
            f"{at}.function.parameters",
            "missing_required_parameter",
        )
    fault = next(_faults(parameters, (), 1), None)
    if fault is None and parameters.get("type") != "object":
        fault = "In context=(), 'type' must be 'object' at the top level."
    if fault is None and sum(1 for _ in _properties(parameters)) > _MOST_PROPERTIES:
        fault = f"A schema may have at most {_MOST_PROPERTIES} properties."
    return (
        Fault(
            f"Invalid schema for function '{name}': {fault}", f"{at}.function.parameters", "invalid_function_parameters"
        )
        if fault
        else None
    )


def _faults(schema: Any, context: tuple[str, ...], depth: int) -> Iterator[str]:
    if not isinstance(schema, dict):
        yield f"In context={context!r}, schema must be an object."
        return
    if depth > _DEEPEST:
        yield f"In context={context!r}, schema exceeds {_DEEPEST} levels of nesting."
        return
    yield from (f"In context={context!r}, '{word}' is not permitted." for word in _UNSUPPORTED if word in schema)
    if not {"type", "anyOf", "enum", "const", "$ref"} & schema.keys():
        yield f"In context={context!r}, schema must have a 'type' key."
    kinds = schema.get("type")
    if kinds == "object" or (isinstance(kinds, list) and "object" in kinds):
        yield from _object_faults(schema, context)
    if (kinds == "array" or (isinstance(kinds, list) and "array" in kinds)) and "items" not in schema:
        yield f"In context={context!r}, array schema missing items."
    for place, name, inner in _inner(schema):
        yield from _faults(inner, (*context, place, *((name,) if name else ())), depth + (place == "properties"))


def _object_faults(schema: Mapping[str, Any], context: tuple[str, ...]) -> Iterator[str]:
    if schema.get("additionalProperties") is not False:
        yield f"In context={context!r}, 'additionalProperties' is required to be supplied and to be false."
    properties = schema.get("properties", {})
    required = schema.get("required")
    lacking = [name for name in properties if name not in (required or ())]
    if lacking or (properties and required is None):
        yield (
            f"In context={context!r}, 'required' is required to be supplied and to be an array including "
            "every key in properties. "
            f"Missing '{lacking[0]}'."
        )
    extra = [name for name in required or () if name not in properties]
    if extra:
        yield f"In context={context!r}, 'required' names '{extra[0]}', which is no property."


def _inner(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for place in ("properties", "$defs", "definitions"):
        for name, inner in (schema.get(place) or {}).items():
            yield place, name, inner
    if "items" in schema:
        yield "items", "", schema["items"]
    for number, inner in enumerate(schema.get("anyOf") or ()):
        yield "anyOf", str(number), inner


def _properties(schema: Mapping[str, Any]) -> Iterator[str]:
    for place, name, inner in _inner(schema):
        if place == "properties":
            yield name
        if isinstance(inner, dict):
            yield from _properties(inner)
