"""Between the wall clock of a zone and instants, on the days on which clocks change too. It knows no shop."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def instant(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The UTC instant of a local wall time. A time that a clock change skips is None; one that it repeats is the
    first."""
    local = datetime.combine(day, at, tzinfo=zone)
    moment = local.astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def boundary(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant at which something begins or ends by the wall clock; a time that is skipped counts from before the
    change, so that 2:30 is an hour after 1:30 though the clocks show 3:30."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def said_twice(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the wall clock shows this instant's time for the second time on that day."""
    return moment.astimezone(zone).fold == 1
