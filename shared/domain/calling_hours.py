"""When somebody may be called: from nine in the morning until eight in the evening, by their own clock; and when they
may be written to: from eight.

The rule (47 CFR 64.1200 (c)(1)) allows 8:00 to 21:00 to solicitations; several states end at 20:00, and nobody wants to
be rung at eight. Where it is not sure in which zone somebody is, all of them must allow it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.domain.ranges import Range
from shared.domain.wall_time import boundary

_FROM, _UNTIL = time(9), time(20)
_TEXTED_FROM = time(8)
# It rings for up to half a minute, which also belongs to the call.
_RINGING = timedelta(minutes=1)
# The latest that a reminder falls due: there must be time left to call many.
_LATEST_DUE = time(18)


def window(now: datetime, zones: Sequence[str]) -> Range | None:
    """The span in which a call may be placed: the one that is open at `now`, else the next one. None when the zones
    lie so far apart that there is none."""
    return _window(now, zones, _FROM)


def texts_window(now: datetime, zones: Sequence[str]) -> Range | None:
    """The span in which a text may be sent, as `window`."""
    return _window(now, zones, _TEXTED_FROM)


def _window(now: datetime, zones: Sequence[str], first: time) -> Range | None:
    clocks = [ZoneInfo(zone) for zone in zones]
    today = now.astimezone(clocks[0]).date()
    for ahead in range(-1, 4):
        day = today + timedelta(days=ahead)
        opens = max(boundary(day, first, clock) for clock in clocks)
        closes = min(boundary(day, _UNTIL, clock) for clock in clocks) - _RINGING
        if opens < closes and now < closes:
            return Range(opens, closes)
    return None


def due_at(starts_at: datetime, zone: ZoneInfo) -> datetime:
    """When an appointment is to be reminded of: the day before at the same time, or the nearest to it at which the
    customer's zone allows a call."""
    local = starts_at.astimezone(zone) - timedelta(days=1)
    at = min(max(local.time(), _FROM), _LATEST_DUE)
    return datetime.combine(local.date(), at, tzinfo=zone).astimezone(UTC)
