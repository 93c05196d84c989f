"""Sixteen callers book, move and cancel on three days at once; afterwards the tables must add up."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import text

from shared.services import Services
from shared.storage.database import Database
from tests.racers import DONE, NOW, RaceClock, Racer, Tally, deadlocks, faults, register

_CALLERS = 16
_OPERATIONS_EACH = 30
_DAYS = [NOW.date() + timedelta(days=n) for n in (1, 2, 3)]


@pytest.fixture
def racing(services: Services, database_url: str) -> Iterator[Services]:
    """The services of a race, with a pool of its own; `services` watches it."""
    database = Database(database_url)
    with services.database.transaction() as connection:
        register(connection, _CALLERS)
    yield replace(services, database=database, clock=RaceClock())
    database.close()


def race(racing: Services) -> Tally:
    racers = [Racer(racing, caller, _DAYS) for caller in range(_CALLERS)]
    with ThreadPoolExecutor(_CALLERS) as pool:
        list(pool.map(lambda racer: [racer.operate() for _ in range(_OPERATIONS_EACH)], racers))
    tally = Tally()
    for racer in racers:
        tally.add(racer.tally)
    return tally


def told(tally: Tally) -> set[str]:
    return {status for _, status in tally.answers}


def test_a_mixed_race_leaves_no_overlap_no_lost_update_and_no_untrue_answer(
    services: Services, racing: Services
) -> None:
    tally = race(racing)
    racing.database.close()
    assert told(tally) >= DONE
    with services.database.transaction() as connection:
        assert not any(faults(connection, services, _DAYS, tally).values())
        assert deadlocks(connection) == 0


def test_connections_that_are_killed_during_a_race_change_nothing_of_that(services: Services, racing: Services) -> None:
    done = Event()

    def kill() -> int:
        """One connection of the race after another, chosen by chance."""
        chance, killed = random.Random(7), 0
        while not done.wait(0.3):
            with services.database.transaction() as connection:
                others = text(
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                victims = list(connection.execute(others).scalars())
                if victims:
                    connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": chance.choice(victims)})
                    killed += 1
        return killed

    with ThreadPoolExecutor(1) as pool:
        killer = pool.submit(kill)
        tally = race(racing)
        done.set()
        assert killer.result() > 5
    racing.database.close()
    assert told(tally) >= DONE
    with services.database.transaction() as connection:
        assert not any(faults(connection, services, _DAYS, tally).values())
        assert deadlocks(connection) == 0
