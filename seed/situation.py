"""`--from F.json`: a situation, written by hand or by `--dump`, replaces all data. Rows are shaped like the reporting
views; what is left out is usual.

Cars and appointments name their customer by `customer_phone` and, where a household shares it, the car by `vin`. A row
without an id has its place in the list as its id. How the fields are written is `shapes`' to know.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from seed.load import Tables
from seed.reminder_rows import reminder_tables
from seed.shapes import SHAPES, Rows, fault
from shared.errors import ConfigurationError
from shared.shop import Shop

Table = list[dict[str, Any]]

_ACTIVE = ("booked", "confirmed", "completed")
_TURN = dict.fromkeys(SHAPES["turns"]) | {"barged_in": False}


def tables_of(rows: Mapping[str, Rows], shop: Shop, now: datetime) -> Tables:
    """The rows of all tables. Raises ConfigurationError that names table, row and field."""
    return _Situation(rows, shop, now).tables()


@dataclass(slots=True)
class _Situation:
    rows: Mapping[str, Rows]
    shop: Shop
    now: datetime
    customers: dict[int, dict[str, Any]] = field(default_factory=dict)
    vehicles: dict[int, dict[str, Any]] = field(default_factory=dict)
    appointments: dict[int, dict[str, Any]] = field(default_factory=dict)
    callbacks: dict[int, dict[str, Any]] = field(default_factory=dict)
    of_phone: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    cars_of: dict[int, Table] = field(default_factory=lambda: defaultdict(list))

    def tables(self) -> Tables:
        made: dict[str, Table] = {
            "customers": self._numbered("customers", self._customer, self.customers),
            "vehicles": self._numbered("vehicles", self._vehicle, self.vehicles),
            "appointments": self._numbered("appointments", self._appointment, self.appointments),
            "service_history": self._numbered("service_history", self._done, {}),
            "consents": [{"id": number} | self._consent(row) for number, row in enumerate(self.rows["consents"], 1)],
            "opt_outs": [{"source": "desk"} | dict(row) for row in self.rows["opt_outs"]],
            "calls": self._calls(),
            "turns": [_TURN | dict(row) for row in self.rows["turns"]],
            "callbacks": self._numbered("callbacks", self._callback, self.callbacks),
            "calendar_outbox": self._numbered("calendar_outbox", self._change, {}),
            "staff_events": self._numbered("staff_events", self._staff_event, {}),
            "messages": self._numbered("messages", self._message, {}),
        }
        self._check_overlaps()
        calls = reminder_tables(self.rows["reminders"], self.appointments, self.customers, made["consents"])
        return {**made, **calls}

    def _numbered(
        self, table: str, make: Callable[[dict[str, Any], int], dict[str, Any]], known: dict[int, dict[str, Any]]
    ) -> Table:
        for place, row in enumerate(self.rows[table], 1):
            made = make({"id": place} | dict(row), place)
            if made["id"] in known:
                raise fault(
                    table, place, "id", f"{made['id']} stands twice (a row without one has its place as its id)"
                )
            known[made["id"]] = made
        return list(known.values())

    def _customer(self, row: dict[str, Any], _place: int) -> dict[str, Any]:
        self.of_phone[row["phone"]].append(row["id"])
        usual = {
            "zip": None, "email": None, "zone": self.shop.zone.key, "created_at": self.now, "source": "seed",
            "external_id": None,
        }  # fmt: skip
        return usual | row

    def _vehicle(self, row: dict[str, Any], place: int) -> dict[str, Any]:
        phone = row.pop("customer_phone", None)
        owner = row.get("customer_id", next(iter(self.of_phone.get(phone, [])), None))
        if owner not in self.customers:
            name, value = ("customer_id", owner) if owner is not None else ("customer_phone", phone)
            raise fault("vehicles", place, name, f"must be one of 'customers', not {value}")
        if phone not in (None, self.customers[owner]["phone"]):
            raise fault("vehicles", place, "customer_phone", "must be the number of customer_id")
        usual = dict.fromkeys(("vin", "year", "model", "plate", "mileage", "external_id"))
        made = usual | row | {"customer_id": owner, "created_at": self.now}
        self.cars_of[owner].append(made)
        return made

    def _appointment(self, row: dict[str, Any], place: int) -> dict[str, Any]:
        service = self.shop.service(row["service"])
        if service is None:
            known = ", ".join(each.code for each in self.shop.services)
            raise fault("appointments", place, "service", f"must be one of {known}, not {row['service']!r}")
        bay = row.get("bay", 1)
        if bay not in {each.number for each in self.shop.bays}:
            raise fault("appointments", place, "bay", f"must be one of the shop's bays, not {bay}")
        car = self._car("appointments", place, row.pop("customer_phone"), row.pop("vin", None))
        ends = row["starts_at"] + timedelta(minutes=service.bay_minutes)
        usual = {
            "ends_at": ends, "bay": bay, "status": "booked", "mode": service.modes[0], "source": "seed",
            "call_sid": None, "needs_review": False, "calendar_state": "none", "version": 1, "created_at": self.now,
            "changed_at": self.now,
        }  # fmt: skip
        made = usual | row | {"customer_id": car["customer_id"], "vehicle_id": car["id"]}
        if made["ends_at"] <= made["starts_at"]:
            raise fault("appointments", place, "ends_at", "must be later than starts_at")
        return made

    def _done(self, row: dict[str, Any], place: int) -> dict[str, Any]:
        phone, vin = row.pop("customer_phone", None), row.pop("vin", None)
        if "vehicle_id" not in row:
            row["vehicle_id"] = self._car("service_history", place, phone, vin)["id"]
        elif row["vehicle_id"] not in self.vehicles:
            raise fault("service_history", place, "vehicle_id", "must be the id of one of 'vehicles'")
        if row.setdefault("appointment_id", None) is not None:
            self._check_appointment("service_history", place, row["appointment_id"])
        return {"mileage": None, "amount": None} | row

    def _car(self, table: str, place: int, phone: str | None, vin: str | None) -> dict[str, Any]:
        """The one of a VIN; without one, a car that has none, or else the first."""
        cars = [car for owner in self.of_phone.get(phone or "", []) for car in self.cars_of.get(owner, [])]
        fitting = [car for car in cars if car["vin"] == vin] or (cars if vin is None else [])
        if fitting:
            return fitting[0]
        of = f"vin {vin}" if cars else f"customer_phone {phone}"
        raise ConfigurationError(f"Row {place} of '{table}': no car of {of} stands in 'vehicles' under that customer.")

    def _check_appointment(self, table: str, place: int, number: int | None) -> None:
        if number not in self.appointments:
            raise fault(table, place, "appointment_id", f"must be the id of one of 'appointments', not {number}")

    def _consent(self, row: Mapping[str, Any]) -> dict[str, Any]:
        usual = {"kind": "reminder_call", "source": "desk", "withdrawn_at": None, "basis": None, "evidence": None}
        return usual | dict(row)

    def _calls(self) -> Table:
        """A turn may name a call that has no row of its own."""
        made: dict[str, dict[str, Any]] = {}
        for place, row in enumerate(self.rows["calls"], 1):
            if row["call_sid"] in made:
                raise fault("calls", place, "call_sid", "stands twice")
            made[row["call_sid"]] = self._call(row)
        for row in self.rows["turns"]:
            made.setdefault(row["call_sid"], self._call({"call_sid": row["call_sid"]}))
        return list(made.values())

    def _call(self, row: Mapping[str, Any]) -> dict[str, Any]:
        usual = {
            "direction": "inbound", "flow": "service", "outcome": None, "transferred_to": None, "started_at": self.now,
            "seconds": None, "cost": None, "ended_at": None, "attestation": None,
        }  # fmt: skip
        made = usual | dict(row)
        if made["seconds"] is not None:
            made["ended_at"] = made["started_at"] + timedelta(seconds=made["seconds"])
        return made

    def _callback(self, row: dict[str, Any], _place: int) -> dict[str, Any]:
        state = row.get("state", "done" if "done_at" in row else "open")
        usual = {
            "reason": "message", "message": None, "call_sid": None, "created_at": self.now,
            "done_at": self.now if state == "done" else None, "done_by": None, "call_at": None, "version": 1,
        }  # fmt: skip
        return usual | row | {"state": state}

    def _change(self, row: dict[str, Any], place: int) -> dict[str, Any]:
        shown = self._shown(row, place)
        usual = {
            "appointment_id": None, "callback_id": None,
            "version": 1, "action": "upsert", "state": "pending", "attempts": 0, "created_at": self.now,
            "try_after": None, "last_error": None,
        }  # fmt: skip
        made = usual | row
        shown["version"] = max(shown["version"], made["version"])
        return made

    def _shown(self, row: Mapping[str, Any], place: int) -> dict[str, Any]:
        """What of the calendar a change is about."""
        if "callback_id" not in row:
            self._check_appointment("calendar_outbox", place, row.get("appointment_id"))
            return self.appointments[row["appointment_id"]]
        if "appointment_id" in row or row["callback_id"] not in self.callbacks:
            raise fault(
                "calendar_outbox", place, "callback_id", "must be the id of one of 'callbacks', and stand alone"
            )
        return self.callbacks[row["callback_id"]]

    def _staff_event(self, row: dict[str, Any], place: int) -> dict[str, Any]:
        if row["ends_at"] <= row["starts_at"]:
            raise fault("staff_events", place, "ends_at", "must be later than starts_at")
        return {"title": None, "source": "desk"} | row

    def _message(self, row: dict[str, Any], _place: int) -> dict[str, Any]:
        """Its words are not shown and not set up."""
        usual = {
            "body": "", "state": "sent", "segments": None, "cost": None, "error_code": None, "call_sid": None,
            "created_at": self.now,
        }  # fmt: skip
        return usual | row

    def _check_overlaps(self) -> None:
        active = [
            (row["bay"], row["starts_at"], row["ends_at"], place)
            for place, row in enumerate(self.appointments.values(), 1)
            if row["status"] in _ACTIVE
        ]
        for (bay, _, ends, one), (next_bay, starts, _, other) in pairwise(sorted(active)):
            if bay == next_bay and starts < ends:
                first, second = sorted((one, other))
                raise fault("appointments", second, "starts_at", f"is taken in bay {bay} by row {first}")
