"""A caller's words about a time, field by field, and what they can turn out to be: a meaning, a question, neither.

Values only; `moments` says which words mean what.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Moment:
    """The caller's words as the tools' schema takes them; None where nothing was said."""

    weekday: str | None = None
    which_week: str | None = None
    part_of_week: str | None = None
    in_days: int | None = None
    day: int | None = None
    month: int | None = None
    which_month: str | None = None
    part_of_month: str | None = None
    part_of_day: str | None = None
    time: str | None = None
    after: str | None = None
    before: str | None = None
    earliest: bool | None = None

    @classmethod
    def of(cls, structure: Mapping[str, Any]) -> "Moment":
        """From the structure of the tools' schema, which has been checked."""
        return cls(**structure)


@dataclass(frozen=True, slots=True)
class Meaning:
    """Days from `first` to `last`; local times: at `exact`, or from `not_before` up to, not including, `before`; with
    an `edge` the first or the last thing of the day."""

    first: date
    last: date
    exact: time | None = None
    not_before: time | None = None
    before: time | None = None
    edge: Literal["first", "last"] | None = None
    earliest: bool = False

    @property
    def limits_times(self) -> bool:
        """Whether not just any time of its days will do."""
        return any(each is not None for each in (self.exact, self.not_before, self.before, self.edge))


@dataclass(frozen=True, slots=True)
class Question:
    """The words may mean several things; the sentence asks which."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Impossible:
    """The words mean no day or time that can be booked; `nearest` is where to look instead."""

    reason: str
    nearest: Meaning


Resolved = Meaning | Question | Impossible
