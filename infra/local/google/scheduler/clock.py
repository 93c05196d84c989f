"""The time by which jobs are due: held until it is moved, or the real one with the offset of the lab's clock file."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Clock:
    """`held` is the time at which a clock that is moved by hand stands; None for one that runs.

    A running clock adds the seconds of `offset_file`, read at each use as the product reads them.
    """

    held: dt.datetime | None
    offset_file: Path | None = None

    def now(self) -> dt.datetime:
        if self.held is not None:
            return self.held
        offset = float(self.offset_file.read_text() or 0) if self.offset_file else 0.0
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=offset)
