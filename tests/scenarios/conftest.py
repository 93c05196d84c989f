"""Fast labs play every scenario that was asked for, one after the other in each; the tests read what came of it."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import pytest

from infra.local.house.lab import Addresses, Lab
from infra.local.scenarios.lab import FAST_PLAN
from infra.local.scenarios.playing import FAST, Played, Player
from infra.local.scenarios.scenario import read
from seed import json_values, load, shapes, situation
from seed.connection import transaction
from seed.progress import Progress
from shared.clock import Clock
from shared.sessions.customer_cache import CustomerCache
from shared.sessions.in_time import RedisInTime
from shared.storage.shop_tables import read_shop

LABS = 3


def reset(at: Addresses, rows: Path) -> None:
    """What `python -m seed --from` does, without a process of its own."""
    with transaction(at.database) as connection:
        given = shapes.checked(json_values.read(rows), rows, shapes.vocabularies(connection))
        made = situation.tables_of(given, read_shop(connection), Clock(Path(at.clock_file)).now())
        load.replace(connection, made, "a scenario", Progress())
    redis = RedisInTime(at.redis)
    CustomerCache(redis, [at.stream_token_secret]).forget_everybody()
    redis.close()


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Played]]]:
    """What comes of each scenario of this session, by name."""
    asked = [item.callspec.params["scenario"] for item in request.session.items if "scenario" in _parameters(item)]
    left: SimpleQueue[str] = SimpleQueue()
    for name in asked:
        left.put(name)
    results: dict[str, Future[Played]] = {name: Future() for name in asked}

    def play_what_is_left() -> None:
        with Lab(FAST_PLAN) as lab:
            player = Player(lab, lambda rows: reset(lab.addresses, rows), FAST)
            while not left.empty():
                name = left.get()
                try:
                    results[name].set_result(player.play(read(name)))
                except Exception as why:  # noqa: BLE001 - told by the test of that scenario
                    results[name].set_exception(why)

    with ThreadPoolExecutor(LABS) as labs:
        running = [labs.submit(play_what_is_left) for _ in range(min(LABS, len(asked)))]
        for lab in running:
            lab.add_done_callback(lambda done: _give_up(results, done))
        yield results


def _parameters(item: pytest.Item) -> dict[str, object]:
    return getattr(getattr(item, "callspec", None), "params", {})


def _give_up(results: dict[str, Future[Played]], lab: Future[None]) -> None:
    """A lab that failed plays nothing more: nobody waits for ever."""
    if (why := lab.exception()) is not None:
        for result in results.values():
            if not result.done():
                result.set_exception(why)
