"""Customers' cards become rows: found again by their numbers and names, added, or changed where the file differs.

A batch costs the same few statements whatever its size. What the file does not mention stays, and an empty cell erases
nothing. A consent that was withdrawn is not given again by a file. Rows that are new are recorded in the audit as
one load, changed ones each.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from seed.cards import Card, KnownCar, likeness, name_under_number
from shared.domain.wall_time import boundary
from shared.storage import audit
from shared.storage.texts import as_json

Values = dict[str, Any]
_PERSON = ("external_id", "phone", "first_name", "last_name", "email", "zip", "zone")
_CAR = ("external_id", "vin", "year", "make", "model", "plate", "mileage")
# Written one way in the file and another by us, they are the same.
_WORDS = frozenset({"first_name", "last_name", "make", "model", "email"})
_CUSTOMER_TYPES = (
    "id bigint, external_id text, phone text, first_name text, last_name text, email text, zip text, zone text"
)
_VEHICLE_TYPES = (
    "id bigint, customer_id bigint, external_id text, vin text, year integer, make text, model text, plate text, "
    "mileage integer"
)


@dataclass(frozen=True, slots=True)
class _Vehicle:
    """A car as the database has it."""

    id: int
    customer_id: int
    external_id: str | None
    vin: str | None
    year: int | None
    make: str
    model: str | None
    plate: str | None
    mileage: int | None


@dataclass(slots=True)
class _Batch:
    """The cards of one batch with the ids of their rows."""

    customers: list[tuple[Card, int]] = field(default_factory=list)
    cars: list[tuple[KnownCar, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Rows:
    """What is to be added to a table, and what is to be changed in it."""

    added: list[Values] = field(default_factory=list)
    changed: list[Values] = field(default_factory=list)

    def add(self, row: Values) -> None:
        self.added.append(row)

    def change(self, known: Values, told: Values) -> bool:
        """Whether the file says anything else than what is known."""
        row = _changed(known, told)
        if row == known:
            return False
        self.changed.append(row)
        return True


class CardRows:
    def __init__(
        self, connection: Connection, source: str, zone: ZoneInfo, now: datetime, numbers: Iterable[str]
    ) -> None:
        """`source` is the file's name, `zone` that of customers whose row tells none, `numbers` all customer numbers
        of the file."""
        self._connection = connection
        self._source = source
        self._zone = zone
        self._now = now
        self._numbers = frozenset(numbers)
        self._claimed: set[int] = set()
        self.counts: Counter[str] = Counter()
        self.phones: set[str] = set()

    def write(self, cards: Sequence[Card]) -> None:
        """One batch."""
        batch = self._customers(cards)
        self._vehicles(batch)
        self._history(batch)
        self._wishes(batch)

    def finish(self) -> None:
        """Records in the audit what was added without a row for each."""
        for table in ("customers", "vehicles", "service_history"):
            if added := self.counts[f"{table} added"]:
                audit.record(self._connection, "load", table, self._source, {"rows": added})

    def _customers(self, cards: Sequence[Card]) -> _Batch:
        batch, rows, found = _Batch(), _Rows(), self._known_customers(cards)
        ids = iter(self._new_ids("customers", len(cards) - len(found)))
        for card in cards:
            told, known = {name: getattr(card.person, name) for name in _PERSON}, found.get(card.line)
            if known is None:
                known = {**told, "id": next(ids), "zone": told["zone"] or self._zone.key}
                rows.add(known)
                self.phones.add(card.person.phone)
            elif rows.change(known, told):
                self.phones |= {known["phone"], card.person.phone}
            batch.customers.append((card, known["id"]))
        self._change("customers", _PERSON, _CUSTOMER_TYPES, rows.changed)
        fixed = {"source": "import", "created_at": self._now}
        self._add("customers", (*_PERSON, "id"), _CUSTOMER_TYPES, rows.added, fixed)
        return batch

    def _known_customers(self, cards: Sequence[Card]) -> dict[int, Values]:
        """Rows of the database by the line of their card. Numbers come before names, and no row is two cards'."""
        rows = self._connection.execute(
            text(
                f"SELECT id, {', '.join(_PERSON)} FROM customers WHERE erased_at IS NULL "  # noqa: S608
                "AND (external_id = ANY(:numbers) OR phone = ANY(CAST(:phones AS e164[]))) ORDER BY id DESC"
            ),
            {
                "numbers": [card.person.external_id for card in cards if card.person.external_id],
                "phones": [card.person.phone for card in cards],
            },
        ).mappings()
        known = [dict(row) for row in rows if row["id"] not in self._claimed]
        by_number = {row["external_id"]: row for row in known if row["external_id"]}
        by_name = {
            name_under_number(row["phone"], row["first_name"], row["last_name"]): row
            for row in known
            if row["external_id"] not in self._numbers
        }
        found: dict[int, Values] = {}
        for card in cards:
            person = card.person
            row = by_number.get(person.external_id) or by_name.get(
                name_under_number(person.phone, person.first_name, person.last_name)
            )
            if row is not None and row["id"] not in self._claimed:
                self._claimed.add(row["id"])
                found[card.line] = row
        return found

    def _vehicles(self, batch: _Batch) -> None:
        self._release_numbers(batch)
        rows, matched = _Rows(), self._matched_cars(batch)
        ids = iter(self._new_ids("vehicles", sum(same is None for _, _, _, same in matched)))
        for card, customer, each, same in matched:
            told = {name: getattr(each.car, name) for name in _CAR}
            vehicle = next(ids) if same is None else same.id
            if same is None:
                rows.add({**told, "id": vehicle, "customer_id": customer})
                self.phones.add(card.person.phone)
            elif rows.change({name: getattr(same, name) for name in (*_CAR, "id")}, told):
                self.phones.add(card.person.phone)
            batch.cars.append((each, vehicle))
        self._change("vehicles", _CAR, _VEHICLE_TYPES, rows.changed)
        self._add("vehicles", (*_CAR, "id", "customer_id"), _VEHICLE_TYPES, rows.added, {"created_at": self._now})

    def _release_numbers(self, batch: _Batch) -> None:
        """A car that bears a number of the file and is somebody else's was sold: it stays theirs, for what was booked,
        without the number."""
        numbers = [
            {"number": each.car.external_id, "owner": customer}
            for card, customer in batch.customers
            for each in card.cars
            if each.car.external_id
        ]
        sold = text(
            "UPDATE vehicles v SET external_id = NULL FROM jsonb_to_recordset(CAST(:rows AS jsonb)) "
            "AS n (number text, owner bigint) WHERE v.external_id = n.number AND v.customer_id <> n.owner"
        )
        self._run(sold, numbers)

    def _matched_cars(self, batch: _Batch) -> list[tuple[Card, int, KnownCar, _Vehicle | None]]:
        """Each car of the file with its customer and its row, which is no other car's."""
        known, matched = self._known_vehicles(batch), []
        for card, customer in batch.customers:
            left = list(known.get(customer, ()))
            for each in card.cars:
                same = _same(left, each)
                if same is not None:
                    left.remove(same)
                matched.append((card, customer, each, same))
        return matched

    def _known_vehicles(self, batch: _Batch) -> Mapping[int, list[_Vehicle]]:
        """The cars of these customers by their owner."""
        owners = [customer for _, customer in batch.customers]
        columns = ", ".join(_CAR)
        known = text(f"SELECT id, customer_id, {columns} FROM vehicles WHERE customer_id = ANY(:owners) ORDER BY id")  # noqa: S608
        found: dict[int, list[_Vehicle]] = defaultdict(list)
        for row in self._connection.execute(known, {"owners": owners}):
            found[row.customer_id].append(_Vehicle(**row._mapping))
        return found

    def _history(self, batch: _Batch) -> None:
        """A day on which something is known to have been done is not told twice."""
        rows = [
            {"vehicle_id": vehicle, "service": done, "done_on": day.isoformat(), "mileage": miles}
            for known, vehicle in batch.cars
            for day, (done, miles) in known.done.items()
        ]
        statement = text(
            "INSERT INTO service_history (vehicle_id, service, done_on, mileage) "
            "SELECT n.vehicle_id, n.service, n.done_on, n.mileage FROM jsonb_to_recordset(CAST(:rows AS jsonb)) "
            "AS n (vehicle_id bigint, service text, done_on date, mileage integer) WHERE NOT EXISTS (SELECT FROM "
            "service_history h WHERE h.vehicle_id = n.vehicle_id AND h.done_on = n.done_on)"
        )
        with audit.unaudited(self._connection):
            self._count("service_history added", self._run(statement, rows))

    def _wishes(self, batch: _Batch) -> None:
        """A refusal withdraws what an import gave, not what the customer said to us since."""
        given = [
            {
                "phone": card.person.phone,
                "given_at": boundary(day, time(), self._zone).isoformat(),
                "evidence": f"{self._source}, line {line}"[-500:],
            }
            for card, _ in batch.customers
            for day, line in card.consents.items()
        ]
        consents = text(
            "INSERT INTO consents (phone, kind, source, given_at, basis, evidence) SELECT n.phone, 'reminder_call', "
            "'import', n.given_at, 'prior_express', n.evidence FROM jsonb_to_recordset(CAST(:rows AS jsonb)) "
            "AS n (phone text, given_at timestamptz, evidence text) ON CONFLICT DO NOTHING"
        )
        self._count("consents added", self._run(consents, given))
        refusals = text(
            "UPDATE consents c SET withdrawn_at = :now FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n (phone text) "
            "WHERE c.phone = n.phone AND c.kind = 'reminder_call' AND c.source = 'import' AND c.withdrawn_at IS NULL"
        )
        refused = [{"phone": card.person.phone} for card, _ in batch.customers if card.refuses]
        self._count("consents withdrawn", self._run(refusals, refused, now=self._now))
        opt_outs = text(
            "INSERT INTO opt_outs (phone, source, opted_out_at) SELECT DISTINCT n.phone, 'import', "
            "CAST(:now AS timestamptz) FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n (phone text) "
            "ON CONFLICT DO NOTHING"
        )
        opted_out = [{"phone": card.person.phone} for card, _ in batch.customers if card.opted_out]
        self._count("opt_outs added", self._run(opt_outs, opted_out, now=self._now))

    def _new_ids(self, table: str, count: int) -> list[int]:
        statement = text(
            "SELECT nextval(CAST(pg_get_serial_sequence(:table, 'id') AS regclass)) FROM generate_series(1, :count)"
        )
        return [row[0] for row in self._connection.execute(statement, {"table": table, "count": count})]

    def _add(self, table: str, names: Sequence[str], types: str, rows: list[Values], fixed: Values) -> None:
        """Names of tables and columns come from this module alone; values are bound."""
        columns, constants = ", ".join(names), ", ".join(f":{name}" for name in fixed)
        statement = text(
            f"INSERT INTO {table} ({columns}, {', '.join(fixed)}) SELECT {columns}, {constants} "  # noqa: S608
            f"FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n ({types})"
        )
        with audit.unaudited(self._connection):
            self._count(f"{table} added", self._run(statement, rows, **fixed))

    def _change(self, table: str, names: Sequence[str], types: str, rows: list[Values]) -> None:
        assignments = ", ".join(f"{name} = n.{name}" for name in names)
        statement = text(
            f"UPDATE {table} t SET {assignments} "  # noqa: S608
            f"FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n ({types}) WHERE t.id = n.id"
        )
        self._count(f"{table} changed", self._run(statement, rows))

    def _run(self, statement: Any, rows: list[Values], **values: Any) -> int:
        if not rows:
            return 0
        return int(self._connection.execute(statement, {"rows": as_json(rows), **values}).rowcount)

    def _count(self, what: str, rows: int) -> None:
        self.counts[what] += rows


def _same(known: Sequence[_Vehicle], car: KnownCar) -> _Vehicle | None:
    best = max(known, key=lambda one: likeness(one, car.car), default=None)
    return best if best is not None and likeness(best, car.car) else None


def _changed(known: Values, told: Values) -> Values:
    """The row with what the file says; names that differ only in how they are written are not changed."""
    row = dict(known)
    for name, value in told.items():
        before = known[name]
        same = name in _WORDS and before is not None and str(before).lower() == str(value).lower()
        if value is not None and not same:
            row[name] = value
    return row
