"""Finds what staff did to our events in Google, and has it answered once: the etag of a change is kept in the outbox,
beside the version that answers it.

What becomes of a change is told in `staff_and_bookings` and `staff_and_calls`. Other events are not ours to judge; what
they block, free/busy tells.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from sqlalchemy import Connection

from shared.calendar import staff_and_bookings, staff_and_calls
from shared.calendar.event import Event, Key, Kind, key_of
from shared.calendar.google_calendar import GoogleCalendar
from shared.log import fields
from shared.services import Services
from shared.storage import outbox
from shared.storage.acting import acting

log = logging.getLogger(__name__)

# "nothing" also when somebody else has answered it, or changed what the event shows in this moment.
Answer = Literal["nothing", "moved", "put_back", "called", "reopened"]
_AT_ONCE = 500


class Standing(Protocol):
    """What of ours an event shows, as it is now. It is `settled` when no version of it is still to be written, and
    `coming` when it should have an event."""

    @property
    def id(self) -> int: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def version(self) -> int: ...
    @property
    def settled(self) -> bool: ...
    @property
    def coming(self) -> bool: ...


class Rules(Protocol):
    """What becomes of the events of one kind."""

    def standing_of(self, connection: Connection, ids: Sequence[int]) -> Mapping[int, Any]: ...

    def belied(self, services: Services, seen: Event, row: Any) -> bool:
        """Whether an event says something else than what it stands for, so that something must become of it."""

    def settle(self, services: Services, connection: Connection, seen: Event, row: Any) -> tuple[Answer, int | None]:
        """What became of it, and the version that answers it; without one somebody else was quicker."""


_RULES: Mapping[Kind, Rules] = {"appointment": staff_and_bookings, "call-back": staff_and_calls}


def answers_to(services: Services, calendar: GoogleCalendar, seen: Sequence[Event]) -> list[Answer]:
    """What became of each change by hand among these events, which may have been listed a while ago: what looks like
    one is read again. What has a version that is still to be written is left to its writer."""
    found: list[Answer] = []
    ours = [(key, each) for each in seen if (key := key_of(each.id))]
    for first in range(0, len(ours), _AT_ONCE):
        some = ours[first : first + _AT_ONCE]
        with services.database.transaction() as connection:
            known = _standing_of(connection, [key for key, _ in some])
        for key, each in some:
            row = known.get(key)
            if row is None or not row.settled or not (each.by_hand or not row.coming):
                continue
            if _RULES[key.kind].belied(services, each, row) and (now := calendar.get(each.id)):
                found.append(answer_to(services, now, row.version))
    return found


def answer_to(services: Services, seen: Event, version: int | None = None) -> Answer:
    """What becomes of an event that was changed by hand; where a version is given, only if it is still the newest."""
    key = key_of(seen.id)
    if key is None:
        return "nothing"

    def settle(connection: Connection) -> Answer:
        rules, row = _RULES[key.kind], _standing_of(connection, [key]).get(key)
        if row is None or version not in (None, row.version) or not rules.belied(services, seen, row):
            return "nothing"
        if outbox.is_answered(connection, key.about, seen.etag):
            return "nothing"
        answer, answered_by = rules.settle(services, connection, seen, row)
        if answered_by is None:
            return "nothing"
        outbox.answered_by(connection, key.about, answered_by, seen.etag)
        return answer

    with acting("calendar", "answer a change by hand"):
        answer = services.database.run(settle)
    if answer != "nothing":
        log.info("event changed by hand", extra=fields(answer=answer))
    return answer


def _standing_of(connection: Connection, keys: Iterable[Key]) -> Mapping[Key, Standing]:
    """Another database's row may have the same number; it was made at another moment."""
    wanted: dict[Kind, list[int]] = {}
    for key in keys:
        wanted.setdefault(key.kind, []).append(key.id)
    return {
        Key(kind, row.id, row.created_at): row
        for kind, ids in wanted.items()
        for row in _RULES[kind].standing_of(connection, ids).values()
    }
