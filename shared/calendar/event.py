"""An appointment as an event of Google's, and such an event read back. Pure: it knows neither HTTP nor tables.

An event's id is made of the appointment's, so that a repeated insert meets itself. Each event carries a stamp of what
we last wrote, in private extended properties: an event whose times differ from its stamp was moved by hand.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.ranges import Range

_ID = re.compile(r"sophie([1-9][0-9]{0,18})v([0-9]{1,18})")
_ZONED = re.compile(r"(Z|[+-][0-9]{2}:[0-9]{2})$")
# Beyond them the clocks of some zone cannot be told.
_YEARS = range(1970, 2200)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION, _FROM, _UNTIL = "sophieVersion", "sophieFrom", "sophieUntil"


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What of an appointment stands in the calendar. `version` is the change that it shows."""

    appointment_id: int
    version: int
    created_at: datetime
    during: Range
    service_name: str
    first_name: str
    car: str
    bay: int
    mode: str

    @property
    def event_id(self) -> str:
        return event_id(self.appointment_id, self.created_at)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What we wrote last: the version and the times it had."""

    version: int
    during: Range


@dataclass(frozen=True, slots=True)
class Event:
    """An event as far as the mirror cares. `during` is None where the times are no two moments: an event of whole days,
    one that is broken, one of which a deletion left the id alone."""

    id: str
    etag: str
    deleted: bool
    during: Range | None
    stamp: Stamp | None

    @property
    def by_hand(self) -> bool:
        """Whether it says something else than what we wrote. Where nothing of ours is left to read, it may."""
        return self.deleted or self.stamp is None or self.during != self.stamp.during


def event_id(appointment_id: int, created_at: datetime) -> str:
    """5 to 1,024 characters a–v and 0–9, as Google wants them. The second number keeps the appointments of another
    database apart, whose ids begin at 1 too and stay taken in the calendar for ever."""
    return f"sophie{appointment_id}v{(created_at - _EPOCH) // timedelta(microseconds=1)}"


def appointment_of(name: str) -> tuple[int, datetime] | None:
    """The appointment and when it was made, of an event's id; None for an event that is not ours."""
    found = _ID.fullmatch(name)
    if found is None:
        return None
    try:
        return int(found[1]), _EPOCH + timedelta(microseconds=int(found[2]))
    except OverflowError:
        return None


def body(what: Mirrored, zone: ZoneInfo) -> dict[str, Any]:
    """The fields that are ours. It is transparent, so that free/busy shows only what staff added. No number, no last
    name: who sees a calendar is not decided here. The nulls take away what staff may have made of the event."""
    return {
        "summary": f"{what.service_name[:1].upper()}{what.service_name[1:]}: {what.first_name}, {what.car}",
        "description": f"Appointment {what.appointment_id}, bay {what.bay}, {_MODES.get(what.mode, what.mode)}. "
        "Move it here and Sophie moves it too; to cancel it, use the service desk.",
        "start": _edge(what.during.start, zone),
        "end": _edge(what.during.end, zone),
        "recurrence": None,
        "status": "confirmed",
        "transparency": "transparent",
        "reminders": {"useDefault": False},
        "extendedProperties": {
            "private": {
                _VERSION: str(what.version),
                _FROM: what.during.start.astimezone(UTC).isoformat(),
                _UNTIL: what.during.end.astimezone(UTC).isoformat(),
            }
        },
    }


_MODES: Mapping[str, str] = {
    "wait": "the customer waits",
    "drop_off": "the car is dropped off",
    "shuttle": "with the shuttle",
    "loaner": "with a loaner car",
}


def read(item: object) -> Event | None:
    """None for what is no event at all. Whatever else is wrong with one, it is read as far as it can be."""
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        return None
    return Event(
        id=item["id"],
        etag=str(item.get("etag", "")),
        deleted=item.get("status") == "cancelled",
        during=_range(_moment(item.get("start")), _moment(item.get("end"))),
        stamp=_stamp(item),
    )


def span(start: object, end: object) -> Range | None:
    """Two moments in RFC 3339 as a range; None when they are none."""
    return _range(_parsed(start), _parsed(end))


def _edge(moment: datetime, zone: ZoneInfo) -> dict[str, str | None]:
    return {"dateTime": moment.astimezone(zone).isoformat(), "timeZone": zone.key, "date": None}


def _moment(edge: object) -> datetime | None:
    return _parsed(edge.get("dateTime")) if isinstance(edge, dict) else None


def _parsed(said: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(said)).astimezone(UTC) if _ZONED.search(str(said)) else None
    except (ValueError, OverflowError):
        return None
    return moment if moment is not None and moment.year in _YEARS else None


def _range(start: datetime | None, end: datetime | None) -> Range | None:
    return Range(start, end) if start is not None and end is not None and start < end else None


def _stamp(item: Mapping[str, Any]) -> Stamp | None:
    properties = item.get("extendedProperties")
    private = properties.get("private") if isinstance(properties, dict) else None
    if not isinstance(private, dict):
        return None
    version, during = str(private.get(_VERSION)), span(private.get(_FROM), private.get(_UNTIL))
    if during is None or not re.fullmatch(r"[1-9][0-9]{0,8}", version):
        return None
    return Stamp(int(version), during)
