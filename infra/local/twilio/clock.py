"""The line's time: samples since a call was placed, and a beat every 20 ms that never drifts.

`speed` lets a test run a call faster than a person can listen; all ratios stay. It refuses to know what beats.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from infra.local.twilio.playback import FRAME

_RATE = 8_000


class LineClock:
    """One call's clock."""

    def __init__(self, speed: float = 1.0) -> None:
        self._per_second = _RATE * speed
        self._origin = time.monotonic()

    def now(self) -> int:
        """Samples since the call was placed."""
        return int((time.monotonic() - self._origin) * self._per_second)

    async def sleep(self, seconds: float) -> None:
        """That many seconds of the line's time."""
        await asyncio.sleep(seconds * _RATE / self._per_second)

    def real(self, seconds: float) -> float:
        """How long that stretch of the line's time really takes."""
        return seconds * _RATE / self._per_second


class Beat:
    """Calls `tick` every 20 ms with the sample at which it is due; a late beat moves neither that nor the next ones.

    The event loop's timers are the one pacing loop for all streams of a process; each keeps its own phase.
    """

    def __init__(self, clock: LineClock, tick: Callable[[int], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._period = clock.real(FRAME / _RATE)
        self._tick = tick
        self._first = self._loop.time()
        self._first_sample = clock.now()
        self._count = 0
        self._timer = self._loop.call_at(self._first, self._beat)

    def _beat(self) -> None:
        due = self._first_sample + self._count * FRAME
        self._count += 1
        self._timer = self._loop.call_at(self._first + self._count * self._period, self._beat)
        self._tick(due)

    def stop(self) -> None:
        self._timer.cancel()
