"""What stands in the calendar, an appointment or a call-back, as an event of Google's, and such an event read back.
Pure: it knows neither HTTP nor tables.

An event's id is made of what it shows, so that a repeated insert meets itself. Each event carries a stamp of what we
last wrote, in private extended properties: an event whose times differ from its stamp was moved by hand.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from shared.domain.call_backs import LENGTH
from shared.domain.ranges import Range

Kind = Literal["appointment", "call-back"]

_NAMES: Mapping[Kind, str] = {"appointment": "sophie", "call-back": "sophieback"}
_ID = re.compile(r"(sophie|sophieback)([1-9][0-9]{0,18})v([0-9]{1,18})")
_ZONED = re.compile(r"(Z|[+-][0-9]{2}:[0-9]{2})$")
# Beyond them the clocks of some zone cannot be told.
_YEARS = range(1970, 2200)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION, _FROM, _UNTIL = "sophieVersion", "sophieFrom", "sophieUntil"
_TOMATO = "11"


@dataclass(frozen=True, slots=True)
class Key:
    """What an event is of. When that was made keeps the rows of another database apart, whose ids begin at 1 too and
    stay taken in the calendar for ever."""

    kind: Kind
    id: int
    made_at: datetime

    @property
    def about(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def event_id(self) -> str:
        """5 to 1,024 characters a–v and 0–9, as Google wants them."""
        return f"{_NAMES[self.kind]}{self.id}v{(self.made_at - _EPOCH) // timedelta(microseconds=1)}"


@dataclass(frozen=True, slots=True)
class Booking:
    """What of an appointment stands in the calendar. No number, no last name: who sees a calendar is not decided
    here."""

    during: Range
    service_name: str
    first_name: str
    car: str
    bay: int
    mode: str


@dataclass(frozen=True, slots=True)
class CallBack:
    """What of a call-back stands in the calendar: whom to call, and why. What they said is for the desk's list."""

    at: datetime
    name: str
    phone: str
    reason: str

    @property
    def during(self) -> Range:
        return Range(self.at, self.at + LENGTH)


@dataclass(frozen=True, slots=True)
class Mirrored:
    """Something that stands in the calendar. `version` is the change that it shows."""

    key: Key
    version: int
    shown: Booking | CallBack


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


def key_of(name: str) -> Key | None:
    """What an event is of, by its id; None for an event that is not ours."""
    found = _ID.fullmatch(name)
    if found is None:
        return None
    try:
        made_at = _EPOCH + timedelta(microseconds=int(found[3]))
    except OverflowError:
        return None
    return Key("appointment" if found[1] == _NAMES["appointment"] else "call-back", int(found[2]), made_at)


def body(what: Mirrored, zone: ZoneInfo) -> dict[str, Any]:
    """The fields that are ours. It is transparent, so that free/busy shows only what staff added. The nulls take away
    what staff may have made of the event."""
    during = what.shown.during
    return {
        **(_booked(what.key, what.shown) if isinstance(what.shown, Booking) else _to_call(what.key, what.shown)),
        "start": _edge(during.start, zone),
        "end": _edge(during.end, zone),
        "recurrence": None,
        "status": "confirmed",
        "transparency": "transparent",
        "reminders": {"useDefault": False},
        "extendedProperties": {
            "private": {
                _VERSION: str(what.version),
                _FROM: during.start.astimezone(UTC).isoformat(),
                _UNTIL: during.end.astimezone(UTC).isoformat(),
            }
        },
    }


def _booked(key: Key, shown: Booking) -> dict[str, str]:
    return {
        "summary": f"{shown.service_name[:1].upper()}{shown.service_name[1:]}: {shown.first_name}, {shown.car}",
        "description": f"Appointment {key.id}, bay {shown.bay}, {_MODES.get(shown.mode, shown.mode)}. "
        "Move it here and Sophie moves it too; to cancel it, use the service desk.",
    }


def _to_call(key: Key, shown: CallBack) -> dict[str, str]:
    whom = ", ".join(each for each in (shown.name, shown.phone) if each) or "nobody"
    return {
        "summary": f"Call back: {whom} – {_REASONS.get(shown.reason, shown.reason)}",
        "description": f"Call-back {key.id}; what it is about: infra/desk callbacks. "
        "Move it here to call at another time; delete it when it is done.",
        "colorId": _TOMATO,
    }


_REASONS: Mapping[str, str] = {
    "message": "left a message",
    "desk_closed": "rang while the desk was closed",
    "desk_no_answer": "nobody answered at the desk",
    "failure": "the call failed on our side",
    "calendar": "their appointment was changed here",
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
