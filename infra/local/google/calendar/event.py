"""One event's resource: what of a body is stored, what is refused, and how a patch is laid over it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from infra.local.google.calendar.recurrence import Series
from infra.local.google.calendar.times import Span, moment_of
from infra.local.google.refusals import Refused

# What a client may set; anything else in a body Google ignores.
SETTABLE = (
    "summary", "description", "location", "colorId", "start", "end", "recurrence", "transparency", "visibility",
    "status", "extendedProperties", "reminders", "attendees", "source", "sequence", "guestsCanInviteOthers",
    "guestsCanModify", "guestsCanSeeOtherGuests", "anyoneCanAddSelf",
)  # fmt: skip
_CHOICES = {
    "status": ("confirmed", "tentative", "cancelled"),
    "transparency": ("opaque", "transparent"),
    "visibility": ("default", "public", "private", "confidential"),
}
# Extended properties: keys longer than this are dropped, values cut, without a word (the guide of that name).
_LONGEST_KEY, _LONGEST_VALUE = 44, 1024


@dataclass(kw_only=True)
class Event:
    """One event as it is stored. `span` is None for one whose times nobody can read, and of a recurring event the
    first instance's; `change` orders all changes."""

    fields: dict[str, Any]
    span: Span | None
    series: Series | None
    change: int

    @property
    def id(self) -> str:
        return str(self.fields["id"])

    @property
    def etag(self) -> str:
        return str(self.fields["etag"])

    @property
    def cancelled(self) -> bool:
        return bool(self.fields["status"] == "cancelled")

    @property
    def updated(self) -> dt.datetime:
        return moment_of(self.fields["updated"])

    @property
    def busy(self) -> bool:
        return not self.cancelled and self.fields.get("transparency") != "transparent"


def settable(body: Mapping[str, Any], kept: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What of a body is stored, over what is kept; raises Refused for a value that is none of the choices."""
    fields = {name: value for name, value in (kept or {}).items() if name not in SETTABLE}
    fields |= {name: deepcopy(body[name]) for name in SETTABLE if body.get(name) is not None}
    for name, choices in _CHOICES.items():
        if fields.get(name, choices[0]) not in choices:
            raise Refused(400, "invalid", f"Invalid value for: {fields[name]} is not a valid value")
    if type(fields.get("sequence", 0)) is not int:
        raise Refused(400, "invalid", "Invalid sequence value.")
    for name, default in (("transparency", "opaque"), ("visibility", "default")):
        if fields.get(name) == default:
            del fields[name]  # Calendar leaves defaults out of its answers
    if "extendedProperties" in fields:
        fields["extendedProperties"] = _extended(fields["extendedProperties"])
    return fields


def _extended(given: Any) -> dict[str, dict[str, str]]:
    if not isinstance(given, Mapping) or not all(isinstance(one, Mapping) for one in given.values()):
        raise Refused(400, "invalid", "Invalid value for: extendedProperties")
    return {
        kind: {key: str(value)[:_LONGEST_VALUE] for key, value in pairs.items() if len(key) <= _LONGEST_KEY}
        for kind, pairs in given.items()
        if kind in ("private", "shared")
    }


def merged(old: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON merge patch: objects are merged, null removes, anything else replaces."""
    result = dict(old)
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(result.get(name), Mapping):
            result[name] = merged(result[name], value)
        else:
            result[name] = value
    return result
