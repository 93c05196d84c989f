"""The mirror in a storm: `python -m tests.bench.calendar_faults --operations 10000`.

Appointments are booked, moved and cancelled, call-backs asked for and made, names and cars corrected, and now and then
staff move or delete an event by hand, while workers write the calendar and a fifth of their requests goes wrong:
errors, limits of pace, requests that never arrive, replies that are dropped after the request was carried out, access
tokens that end. Workers are killed in the middle. When the storm is over and the outbox has been worked off, every
active appointment and every open call-back must have exactly one event that says what it says, every other none. Ends
with 1 when that is not so. All clocks of leases and waits leap, so that minutes take none.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing import get_context, parent_process
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from infra.local.google.app import GoogleAccount
from infra.local.house.programs import Program
from infra.local.house.servers import embedded_postgres
from shared import settings
from shared.calendar.mirror import Mirror
from shared.clock import Clock
from shared.errors import PeerError
from shared.services import Services, connect
from shared.shop import load_shop
from shared.storage import outbox
from shared.storage.migrate import migrate
from tests.bench.calendar_deeds import Deeds, register
from tests.bench.calendar_inspection import wrong_with
from tests.integration.calendar_house import google_settings
from tests.lab.google_lab import GoogleLab
from tests.racers import RaceClock

_ROOT = Path(__file__).resolve().parents[2]
_WORKERS = 3
# Every so many-eth request to Calendar is struck; together a fifth.
_FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "status", "code": 500, "every": 19},
    {"kind": "status", "code": 429, "every": 23},
    {"kind": "status", "code": 403, "reason": "userRateLimitExceeded", "every": 47},
    {"kind": "drop_reply", "every": 17},
    {"kind": "refuse", "every": 41},
    {"kind": "cut", "every": 53},
)
# And some are slow, so that appointments change while they are being written.
_SLOW = {"kind": "delay", "ms": 150, "every": 13}
# Workers are forked of a process that has loaded everything, so that one that was killed is replaced at once.
_WORKSHOP = get_context("forkserver")
_WORKSHOP.set_forkserver_preload([__name__, "googleapiclient.discovery", "pg8000"])
_NOT_CARRIED_OUT = ("status", "refuse")
_TOKENS_END_EVERY, _KILL_EVERY, _WAIT_EVERY = 150, 400, 10
# The workers are never further behind, so that changes meet events that are there.
_MOST_WAITING = 8


@dataclass
class Found:
    """What a storm did and what was wrong after it."""

    operations: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    struck: int = 0
    kills: int = 0
    active: int = 0
    calls: int = 0
    seconds: float = 0.0
    wrong: Counter[str] = field(default_factory=Counter)


class Storm:
    """One database, one Google, a few workers."""

    def __init__(self, database_url: str, lab: GoogleLab, directory: Path, seed: int) -> None:
        self._clock = directory / "clock"
        self._clock.write_text("0")
        self._environ = {
            "SOPHIE_ENV": "local",
            "DATABASE_URL": database_url,
            "STREAM_TOKEN_SECRET": "of this bench alone, and nobody else's",
            "STORM_CLOCK": str(self._clock),
            **google_settings(lab),
        }
        self._lab = lab
        self._chance = random.Random(seed)
        self._services = services_of(self._environ)
        self._deeds = Deeds(self._services, lab, self._chance)
        self._path = f"calendar/{quote(lab.account.calendar_id, safe='')}/events"
        self._workers: list[ForkServerProcess] = []
        self.found = Found()

    def rage(self, operations: int, kill_every: int = _KILL_EVERY) -> Found:
        began = time.monotonic()
        with self._services.database.transaction() as connection:
            register(connection)
        self._lab.control(
            "POST", "faults", [{**each, "match": "/calendar/", "times": 10**9} for each in (*_FAULTS, _SLOW)]
        )
        try:
            self._workers = [self._worker() for _ in range(_WORKERS)]
            for number in range(1, operations + 1):
                deed, done = self._deeds.one()
                self.found.operations[deed if done else f"{deed}, in vain"] += 1
                self._weather(number, kill_every)
            struck = [each["kind"] for each in self._lab.control("GET", "faults")["struck"] if each["kind"] != "delay"]
            self.found.struck = len(struck)
            self.found.requests = self._carried_out() + sum(kind in _NOT_CARRIED_OUT for kind in struck)
            self._lab.control("DELETE", "faults")
            self._calm()
        finally:
            for worker in self._workers:
                worker.kill()
                worker.join()
        self._inspect()
        self._services.close()
        self.found.seconds = time.monotonic() - began
        return self.found

    def _weather(self, number: int, kill_every: int) -> None:
        if number % _WAIT_EVERY == 0:
            while self._waiting() > _MOST_WAITING:
                self._leap(5)
                time.sleep(0.02)
        if number % _TOKENS_END_EVERY == 0:
            self._lab.control("POST", "oauth/expire", {"what": "access"})
        if number % kill_every == 0:
            doomed = self._chance.randrange(_WORKERS)
            self._workers[doomed].kill()
            self._workers[doomed].join()
            self._workers[doomed] = self._worker()
            self.found.kills += 1

    def _calm(self) -> None:
        """Until the outbox is empty and nothing that staff did is unread: two whole passes after the last row."""
        mirror = Mirror(self._services, _calendar(self._services), Clock(self._clock))
        for _ in range(2_000):
            if self._waiting() == 0 and not any(mirror.sync(60).deeds.values()):
                return
            self._leap(60)
            time.sleep(0.05)
        raise AssertionError(f"{self._waiting()} rows are still pending")

    def _inspect(self) -> None:
        events = [each for each in self._lab.control("GET", self._path) if each["status"] != "cancelled"]
        with self._services.database.transaction() as connection:
            self.found.active, self.found.calls, self.found.wrong = wrong_with(
                connection, events, self._deeds.moved_by_hand
            )

    def _leap(self, seconds: float) -> None:
        ahead = float(self._clock.read_text()) + seconds
        self._clock.with_suffix(".new").write_text(str(ahead))
        self._clock.with_suffix(".new").replace(self._clock)

    def _carried_out(self) -> int:
        return sum(each["operation"].startswith("calendar") for each in self._lab.control("GET", "log"))

    def _waiting(self) -> int:
        with self._services.database.transaction() as connection:
            return outbox.waiting(connection)

    def _worker(self) -> ForkServerProcess:
        worker = _WORKSHOP.Process(target=work, args=(self._environ,), daemon=True)
        worker.start()
        return worker


def services_of(environ: Mapping[str, str]) -> Services:
    return replace(connect(settings.read(environ, settings.Part.DATA)), clock=RaceClock())


def _calendar(services: Services) -> Any:
    assert services.calendar is not None
    return services.calendar


def work(environ: Mapping[str, str]) -> None:
    """One worker, until it is killed or left alone."""
    logging.disable(logging.CRITICAL)
    services, parent = services_of(environ), parent_process()
    mirror = Mirror(services, _calendar(services), Clock(Path(environ["STORM_CLOCK"])))
    while parent is not None and parent.is_alive():
        with suppress(PeerError):
            if not mirror.sync(2).deeds:
                time.sleep(0.05)


@contextmanager
def google() -> Iterator[GoogleLab]:
    """The lab's Google in a process of its own."""
    account = GoogleAccount()
    words = [sys.executable, "-m", "infra.local.google", "--refresh-token", account.refresh_token]
    words += ["--client-id", account.client_id, "--client-secret", account.client_secret]
    with Program("google", words, env=dict(os.environ), cwd=_ROOT) as program:
        said = json.loads(program.wait_for_line(lambda line: line.startswith("{"), 30))
        yield GoogleLab(said["url"], account)


def main() -> int:
    parser = argparse.ArgumentParser(description="The mirror in a storm.")
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    with ExitStack() as stack:
        dsn = stack.enter_context(embedded_postgres())
        migrate(dsn, load_shop())
        lab = stack.enter_context(google())
        directory = Path(stack.enter_context(TemporaryDirectory()))
        found = Storm(dsn, lab, directory, given.seed).rage(given.operations)
    print(", ".join(f"{count} {deed}" for deed, count in sorted(found.operations.items())))
    share = found.struck / max(1, found.requests)
    print(f"{found.requests} requests, of which {found.struck} ({share:.0%}) were struck; {found.kills} workers killed")
    print(f"{found.seconds:.1f} s; {found.active} active appointments, {found.calls} open call-backs")
    print("; ".join(f"{name}: {count}" for name, count in found.wrong.items()))
    return 1 if any(found.wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
