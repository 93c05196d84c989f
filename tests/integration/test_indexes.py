"""Every statement that a caller or a pass over the tables waits for, as the code sends it, at a million rows.

Two plans of each are looked at: the one for these values, as it ran, and the one without values, which Postgres takes
for a prepared statement that is used often.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.pool import NullPool

from shared.domain.costs import Usage
from shared.shop import load_shop
from shared.storage import (
    agenda,
    appointments,
    callbacks,
    calls,
    customers,
    given_in_calls,
    identity_failures,
    intents,
    outbox,
    reminders,
    retention,
)
from shared.storage.database import parse_url
from shared.storage.migrate import migrate
from tests.conftest import _administer, _named
from tests.million import MANY, TABLES, fill

_NOW = datetime(2026, 11, 30, 16, 5, tzinfo=UTC)
_DAY = date(2026, 12, 3)
_PHONE = "+12000012345"
_INTENT = UUID("00000000-0000-0000-0000-000000012345")
_ZONE = ZoneInfo("America/Chicago")
_DAYS = agenda.Days(_DAY, _DAY + timedelta(days=28), _ZONE)


@pytest.fixture(scope="session")
def million(postgres_dsn: str) -> Iterator[str]:
    _administer(postgres_dsn, "CREATE DATABASE million")
    url = _named(postgres_dsn, "million")
    migrate(url, load_shop())
    fill(url)
    yield url
    _administer(postgres_dsn, "DROP DATABASE million WITH (FORCE)")


@pytest.fixture
def connection(million: str) -> Iterator[Connection]:
    """Nothing that is done here stays."""
    url, connect_args = parse_url(million)
    with create_engine(url, connect_args=connect_args, poolclass=NullPool).connect() as opened:
        yield opened


def asked(sql: str, **values: Any) -> Callable[[Connection], object]:
    return lambda connection: connection.execute(text(sql), values).all()


# What is asked, and how many rows of large tables may be looked at for it.
HOT: dict[str, tuple[Callable[[Connection], object], int]] = {
    "customers by phone": (lambda c: customers.by_phone(c, _PHONE), 20),
    "customers by id": (lambda c: customers.by_ids(c, [5, 500_000]), 4),
    "cars of customers": (lambda c: customers.vehicles_of(c, [5, 500_000]), 40),
    "a new customer": (
        lambda c: customers.add_customer(
            c, phone="+12175550123", first_name="Ida", last_name="Vale", zone="America/Chicago", now=_NOW
        ),
        20,
    ),
    "the agenda of four weeks": (lambda c: agenda.plans_of(c, _DAYS), 12_000),
    "an appointment": (lambda c: appointments.by_id(c, 12_345), 10),
    "coming appointments": (lambda c: appointments.upcoming_of(c, 999_999, _NOW), 30),
    "appointments that have begun": (lambda c: appointments.begun_of(c, 999_999, _NOW - timedelta(hours=12), _NOW), 30),
    "what a car is booked for": (
        lambda c: appointments.overlaps(
            c, 999_999, 999_999, _NOW, _NOW + timedelta(hours=1), made_in=None, moving=None
        ),
        30,
    ),
    "what a call has put on file": (
        lambda c: given_in_calls.any_given(c, ("customers", "zip"), [(12_345, "62704")]),
        20,
    ),
    "a cancellation": (lambda c: appointments.cancel(c, 799_999, 1, reason=None, now=_NOW), 20),
    "an intent": (lambda c: intents.locked(c, _INTENT, "CA12345"), 4),
    "an intent that is spent": (lambda c: intents.spend(c, _INTENT, {"status": "x"}, _NOW), 4),
    "an intent that is prepared": (
        lambda c: intents.prepare(
            c, intent_id=UUID(int=1), call_sid="CA7", kind="book", payload={}, read_back="x", now=_NOW
        ),
        4,
    ),
    "a call that opens": (
        lambda c: calls.open_call(c, call_sid="CA7", direction="inbound", caller=_PHONE, now=_NOW),
        4,
    ),
    "a call that closes": (
        lambda c: calls.close_call(
            c, call_sid="CA7", outcome="booked", now=_NOW, providers_cost=Decimal(1), minute_price=Decimal(0)
        ),
        4,
    ),
    "a status of the carrier": (
        lambda c: calls.set_status(
            c, call_sid="CA7", direction="inbound", status="completed", now=_NOW, minute_price=Decimal(0)
        ),
        4,
    ),
    "a turn": (
        lambda c: calls.add_turn(
            c,
            call_sid="CA7",
            turn=2,
            now=_NOW,
            caller_said="hi",
            sophie_said="hello",
            usage=Usage(),
            cost=Decimal(0),
        ),
        4,
    ),
    "failures of identity": (
        lambda c: identity_failures.closed(c, caller=_PHONE, about=_PHONE, now=_NOW),
        20,
    ),
    "five hundred reminders": (lambda c: reminders.claim(c, _NOW, timedelta(minutes=5), 500), 3_000),
    "a change for the calendar": (lambda c: outbox.claim(c, _NOW, timedelta(minutes=2), _NOW), 300),
    "call-backs beside their entries": (lambda c: callbacks.standing_of(c, list(range(1, 501))), 3_000),
    "open call-backs": (
        asked("SELECT id, phone, reason FROM callbacks WHERE state = 'open' ORDER BY created_at LIMIT 50"),
        100,
    ),
    "consents of a number": (
        asked("SELECT kind FROM consents WHERE phone = :phone AND withdrawn_at IS NULL", phone=_PHONE),
        4,
    ),
    "opt-outs of numbers": (asked("SELECT phone FROM opt_outs WHERE phone = ANY(:phones)", phones=[_PHONE]), 4),
    "the history of a row": (
        asked(
            "SELECT who, why, action FROM audit WHERE table_name = :table AND row_key = :key ORDER BY id",
            table="appointments",
            key="12345",
        ),
        4,
    ),
    "words to be forgotten": (lambda c: purged(c, retention.WORDS), 500),
    "words without a time": (lambda c: purged(c, retention.WORDS_WITHOUT_TIME), 500),
    "intents to be forgotten": (lambda c: purged(c, retention.INTENTS), 500),
    "failures to be forgotten": (lambda c: purged(c, retention.FAILURES), 500),
    "audit to be forgotten": (lambda c: purged(c, retention.AUDIT), 500),
}

# Of a LIMIT that it does not know Postgres assumes a tenth of the table, and so would read all of it; but it never
# prefers a plan without values that costs more than those with them.
_BY_BATCHES = frozenset({"intents to be forgotten", "failures to be forgotten", "audit to be forgotten"})


def purged(connection: Connection, statement: Any) -> None:
    connection.execute(statement, {"before": _NOW - timedelta(days=30), "most": 100})


def sent(connection: Connection, work: Callable[[Connection], object]) -> list[tuple[str, tuple[Any, ...]]]:
    """The statements that some work sends, with their values; what it did is undone."""
    noted: list[tuple[str, tuple[Any, ...]]] = []

    def note(_connection: object, _cursor: object, statement: str, values: tuple[Any, ...], *_: object) -> None:
        noted.append((statement, values))

    event.listen(connection, "before_cursor_execute", note)
    work(connection)
    event.remove(connection, "before_cursor_execute", note)
    connection.rollback()
    return noted


def plan(connection: Connection, options: str, statement: str, values: tuple[Any, ...] = ()) -> Any:
    explained = connection.exec_driver_sql(f"EXPLAIN ({options}, FORMAT JSON) {statement}", values).scalar_one()
    connection.rollback()
    return explained[0]["Plan"]


def nodes(top: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield top
    for below in top.get("Plans", []):
        yield from nodes(below)


def scans(top: dict[str, Any]) -> list[str]:
    """How each table is read."""
    return [
        f"{each['Node Type']} {each['Relation Name']} {each.get('Index Name', '')}"
        for each in nodes(top)
        if "Relation Name" in each
    ]


def looked_at(node: dict[str, Any]) -> float:
    """Rows of a large table that a node that ran has read."""
    if node.get("Relation Name") not in TABLES or "Actual Rows" not in node:
        return 0
    read = sum(node.get(key, 0) for key in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"))
    return float(read * node["Actual Loops"])


@pytest.mark.parametrize("name", HOT)
def test_a_statement_finds_its_rows_by_an_index_at_a_million_rows(connection: Connection, name: str) -> None:
    work, most = HOT[name]
    statements = sent(connection, work)
    assert statements
    for statement, values in statements:
        ran = plan(connection, "ANALYZE", statement, values)
        plans = {"for these values": ran}
        if name not in _BY_BATCHES:
            plans["for any values"] = plan(connection, "GENERIC_PLAN", statement)
        for kind, top in plans.items():
            whole = [each["Relation Name"] for each in nodes(top) if each["Node Type"] == "Seq Scan"]
            assert not set(whole) & TABLES, f"{kind}: {scans(top)} for {statement}"
        rows = sum(looked_at(each) for each in nodes(ran))
        assert rows <= most, f"{rows} rows: {scans(ran)} for {statement}"


def test_the_tables_of_this_suite_are_as_large_as_it_says(connection: Connection) -> None:
    for table in ("customers", "vehicles", "appointments", "reminders", "calls", "turns"):
        counted = text(f"SELECT count(*) FROM {table}")  # noqa: S608
        assert connection.execute(counted).scalar_one() == MANY
