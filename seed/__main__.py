"""`python -m seed`: fills the database with made-up data, or replaces all data by a situation (`--from F.json`), which
`--dump F.json` writes."""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection

from seed import generate, guard, json_values, load, shapes, situation
from seed.connection import transaction
from seed.dump import dump
from seed.progress import Progress
from shared import settings
from shared.clock import Clock
from shared.errors import SophieError
from shared.sessions.customer_cache import CustomerCache
from shared.sessions.in_time import RedisInTime
from shared.shop import Shop
from shared.storage.shop_tables import read_shop


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments(arguments)
    try:
        for line in run(asked):
            print(line)
    except SophieError as why:
        print(why, file=sys.stderr)
        return 2
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m seed", description=__doc__)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--vehicles", type=int, default=16_000)
    parser.add_argument("--appointments", type=int, default=8_000)
    parser.add_argument("--seed", type=int, default=7, help="the same number gives the same rows")
    parser.add_argument("--as-of", type=date.fromisoformat, metavar="DATE", help="the day it is; today by default")
    parser.add_argument("--replace", action="store_true", help="empties a database that was seeded before")
    parser.add_argument(
        "--replace-real-data", action="count", default=0, help="given twice: deletes what no seed has made"
    )
    files = parser.add_mutually_exclusive_group()
    files.add_argument("--from", type=Path, dest="situation", metavar="F.json", help="replaces ALL data by these rows")
    files.add_argument(
        "--dump", type=Path, metavar="F.json", help="writes what is there as such a file, changes nothing"
    )
    return parser.parse_args(arguments)


def run(asked: argparse.Namespace) -> list[str]:
    """What was done, as sentences; all of it or nothing."""
    given = settings.read_or_exit(settings.Part.DATA)
    with transaction(given.database_url) as connection:
        if asked.dump is not None:
            return [f"Wrote {dump(connection, asked.dump)} rows to {asked.dump}."]
        told = _replaced(connection, asked, given)
    if given.redis_url:
        redis = RedisInTime(given.redis_url)
        CustomerCache(redis, given.stream_token_secrets).forget_everybody()
        redis.close()
    return told


def _replaced(connection: Connection, asked: argparse.Namespace, given: settings.Settings) -> list[str]:
    replaces = asked.replace or asked.situation is not None
    guard.allow(connection, replaces_made_up=replaces, times_told=asked.replace_real_data, local=given.local)
    shop, now = read_shop(connection), Clock(given.clock_file).now()
    if asked.situation is not None:
        return _situation(connection, asked.situation, shop, now)
    return _generated(connection, asked, shop, asked.as_of or now.astimezone(shop.zone).date())


def _situation(connection: Connection, path: Path, shop: Shop, now: datetime) -> list[str]:
    began = time.monotonic()
    rows = shapes.checked(json_values.read(path), path, shapes.vocabularies(connection))
    tables = situation.tables_of(rows, shop, now)
    load.replace(connection, tables, "python -m seed --from", Progress())
    return [_counted(tables, time.monotonic() - began)]


def _generated(connection: Connection, asked: argparse.Namespace, shop: Shop, as_of: date) -> list[str]:
    began, progress = time.monotonic(), Progress()
    amounts = generate.Amounts(asked.customers, asked.vehicles, asked.appointments)
    made = generate.generate(amounts, shop, as_of, asked.seed, progress)
    load.replace(connection, made.tables, "python -m seed", progress)
    return [*made.told, _counted(made.tables, time.monotonic() - began)]


def _counted(tables: load.Tables, seconds: float) -> str:
    words = ", ".join(f"{len(tables[table])} {table.replace('_', '-')}" for table in load.TABLES if tables.get(table))
    total = sum(len(rows) for rows in tables.values())
    return f"Seeded {words or 'nothing'} in {seconds:.1f} s ({total / seconds:,.0f} rows/s)."


if __name__ == "__main__":
    raise SystemExit(main())
