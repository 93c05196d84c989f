"""What calls have left in the reporting views, against what a scenario wants there: whole tables before and after.

Times are the shop's local ones, as scenarios write them. It refuses to know how the rows came there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.demo import evidence
from infra.local.scenarios.model import VIEWS, Row

Tables = Mapping[str, Sequence[Row]]
_NOT_A_STATE = {"appointments": {"calendar_state"}}
"""Columns that change behind a call's back."""
_IDENTITY = {
    "reminders": ("appointment_id", "attempt"),
    "consents": ("phone", "kind", "given_at"),
    "opt_outs": ("phone",),
}
"""What tells a row from the others of its view; of the other views it is the id."""


def zone_of(connection: Any) -> ZoneInfo:
    """The shop's."""
    return ZoneInfo(evidence.rows(connection, "SELECT zone FROM public.shop")[0]["zone"])


def desk_number(connection: Any) -> str:
    """Where the shop's desk is rung."""
    return str(evidence.rows(connection, "SELECT desk_number FROM public.shop")[0]["desk_number"])


def look(connection: Any, zone: ZoneInfo) -> Tables:
    """Every row of the views that calls may change."""
    return {
        view: [
            {column: _written(value, zone) for column, value in row.items()}
            for row in evidence.rows(connection, f"SELECT * FROM reporting.{view}")  # noqa: S608 - our own names
        ]
        for view in VIEWS
    }


def _written(value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return str(value) if isinstance(value, Decimal) else value


def changes(before: Tables, after: Tables) -> Tables:
    """The rows that are new or other than they were."""
    return {
        view: [row for row in after[view] if _state(view, row) not in [_state(view, each) for each in before[view]]]
        for view in VIEWS
    }


def _state(view: str, row: Row) -> Row:
    return {column: value for column, value in row.items() if column not in _NOT_A_STATE.get(view, ())}


def lost(before: Tables, after: Tables, wanted: Tables) -> list[str]:
    """Sentences about rows that are gone and should not be, or the other way round."""
    found = []
    for view in VIEWS:
        there = [_identity(view, row) for row in after[view]]
        gone = [row for row in before[view] if _identity(view, row) not in there]
        found += [f"reporting.{view} has lost {_shown(row)}." for row in _left_over(wanted.get(view, ()), gone)]
        found += [
            f"reporting.{view} still has {_shown(row)}."
            for row in wanted.get(view, ())
            if not any(_is_wanted(row, each) for each in gone)
        ]
    return found


def _left_over(wanted: Sequence[Row], rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if not any(_is_wanted(each, row) for each in wanted)]


def _identity(view: str, row: Row) -> Any:
    return [row[column] for column in _IDENTITY.get(view, ("id",))]


def complaints(wanted: Tables, changed: Tables) -> list[str]:
    """Sentences about each wanted row that is not among the changed ones, and each changed one that nobody wanted."""
    found = []
    for view in VIEWS:
        left = list(changed[view])
        for row in wanted.get(view, ()):
            fitting = next((each for each in left if _is_wanted(row, each)), None)
            if fitting is None:
                found.append(f"reporting.{view} has no new row with {_shown(row)}.")
            else:
                left.remove(fitting)
        found += [f"reporting.{view} has a row that nobody wanted: {_shown(row)}." for row in left]
    return found


def _is_wanted(wanted: Row, there: Row) -> bool:
    return all(fits(value, there.get(name)) for name, value in wanted.items())


def fits(wanted: Any, there: Any) -> bool:
    """Whether a value is what a scenario wants: `/…/` is searched in it, whatever the case."""
    if isinstance(wanted, str) and len(wanted) > 1 and wanted.startswith("/") and wanted.endswith("/"):
        return there is not None and bool(re.search(wanted[1:-1], str(there), re.IGNORECASE))
    return wanted == there or (wanted is not None and there is not None and str(wanted) == str(there))


def _shown(row: Row) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in row.items() if value is not None)
