"""The rows of the view `reminders` as the three tables behind it, so that the view shows just those rows again.

The view has a row for each call that was made for an appointment, and one for the reminder itself while it is still to
be called, or when it ended without a call. Rows of one appointment and one `due_at` are one reminder; rows of several
appointments with the same call, or the same number at the same time, are one attempt; each may have come to an end of
its own in it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from seed.shapes import Rows, fault
from shared.domain.calling_hours import due_at

_NAMESPACE = UUID("7b1f6a52-0f0b-5a7e-9a53-2f1f5d0c8e11")
_WAITING = ("due", "leased")
# What only a call can give.
_OF_A_CALL = (
    "placed_at", "local_time", "answered_by", "phone", "call_sid", "consent_given_at", "attestation",
    "opening_played_at",
)  # fmt: skip
_RETRY = timedelta(hours=1)

Table = list[dict[str, Any]]
Known = Mapping[int, Mapping[str, Any]]


def reminder_tables(rows: Rows, appointments: Known, customers: Known, consents: Table) -> Mapping[str, Table]:
    """Raises ConfigurationError that names row and field."""
    return _Reminders(appointments, customers, consents).tables(rows)


class _Reminders:
    def __init__(self, appointments: Known, customers: Known, consents: Table) -> None:
        self._appointments = appointments
        called_on = (each for each in consents if each["kind"] == "reminder_call")
        self._consents = {(each["phone"], each["given_at"]): each["id"] for each in called_on}
        self._customers = customers
        self._reminders: Table = []
        self._attempts: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._links: Table = []
        self._calls_a_day: dict[tuple[str, Any], int] = defaultdict(int)

    def tables(self, rows: Rows) -> Mapping[str, Table]:
        for place, row in enumerate(rows, 1):
            number = row["appointment_id"]
            if number not in self._appointments:
                words = f"must be the id of one of 'appointments', not {number}"
                raise fault("reminders", place, "appointment_id", words)
        groups: dict[tuple[int, datetime], list[tuple[int, Mapping[str, Any]]]] = defaultdict(list)
        for place, (row, due) in enumerate(zip(rows, self._due(rows), strict=True), 1):
            usual = {"attempt": 1, "state": "due", "outcome": None}
            groups[row["appointment_id"], due].append((place, usual | dict(row)))
        last_due: dict[int, datetime] = {}
        for number, due in groups:
            last_due[number] = max(due, last_due.get(number, due))
        for (number, due), group in groups.items():
            # A reminder of an earlier time: the appointment was moved since.
            starts = self._appointments[number]["starts_at"] - (last_due[number] - due)
            self._add(number, due, starts, sorted(group, key=lambda each: each[1]["attempt"]))
        return {
            "reminders": self._reminders,
            "reminder_attempts": list(self._attempts.values()),
            "reminders_of_attempts": self._links,
        }

    def _due(self, rows: Rows) -> Iterator[datetime]:
        """Rows that do not say when their reminder is due belong to the one of their appointment that does."""
        said = {row["appointment_id"]: row["due_at"] for row in rows if "due_at" in row}
        for row in rows:
            number = row["appointment_id"]
            if "due_at" in row or number in said:
                yield row.get("due_at", said[number])
            else:
                yield due_at(self._appointments[number]["starts_at"], self._zone(number))

    def _add(self, number: int, due: datetime, starts: datetime, group: list[tuple[int, Mapping[str, Any]]]) -> None:
        place, last = group[-1]
        without_call = last["state"] in _WAITING or (
            len(group) == 1 and last["state"] == "ended" and not any(name in last for name in _OF_A_CALL)
        )
        made = {
            "id": len(self._reminders) + 1, "appointment_id": number, "starts_at": starts, "due_at": due,
            "state": last["state"], "outcome": last["outcome"],
            "attempts": last["attempt"] - 1 if without_call else len(group),
            "leased_until": due if last["state"] == "leased" else None,
        }  # fmt: skip
        if last["attempt"] < 1 or (without_call and last["state"] == "ended" and last["attempt"] != 1):
            raise fault("reminders", place, "attempt", f"must be 1, not {last['attempt']}")
        self._reminders.append(made)
        dialed = due - _RETRY
        for expected, (place, row) in enumerate(group[:-1] if without_call else group, 1):
            dialed = self._called(made, place, row, expected, dialed)

    def _called(
        self, reminder: Mapping[str, Any], place: int, row: Mapping[str, Any], expected: int, before: datetime
    ) -> datetime:
        """Writes the attempt, and that it named this reminder; when it was dialled."""
        if row["state"] in _WAITING:
            raise fault("reminders", place, "state", f"{row['state']} must be that of the last attempt")
        if row["attempt"] != expected:
            raise fault("reminders", place, "attempt", f"must be {expected}: the calls of a reminder count from 1")
        attempt = self._attempt(reminder, place, row, before)
        if attempt["dialed_at"] <= before and expected > 1:
            raise fault("reminders", place, "placed_at", "must be later than that of the attempt before")
        own = row["outcome"] if row["outcome"] != attempt["outcome"] else None
        self._links.append({"attempt_id": attempt["id"], "reminder_id": reminder["id"], "outcome": own})
        return attempt["dialed_at"]  # type: ignore[no-any-return]

    def _attempt(
        self, reminder: Mapping[str, Any], place: int, row: Mapping[str, Any], before: datetime
    ) -> dict[str, Any]:
        number = reminder["appointment_id"]
        zone = self._zone(number)
        phone = row.get("phone") or self._customers[self._appointments[number]["customer_id"]]["phone"]
        dialed = row.get("placed_at") or before + _RETRY
        local = dialed.astimezone(zone)
        shown = {
            "phone": phone, "state": row["state"], "outcome": row["outcome"], "placed_at": row.get("placed_at"),
            "local_time": row.get("local_time") or local.time(), "answered_by": row.get("answered_by"),
            "call_sid": row.get("call_sid"), "consent_id": self._consent(place, phone, row.get("consent_given_at")),
            "attestation": row.get("attestation"), "opening_played_at": row.get("opening_played_at"),
        }  # fmt: skip
        key = (shown["call_sid"],) if shown["call_sid"] else (phone, dialed, shown["local_time"])
        known = self._attempts.get(key)
        if known is None:
            day = phone, local.date()
            self._calls_a_day[day] += 1
            known = shown | {
                "id": uuid5(_NAMESPACE, f"{reminder['id']} {row['attempt']}"), "local_day": local.date(),
                "number": self._calls_a_day[day], "zone": zone.key, "dialed_at": dialed,
                "ended_at": dialed if row["state"] == "ended" else None,
            }  # fmt: skip
            self._attempts[key] = known
        elif differing := [name for name in shown if shown[name] != known[name] and not _may_differ(name, row)]:
            raise fault("reminders", place, differing[0], "must be as in the other row of the same call")
        return known

    def _consent(self, place: int, phone: str, given_at: datetime | None) -> int | None:
        if given_at is not None and (phone, given_at) not in self._consents:
            raise fault("reminders", place, "consent_given_at", f"must be that of a reminder_call consent of {phone}")
        return None if given_at is None else self._consents[phone, given_at]

    def _zone(self, appointment: int) -> ZoneInfo:
        return ZoneInfo(self._customers[self._appointments[appointment]["customer_id"]]["zone"])


def _may_differ(name: str, row: Mapping[str, Any]) -> bool:
    """Between the rows of one call: to what it came for each appointment, where it came to something."""
    return name == "outcome" and row["outcome"] is not None
