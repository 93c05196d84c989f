"""One transaction for a command of the operator: as long as it takes, on a schema that this code knows, all or nothing.

What is done in it is not known here.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from shared.errors import ConfigurationError, SophieError, Unavailable
from shared.storage import schema
from shared.storage.database import constraint_of, parse_url

_CONNECT_SECONDS = 60


@contextmanager
def transaction(database_url: str) -> Iterator[Connection]:
    """Commits at the end of the block, rolls back when it raises.

    Raises ConfigurationError when the schema is another one or refuses a row, Unavailable when Postgres is away.
    """
    url, connect_args = parse_url(database_url)
    connect_args |= {"timeout": _CONNECT_SECONDS, "tcp_keepalive": True}
    engine = create_engine(url, connect_args=connect_args, poolclass=NullPool, hide_parameters=True)
    try:
        with engine.begin() as connection:
            schema.check(connection)
            yield connection
    except DBAPIError as why:
        raise _told(why) from why


def _told(why: DBAPIError) -> SophieError:
    constraint = constraint_of(why)
    if constraint is not None:
        return ConfigurationError(f"A row was refused by the rule '{constraint}' of the schema; nothing was written.")
    if why.connection_invalidated or not why.statement:
        return Unavailable("The database cannot be reached: check NEON_DATABASE_URL.")
    return Unavailable("The database did not do what was asked; nothing was written. Try again.")
