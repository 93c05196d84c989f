"""Half-open ranges of instants: 9 to 10 and 10 to 11 touch, they do not overlap."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Range:
    """From `start` up to, not including, `end`; both aware."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a range needs aware instants")
        if self.start >= self.end:
            raise ValueError("a range must end after it starts")

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def overlaps(self, other: "Range") -> bool:
        return self.start < other.end and other.start < self.end


def free_of(wanted: Range, taken: Iterable[Range]) -> bool:
    """Whether nothing of `taken` overlaps what is wanted."""
    return not any(wanted.overlaps(each) for each in taken)
