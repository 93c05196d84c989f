"""What a reminder call is about, and what is agreed in it: appointments that its attempt names, and their confirming.

What becomes of the attempt itself is in `attempts`; whom to tell what is decided by the tools.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Reminded:
    id: int
    customer_id: int
    first_name: str
    last_name: str
    service: str
    service_name: str
    starts_at: datetime
    year: int | None
    make: str
    model: str | None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


_NAMED = text(
    "SELECT a.id, a.customer_id, c.first_name, c.last_name, a.service, s.name, a.starts_at, v.year, v.make, v.model "
    "FROM reminders_of_attempts l JOIN reminders r ON r.id = l.reminder_id "
    "JOIN appointments a ON a.id = r.appointment_id JOIN customers c ON c.id = a.customer_id "
    "JOIN services s ON s.code = a.service JOIN vehicles v ON v.id = a.vehicle_id "
    "WHERE l.attempt_id = :attempt AND a.status IN ('booked', 'confirmed') "
    "ORDER BY a.starts_at, a.id"
)


def named_by(connection: Connection, attempt: UUID) -> Sequence[Reminded]:
    """The appointments that a call is about, as they are now; not those that were cancelled meanwhile."""
    return [Reminded(*row) for row in connection.execute(_NAMED, {"attempt": attempt})]


def names_of(rows: Sequence[Reminded]) -> str:
    return " or ".join(dict.fromkeys(each.name for each in rows))


_STAND = text(
    "SELECT count(*) FROM (SELECT a.id FROM appointments a JOIN unnest(CAST(:ids AS bigint[]), "
    "CAST(:starts AS timestamptz[])) AS told (id, starts_at) ON a.id = told.id AND a.starts_at = told.starts_at "
    "WHERE a.status IN ('booked', 'confirmed') FOR UPDATE OF a) AS standing"
)


def confirm(connection: Connection, told: Mapping[int, datetime], now: datetime) -> bool:
    """The customer will come to all that they were told, each at its time; False, and nothing is confirmed, when one
    does not stand so any more. No outbox row: the calendar does not show it."""
    values = {"ids": list(told), "starts": [each.isoformat() for each in told.values()]}
    if connection.execute(_STAND, values).scalar_one() != len(told):
        return False
    connection.execute(
        text(
            "UPDATE appointments SET status = 'confirmed', changed_at = :now WHERE id = ANY(:ids) AND status = 'booked'"
        ),
        {"ids": list(told), "now": now},
    )
    return True


def wrong_number(connection: Connection, phone: str, now: datetime) -> None:
    """A stranger has this number: what was consented to for it ends."""
    connection.execute(
        text(
            "UPDATE consents SET withdrawn_at = greatest(:now, given_at), "
            "evidence = left(concat_ws('; ', evidence, 'wrong number, said in a reminder call'), 500) "
            "WHERE phone = :phone AND withdrawn_at IS NULL"
        ),
        {"phone": phone, "now": now},
    )


def call_again(connection: Connection, attempt: UUID, at: datetime) -> None:
    """The person wants another call then."""
    connection.execute(text("UPDATE reminder_attempts SET again_at = :at WHERE id = :id"), {"id": attempt, "at": at})
