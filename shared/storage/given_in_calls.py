"""Which of what is on file of a person came by telephone, by the schema's record of changes, which is kept for a year.

What that is good for is not decided here.
"""

from collections.abc import Iterable
from typing import Literal

from sqlalchemy import Connection, text

_GIVEN = text(
    "SELECT EXISTS (SELECT FROM audit WHERE table_name = :table AND row_key = :row_key AND who LIKE 'call %' "
    "AND after ->> CAST(:field AS text) = :value)"
)


def any_given(
    connection: Connection, field: tuple[Literal["customers", "vehicles"], str], values: Iterable[tuple[int, str]]
) -> bool:
    """Whether a call has put any of the values into a field, by table and column, of the row with that id."""
    table, column = field
    return any(
        connection.execute(_GIVEN, {"table": table, "row_key": str(row), "field": column, "value": value}).scalar_one()
        for row, value in values
    )
