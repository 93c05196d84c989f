"""The schema's record of who changed what, for work in bulk: who it is, and one row for many where each alone says
nothing.

`acting` says the same for the short transactions of a call. What is written is not known here.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from sqlalchemy import Connection, text

from shared.storage.texts import as_json


def begin(connection: Connection, who: str, why: str) -> None:
    """Every change of this transaction is theirs."""
    connection.execute(
        text("SELECT set_config('sophie.who', :who, true), set_config('sophie.why', :why, true)"),
        {"who": who, "why": why},
    )


@contextmanager
def unaudited(connection: Connection) -> Iterator[None]:
    """Changes in the block leave no row each; whoever makes them records them."""
    switch = text("SELECT set_config('sophie.bulk', :state, true)")
    connection.execute(switch, {"state": "on"})
    yield
    connection.execute(switch, {"state": "off"})


def record(
    connection: Connection, action: Literal["load", "erase"], table: str, row_key: str, told: Mapping[str, Any]
) -> None:
    """One row by whoever `begin` named; `told` says how much it was, and holds nothing of a person."""
    connection.execute(
        text(
            "INSERT INTO audit (who, why, table_name, row_key, action, after) VALUES (current_setting('sophie.who'), "
            "current_setting('sophie.why'), :table, :row_key, :action, CAST(:told AS jsonb))"
        ),
        {"table": table, "row_key": row_key, "action": action, "told": as_json(dict(told))},
    )
