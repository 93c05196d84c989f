"""One pass of the dialler: whoever is due is called once, at the carrier's pace, until time or work runs out.

    python -m shared.reminders [--seconds N]

Any number of passes may be started: one dials, under a lease, and the others leave at once. A pass that dies leaves
nothing that the next one does not find: reminders claimed and not worked off fall due again, and a call that may or may
not have been made is looked up at the carrier before anybody is called again. Whom to call is `domain.reminders`' to
say; how the carrier is asked, `telephony`'s.
"""

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

from sqlalchemy import Connection

from shared import log as structured
from shared.clock import Clock
from shared.domain import reminders as rules
from shared.domain.reminders import Dial, Number, Verdict
from shared.errors import SophieError, Unavailable
from shared.log import fields
from shared.outbound_calls import NotTaken, OutboundCalls, Placed, Seen
from shared.outbound_texts import Texts, send_pending
from shared.settings import Part, Settings, read_or_exit
from shared.shop import Shop, load_shop
from shared.storage import attempts, reminders
from shared.storage.acting import acting
from shared.storage.attempts import Attempt
from shared.storage.database import Database
from shared.telephony import Telephony
from shared.visit_text import visit_text

log = logging.getLogger(__name__)

# Real time. A pass that died is replaced after this.
_LEASE = timedelta(seconds=60)
_RENEWED_AFTER = timedelta(seconds=20)
# Shop time, as everything that is due.
_CLAIM_LEASE = timedelta(minutes=5)
_BATCH_SECONDS, _LARGEST_BATCH = 60, 500
# A callback, or a call in the carrier's list, has shown itself by then.
_GRACE = timedelta(minutes=5)
# A call cannot last longer: it is cut off after ten minutes.
_LONGEST_CALL = timedelta(minutes=12)
_MOST_SWEPT = 200
# The carrier's own queue grows: it releases calls more slowly than we create them.
_LONGEST_QUEUE = timedelta(seconds=15)
_TRIES_WHEN_BUSY = 4
_PROGRESS = 100


class Carrier(Protocol):
    """Each raises Unavailable when it is not known whether, or how, the carrier answered."""

    def create(self, attempt: UUID, phone: str) -> Placed | NotTaken: ...

    def find(self, phone: str, since: datetime) -> Seen | None:
        """The newest call to that number created since then (real time)."""

    def fetch(self, sid: str) -> Seen | None: ...

    def cancel(self, sid: str) -> None:
        """End a call that was not answered yet."""


class Timing(Protocol):
    def now(self) -> datetime:
        """Shop time."""

    def real(self) -> datetime: ...

    def wait(self, seconds: float) -> bool:
        """Let time pass; whether the pass is to stop."""


class RunningTime:
    """Time as it runs, until `stop` is set."""

    def __init__(self, clock: Clock, stop: threading.Event) -> None:
        self._clock = clock
        self._stop = stop

    def now(self) -> datetime:
        return self._clock.now()

    def real(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, seconds: float) -> bool:
        return self._stop.wait(max(0.0, seconds))


@dataclass(slots=True)
class Summary:
    """What a pass did, in reminders for `planned`, `settled` and `postponed`, else in calls."""

    planned: int = 0
    placed: int = 0
    refused: int = 0
    unclear: int = 0
    settled: int = 0
    postponed: int = 0
    reconciled: int = 0
    ended: str = "nothing is due"


class Stopped(Exception):
    """The pass must not go on; the sentence says why."""


class Pass:
    """One pass; `run` it once. `seconds` is how long it may take, None for as long as there is work."""

    def __init__(
        self,
        database: Database,
        carrier: Carrier,
        texts: Texts,
        timing: Timing,
        shop: Shop,
        calls_per_second: float,
        seconds: float | None,
    ) -> None:
        self._database = database
        self._carrier = carrier
        self._texts = texts
        self._timing = timing
        self._shop = shop
        self._interval = timedelta(seconds=1 / calls_per_second)
        self._batch = max(1, min(_LARGEST_BATCH, int(_BATCH_SECONDS * calls_per_second)))
        self._holder = uuid4()
        began = timing.real()
        self._until = None if seconds is None else began + timedelta(seconds=seconds)
        self._renew_at = self._next_at = began
        self.summary = Summary()

    def run(self) -> Summary:
        """Dial what is due. Raises Unavailable when the database is away; the next pass goes on."""
        try:
            self._hold_lease()
        except Stopped as why:
            self.summary.ended = str(why)
            return self.summary
        try:
            self._prepare()
            self._send_texts()
            self._sweep()
            while claimed := self._claim():
                self._work_off(claimed)
                self._send_texts()
        except Stopped as why:
            self.summary.ended = str(why)
        # Whoever dials next may do so at once: the last call's share of the rate is waited out here.
        self._timing.wait((self._next_at - self._timing.real()).total_seconds())
        self._database.run(lambda c: reminders.leave_lease(c, self._holder, self._timing.real()))
        log.info("reminders dialled", extra=fields(**asdict(self.summary)))
        return self.summary

    # Before the first call

    def _hold_lease(self) -> None:
        real = self._timing.real()
        if not self._database.run(lambda c: reminders.take_lease(c, self._holder, real, real + _LEASE)):
            raise Stopped("another pass dials")
        self._renew_at = real + _RENEWED_AFTER

    def _prepare(self) -> None:
        now = self._timing.now()
        self._database.run(lambda c: reminders.return_lapsed(c, now))
        while planned := self._database.run(lambda c: reminders.plan(c, now)):
            self.summary.planned += planned
            self._check_on()

    def _sweep(self) -> None:
        """Calls of which nothing final was heard: the carrier is asked what became of them."""
        before = self._timing.now() - _GRACE
        for attempt in self._database.run(lambda c: attempts.open_since(c, before, _MOST_SWEPT)):
            self._check_on()
            try:
                self._reconcile(attempt)
            except Unavailable:
                log.warning("an open call could not be looked up", extra=fields(attempt=str(attempt.id)))
                return

    def _reconcile(self, attempt: Attempt) -> None:
        now = self._timing.now()
        age = now - attempt.dialed_at
        if attempt.call_sid is not None and age < _LONGEST_CALL:
            return
        if attempt.status == "completed":
            # Whoever held the conversation has not said what it came to, and will not.
            outcome: rules.Outcome = "no_answer" if attempt.opening_played_at else "failed"
            again = attempt.opening_played_at is None
            self._database.run(lambda c: attempts.settle(c, attempt.id, outcome, now, tried_again=again))
        elif attempt.call_sid is not None:
            self._learn(attempt, self._carrier.fetch(attempt.call_sid), now)
        else:
            self._learn(attempt, self._carrier.find(attempt.phone, self._timing.real() - age - _GRACE), now)
        self.summary.reconciled += 1

    def _learn(self, attempt: Attempt, seen: Seen | None, now: datetime) -> None:
        def write(connection: Connection) -> None:
            if seen is None:
                attempts.missing(connection, attempt.id, now)
            else:
                by = seen.answered_by
                attempts.told(connection, attempt.id, seen.sid, seen.status, now, answered_by=by)

        self._database.run(write)

    # Dialling

    def _claim(self) -> Sequence[reminders.Due]:
        self._check_on()
        now = self._timing.now()
        return self._database.run(lambda c: reminders.claim(c, now, _CLAIM_LEASE, self._batch))

    def _work_off(self, claimed: Sequence[reminders.Due]) -> None:
        """Call each number once for all that is claimed of it; what is left when the pass stops is due again."""
        left = {each.id: each.phone for each in claimed}
        try:
            for phone in dict.fromkeys(left.values()):
                self._call(phone)
                left = {id_: other for id_, other in left.items() if other != phone}
        except Stopped:
            self._database.run(lambda c: reminders.put_back(c, list(left)))
            raise

    def _send_texts(self) -> None:
        """What is written instead of a call leaves with the pass that decided so, or that stopped before."""
        while send_pending(self._database, self._texts, self._timing.now()):
            self._check_on()

    def _check_on(self) -> None:
        """Raises Stopped when the pass is over; keeps the lease."""
        real = self._timing.real()
        if self._until is not None and real >= self._until:
            raise Stopped("its time is over")
        if real >= self._renew_at:
            self._hold_lease()

    def _call(self, phone: str) -> None:
        wait = (self._next_at - self._timing.real()).total_seconds()
        if wait > 0 and self._timing.wait(wait):
            raise Stopped("it was told to stop")
        self._check_on()
        attempt = uuid4()
        verdict = self._database.run(lambda c: self._decide(c, attempt, phone))
        self.summary.settled += len(verdict.over)
        self.summary.postponed += len(verdict.later)
        if verdict.dial is not None:
            self._ask_carrier(attempt, phone, verdict.dial)

    def _ask_carrier(self, attempt: UUID, phone: str, dial: Dial) -> None:
        self._next_at = self._timing.real() + self._interval
        try:
            answer = self._create(attempt, phone)
        except Unavailable:
            self.summary.unclear += 1
            self._database.run(lambda c: attempts.unclear(c, attempt, self._timing.now()))
            return
        if isinstance(answer, Placed):
            self._placed(attempt, answer, dial)
        else:
            self._refused(attempt, answer)

    def _decide(self, connection: Connection, attempt: UUID, phone: str) -> Verdict:
        """Everything is looked at again and the call written down, in one transaction before the carrier is asked."""
        now = self._timing.now()
        number = reminders.number_now(connection, phone, now)
        verdict = rules.judge(number, now)
        if verdict.uncalled:
            reminders.text_instead(connection, phone, verdict.uncalled, now, self._text_about)
        reminders.give_up(connection, verdict.over)
        reminders.put_back(connection, verdict.later, verdict.until)
        if verdict.dial is not None:
            self._write_down(connection, attempt, number, verdict.dial, now)
        return verdict

    def _text_about(self, starts_at: datetime) -> str:
        return visit_text(self._shop, "your visit is on", starts_at)

    def _write_down(self, connection: Connection, attempt: UUID, number: Number, dial: Dial, now: datetime) -> None:
        real = self._timing.real()
        if not reminders.dial(connection, attempt, number, dial, now=now, holder=self._holder, real_now=real):
            raise Stopped("another pass dials")

    def _create(self, attempt: UUID, phone: str) -> Placed | NotTaken:
        """A request that was turned away because there were too many was never processed: it is made again."""
        answer = self._carrier.create(attempt, phone)
        for tried in range(1, _TRIES_WHEN_BUSY):
            if answer is not NotTaken.TOO_MANY or self._timing.wait(2.0**tried):
                break
            self._next_at = self._timing.real() + self._interval
            answer = self._carrier.create(attempt, phone)
        return answer

    def _placed(self, attempt: UUID, call: Placed, dial: Dial) -> None:
        now = self._timing.now()
        self._database.run(lambda c: attempts.taken(c, attempt, call.sid, now))
        self.summary.placed += 1
        if self.summary.placed % _PROGRESS == 0:
            log.info("dialling reminders", extra=fields(**asdict(self.summary)))
        if now + call.queued > dial.window_ends_at:
            self._carrier.cancel(call.sid)
        if call.queued > _LONGEST_QUEUE:
            raise Stopped("the carrier's queue is long")

    def _refused(self, attempt: UUID, why: NotTaken) -> None:
        number_is_why = why is NotTaken.NUMBER
        now = self._timing.now()
        self._database.run(lambda c: attempts.refused(c, attempt, now, again=not number_is_why))
        self.summary.refused += 1
        if not number_is_why:
            log.error("the carrier takes no calls", extra=fields(why=why.name))
            raise Stopped("the carrier takes no calls")


@contextmanager
def dialler(settings: Settings, clock: Clock, stop: threading.Event) -> Iterator[Callable[[float | None], Summary]]:
    """What makes a pass of so many seconds with these settings, until `stop` is set; its connections end with the
    block."""
    database = Database(settings.database_url, pool_size=2)
    carrier, texts = OutboundCalls(settings), Telephony(settings)
    timing, shop = RunningTime(clock, stop), load_shop(settings.shop_config)
    try:
        rate = settings.reminder_calls_per_second
        yield lambda seconds: Pass(database, carrier, texts, timing, shop, rate, seconds).run()
    finally:
        for each in (database, carrier, texts):
            each.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m shared.reminders", description="Dials the reminders that are due.")
    parser.add_argument("--seconds", type=float, help="end after so many; without it, when nobody is due any more")
    given = parser.parse_args()
    settings = read_or_exit(Part.DIALER)
    structured.configure("reminders")
    stop = threading.Event()
    for sent in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sent, lambda *_: stop.set())
    try:
        with dialler(settings, Clock(settings.clock_file), stop) as dial, acting("dialler", "reminders"):
            print(json.dumps(asdict(dial(given.seconds))))
    except SophieError as why:
        print(why, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
