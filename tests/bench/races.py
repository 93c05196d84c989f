"""Racing callers on a real Postgres: `python -m tests.bench.races --operations 100000 --callers 16`.

An operation is a whole call: who is calling, what is booked, a read-back, and the booking, move or cancellation that
was agreed to. The callers run as fast as they can, in one process and in several, which shows what the rules are worth
and how many tools a second there are; and thinking between their steps, though less than people do, which shows how
long a tool takes when it does not wait for its turn at the processor. Ends with 1 when the tables do not add up.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta

from infra.local.house.servers import embedded_postgres, embedded_redis
from shared import settings
from shared.services import Services, connect
from shared.shop import load_shop
from shared.storage.migrate import migrate
from tests.racers import NOW, RaceClock, Racer, Tally, deadlocks, faults, register

_DAYS = [NOW.date() + timedelta(days=n) for n in (1, 2, 3)]


@dataclass(frozen=True, slots=True)
class Run:
    title: str
    operations: int
    callers: int
    processes: int = 1
    think_seconds: float = 0.0


def services_of(database_url: str, redis_url: str) -> Services:
    environ = {
        "SOPHIE_ENV": "local",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "STREAM_TOKEN_SECRET": "of this bench alone, and nobody else's",
    }
    return replace(connect(settings.read(environ, settings.Part.DATA)), clock=RaceClock())


def race(urls: tuple[str, str], callers: Sequence[int], each: int, days: Sequence[date], think: float) -> Tally:
    """Callers at the same time in this process, each with so many operations."""
    logging.disable(logging.CRITICAL)
    tally = Tally()
    with closing(services_of(*urls)) as services, ThreadPoolExecutor(len(callers)) as pool:
        racers = [Racer(services, caller, days, think_seconds=think) for caller in callers]
        list(pool.map(lambda racer: [racer.operate() for _ in range(each)], racers))
        for racer in racers:
            tally.add(racer.tally)
    return tally


def measure(run: Run) -> bool:
    """Whether nothing went wrong."""
    each = run.operations // run.callers
    shares = [range(n, run.callers, run.processes) for n in range(run.processes)]
    with embedded_postgres() as dsn, embedded_redis() as redis_url:
        migrate(dsn, load_shop())
        with closing(services_of(dsn, redis_url)) as services:
            with services.database.transaction() as connection:
                register(connection, run.callers)
            began, tally = time.perf_counter(), Tally()
            with multiprocessing.get_context("spawn").Pool(run.processes) as pool:
                work = [((dsn, redis_url), share, each, _DAYS, run.think_seconds) for share in shares]
                for one in pool.starmap(race, work):
                    tally.add(one)
            seconds = time.perf_counter() - began
            with services.database.transaction() as connection:
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                wrong = {**faults(connection, services, _DAYS, tally), "deadlocks": deadlocks(connection)}
    report(run, tally, seconds, wrong)
    return not any(wrong.values())


def report(run: Run, tally: Tally, seconds: float, wrong: dict[str, int]) -> None:
    operations = run.operations // run.callers * run.callers
    tools = sum(map(len, tally.milliseconds.values()))
    print(
        f"\n{run.title}: {operations} operations, {operations / seconds:.0f}/s; {tools} tools, {tools / seconds:.0f}/s"
    )
    for step, values in sorted(tally.milliseconds.items()):
        values.sort()
        p50, p99 = values[len(values) // 2], values[int(len(values) * 0.99)]
        told = ", ".join(f"{count} {status}" for (each, status), count in sorted(tally.answers.items()) if each == step)
        print(f"  {step:34} p50 {p50:7.2f} ms  p99 {p99:7.2f} ms  max {values[-1]:7.2f} ms   {told}")
    print("  " + "; ".join(f"{name}: {count}" for name, count in wrong.items()))


def main() -> int:
    parser = argparse.ArgumentParser(description="Callers who book, move and cancel at the same time.")
    parser.add_argument("--operations", type=int, default=4_000)
    parser.add_argument("--callers", type=int, default=16)
    given = parser.parse_args()
    few = min(given.operations, 4_000)
    runs = (
        Run("Thinking 0.1 s before each step, one process", few, given.callers, think_seconds=0.1),
        Run("As fast as they can, four processes", few, given.callers, processes=4),
        Run("As fast as they can, one process", given.operations, given.callers),
    )
    good = [measure(run) for run in runs]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
