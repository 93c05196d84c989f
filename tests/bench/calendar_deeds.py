"""What callers, staff and the desk do to appointments, call-backs, names and cars while a storm blows.

One random change at a time, each as the product makes it. What the calendar makes of it is not known here.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, text

from shared.calendar.event import Key
from shared.domain import scheduling
from shared.services import Services
from shared.storage import appointments, callbacks, customers
from shared.tools import places
from tests.lab.google_lab import GoogleLab
from tests.racers import NOW

CUSTOMERS = 400
_LATEST = 60
_SHARES = {
    "book": 38, "move": 24, "cancel": 14, "event moved by hand": 4, "event deleted by hand": 3,
    "call back": 8, "call made": 3, "call not made after all": 2, "call moved by hand": 1, "call deleted by hand": 1,
    "call brought back by hand": 1, "name changed": 1, "car changed": 1,
}  # fmt: skip
_APPOINTMENT = text(
    "SELECT id, created_at, starts_at, ends_at FROM appointments WHERE id = :id AND status <> 'cancelled'"
)
_CALL = text("SELECT id, created_at, state FROM callbacks WHERE id = :id")


class Deeds:
    """Of one storm. `moved_by_hand` holds the etags of changes that must not be written over in silence."""

    def __init__(self, services: Services, lab: GoogleLab, chance: random.Random) -> None:
        self._services = services
        self._lab = lab
        self._chance = chance
        self._path = f"calendar/{quote(lab.account.calendar_id, safe='')}/events"
        self.moved_by_hand: dict[str, str] = {}

    def one(self) -> tuple[str, bool]:
        """What was tried, and whether there was anything to do it to."""
        deed = self._chance.choices(list(_SHARES), list(_SHARES.values()))[0]
        if deed.endswith("by hand"):
            return deed, self._by_hand(deed)
        return deed, self._services.database.run(self._deeds[deed])

    @property
    def _deeds(self) -> dict[str, Callable[[Connection], bool]]:
        return {
            "book": self._book,
            "move": self._move,
            "cancel": self._cancel,
            "call back": self._call_back,
            "call made": self._called,
            "call not made after all": self._not_called,
            "name changed": self._rename,
            "car changed": self._change_car,
        }

    def _book(self, connection: Connection) -> bool:
        slot, service = self._wish()
        day = [places.day_of(self._services, slot)]
        bay = places.free_bay(self._services, connection, (service, slot, service.modes[0]), locked=day)
        customer = self._chance.randint(1, CUSTOMERS)
        return bay is not None and None is not appointments.add(
            connection, customer_id=customer, vehicle_id=customer, service=service.code, bay=bay,
            starts_at=slot.starts_at, ends_at=slot.ends_at, mode=service.modes[0], source="voice", call_sid=None,
            concern=None, needs_review=False, now=datetime.now(NOW.tzinfo),
        )  # fmt: skip

    def _move(self, connection: Connection) -> bool:
        row = appointments.by_id(connection, self._some(connection, "appointments"))
        if row is None:
            return False
        slot, service = self._wish(row.service)
        days = [places.day_of(self._services, slot), row.starts_at.astimezone(self._services.shop.zone).date()]
        wanted = (service, slot, service.modes[0])
        bay = places.free_bay(self._services, connection, wanted, moving=row.id, locked=days)
        return bay is not None and None is not appointments.move(
            connection, row.id, row.version, bay=bay, starts_at=slot.starts_at, ends_at=slot.ends_at,
            mode=service.modes[0], needs_review=False, now=NOW,
        )  # fmt: skip

    def _cancel(self, connection: Connection) -> bool:
        row = appointments.by_id(connection, self._some(connection, "appointments"))
        return row is not None and None is not appointments.cancel(
            connection, row.id, row.version, reason="other", now=NOW
        )

    def _call_back(self, connection: Connection) -> bool:
        customer = self._chance.choice((None, self._chance.randint(1, CUSTOMERS)))
        now = datetime.now(NOW.tzinfo)
        callbacks.add(
            connection, phone="+12175559999", reason="message", call_sid=None, customer_id=customer, now=now
        )  # fmt: skip
        return True

    def _called(self, connection: Connection) -> bool:
        number = self._some(connection, "callbacks")
        self.moved_by_hand.pop(f"call-back {number}", None)
        return callbacks.finish(connection, number, done_by="the desk", now=NOW)

    def _not_called(self, connection: Connection) -> bool:
        return callbacks.reopen(connection, self._some(connection, "callbacks"))

    def _rename(self, connection: Connection) -> bool:
        first, last = (self._chance.choice(("Nora", "Ida", "Ana", "May")) for _ in range(2))
        customers.amend_customer(connection, self._chance.randint(1, CUSTOMERS), first_name=first, last_name=last)
        return True

    def _change_car(self, connection: Connection) -> bool:
        year = self._chance.randint(2000, 2025)
        customers.amend_vehicle(connection, self._chance.randint(1, CUSTOMERS), year=year)
        return True

    def _by_hand(self, deed: str) -> bool:
        what, how, *_ = deed.split()
        with self._services.database.transaction() as connection:
            table, found = ("appointments", _APPOINTMENT) if what == "event" else ("callbacks", _CALL)
            row = connection.execute(found, {"id": self._some(connection, table)}).first()
        if row is None:
            return False
        key = Key("appointment" if what == "event" else "call-back", row.id, row.created_at)
        with suppress(AssertionError):  # an event that is not there, or no longer
            if how == "deleted":
                self._lab.control("DELETE", f"{self._path}/{key.event_id}")
                self.moved_by_hand.pop(key.about, None)
            elif how == "brought":
                self._lab.control("PATCH", f"{self._path}/{key.event_id}", {"status": "confirmed"})
            else:
                moved = self._lab.control("PATCH", f"{self._path}/{key.event_id}", self._elsewhere(what, row))
                self.moved_by_hand[key.about] = moved["etag"]
                if moved["status"] == "cancelled":
                    del self.moved_by_hand[key.about]
            return True
        return False

    def _elsewhere(self, what: str, row: Any) -> dict[str, Any]:
        """A time for an appointment's event that may or may not be one it can have; any for a call."""
        if what == "event":
            shift = timedelta(minutes=self._chance.choice((-600, -60, -30, 30, 60, 90)))
            start, end = row.starts_at + shift, row.ends_at + shift
        else:
            start = NOW + timedelta(minutes=self._chance.randint(60, 3000))
            end = start + timedelta(minutes=15)
        return {"start": {"dateTime": start.isoformat()}, "end": {"dateTime": end.isoformat()}}

    def _some(self, connection: Connection, table: str) -> int:
        """One of the latest."""
        last = connection.execute(text(f"SELECT coalesce(max(id), 0) FROM {table}")).scalar_one()  # noqa: S608
        return self._chance.randint(max(1, last - _LATEST), max(1, last))

    def _wish(self, code: str | None = None) -> tuple[Any, Any]:
        workshop, shop = self._services.workshop({}), self._services.shop
        service = shop.service(code) if code else self._chance.choice(shop.services)
        assert service is not None
        while True:
            day = (NOW + timedelta(days=self._chance.randint(1, 58))).date()
            slots = list(scheduling.day_slots(day, service, service.modes[0], workshop))
            if slots:
                return self._chance.choice(slots), service


def register(connection: Connection) -> None:
    """The customers, each with a car of the same number."""
    connection.execute(
        text(
            "WITH c AS (INSERT INTO customers (phone, first_name, last_name, zone, created_at) "
            "SELECT '+1217555' || lpad(n::text, 4, '0'), 'Nora', 'Quill', 'America/Chicago', :now "
            "FROM generate_series(1, :count) n RETURNING id) "
            "INSERT INTO vehicles (customer_id, year, make, model, created_at) "
            "SELECT id, 2018, 'Mazda', 'CX-5', :now FROM c ORDER BY id"
        ),
        {"now": NOW, "count": CUSTOMERS},
    )
