"""When an appointment is to be called about, the calls that were made for past ones, and those due for the next day."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.domain.calling_hours import due_at
from shared.domain.reminders import AnsweredBy, Outcome, call_outcome

_DAYS_SHOWN = 7
_Shares = tuple[tuple[Outcome, AnsweredBy | None, int], ...]
# How a call ended, who answered it, and how often, by whether the customer came.
_CAME: _Shares = (
    ("confirmed", "human", 60),
    ("voicemail", "machine", 25),
    ("no_answer", None, 12),
    ("failed", "unknown", 3),
)
_STAYED_AWAY: _Shares = (("voicemail", "machine", 50), ("no_answer", None, 50))
_STATUS = {"no_answer": "no-answer", "failed": "failed"}


@dataclass(slots=True)
class Reminding:
    """Rows of the tables that reminders are kept in."""

    reminders: list[dict[str, Any]] = field(default_factory=list)
    reminder_attempts: list[dict[str, Any]] = field(default_factory=list)
    reminders_of_attempts: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)

    def due(self, appointment: Mapping[str, Any], zone: ZoneInfo) -> None:
        self._add(appointment, due_at(appointment["starts_at"], zone), "due", None, attempts=0)

    def called(
        self, phone: str, appointments: Sequence[Mapping[str, Any]], zone: ZoneInfo, consent: int, source: random.Random
    ) -> str:
        """One call that named all of them; its outcome."""
        came = all(each["status"] != "no_show" for each in appointments)
        shares = _CAME if came else _STAYED_AWAY
        outcome, answered_by, _ = source.choices(shares, [share for *_, share in shares])[0]
        due = min(due_at(each["starts_at"], zone) for each in appointments)
        dialed = due + timedelta(seconds=source.randint(5, 600))
        ended = dialed + timedelta(seconds=source.randint(20, 90))
        sid = call_sid(source)
        local = dialed.astimezone(zone)
        attempt = UUID(int=source.getrandbits(128), version=4)
        status = _STATUS.get(outcome, "completed")
        self.reminder_attempts.append(
            {
                "id": attempt, "phone": phone, "local_day": local.date(), "number": 1, "state": "ended",
                "outcome": outcome, "zone": zone.key, "local_time": local.time(), "consent_id": consent,
                "call_sid": sid, "status": status, "answered_by": answered_by, "dialed_at": dialed,
                "placed_at": dialed + timedelta(seconds=1), "ended_at": ended,
            }
        )  # fmt: skip
        self.calls.append(
            {
                "call_sid": sid, "direction": "outbound", "flow": "reminder", "caller": phone, "status": status,
                "outcome": call_outcome(outcome), "transferred_to": None, "started_at": dialed, "ended_at": ended,
                "seconds": int((ended - dialed).total_seconds()), "cost": None,
            }
        )  # fmt: skip
        for each in appointments:
            reminder = self._add(each, due_at(each["starts_at"], zone), "ended", outcome, attempts=1)
            self.reminders_of_attempts.append({"attempt_id": attempt, "reminder_id": reminder})
        return outcome

    def _add(
        self, appointment: Mapping[str, Any], due: datetime, state: str, outcome: str | None, *, attempts: int
    ) -> int:
        number = len(self.reminders) + 1
        self.reminders.append(
            {
                "id": number, "appointment_id": appointment["id"], "starts_at": appointment["starts_at"],
                "due_at": due, "state": state, "outcome": outcome, "attempts": attempts, "leased_until": None,
            }
        )  # fmt: skip
        return number


def reminding(
    appointments: Sequence[dict[str, Any]],
    customers: Sequence[Mapping[str, Any]],
    consents: Mapping[str, Mapping[str, Any]],
    as_of: date,
    next_day: date | None,
    shop_zone: ZoneInfo,
    source: random.Random,
) -> Reminding:
    """Calls for the appointments of the last week and of today, which they may confirm; what is due for `next_day`,
    the next one on which the workshop is open. `consents` holds who may be called, by number."""
    made = Reminding()
    groups: dict[tuple[date, str], list[dict[str, Any]]] = defaultdict(list)
    for each in appointments:
        customer = customers[each["customer_id"] - 1]
        consent = consents.get(customer["phone"])
        day = each["starts_at"].astimezone(shop_zone).date()
        if consent is None or each["status"] == "cancelled":
            continue
        if day == next_day:
            made.due(each, ZoneInfo(customer["zone"]))
        elif as_of - timedelta(days=_DAYS_SHOWN) <= day <= as_of:
            due = due_at(each["starts_at"], ZoneInfo(customer["zone"]))
            if max(consent["given_at"], each["created_at"]) < due:
                groups[day, customer["phone"]].append(each)
    for (day, phone), named in sorted(groups.items()):
        zone = ZoneInfo(customers[named[0]["customer_id"] - 1]["zone"])
        outcome = made.called(phone, named, zone, consents[phone]["id"], source)
        if day == as_of and outcome == "confirmed":
            for each in named:
                each["status"] = "confirmed"
                each["changed_at"] = made.reminder_attempts[-1]["ended_at"]
    return made


def call_sid(source: random.Random) -> str:
    return f"CA{source.getrandbits(128):032x}"
