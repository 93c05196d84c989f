"""When somebody is to be called back: while the desk is there, as soon as that is."""

from datetime import datetime, timedelta

from shared.domain.models import OpeningHours
from shared.domain.wall_time import boundary

LENGTH = timedelta(minutes=15)
_GRID = timedelta(minutes=5)
_DAYS_AHEAD = 15


def next_call(hours: OpeningHours, now: datetime) -> datetime:
    """The first moment from now on, on a grid of five minutes, from which there is time for a call before closing; for
    a shop that is closed for weeks the moment itself."""
    today = now.astimezone(hours.zone).date()
    for ahead in range(_DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        span = hours.on(day)
        if span is None:
            continue
        opens, closes = (boundary(day, at, hours.zone) for at in span)
        start = opens if now <= opens else opens + -(-(now - opens) // _GRID) * _GRID
        if start + LENGTH <= closes:
            return start
    return now
