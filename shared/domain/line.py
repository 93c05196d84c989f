"""The telephone line on one day: who takes new calls, when the desk is there, whose calls are not taken.

What staff change during a day, as one small value. Where it is kept and what is done with a call is not known here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from shared.domain.models import OpeningHours
from shared.domain.wording.wording import Wording

TakenBy = Literal["sophie", "desk"]
_DAYS_AHEAD = 15


@dataclass(frozen=True, slots=True)
class Line:
    """`capped_on` is the local day whose money is spent; `closed` are days beside those of the shop file."""

    taken_by: TakenBy = "sophie"
    capped_on: date | None = None
    closed: Mapping[date, str] = field(default_factory=dict)
    blocked: frozenset[str] = frozenset()

    def sophie_answers(self, today: date) -> bool:
        return self.taken_by == "sophie" and self.capped_on != today


def called_back(hours: OpeningHours, now: datetime, words: Wording) -> str:
    """When somebody who asks now is called back: "as soon as somebody is free", "when we open on Monday …"."""
    return words.back_soon() if hours.open_at(now) else words.back_on_opening(next_opening(hours, now, words))


def next_opening(hours: OpeningHours, now: datetime, words: Wording) -> str | None:
    """The next opening as it is said, "Monday, November 23rd at 7:30 AM"; None when the shop is closed for weeks."""
    local = now.astimezone(hours.zone)
    for ahead in range(_DAYS_AHEAD):
        day = local.date() + timedelta(days=ahead)
        span = hours.on(day)
        if span is not None and (ahead or local.time() < span[0]):
            return words.moment_words(datetime.combine(day, span[0]))
    return None
