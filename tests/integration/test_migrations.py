"""Upgrades on a real Postgres: from nothing, from the release before with data in it, and two at once.

The statements of the release before are kept here as it sent them: while the services are replaced, both releases work
on the new schema.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from shared.shop import load_shop
from shared.storage import migrate as migrate_module
from shared.storage import schema
from shared.storage.database import parse_url
from shared.storage.migrate import migrate
from tests.integration.desk_calls import MONDAY

_BEFORE = "0005_reporting"
_INTENT = "5c8f6b9e-0a41-4f0e-8a35-0d6a4d6c7d11"

# What the release before writes, in the order of a call.
_OF_THE_RELEASE_BEFORE: tuple[str, ...] = (
    "INSERT INTO calls (call_sid, direction, flow, caller, started_at) "
    "VALUES (:call_sid, 'inbound', 'service', :phone, :now) "
    "ON CONFLICT (call_sid) DO UPDATE SET caller = coalesce(calls.caller, EXCLUDED.caller), "
    "started_at = least(calls.started_at, EXCLUDED.started_at)",
    "INSERT INTO customers (phone, first_name, last_name, zone, created_at) "
    "VALUES (:phone, 'Nora', 'Quill', 'America/Chicago', :now)",
    "INSERT INTO vehicles (customer_id, vin, year, make, model, created_at) "
    "SELECT max(id), NULL, 2018, 'Mazda', 'CX-5', :now FROM customers",
    "UPDATE intents SET spent_at = :now, answer = '{}' WHERE call_sid = :call_sid AND spent_at IS NULL AND id <> :id",
    "INSERT INTO intents (id, call_sid, kind, payload, read_back, prepared_at) "
    "VALUES (:id, :call_sid, 'book', '{}', 'Shall I book it?', :now) ON CONFLICT (id) DO NOTHING",
    "SELECT id, kind, payload, read_back, answer FROM intents WHERE id = :id AND call_sid = :call_sid FOR UPDATE",
    "SELECT pg_advisory_xact_lock(hashtextextended('bookings of 2026-12-03', 0))",
    "SELECT a.bay, a.starts_at, a.ends_at, s.skill FROM appointments a JOIN services s ON s.code = a.service "
    "WHERE a.starts_at >= :now AND a.starts_at < :now AND a.status IN ('booked', 'confirmed', 'completed') "
    "AND a.id <> ALL(CAST('{}' AS bigint[]))",
    "INSERT INTO appointments (customer_id, vehicle_id, service, bay, starts_at, ends_at, mode, source, call_sid, "
    "concern, created_at, changed_at) SELECT customer_id, id, 'oil_change', 1, :now, CAST(:now AS timestamptz) "
    "+ interval '30 minutes', 'wait', 'voice', :call_sid, NULL, :now, :now FROM vehicles ORDER BY id DESC LIMIT 1 "
    "ON CONFLICT DO NOTHING",
    "INSERT INTO calendar_outbox (appointment_id, version, action, created_at) SELECT id, version, "
    "CASE WHEN status = 'cancelled' THEN 'delete' ELSE 'upsert' END, :now FROM appointments WHERE call_sid = :call_sid",
    "UPDATE appointments SET bay = 2, starts_at = starts_at, ends_at = ends_at, mode = 'wait', status = 'booked', "
    "calendar_state = 'pending', version = version + 1, changed_at = :now WHERE call_sid = :call_sid",
    "UPDATE appointments SET status = 'cancelled', cancel_reason = 'other', calendar_state = 'pending', "
    "version = version + 1, changed_at = :now WHERE call_sid = :call_sid",
    'UPDATE intents SET spent_at = :now, answer = \'{"status": "booked"}\' WHERE id = :id',
    "INSERT INTO callbacks (phone, customer_id, reason, message, call_sid, created_at) "
    "VALUES (:phone, NULL, 'message', 'call me', :call_sid, :now) RETURNING id",
    "WITH opened AS (INSERT INTO calls (call_sid, direction, flow, started_at) "
    "VALUES (:call_sid, 'inbound', 'service', clock_timestamp()) ON CONFLICT (call_sid) DO NOTHING) "
    "INSERT INTO turns (call_sid, turn, caller_said, sophie_said, tools, barged_in, first_token_ms) "
    "VALUES (:call_sid, 1, 'hi', 'hello', '[]', false, 12.5) ON CONFLICT (call_sid, turn) DO NOTHING",
    "INSERT INTO calls AS c (call_sid, direction, flow, outcome, transferred_to, started_at, ended_at) VALUES "
    "(:call_sid, 'inbound', 'service', 'booked', NULL, :now, :now) ON CONFLICT (call_sid) DO UPDATE SET "
    "outcome = EXCLUDED.outcome, ended_at = EXCLUDED.ended_at, "
    "seconds = greatest(0, extract(epoch FROM EXCLUDED.ended_at - c.started_at))::integer",
    "INSERT INTO calls AS c (call_sid, direction, flow, status, started_at, ended_at, seconds) VALUES "
    "(:call_sid, 'inbound', 'service', 'completed', :now, :now, 60) ON CONFLICT (call_sid) DO UPDATE SET "
    "status = EXCLUDED.status, seconds = coalesce(EXCLUDED.seconds, c.seconds)",
    "SELECT id, phone, first_name, last_name, zip FROM customers WHERE phone = :phone ORDER BY id LIMIT 20",
    "SELECT a.id, s.name AS service_name, a.mode, a.version, c.first_name, v.make FROM appointments a "
    "JOIN customers c ON c.id = a.customer_id JOIN vehicles v ON v.id = a.vehicle_id "
    "JOIN services s ON s.code = a.service WHERE a.call_sid = :call_sid",
    "INSERT INTO vin_decodes (vin, answer, decoded_at) VALUES ('1HGCM82633A004352', '{}', :now) "
    "ON CONFLICT (vin) DO NOTHING",
    "SELECT day, reason FROM closures WHERE day BETWEEN '2026-11-30' AND '2026-12-30'",
)
# Shop tables are written by the migration of the release that runs, so the release before wrote them its own way.
_SHOP_OF_THE_RELEASE_BEFORE = (
    "INSERT INTO bays (number, name) VALUES (1, 'One'), (2, 'Two')",
    "INSERT INTO services (code, name, synonyms, bay_minutes, promised_minutes, price_from, price_to, skill, modes, "
    "position) VALUES ('oil_change', 'oil change', '{}', 30, 60, 40, 90, 'lube', '{wait,drop_off}', 0)",
)


@pytest.fixture
def engine(empty_database_url: str) -> Iterator[Engine]:
    url, connect_args = parse_url(empty_database_url)
    made = create_engine(url, connect_args=connect_args, poolclass=NullPool)
    yield made
    made.dispose()


def upgrade_to(connection: Connection, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate_module.__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def send_as_the_release_before(connection: Connection, call_sid: str, phone: str, intent: str) -> None:
    values: dict[str, Any] = {"call_sid": call_sid, "phone": phone, "id": intent, "now": MONDAY}
    for statement in _OF_THE_RELEASE_BEFORE:
        wanted = {name: value for name, value in values.items() if f":{name}" in statement}
        connection.execute(text(statement), wanted)


def test_an_upgrade_keeps_every_row_of_the_release_before(engine: Engine, empty_database_url: str) -> None:
    with engine.begin() as connection:
        upgrade_to(connection, _BEFORE)
        for statement in _SHOP_OF_THE_RELEASE_BEFORE:
            connection.execute(text(statement))
        send_as_the_release_before(connection, "CA1", "+12175550123", _INTENT)
    assert migrate(empty_database_url, load_shop()) == schema.newest()
    with engine.connect() as connection:
        counts = connection.execute(
            text(
                "SELECT (SELECT count(*) FROM reporting.customers), (SELECT count(*) FROM reporting.vehicles), "
                "(SELECT count(*) FROM reporting.turns), (SELECT count(*) FROM reporting.callbacks), "
                "(SELECT count(*) FROM reporting.calendar_outbox)"
            )
        ).one()
        assert tuple(counts) == (1, 1, 1, 1, 1)
        found = connection.execute(text("SELECT status, mode, bay, call_sid FROM reporting.appointments")).one()
        assert tuple(found) == ("cancelled", "wait", 2, "CA1")


def test_the_release_before_goes_on_working_on_the_new_schema(engine: Engine, empty_database_url: str) -> None:
    migrate(empty_database_url, load_shop())
    with engine.begin() as connection:
        send_as_the_release_before(connection, "CA1", "+12175550123", _INTENT)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT status, version FROM appointments")).one()
        assert tuple(found) == ("cancelled", 3)
        who = connection.execute(text("SELECT DISTINCT who FROM audit WHERE table_name = 'appointments'")).scalars()
        assert list(who) == [engine.url.username]


def test_two_upgrades_at_once_make_one_schema(empty_database_url: str) -> None:
    shop = load_shop()
    with ThreadPoolExecutor(2) as pool:
        versions = list(pool.map(lambda _: migrate(empty_database_url, shop), range(2)))
    assert versions == [schema.newest()] * 2


def test_an_upgrade_that_fails_leaves_the_schema_as_it_was(engine: Engine, empty_database_url: str) -> None:
    """A view of somebody's own stands on what the upgrade replaces."""
    with engine.begin() as connection:
        upgrade_to(connection, _BEFORE)
        connection.execute(text("CREATE VIEW own AS SELECT * FROM reporting.reminders"))
    with pytest.raises(Exception, match="own"):
        migrate(empty_database_url, load_shop())
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM schema_version")).scalar_one() == _BEFORE
        assert connection.execute(text("SELECT to_regclass('staff_events')")).scalar() is None
