"""Looks for what is known of a person in every text and JSON column of every table that there is.

So a table that somebody adds tomorrow is searched too. It knows no table and judges nothing: what may be found is said
by whoever asks.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Needle:
    """`kind` says what it is ("phone"), `pattern` is a regular expression that Postgres and Python read alike.

    With `only` it is looked for in that column of that table and in the audit of the table alone: a number by which
    another program knows a car means nothing elsewhere.
    """

    kind: str
    pattern: str
    only: tuple[str, str] | None = None

    def is_looked_for_in(self, table: str, column: str) -> bool:
        return self.only in (None, (table, column)) or (table == "audit" and column in ("before", "after"))

    def is_held_by(self, held: str, about: str | None) -> bool:
        """`about` is the table that a row of the audit tells of."""
        other = self.only is not None and about is not None and about != self.only[0]
        return not other and re.search(self.pattern, held, re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True)
class Trace:
    """Rows of one column that hold something that was looked for; `keys` are the first few."""

    table: str
    column: str
    kinds: Sequence[str]
    rows: int
    keys: Sequence[str]


@dataclass(frozen=True, slots=True)
class Search:
    tables: int
    columns: int
    traces: Sequence[Trace]


def phone_pattern(phone: str) -> str:
    """The digits of a number as people write them: 3125550100, (312) 555-0100, +1 312.555.0100."""
    digits = phone.removeprefix("+1") if phone.startswith("+1") else phone.removeprefix("+")
    between = "[^0-9]{0,3}"
    parts = (digits[:3], digits[3:6], digits[6:]) if phone.startswith("+1") else tuple(digits)
    return f"(?:^|[^0-9]|[01]){between.join(parts)}(?:$|[^0-9])"


def name_pattern(first: str, last: str) -> str:
    """ "Ana Lopez", "Lopez, Ana", and the two as neighbours in a JSON object."""
    one, other = re.escape(first), re.escape(last)
    written = f"(?:^|[^a-z])(?:{one}\\s+{other}|{other},?\\s+{one})(?:$|[^a-z])"
    keyed = [f'"{a}": ?"{b}",[^{{}}]{{0,200}}"{c}": ?"{d}"' for a, b, c, d in (
        ("first_name", one, "last_name", other), ("last_name", other, "first_name", one),
    )]  # fmt: skip
    return "|".join((written, *keyed))


def word_pattern(word: str) -> str:
    """An e-mail address or a VIN, wherever it stands."""
    return f"(?:^|[^a-z0-9]){re.escape(word)}(?:$|[^a-z0-9])"


def value_pattern(column: str, value: str) -> str:
    """A whole column, or this column's value in a JSON object."""
    return f'^{re.escape(value)}$|"{column}": ?"{re.escape(value)}"'


def search(connection: Connection, needles: Sequence[Needle]) -> Search:
    columns = _columns(connection)
    traces = [trace for table, names in columns.items() for trace in _in_table(connection, table, names, needles)]
    return Search(len(columns), sum(map(len, columns.values())), traces)


def _columns(connection: Connection) -> Mapping[str, Sequence[str]]:
    """Texts (category S, domains over them too), arrays and JSON, by table."""
    query = (
        "SELECT c.relname, array_agg(CAST(a.attname AS text) ORDER BY a.attnum) FROM pg_class c "
        "JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid "
        "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = CAST('public' AS regnamespace) AND a.attnum > 0 "
        "AND NOT a.attisdropped AND (t.typcategory IN ('S', 'A') OR t.typname IN ('json', 'jsonb')) "
        "GROUP BY c.relname ORDER BY c.relname"
    )
    return {row[0]: row[1] for row in connection.execute(text(query))}


def _in_table(connection: Connection, table: str, columns: Sequence[str], needles: Sequence[Needle]) -> list[Trace]:
    """One pass over the table counts; only what was found is read. Names come from the catalogue."""
    wanted = {column: [each for each in needles if each.is_looked_for_in(table, column)] for column in columns}
    columns = [column for column in columns if wanted[column]]
    if not columns:
        return []
    counts = ", ".join(f'count(*) FILTER (WHERE "{name}"::text ~* :p{at})' for at, name in enumerate(columns))
    patterns = {f"p{at}": any_of(wanted[name]) for at, name in enumerate(columns)}
    counted = connection.execute(text(f'SELECT {counts} FROM "{table}"'), patterns).one()  # noqa: S608
    found = [name for name, count in zip(columns, counted, strict=True) if count]
    traces = [_trace(connection, table, name, wanted[name]) for name in found]
    return [trace for trace in traces if trace.rows]


def _trace(connection: Connection, table: str, column: str, needles: Sequence[Needle]) -> Trace:
    key = "coalesce(to_jsonb(t) ->> 'id', to_jsonb(t) ->> 'call_sid', t.ctid::text) AS key"
    held = f"""to_jsonb(t) ->> 'table_name' AS about, "{column}"::text AS held"""
    query = f"""SELECT {key}, {held} FROM "{table}" t WHERE "{column}"::text ~* :pattern ORDER BY 1"""  # noqa: S608
    rows = connection.execute(text(query), {"pattern": any_of(needles)}).all()
    kinds = [{each.kind for each in needles if each.is_held_by(row.held, row.about)} for row in rows]
    keys = [str(row.key) for row, found in zip(rows, kinds, strict=True) if found]
    return Trace(table, column, sorted(set().union(*kinds)), len(keys), keys[:_SHOWN])


def any_of(needles: Sequence[Needle]) -> str:
    """The one pattern that finds any of them; empty when there are none."""
    return "|".join(f"(?:{needle.pattern})" for needle in needles)
