"""A pass of the mirror right after a booking, behind the caller's back, so that staff see it within seconds.

It is a matter of speed alone: what it does not do, because the process ends or the calendar is away, the next scheduled
pass does. A thread of this process is the simplest sound way to begin one: a request to `sync_calendar` would need that
function's address, a token of our own and a time-out, and could fail in more ways than the pass itself.
"""

import logging
import threading
from collections.abc import Callable

from shared.errors import ConfigurationError, PeerError
from shared.log import fields

log = logging.getLogger(__name__)

_SECONDS = 10.0


class Nudge:
    """One per process. However often it is given, one pass runs at a time, and one after the last that was given."""

    def __init__(self, push: Callable[[float], object]) -> None:
        self._push = push
        self._lock = threading.Lock()
        self._wanted = False
        self._running = False

    def give(self) -> None:
        """Waits for nothing."""
        with self._lock:
            self._wanted = True
            if self._running:
                return
            self._running = True
        # Of the kind that ends with the process: a lease that it held runs out.
        threading.Thread(target=self._run, name="calendar-nudge", daemon=True).start()

    def _run(self) -> None:
        while self._take():
            try:
                self._push(_SECONDS)
            except (ConfigurationError, PeerError) as why:
                log.error("calendar not brought up to date", extra=fields(why=str(why)))
            except Exception:  # an edge: nobody waits for this thread
                log.exception("calendar not brought up to date")

    def _take(self) -> bool:
        with self._lock:
            self._running, self._wanted = self._wanted, False
            return self._running
