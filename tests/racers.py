"""Callers who book, move and cancel at the same time through the service desk's tools, and what the tables must say
when they are done.

Most share a customer with another caller, so that they change the same appointments, and all want the same few days.
Whoever starts them (threads, processes, a test) and who breaks their connections is not known here.
"""

import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, text

from shared.clock import Clock
from shared.domain.capacity import Agenda, Slot, bay_for
from shared.domain.wall_time import boundary
from shared.services import Services
from shared.storage import agenda
from shared.tools.call import CallContext, ToolResult
from shared.tools.registry import Desk

# A Monday, 10:05 in the morning at the workshop; the days after it are open.
NOW = datetime(2026, 11, 30, 16, 5, tzinfo=UTC)
DONE = frozenset({"booked", "moved", "cancelled"})
_SERVICES = ("oil_change", "brake_inspection", "inspection", "transmission_fluid", "tire_rotation")
_MOST_OWN = 3


class RaceClock(Clock):
    """Shop time that stands still, so that no slot passes during a race."""

    def now(self) -> datetime:
        return NOW


@dataclass
class Tally:
    """Milliseconds by tool and step, answers by step and status, and what was told of each intent."""

    milliseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    told: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        for step, values in other.milliseconds.items():
            self.milliseconds[step].extend(values)
        self.answers.update(other.answers)
        self.told.update(other.told)


def customer_of(caller: int) -> int:
    """Of four callers two share a customer, one is a customer, and one becomes one with the first booking."""
    return caller if caller % 4 == 3 else caller // 4 * 4 + caller % 4 // 2


def phone_of(customer: int) -> str:
    return f"+1217555{customer:04d}"


def last_name_of(customer: int) -> str:
    return "Quill" + "".join("abcdefghij"[int(digit)] for digit in str(customer))


def register(connection: Connection, callers: int) -> None:
    """The customers of so many callers, but for those who are not yet one."""
    for customer in sorted({customer_of(caller) for caller in range(callers) if caller % 4 != 3}):
        connection.execute(
            text(
                "WITH c AS (INSERT INTO customers (phone, first_name, last_name, zone, created_at) "
                "VALUES (:phone, 'Nora', :last_name, 'America/Chicago', :now) RETURNING id) "
                "INSERT INTO vehicles (customer_id, year, make, model, created_at) "
                "SELECT id, 2018, 'Mazda', 'CX-5', :now FROM c"
            ),
            {"phone": phone_of(customer), "last_name": last_name_of(customer), "now": NOW},
        )


class Racer:
    """One call after another from the same telephone."""

    def __init__(
        self, services: Services, caller: int, days: Sequence[date], seed: int = 7, think_seconds: float = 0
    ) -> None:
        self.tally = Tally()
        self._services = services
        self._desk = Desk(services)
        self._phone = phone_of(customer_of(caller))
        self._last_name = last_name_of(customer_of(caller))
        self._days = days
        self._chance = random.Random(f"{seed} {caller}")
        self._think_seconds = think_seconds

    def operate(self) -> None:
        """A call with one booking, move or cancellation, as the caller's appointments suggest."""
        call = CallContext(f"CA{uuid4().hex}", "inbound", self._phone)
        cars, own = [], []
        if self._ask(call, "lookup_customer", {"phone": None}).content["status"] == "known":
            confirmed = self._ask(call, "verify_caller", {"factor": "last_name", "value": self._last_name})
            cars = confirmed.content.get("vehicles", [])
            own = self._ask(call, "get_upcoming_appointments", {}).content.get("appointments", [])
        if len(own) < self._chance.randint(1, _MOST_OWN):
            self._book(call, cars)
        elif self._chance.random() < 0.6:
            self._move(call, self._chance.choice(own))
        else:
            self._cancel(call, self._chance.choice(own))

    def _book(self, call: CallContext, cars: Sequence[dict[str, str]]) -> None:
        details: dict[str, Any] = dict.fromkeys(("slot", "vehicle", "new_vehicle", "new_customer", "concern", "intent"))
        details["slot"] = self._slot(call, self._chance.choice(_SERVICES))
        if cars:
            details["vehicle"] = cars[0]["vehicle"]
        else:
            details["new_vehicle"] = {"year": 2018, "make": "Mazda", "model": "CX-5", "vin": None}
            details["new_customer"] = {"first_name": "Nora", "last_name": self._last_name}
        self._two_steps(call, "book_appointment", details)

    def _move(self, call: CallContext, appointment: dict[str, str]) -> None:
        slot = self._slot(call, appointment["service_code"])
        details = {"appointment": appointment["appointment"], "slot": slot, "intent": None}
        self._two_steps(call, "reschedule_appointment", details)

    def _cancel(self, call: CallContext, appointment: dict[str, str]) -> None:
        details = {"appointment": appointment["appointment"], "reason": "other", "intent": None}
        self._two_steps(call, "cancel_appointment", details)

    def _two_steps(self, call: CallContext, tool: str, details: dict[str, Any]) -> None:
        asked = self._ask(call, tool, details, ": read-back")
        if asked.intent is None:
            return
        answered = self._ask(
            call, tool, dict.fromkeys(details) | {"intent": asked.intent}, ": commit", {asked.intent: "yes"}
        )
        self.tally.told[call.handles[asked.intent]["id"]] = answered.content["status"]

    def _ask(
        self,
        call: CallContext,
        tool: str,
        arguments: dict[str, Any],
        step: str = "",
        answers: dict[str, str] | None = None,
    ) -> ToolResult:
        if self._think_seconds:
            time.sleep(self._chance.uniform(0, 2 * self._think_seconds))
        began = time.perf_counter()
        result = self._desk.run(call, tool, json.dumps(arguments), answers or {})
        self.tally.milliseconds[tool + step].append((time.perf_counter() - began) * 1000)
        self.tally.answers[tool + step, result.content["status"]] += 1
        return result

    def _slot(self, call: CallContext, service_code: str) -> str:
        """Any start on the grid of the days, as if it had been offered a moment ago."""
        service = self._services.shop.service(service_code)
        assert service is not None
        eight = boundary(self._chance.choice(self._days), time_of_day(8), self._services.shop.zone)
        start = eight + timedelta(minutes=15 * self._chance.randrange(32))
        mode = self._chance.choice(service.modes)
        return call.issue("slot", {"service": service_code, "start": start.isoformat(), "mode": mode})


# Each is a number that must be zero, whatever happened during the race.
_FAULTS = {
    "overlaps": """
        SELECT count(*) FROM appointments a JOIN appointments b
            ON a.id < b.id AND a.bay = b.bay AND a.during && b.during
        WHERE a.status IN ('booked', 'confirmed') AND b.status IN ('booked', 'confirmed')""",
    "bookings without their intent, or intents without their booking": """
        SELECT abs((SELECT count(*) FROM appointments)
                   - (SELECT count(*) FROM intents WHERE answer->>'status' = 'booked'))""",
    "lost updates": """
        SELECT abs((SELECT coalesce(sum(version - 1), 0) FROM appointments)
                   - (SELECT count(*) FROM intents WHERE answer->>'status' IN ('moved', 'cancelled')))""",
    "cancellations lost": """
        SELECT abs((SELECT count(*) FROM appointments WHERE status = 'cancelled')
                   - (SELECT count(*) FROM intents WHERE answer->>'status' = 'cancelled'))""",
    "versions that the calendar was not told of": """
        SELECT count(*) FROM appointments a WHERE ARRAY(SELECT generate_series(1, a.version))
            <> ARRAY(SELECT version FROM calendar_outbox o WHERE o.appointment_id = a.id ORDER BY version)""",
    "changes without one line of audit": """
        SELECT count(*) FROM appointments a WHERE a.version
            <> (SELECT count(*) FROM audit u WHERE u.table_name = 'appointments' AND u.row_key = a.id::text
                AND u.who LIKE 'call CA%' AND u.why LIKE '%_appointment')""",
    "new customers or cars without a booking": """
        SELECT count(*) FROM customers c FULL JOIN vehicles v ON v.customer_id = c.id
        WHERE NOT EXISTS (SELECT 1 FROM appointments a WHERE a.customer_id = c.id AND a.vehicle_id = v.id)
            AND EXISTS (SELECT 1 FROM audit WHERE table_name = 'customers' AND row_key = c.id::text AND why <> '')""",
}


def faults(connection: Connection, services: Services, days: Sequence[date], tally: Tally) -> dict[str, int]:
    """How often the tables break a rule or belie what a caller was told; all zero when nothing went wrong."""
    counts = {name: int(connection.execute(text(query)).scalar_one()) for name, query in _FAULTS.items()}
    spent = text("SELECT id::text, answer->>'status' FROM intents WHERE answer IS NOT NULL")
    kept = {row[0]: row[1] for row in connection.execute(spent)}
    counts["untrue answers"] = sum(
        1 for intent, status in tally.told.items() if status != "error" and kept.get(intent) != status
    )
    counts["appointments beyond what the workshop can take"] = sum(_too_many(connection, services, day) for day in days)
    return counts


def _too_many(connection: Connection, services: Services, day: date) -> int:
    """Each appointment of a day must be one that could still be taken beside all others."""
    zone = services.shop.zone
    booked = agenda.plans_of(connection, agenda.Days(day, day, zone)).booked
    workshop = services.workshop({})
    wrong = 0
    for one in booked:
        others = Agenda(zone, [each for each in booked if each is not one])
        minutes = int((one.ends_at - one.starts_at).total_seconds()) // 60
        work = replace(services.shop.services[0], skill=one.skill, bay_minutes=minutes, equipment=None)
        if bay_for(Slot(one.starts_at, one.ends_at), work, one.mode, others, workshop) is None:
            wrong += 1
    return wrong


def deadlocks(connection: Connection) -> int:
    query = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return int(connection.execute(query).scalar_one())
