"""A workshop's data, made up but valid: people, cars and what was done to them, the book, consents, reminders, calls.

Everything follows from the amounts, the shop, the day and one number: the same give the same rows, on every machine.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from seed import contact, history
from seed.book import Book, Span, Visit, span_of
from seed.cars import FIRST_AS_OF, Car, cars, owners_of
from seed.load import Tables
from seed.people import MOST_NUMBERS, people
from seed.progress import Progress
from seed.reminding import reminding
from shared.domain.capacity import Workshop
from shared.errors import ConfigurationError
from shared.shop import Shop

_MOST_CARS_EACH = 20
_MOST_APPOINTMENTS = 200_000
_LAST_AS_OF = date(2039, 1, 1)  # the VIN's year code begins anew
_REASONS = {"schedule_conflict": 50, "issue_resolved": 15, "got_service_elsewhere": 15, "vehicle_sold": 5, "other": 15}


@dataclass(frozen=True, slots=True)
class Amounts:
    customers: int
    vehicles: int
    appointments: int

    def check(self, as_of: date) -> None:
        if not 1 <= self.customers <= MOST_NUMBERS:
            raise ConfigurationError(f"--customers must be from 1 to {MOST_NUMBERS}: more numbers are not free.")
        if not self.customers <= self.vehicles <= self.customers * _MOST_CARS_EACH:
            raise ConfigurationError(f"--vehicles must be from one to {_MOST_CARS_EACH} times --customers.")
        if not 0 <= self.appointments <= _MOST_APPOINTMENTS:
            raise ConfigurationError(f"--appointments must be from 0 to {_MOST_APPOINTMENTS}.")
        if not FIRST_AS_OF <= as_of < _LAST_AS_OF:
            raise ConfigurationError(f"--as-of must be from {FIRST_AS_OF} to the day before {_LAST_AS_OF}.")


@dataclass(frozen=True, slots=True)
class Generated:
    tables: Tables
    told: Sequence[str]


def generate(amounts: Amounts, shop: Shop, as_of: date, seed: int, progress: Progress) -> Generated:
    """The rows of all tables, and sentences that tell how full the book is and what found no place."""
    amounts.check(as_of)
    source = random.Random(seed)
    now = datetime.combine(as_of, time(), tzinfo=shop.zone).astimezone(UTC)
    workshop = Workshop(shop.hours, shop.rules, shop.bays, shop.technicians)
    persons = list(people(amounts.customers, source))
    garage = list(cars(owners_of(amounts.vehicles, amounts.customers, source), as_of, source))
    span = span_of(amounts.appointments, workshop, shop.services, as_of)
    done = list(history.earlier(garage, shop.services, shop.hours, span.past[0].day, source))
    # The regular has nothing booked, so that a demonstration begins with that.
    visits = Book(span, shop.services, garage[1:] or garage, source).visits(amounts.appointments)
    placed = list(progress.each("placing appointments", visits, amounts.appointments))

    appointments = _appointments(placed, as_of, now, shop, source)
    done += [history.row(visit.car, visit.service, row["starts_at"].astimezone(shop.zone).date(), row["id"], source)
             for visit, row in appointments if row["status"] == "completed"]  # fmt: skip
    done.sort(key=lambda row: (row["done_on"], row["vehicle_id"]))
    booked = [row for _, row in appointments]
    vehicles = _vehicles(garage, booked, done, now, source)
    customers = _customers([asdict(each) for each in persons], vehicles)
    tables = {"customers": customers, "vehicles": vehicles, "appointments": booked, "service_history": done}
    return Generated(
        tables | _contacts(customers, booked, span, as_of, now, shop, source), _told(placed, span, as_of, amounts)
    )


def _appointments(
    visits: Sequence[Visit], as_of: date, now: datetime, shop: Shop, source: random.Random
) -> list[tuple[Visit, dict[str, Any]]]:
    """In the order in which they were booked, which their ids follow."""
    rows = [(visit, _appointment(visit, as_of, now, shop, source)) for visit in visits]
    rows.sort(key=lambda each: (each[1]["created_at"], each[1]["starts_at"], each[1]["bay"]))
    for number, (_, row) in enumerate(rows, 1):
        row["id"] = number
    return rows


def _appointment(visit: Visit, as_of: date, now: datetime, shop: Shop, source: random.Random) -> dict[str, Any]:
    day = visit.starts_at.astimezone(shop.zone).date()
    ahead = round(source.triangular(1, 21, 5))
    booked_on = min(day - timedelta(days=ahead), as_of - timedelta(days=source.randint(1, 14)))
    at = datetime.combine(booked_on, time(8), tzinfo=shop.zone) + timedelta(seconds=source.randrange(9 * 3600))
    created = at.astimezone(UTC)
    status = "booked" if day >= as_of else "completed"
    changed = created if status == "booked" else visit.ends_at
    reason = None
    if visit.fate != "kept":
        status = visit.fate
        changed = visit.ends_at
    if visit.fate == "cancelled":
        reason = source.choices(list(_REASONS), list(_REASONS.values()))[0]
        changed = created + (min(visit.starts_at, now) - created) * source.random()
    return {
        "id": 0, "customer_id": visit.car.owner, "vehicle_id": visit.car.number, "service": visit.service.code,
        "bay": visit.bay, "starts_at": visit.starts_at, "ends_at": visit.ends_at, "status": status,
        "mode": visit.mode, "source": "seed", "call_sid": None, "cancel_reason": reason, "needs_review": False,
        "calendar_state": "none", "created_at": created, "changed_at": changed,
    }  # fmt: skip


def _vehicles(
    garage: Sequence[Car],
    booked: Sequence[Mapping[str, Any]],
    done: Sequence[Mapping[str, Any]],
    now: datetime,
    source: random.Random,
) -> list[dict[str, Any]]:
    """Known before they were first here or booked; their mileage is that of the last service."""
    known: dict[int, datetime] = {}
    for row in done:
        known.setdefault(row["vehicle_id"], datetime.combine(row["done_on"], time(8), tzinfo=UTC))
    for row in booked:
        known[row["vehicle_id"]] = min(known.get(row["vehicle_id"], now), row["created_at"])
    mileage = {row["vehicle_id"]: row["mileage"] for row in done}
    return [
        {
            "id": car.number, "customer_id": car.owner, "vin": car.vin, "year": car.year, "make": car.make,
            "model": car.model, "plate": car.plate, "mileage": mileage.get(car.number),
            "created_at": max(
                known.get(car.number, now) - timedelta(hours=source.randint(1, 24 * 60)),
                datetime.combine(car.on_the_road, time(12), tzinfo=UTC),
            ),
        }
        for car in garage
    ]  # fmt: skip


def _customers(persons: Sequence[dict[str, Any]], vehicles: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Known since their first car is."""
    since: dict[int, datetime] = {}
    for row in vehicles:
        since[row["customer_id"]] = min(since.get(row["customer_id"], row["created_at"]), row["created_at"])
    return [
        {"id": number, **person, "created_at": since[number], "source": "seed"}
        for number, person in enumerate(persons, 1)
    ]


def _contacts(
    customers: Sequence[Mapping[str, Any]],
    appointments: Sequence[dict[str, Any]],
    span: Span,
    as_of: date,
    now: datetime,
    shop: Shop,
    source: random.Random,
) -> dict[str, Sequence[Mapping[str, Any]]]:
    phones: dict[str, datetime] = {}
    for each in customers:
        phones[each["phone"]] = min(phones.get(each["phone"], each["created_at"]), each["created_at"])
    given = [{"id": number, **each} for number, each in enumerate(contact.consents(phones, now, source), 1)]
    opted_out = list(contact.opt_outs(phones, now, source))
    silent = {each["phone"] for each in opted_out}
    may_be_called = {
        each["phone"]: each
        for each in given
        if each["kind"] == "reminder_call" and each["withdrawn_at"] is None and each["phone"] not in silent
    }
    next_day = next((each.day for each in span.future if each.day > as_of), None)
    reminded = reminding(appointments, customers, may_be_called, as_of, next_day, shop.zone, source)
    inbound = list(contact.calls(appointments, customers, shop.desk_number, now, source))
    return {
        "consents": given,
        "opt_outs": opted_out,
        "calls": sorted(inbound + reminded.calls, key=lambda each: (each["started_at"], each["call_sid"])),
        "callbacks": list(contact.callbacks(inbound, now, source)),
        "reminders": reminded.reminders,
        "reminder_attempts": reminded.reminder_attempts,
        "reminders_of_attempts": reminded.reminders_of_attempts,
    }


def _told(placed: Sequence[Visit], span: Span, as_of: date, amounts: Amounts) -> list[str]:
    fates = Counter(each.fate for each in placed)
    past = sum(len(each.taken) for each in span.past)
    told = [
        f"Appointments: {past} past, {fates['kept'] - past} from {as_of} on, {fates['cancelled']} cancelled, "
        f"{fates['no_show']} not kept."
    ]
    near = [each.load for each in span.next_ten(as_of)]
    if near:
        told.append(
            f"The next {len(near)} working days are {min(near):.0%} to {max(near):.0%} full "
            "(minutes booked, of the technicians' minutes that may be)."
        )
    if len(placed) < amounts.appointments:
        told.append(f"{amounts.appointments - len(placed)} appointments found no place that the rules allow.")
    return told
