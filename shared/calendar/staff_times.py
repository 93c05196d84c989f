"""When staff are at something else, as their calendar's free/busy shows it: our own events do not stand there.

It is asked for in a thread of its own, ahead of the question, and known for a minute. A caller's turn waits for it no
longer than `WAIT_SECONDS`; a booking does not wait at all and takes what is known.
"""

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.circuit import Circuit
from shared.domain.ranges import Range
from shared.errors import ConfigurationError, PeerError
from shared.log import fields

if TYPE_CHECKING:
    from shared.calendar.google_calendar import GoogleCalendar

log = logging.getLogger(__name__)

WAIT_SECONDS = 0.4
_FRESH_SECONDS = 60.0
# A booking relies on what was read when its time was offered, so long ago at most.
_AT_HAND_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class _Reading:
    times: tuple[Range, ...]
    at: float


class StaffTimes:
    """One per process, for any number of threads. `None` is: not known. Without a calendar nobody is ever busy."""

    def __init__(self, calendar: "GoogleCalendar | None", ahead: timedelta) -> None:
        self._calendar = calendar
        self._ahead = ahead
        self._pool = ThreadPoolExecutor(1, "staff-times")
        self._lock = threading.Lock()
        self._asked: Future[None] | None = None
        self._reading: _Reading | None = None
        self._circuit = Circuit()

    def look_up(self, now: datetime) -> None:
        """Begins to ask, unless it is known or being asked. It waits for nothing."""
        if self._calendar is None:
            return
        self._calendar.keep_fresh()
        with self._lock:
            if self._known_for(_FRESH_SECONDS) is not None or (self._asked and not self._asked.done()):
                return
            if self._circuit.may_pass():
                self._asked = self._pool.submit(self._ask, self._calendar, Range(now, now + self._ahead))

    def known(self) -> Sequence[Range] | None:
        """What is known within the wait, after `look_up`."""
        if self._asked is not None:
            try:
                self._asked.result(WAIT_SECONDS)
            except NotYet:
                log.warning("staff's calendar is slow")
        return self._known_for(_FRESH_SECONDS)

    def at_hand(self) -> Sequence[Range] | None:
        """What is known at once; nothing while it is being asked."""
        asking = self._asked is not None and not self._asked.done()
        return self._known_for(_FRESH_SECONDS if asking else _AT_HAND_SECONDS)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _known_for(self, seconds: float) -> Sequence[Range] | None:
        if self._calendar is None:
            return ()
        reading = self._reading
        return reading.times if reading is not None and time.monotonic() - reading.at < seconds else None

    def _ask(self, calendar: "GoogleCalendar", during: Range) -> None:
        try:
            reading = _Reading(tuple(calendar.busy(during)), time.monotonic())
        except (PeerError, ConfigurationError) as why:
            log.warning("staff's calendar not read", extra=fields(why=str(why)))
            self._reading = None
            self._circuit.went(False)
            return
        except Exception:  # an edge: who waits for this thread goes on without it
            log.exception("staff's calendar not read")
            self._reading = None
            self._circuit.went(False)
            return
        self._reading = reading
        self._circuit.went(True)
