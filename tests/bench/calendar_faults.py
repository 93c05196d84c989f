"""The mirror in a storm: `python -m tests.bench.calendar_faults --operations 10000`.

Appointments are booked, moved and cancelled, and now and then staff move or delete an event by hand, while workers
write the calendar and a fifth of their requests goes wrong: errors, limits of pace, requests that never arrive, replies
that are dropped after the request was carried out, access tokens that end. Workers are killed in the middle. When the
storm is over and the outbox has been worked off, every appointment that is active must have exactly one event that says
what it says, every other none. Ends with 1 when that is not so. All clocks of leases and waits leap, so that minutes
take none.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, text

from infra.local.google.app import GoogleAccount
from infra.local.house.programs import Program
from infra.local.house.servers import embedded_postgres
from shared import settings
from shared.calendar.event import event_id
from shared.calendar.mirror import Mirror
from shared.clock import Clock
from shared.domain import scheduling
from shared.errors import PeerError
from shared.services import Services, connect
from shared.shop import load_shop
from shared.storage import appointments, outbox
from shared.storage.migrate import migrate
from shared.tools import places
from tests.integration.calendar_house import google_settings
from tests.lab.google_lab import GoogleLab
from tests.racers import NOW, RaceClock

_ROOT = Path(__file__).resolve().parents[2]
_CUSTOMERS = 40
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
        self._path = f"calendar/{quote(lab.account.calendar_id, safe='')}/events"
        self._workers: list[Program] = []
        self._moved_by_hand: dict[int, str] = {}
        self.found = Found()

    def rage(self, operations: int, kill_every: int = _KILL_EVERY) -> Found:
        began = time.monotonic()
        with self._services.database.transaction() as connection:
            _register(connection)
        self._lab.control(
            "POST", "faults", [{**each, "match": "/calendar/", "times": 10**9} for each in (*_FAULTS, _SLOW)]
        )
        try:
            self._workers = [self._worker(number) for number in range(_WORKERS)]
            for number in range(1, operations + 1):
                self._operate()
                self._weather(number, kill_every)
            struck = [each["kind"] for each in self._lab.control("GET", "faults")["struck"] if each["kind"] != "delay"]
            self.found.struck = len(struck)
            self.found.requests = self._carried_out() + sum(kind in _NOT_CARRIED_OUT for kind in struck)
            self._lab.control("DELETE", "faults")
            self._calm()
        finally:
            for worker in self._workers:
                worker.stop(2)
        self._inspect()
        self._services.close()
        self.found.seconds = time.monotonic() - began
        return self.found

    def _operate(self) -> None:
        """One change, as a caller or staff would make it."""
        deeds = {"book": 45, "move": 30, "cancel": 17, "moved by hand": 5, "deleted by hand": 3}
        deed = self._chance.choices(list(deeds), list(deeds.values()))[0]
        if "by hand" in deed:
            done = self._by_hand(deed)
        else:
            done = self._services.database.run(self._book if deed == "book" else lambda c: self._change(c, deed))
        self.found.operations[deed if done else f"{deed}, in vain"] += 1

    def _book(self, connection: Connection) -> bool:
        slot, service = self._wish()
        day = [places.day_of(self._services, slot)]
        bay = places.free_bay(self._services, connection, (service, slot, service.modes[0]), locked=day)
        customer = self._chance.randint(1, _CUSTOMERS)
        return bay is not None and None is not appointments.add(
            connection, customer_id=customer, vehicle_id=customer, service=service.code, bay=bay,
            starts_at=slot.starts_at, ends_at=slot.ends_at, mode=service.modes[0], source="voice", call_sid=None,
            concern=None, needs_review=False, now=datetime.now(NOW.tzinfo),
        )  # fmt: skip

    def _change(self, connection: Connection, deed: str) -> bool:
        row = appointments.by_id(connection, self._some_appointment(connection))
        if row is None:
            return False
        now = self._services.clock.now()
        if deed == "cancel":
            return None is not appointments.cancel(connection, row.id, row.version, reason="other", now=now)
        slot, service = self._wish(row.service)
        days = [places.day_of(self._services, slot), row.starts_at.astimezone(self._services.shop.zone).date()]
        wanted = (service, slot, service.modes[0])
        bay = places.free_bay(self._services, connection, wanted, moving=row.id, locked=days)
        return bay is not None and None is not appointments.move(
            connection, row.id, row.version, bay=bay, starts_at=slot.starts_at, ends_at=slot.ends_at,
            mode=service.modes[0], needs_review=False, now=now,
        )  # fmt: skip

    def _by_hand(self, deed: str) -> bool:
        with self._services.database.transaction() as connection:
            row = connection.execute(_ROW, {"id": self._some_appointment(connection)}).first()
        if row is None:
            return False
        path = f"{self._path}/{event_id(row.id, row.created_at)}"
        with suppress(AssertionError):  # an event that is not there, or no longer
            if deed.startswith("deleted"):
                self._lab.control("DELETE", path)
                self._moved_by_hand.pop(row.id, None)
                return True
            shift = timedelta(minutes=self._chance.choice((-600, -60, -30, 30, 60, 90)))
            start, end = ((each + shift).isoformat() for each in (row.starts_at, row.ends_at))
            changed = self._lab.control("PATCH", path, {"start": {"dateTime": start}, "end": {"dateTime": end}})
            self._moved_by_hand[row.id] = changed["etag"]
            return True
        return False

    def _some_appointment(self, connection: Connection) -> int:
        last = connection.execute(text("SELECT coalesce(max(id), 0) FROM appointments")).scalar_one()
        return self._chance.randint(max(1, last - 60), max(1, last))

    def _wish(self, code: str | None = None) -> tuple[Any, Any]:
        shop = self._services.shop
        workshop = self._services.workshop({})
        service = shop.service(code) if code else self._chance.choice(shop.services)
        assert service is not None
        while True:
            day = (NOW + timedelta(days=self._chance.randint(1, 58))).date()
            slots = list(scheduling.day_slots(day, service, service.modes[0], workshop))
            if slots:
                return self._chance.choice(slots), service

    def _weather(self, number: int, kill_every: int) -> None:
        if number % _WAIT_EVERY == 0:
            while self._waiting() > _MOST_WAITING:
                self._leap(5)
                time.sleep(0.02)
        if number % _TOKENS_END_EVERY == 0:
            self._lab.control("POST", "oauth/expire", {"what": "access"})
        if number % kill_every == 0:
            doomed = self._chance.randrange(_WORKERS)
            os.kill(self._workers[doomed].pid, signal.SIGKILL)
            self._workers[doomed].stop(1)
            self._workers[doomed] = self._worker(doomed)
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
        """Event against appointment, one by one."""
        wrong = self.found.wrong
        events = {each["id"]: each for each in self._lab.control("GET", self._path) if each["status"] != "cancelled"}
        with self._services.database.transaction() as connection:
            rows = connection.execute(_ALL).all()
            states = connection.execute(text("SELECT state, count(*) FROM calendar_outbox GROUP BY state")).all()
            answers = {row.answers_etag for row in connection.execute(text("SELECT answers_etag FROM calendar_outbox"))}
        for row in rows:
            event = events.pop(event_id(row.id, row.created_at), None)
            if row.status == "cancelled":
                wrong["events of cancelled appointments"] += event is not None
                continue
            self.found.active += 1
            wrong["changes by hand that were written over"] += self._moved_by_hand.get(row.id) not in answers | {None}
            if event is None:
                wrong["appointments without an event"] += 1
                continue
            times = [datetime.fromisoformat(event[edge]["dateTime"]) for edge in ("start", "end")]
            wrong["events at another time"] += times != [row.starts_at, row.ends_at]
            wrong["appointments not known to be in the calendar"] += row.calendar_state != "synced"
        wrong["events of nobody"] += len(events)
        wrong.update({f"rows {state}": count for state, count in states if state != "done"})

    def _leap(self, seconds: float) -> None:
        ahead = float(self._clock.read_text()) + seconds
        self._clock.with_suffix(".new").write_text(str(ahead))
        self._clock.with_suffix(".new").replace(self._clock)

    def _carried_out(self) -> int:
        return sum(each["operation"].startswith("calendar") for each in self._lab.control("GET", "log"))

    def _waiting(self) -> int:
        with self._services.database.transaction() as connection:
            return outbox.waiting(connection)

    def _worker(self, number: int) -> Program:
        words = [sys.executable, "-m", "tests.bench.calendar_faults", "--worker"]
        return Program(f"worker {number}", words, env={**os.environ, **self._environ}, cwd=_ROOT)


_ROW = text("SELECT id, created_at, starts_at, ends_at FROM appointments WHERE id = :id AND status <> 'cancelled'")
_ALL = text("SELECT id, created_at, starts_at, ends_at, status, calendar_state FROM appointments")


def services_of(environ: Mapping[str, str]) -> Services:
    return replace(connect(settings.read(environ, settings.Part.DATA)), clock=RaceClock())


def _calendar(services: Services) -> Any:
    assert services.calendar is not None
    return services.calendar


def _register(connection: Connection) -> None:
    for number in range(1, _CUSTOMERS + 1):
        connection.execute(
            text(
                "WITH c AS (INSERT INTO customers (phone, first_name, last_name, zone, created_at) "
                "VALUES (:phone, 'Nora', 'Quill', 'America/Chicago', :now) RETURNING id) "
                "INSERT INTO vehicles (customer_id, year, make, model, created_at) "
                "SELECT id, 2018, 'Mazda', 'CX-5', :now FROM c"
            ),
            {"phone": f"+1217555{number:04d}", "now": NOW},
        )


def work() -> None:
    """One worker, until it is killed."""
    logging.disable(logging.CRITICAL)
    services = services_of(os.environ)
    mirror = Mirror(services, _calendar(services), Clock(Path(os.environ["STORM_CLOCK"])))
    while True:
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
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        work()
    with ExitStack() as stack:
        dsn = stack.enter_context(embedded_postgres())
        migrate(dsn, load_shop())
        lab = stack.enter_context(google())
        directory = Path(stack.enter_context(TemporaryDirectory()))
        found = Storm(dsn, lab, directory, given.seed).rage(given.operations)
    print(", ".join(f"{count} {deed}" for deed, count in sorted(found.operations.items())))
    share = found.struck / max(1, found.requests)
    print(f"{found.requests} requests, of which {found.struck} ({share:.0%}) were struck; {found.kills} workers killed")
    print(f"{found.seconds:.0f} s; {found.active} active appointments")
    print("; ".join(f"{name}: {count}" for name, count in found.wrong.items()))
    return 1 if any(found.wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
