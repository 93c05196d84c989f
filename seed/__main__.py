"""`python -m seed`: fills an empty database with made-up data, or replaces all data by a situation (`--from`)."""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from seed import generate, load, situation
from shared import settings
from shared.clock import Clock
from shared.errors import ConfigurationError, SophieError, Unavailable
from shared.shop import load_shop
from shared.storage.database import constraint_of, parse_url


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments(arguments)
    try:
        began = time.monotonic()
        counts = run(asked)
    except SophieError as why:
        print(why, file=sys.stderr)
        return 2
    words = ", ".join(f"{count} {table.replace('_', '-')}" for table, count in counts.items())
    print(f"Seeded {words} in {time.monotonic() - began:.1f} s.")
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m seed", description=__doc__)
    parser.add_argument("--customers", type=int, default=60)
    parser.add_argument("--vehicles", type=int, default=90)
    parser.add_argument("--appointments", type=int, default=120)
    parser.add_argument("--seed", type=int, default=7, help="the same number gives the same rows")
    parser.add_argument("--as-of", type=date.fromisoformat, metavar="DATE", help="the day it is; today by default")
    parser.add_argument("--from", type=Path, dest="situation", metavar="F.json", help="replaces ALL data by these rows")
    return parser.parse_args(arguments)


def run(asked: argparse.Namespace) -> dict[str, int]:
    """How many rows of each table were written, all or none."""
    given = settings.read_or_exit(settings.Part.DATA)
    shop, now = load_shop(given.shop_config), Clock(given.clock_file).now()
    rows = situation.read(asked.situation) if asked.situation is not None else None
    amounts = generate.Amounts(asked.customers, asked.vehicles, asked.appointments)
    amounts.check()
    url, connect_args = parse_url(given.database_url)
    engine = create_engine(url, connect_args={**connect_args, "timeout": 60}, poolclass=NullPool, hide_parameters=True)
    try:
        with engine.begin() as connection:
            if rows is not None:
                return situation.replace(connection, rows, shop, now)
            if load.holds_customers(connection):
                raise ConfigurationError("The database holds customers already; seed an empty one, or use --from.")
            as_of = asked.as_of or now.astimezone(shop.zone).date()
            return generate.generate(connection, amounts, shop, as_of, asked.seed, _progress)
    except DBAPIError as why:
        raise _told(why) from why


def _told(why: DBAPIError) -> SophieError:
    constraint = constraint_of(why)
    if constraint is not None:
        return ConfigurationError(f"A row was refused by the rule '{constraint}' of the schema; nothing was written.")
    if why.connection_invalidated or not why.statement:
        return Unavailable("The database cannot be reached: check NEON_DATABASE_URL.")
    return ConfigurationError("The rows do not fit the schema: run python -m shared.storage.migrate, check the types.")


def _progress(table: str, rows: int) -> None:
    print(f"  {table.replace('_', '-')}: {rows}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
