"""How far the filling is, on standard error: a bar on a terminal, elsewhere one line when a table is done."""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TextIO, TypeVar

Item = TypeVar("Item")

_WIDTH = 32
_SECONDS_BETWEEN = 0.05


class Progress:
    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._on_terminal = self._out.isatty()
        self._drawn = 0.0

    def each(self, what: str, items: Iterable[Item], total: int) -> Iterator[Item]:
        """Passes the items on while counting them; the last count stays on the screen."""
        done = 0
        for item in items:
            yield item
            done += 1
            self._draw(what, done, total)
        self._write(f"{self._bar(what, done, total)}\n" if self._on_terminal else f"  {what}: {done:,}\n")

    def _draw(self, what: str, done: int, total: int) -> None:
        if self._on_terminal and time.monotonic() - self._drawn >= _SECONDS_BETWEEN:
            self._drawn = time.monotonic()
            self._write(self._bar(what, done, total))

    def _bar(self, what: str, done: int, total: int) -> str:
        filled = _WIDTH * min(done, total) // max(total, 1)
        return f"\r  {what:<24} {'█' * filled}{'░' * (_WIDTH - filled)} {done:>9,}"

    def _write(self, text: str) -> None:
        """A terminal that cannot show it is no reason to stop."""
        with suppress(OSError, UnicodeError):
            self._out.write(text)
            self._out.flush()
