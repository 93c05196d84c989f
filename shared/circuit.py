"""A circuit that opens when a peer fails again and again, so that nobody waits for it, and lets a probe through later.

It counts and tells; what is asked of the peer, and by whom, is not known here.
"""

import threading
import time
from collections.abc import Callable

_FAILURES = 3
_REST_SECONDS = 30.0


class Circuit:
    """Closed at first. After `failures` in a row it is open; after `rest` seconds one caller may try (half open), whose
    success closes it and whose failure begins the rest again. For any number of threads."""

    def __init__(
        self, failures: int = _FAILURES, rest: float = _REST_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = failures
        self._rest = rest
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._shut_until = 0.0

    def may_pass(self) -> bool:
        """Whether to ask the peer. Who gets a yes says afterwards how it went."""
        with self._lock:
            if self._failed < self._most:
                return True
            now = self._clock()
            if now < self._shut_until:
                return False
            self._shut_until = now + self._rest  # the others wait for this one
            return True

    def went(self, well: bool) -> None:
        with self._lock:
            if well:
                self._failed = 0
                return
            self._failed += 1
            self._shut_until = self._clock() + self._rest
