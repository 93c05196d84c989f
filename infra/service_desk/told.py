"""What a command tells the operator: tables for people, the same as JSON for programs. It knows no command."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_WIDEST = 60


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of the same columns; `name` is its key in JSON and, with capitals, its title for people."""

    name: str
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Told:
    """Facts, then tables. `ok` False ends the command with 1: what was asked for is not there."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    tables: Sequence[Table] = ()
    ok: bool = True

    def as_json(self) -> str:
        return json.dumps(
            {**self.facts, **{each.name: list(each.rows) for each in self.tables}}, default=_plain, indent=2
        )

    def for_people(self) -> str:
        facts = "\n".join(f"{name.replace('_', ' ')}: {_cell(value)}" for name, value in self.facts.items())
        return "\n\n".join(part for part in (facts, *(_drawn(each) for each in self.tables)) if part)


def _drawn(table: Table) -> str:
    title = table.name.replace("_", " ").upper()
    if not table.rows:
        return f"{title}\n(none)"
    names = list(table.rows[0])
    lines = [[name.replace("_", " ") for name in names]]
    lines += [[_cell(row[name])[:_WIDEST] for name in names] for row in table.rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(names))]
    drawn = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([title, drawn[0], "  ".join("-" * width for width in widths), *drawn[1:]])


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, datetime):
        return f"{value:%a %b %d %H:%M}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    # A caller's words must not move the cursor of a terminal.
    return "".join(each if each.isprintable() else " " for each in str(value))


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON.")
