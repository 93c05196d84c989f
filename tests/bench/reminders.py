"""A campaign of reminder calls by a clock of its own, on a real Postgres: what must never happen, counted.

    python -m tests.bench.reminders [--due 100000] [--calls-per-second 10] [--chaos 0.02] [--deaths 60]

Five passes are started every five minutes of that clock; they die before and after the carrier took a call, requests
and answers are lost, and callbacks come late, twice, in any order or never. Exits with 1 when anything must not be.
"""

import argparse
import json
import time
from collections import Counter
from datetime import timedelta

from infra.local.house.servers import embedded_postgres
from shared.shop import load_shop
from shared.storage.database import Database
from shared.storage.migrate import migrate
from tests.campaign import BEGIN, Town, faults, settle_in

_LONGEST = timedelta(hours=40)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reminders")
    parser.add_argument("--due", type=int, default=100_000)
    parser.add_argument("--calls-per-second", type=float, default=10)
    parser.add_argument("--chaos", type=float, default=0.02, help="how likely each thing goes wrong")
    parser.add_argument("--deaths", type=int, default=60, help="about how many passes die")
    given = parser.parse_args()
    with embedded_postgres() as dsn:
        migrate(dsn, load_shop())
        database = Database(dsn, socket_seconds=60)
        settle_in(database, given.due)
        town = Town(database, chaos=given.chaos, death=given.deaths / given.due / 2)
        began = time.perf_counter()
        passes = town.campaign(given.calls_per_second, BEGIN + _LONGEST)
        seconds = time.perf_counter() - began
        wrong = faults(town, database, given.due, given.calls_per_second)
        database.close()
    print(f"{given.due} reminders, {len(town.calls)} calls in {town.now() - BEGIN} of the lab's clock, {seconds:.0f} s")
    print("passes that told how they ended:", dict(Counter(each.ended for each in passes)))
    print("mishaps:", json.dumps(town.mishaps))
    print("must all be 0:", json.dumps(wrong))
    return int(any(wrong.values()))


if __name__ == "__main__":
    raise SystemExit(main())
