"""What the data costs, by one command: `python -m tests.bench.data`.

The seed as the docs give it, free times asked of what it filled, a caller looked up among a million customers with and
without the cache, a session's updates in Redis, and five hundred reminders claimed out of a million. Real servers,
one caller at a time; several at once are measured by `tests.bench.races`.
"""

from __future__ import annotations

import json
import logging
import os
import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import perf_counter

from sqlalchemy import text

from infra.local.house.servers import embedded_postgres, embedded_redis
from shared.clock import Clock
from shared.services import Services
from shared.shop import load_shop
from shared.storage import reminders
from shared.storage.migrate import migrate
from shared.tools.call import CallContext
from shared.tools.registry import Desk
from shared.tools.schema_check import schemas
from tests.bench.races import services_of
from tests.bench.sessions import measure_lookup, measure_sessions
from tests.million import MANY, fill

_SEED = "--customers 10000 --vehicles 16000 --appointments 8000 --seed 7 --as-of 2026-11-20"
# A Friday, 10:05 in the morning at the workshop.
_NOW = datetime(2026, 11, 20, 16, 5, tzinfo=UTC)
_SEARCHES, _CLAIMS = 2_000, 20


class _SeedClock(Clock):
    def now(self) -> datetime:
        return _NOW


def measure_seed(database_url: str, redis_url: str) -> dict[str, float]:
    """The command as it is typed, with the start of Python."""
    environ = {**os.environ, "SOPHIE_ENV": "local", "DATABASE_URL": database_url, "REDIS_URL": redis_url}
    began = perf_counter()
    subprocess.run([sys.executable, "-m", "seed", *_SEED.split()], env=environ, check=True, capture_output=True)
    seconds = perf_counter() - began
    with closing(services_of(database_url, redis_url)) as services, services.database.transaction() as connection:
        tables = "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public'"
        names = list(connection.execute(text(tables)).scalars())
        counted = [connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in names]  # noqa: S608
        rows = sum(counted)
    return {"seed_seconds": round(seconds, 1), "seed_rows": rows, "seed_rows_per_second": round(rows / seconds)}


def measure_slots(services: Services, times: int = _SEARCHES) -> dict[str, float]:
    """Milliseconds of `get_available_slots` for wishes of every kind, a quarter of them without a day."""
    desk, chance = Desk(services), random.Random(7)
    blank: dict[str, object] = dict.fromkeys(_moment_parts())

    def search(_: int) -> None:
        moment = dict(blank)
        if chance.random() < 0.75:
            moment["weekday"] = chance.choice(("monday", "tuesday", "wednesday", "thursday"))
        kind = chance.choice(("part_of_day", "time", "after", "earliest"))
        moment[kind] = {"part_of_day": "morning", "time": "10 am", "after": "2 pm", "earliest": True}[kind]
        asked = {"service": chance.choice(services.shop.services).code, "moment": moment, "mode": None}
        answer = desk.run(CallContext("CAbench", "inbound", None), "get_available_slots", json.dumps(asked), {})
        if answer.content["status"] not in ("offers", "none"):
            raise SystemExit(f"No times were looked for: {answer.content}")

    search(0)
    return _timed("slots", times, search)


def _moment_parts() -> list[str]:
    """As the tool's schema names them."""
    tool = next(each for each in schemas() if each["function"]["name"] == "get_available_slots")
    return list(tool["function"]["parameters"]["properties"]["moment"]["properties"])


def measure_claims(services: Services, times: int = _CLAIMS) -> dict[str, float]:
    """Milliseconds of claiming five hundred of those that are due, each time others."""

    def claim(_: int) -> None:
        due = services.database.run(lambda c: reminders.claim(c, _NOW, timedelta(minutes=5), 500))
        if len(due) != 500:
            raise SystemExit(f"Only {len(due)} reminders were due.")

    return _timed("claim_of_500", times, claim)


def _timed(name: str, times: int, work: Callable[[int], object]) -> dict[str, float]:
    taken = []
    for number in range(times):
        began = perf_counter()
        work(number)
        taken.append((perf_counter() - began) * 1000)
    taken.sort()
    return {f"{name}_p50_ms": round(taken[times // 2], 2), f"{name}_p99_ms": round(taken[int(times * 0.99)], 2)}


def main() -> None:
    logging.disable(logging.CRITICAL)
    figures: dict[str, float] = {}
    with embedded_postgres() as dsn, embedded_redis() as redis_url:
        migrate(dsn, load_shop())
        figures |= measure_seed(dsn, redis_url)
        with closing(services_of(dsn, redis_url)) as services:
            figures |= measure_slots(replace(services, clock=_SeedClock()))
        figures |= measure_sessions(redis_url)
    with embedded_postgres() as dsn, embedded_redis() as redis_url:
        migrate(dsn, load_shop())
        fill(dsn)
        with closing(services_of(dsn, redis_url)) as services:
            figures |= measure_lookup(services, f"+1{2_000_000_000 + MANY // 2}")
            figures |= measure_claims(services)
    for name, figure in figures.items():
        print(f"{name:26} {figure:>10,}")


if __name__ == "__main__":
    main()
