"""`python -m shared.storage.migrate`: brings the schema to the newest version and loads shop file and price list.

Both are idempotent, and a lock lets several containers start at once. It touches no booking.

While services are replaced, the release before goes on working on the new schema. So a migration only adds (a table,
a column that is nullable or has a default, a value of a vocabulary, an index, a function); what is no longer used is
taken away one release later. No column changes its type or meaning, and what an older statement writes stays allowed.
"""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from shared import settings
from shared.errors import ConfigurationError, Unavailable
from shared.prices import load_prices
from shared.shop import Shop, load_shop
from shared.storage import audit
from shared.storage.database import parse_url
from shared.storage.prices import write_prices
from shared.storage.shop_tables import write_shop

_LOCK = 7_301_554


def migrate(database_url: str, shop: Shop) -> str:
    """Makes or upgrades the schema, loads the shop; the version reached.

    Raises ConfigurationError when the database is ahead of this code, Unavailable when it cannot be reached.
    """
    url, connect_args = parse_url(database_url)
    engine = create_engine(url, connect_args={**connect_args, "timeout": 60}, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            _upgrade(connection)
            audit.begin(connection, "migrate", "load the shop file and the prices")
            write_shop(connection, shop)
            write_prices(connection, load_prices())
            return str(connection.execute(text("SELECT version_num FROM schema_version")).scalar_one())
    except CommandError as why:
        raise ConfigurationError(
            f"The database has a schema that this code does not know ({why}): deploy the newer code, or point "
            "DATABASE_URL at another database."
        ) from why
    except DBAPIError as why:
        if why.connection_invalidated or not why.statement:
            raise Unavailable("The database cannot be reached: check NEON_DATABASE_URL.") from why
        raise


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def main() -> int:
    given = settings.read_or_exit(settings.Part.DATA)
    try:
        version = migrate(given.database_url, load_shop(given.shop_config))
    except (ConfigurationError, Unavailable) as why:
        print(why, file=sys.stderr)
        return 2
    print(f"The schema is at {version}; the shop file is loaded.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
