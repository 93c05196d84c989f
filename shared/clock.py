"""Shop time: which day it is, what is past, what is due.

One offset in seconds, read from a file at each use, lets every process of a lab agree on another day. It knows nothing
of tokens, time-outs and deadlines: those are real time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Clock:
    """`now()` is the shop's present as an aware UTC datetime."""

    offset_file: Path | None = None

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset()

    def _offset(self) -> timedelta:
        if self.offset_file is None:
            return timedelta()
        try:
            return timedelta(seconds=float(self.offset_file.read_text() or 0))
        except (FileNotFoundError, ValueError, OverflowError):
            return timedelta()
