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
from infra.local.scenarios.scenario import VIEWS, Row

Tables = Mapping[str, Sequence[Row]]
_NOT_A_STATE = {"appointments": {"calendar_state"}}
"""Columns that change behind a call's back."""


def zone_of(dsn: str) -> ZoneInfo:
    """The shop's."""
    return ZoneInfo(_asked(dsn, "SELECT zone FROM public.shop")[0]["zone"])


def desk_number(dsn: str) -> str:
    """Where the shop's desk is rung."""
    return str(_asked(dsn, "SELECT desk_number FROM public.shop")[0]["desk_number"])


def look(dsn: str, zone: ZoneInfo) -> Tables:
    """Every row of the views that calls may change."""
    connection = evidence.connect(dsn)
    try:
        return {
            view: [
                {column: _written(value, zone) for column, value in row.items()}
                for row in evidence.rows(connection, f"SELECT * FROM reporting.{view}")  # noqa: S608 - our own names
            ]
            for view in VIEWS
        }
    finally:
        connection.close()


def _asked(dsn: str, query: str) -> list[dict[str, Any]]:
    connection = evidence.connect(dsn)
    try:
        return evidence.rows(connection, query)
    finally:
        connection.close()


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


def lost(before: Tables, after: Tables) -> list[str]:
    """Sentences about rows that are gone."""
    return [
        f"reporting.{view} has lost {_shown(row)}."
        for view in VIEWS
        for row in before[view]
        if _identity(row) not in [_identity(each) for each in after[view]]
    ]


def _identity(row: Row) -> Any:
    return row.get("id", row.get("phone"))


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
