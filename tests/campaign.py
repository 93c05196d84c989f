"""A reminder campaign by a clock of its own: a town of people who answer, a carrier that loses, repeats and reorders
what it tells, and passes of the dialler that are started in parallel and die.

What is dialled goes through the product's own pass and tables; only time and the carrier's side of the line are played.
Who asks for how many, and what must hold afterwards, is not known here.
"""

import heapq
import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from shared.domain.zones import zones_of
from shared.errors import Unavailable
from shared.outbound_calls import NotTaken, Placed, Seen
from shared.reminders import Pass, Summary
from shared.shop import load_shop
from shared.storage import attempts
from shared.storage.database import Database
from shared.telephony import Sent

# A Wednesday, 7 in the morning in Chicago: nobody may be called for an hour yet, in Hawaii for six.
BEGIN = datetime(2026, 12, 2, 13, tzinfo=UTC)
_AREAS = ("217", "312", "212", "404", "303", "602", "213", "808", "907", "785")
# As the deployment asks for a pass.
_TICK = timedelta(minutes=5)
_PARALLEL = 5
_PASS_SECONDS = 150


class Killed(BaseException):
    """The process is gone: nothing of it runs after this."""


@dataclass
class TownCall:
    sid: str
    phone: str
    attempt: UUID
    created: datetime
    statuses: list[str] = field(default_factory=lambda: ["queued"])
    heard: bool = False


class Town:
    """The clock, the carrier, and everybody who can be called. `chaos` is how likely each thing goes wrong at
    a call, `death` that the process dies before the carrier is asked, and again before its answer is kept."""

    def __init__(self, database: Database, *, chaos: float, death: float, seed: int = 7) -> None:
        self.calls: dict[str, TownCall] = {}
        self.created_at: list[datetime] = []
        self.mishaps: Counter[str] = Counter()
        self._database = database
        self._shop = load_shop()
        self._chaos = chaos
        self._death = death
        self._chance = random.Random(seed)
        self._lock = threading.RLock()
        self._now = BEGIN
        self._numbers = count(1)
        self._later: list[tuple[datetime, int, Callable[[], None]]] = []

    # Time

    def now(self) -> datetime:
        return self._now

    real = now

    def wait(self, seconds: float) -> bool:
        self.advance(self._now + timedelta(seconds=max(0.0, seconds)))
        return False

    def advance(self, until: datetime) -> None:
        """Let everything happen that happens until then."""
        with self._lock:
            while self._later and self._later[0][0] <= until:
                when, _, happen = heapq.heappop(self._later)
                self._now = max(self._now, when)
                happen()
            self._now = max(self._now, until)

    def _at(self, seconds: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._later, (self._now + timedelta(seconds=seconds), next(self._numbers), happen))

    def _goes_wrong(self, what: str, likely: float | None = None) -> bool:
        wrong = self._chance.random() < (self._chaos if likely is None else likely)
        self.mishaps[what] += wrong
        return wrong

    # The carrier

    def create(self, attempt: UUID, phone: str) -> Placed | NotTaken:
        with self._lock:
            if self._goes_wrong("killed before the carrier was asked", self._death):
                raise Killed
            if self._goes_wrong("the carrier never got the request"):
                raise Unavailable("no connection")
            if self._goes_wrong("too many requests"):
                return NotTaken.TOO_MANY
            call = TownCall(f"CA{next(self._numbers):032x}", phone, attempt, self._now)
            self.calls[call.sid] = call
            self.created_at.append(self._now)
            self._ring(call)
            if self._goes_wrong("killed before the answer was kept", self._death):
                raise Killed
            if self._goes_wrong("the carrier's answer was lost"):
                raise Unavailable("timed out")
            return Placed(call.sid)

    def find(self, phone: str, since: datetime) -> Seen | None:
        with self._lock:
            found = [call for call in self.calls.values() if call.phone == phone and call.created >= since]
            return Seen(found[-1].sid, found[-1].statuses[-1]) if found else None

    def fetch(self, sid: str) -> Seen | None:
        call = self.calls.get(sid)
        return Seen(sid, call.statuses[-1]) if call else None

    def cancel(self, sid: str) -> None:
        raise AssertionError("no queue is that long here")

    def text(self, to: str, body: str, message: int) -> Sent:
        raise AssertionError("everybody here may be called")

    def _ring(self, call: TownCall) -> None:
        for after, status in ((1, "initiated"), (2, "ringing"), (8, "in-progress"), (45, "completed")):
            self._at(after, partial(self._becomes, call, status))

    def _becomes(self, call: TownCall, status: str) -> None:
        call.statuses.append(status)
        if status == "in-progress":
            self._answers(call)
        if self._goes_wrong("a callback was lost"):
            return
        for _ in range(1 + self._chance.randrange(2)):
            self._at(self._chance.uniform(0, 60), lambda: self._tell(call, status))

    def _tell(self, call: TownCall, status: str) -> None:
        try:
            number = call.statuses.index(status) - 1  # as the carrier counts what it tells
            self._database.run(lambda c: attempts.told(c, call.attempt, call.sid, status, self._now, sequence=number))
        except Unavailable:
            self._at(5, lambda: self._tell(call, status))  # answered with 503, it is told again

    def _answers(self, call: TownCall) -> None:
        """The person says who they are and that they will come, unless the call is a stale one."""
        call.heard = self._database.run(lambda c: attempts.answered(c, call.attempt, call.sid, self._now))
        if call.heard:
            self._at(30, lambda: self._database.run(lambda c: attempts.settle(c, call.attempt, "confirmed", self._now)))

    def _nobody_is_left(self) -> bool:
        with self._database.transaction() as connection:
            left = text("SELECT NOT EXISTS (SELECT FROM reminders WHERE state <> 'ended')")
            return bool(connection.execute(left).scalar_one())

    # The campaign

    def campaign(self, calls_per_second: float, until: datetime) -> list[Summary]:
        """Passes in parallel every five minutes; those that died told nobody what they did."""
        done: list[Summary] = []

        def one_pass() -> None:
            with suppress(Killed, Unavailable):
                done.append(Pass(self._database, self, self, self, self._shop, calls_per_second, _PASS_SECONDS).run())

        tick = self._now
        while tick < until:
            threads = [threading.Thread(target=one_pass) for _ in range(_PARALLEL)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            tick = max(tick + _TICK, self._now)
            self.advance(tick)
            if not self._later and self._nobody_is_left():
                break
        return done


def settle_in(database: Database, people: int) -> None:
    """So many customers with an appointment the next morning, and their consent."""
    everybody = "FROM generate_series(CAST(:low AS int), CAST(:high AS int)) i"
    then, begins = "CAST(:then AS timestamptz)", "CAST(:first AS timestamptz) + i / 5 * interval '0.5 s'"
    statements = (
        "INSERT INTO customers (id, phone, first_name, last_name, zone, created_at) OVERRIDING SYSTEM VALUE "
        f"SELECT i, '+1' || (CAST(:areas AS text[]))[1 + i % {len(_AREAS)}] || (2000000 + i), 'Nora', 'Quill', "
        f"(CAST(:zones AS text[]))[1 + i % {len(_AREAS)}], {then} {everybody}",
        "INSERT INTO vehicles (id, customer_id, make, created_at) OVERRIDING SYSTEM VALUE "
        f"SELECT i, i, 'Mazda', {then} {everybody}",
        "INSERT INTO consents (phone, kind, source, given_at) "
        f"SELECT phone, 'reminder_call', 'desk', {then} {everybody} JOIN customers ON id = i",
        "INSERT INTO appointments (customer_id, vehicle_id, service, bay, starts_at, ends_at, mode, source, "
        f"created_at, changed_at) SELECT i, i, 'oil_change', 1 + i % 5, {begins}, {begins} + interval '0.4 s', 'wait', "
        f"'seed', {then}, {then} {everybody}",
    )
    values = {
        "areas": list(_AREAS),
        "zones": [zones_of(None, f"+1{area}2000000")[0] for area in _AREAS],
        "then": BEGIN - timedelta(days=90),
        "first": BEGIN + timedelta(days=1, hours=2),
    }
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL sophie.bulk = 'on'"))
        for low in range(1, people + 1, 2_000):
            for statement in statements:
                known = {name: value for name, value in values.items() if f":{name}" in statement}
                connection.execute(text(statement), known | {"low": low, "high": min(people, low + 1_999)})
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def faults(town: Town, database: Database, people: int, calls_per_second: float) -> dict[str, int]:
    """Each is a number that must be zero."""
    rung: dict[str, int] = defaultdict(int)
    heard: dict[str, int] = defaultdict(int)
    outside = 0
    for call in town.calls.values():
        rung[call.phone] += 1
        heard[call.phone] += call.heard
        local = [call.created.astimezone(ZoneInfo(zone)).hour for zone in zones_of(None, call.phone)]
        outside += not all(9 <= hour < 20 for hour in local)
    times = sorted(town.created_at)
    shortest = 1 / calls_per_second
    too_fast = sum(1 for a, b in pairwise(times) if (b - a).total_seconds() < shortest - 1e-6)
    with database.transaction() as connection:
        ended = connection.execute(text("SELECT count(*) FROM reminders WHERE outcome = 'confirmed'")).scalar_one()
        openly = connection.execute(text("SELECT count(*) FROM reminder_attempts WHERE state <> 'ended'")).scalar_one()
    return {
        "never rung": people - len(rung),
        "rung more than once": sum(1 for times_rung in rung.values() if times_rung > 1),
        "not heard just once": sum(1 for phone in rung if heard[phone] != 1),
        "called outside the window": outside,
        "faster than the limit": too_fast,
        "without the outcome": people - int(ended),
        "attempts left open": int(openly),
    }
