"""The shop and its prices in the database, and what a program does with a schema that is not its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from media_service import prompts
from shared.domain.models import Technician
from shared.domain.ranges import Range
from shared.errors import ConfigurationError
from shared.prices import load_prices
from shared.services import Services, with_tables
from shared.shop import load_shop
from shared.storage import schema
from shared.storage.database import Database
from shared.storage.migrate import migrate
from shared.storage.prices import read_prices
from shared.storage.shop_tables import closures_between, read_shop, staff_events_between, write_shop
from tests.integration.desk_calls import rows


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def test_the_tables_say_just_what_the_shop_file_says(database: Database) -> None:
    with database.transaction() as connection:
        held = read_shop(connection)
    wanted = load_shop()
    by_name = sorted(wanted.technicians, key=lambda each: each.name)
    assert replace(held, technicians=()) == replace(wanted, technicians=())
    assert list(held.technicians) == by_name


def test_what_left_the_shop_file_is_no_longer_read_but_still_there(database: Database) -> None:
    shop = load_shop()
    smaller = replace(
        shop, services=shop.services[:3], bays=shop.bays[:2], technicians=(Technician("Ana", frozenset({"lube"})),)
    )
    with database.transaction() as connection:
        write_shop(connection, smaller)
        held = read_shop(connection)
        kept = connection.execute(text("SELECT count(*) FROM services")).scalar_one()
    assert (len(held.services), len(held.bays), held.technicians) == (3, 2, smaller.technicians)
    assert kept == len(shop.services)


def test_loading_the_shop_again_leaves_no_trace_in_the_audit_and_the_staffs_closures_alone(database: Database) -> None:
    day = date(2026, 12, 24)
    with database.transaction() as connection:
        connection.execute(
            text("INSERT INTO closures (day, reason, source) VALUES (:day, 'inventory', 'staff')"), {"day": day}
        )
        before = connection.execute(text("SELECT count(*) FROM audit")).scalar_one()
        write_shop(connection, load_shop())
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar_one() == before
        assert closures_between(connection, day, day) == {day: "inventory"}


def test_times_that_staff_keep_free_are_those_that_touch_the_span(database: Database) -> None:
    def at(hour: int) -> datetime:
        return datetime(2026, 12, 1, hour, tzinfo=UTC)

    with database.transaction() as connection:
        for first, last in ((8, 10), (12, 13), (15, 18)):
            connection.execute(
                text("INSERT INTO staff_events (starts_at, ends_at, source) VALUES (:first, :last, 'desk')"),
                {"first": at(first), "last": at(last)},
            )
        assert staff_events_between(connection, at(10), at(16)) == (Range(at(12), at(13)), Range(at(15), at(18)))


def test_the_price_table_holds_the_price_file_and_keeps_older_prices(database_url: str, database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(
            text("INSERT INTO prices VALUES ('stt_minute', 'flux-general-en', '2025-01-01', 0.008, 'last year')")
        )
    migrate(database_url, load_shop())
    with database.transaction() as connection:
        held = read_prices(connection)
    assert set(held.prices) > set(load_prices().prices)
    assert len(held.prices) == len(load_prices().prices) + 1


def test_what_is_said_and_asked_follows_the_tables(services: Services) -> None:
    rows_changed = "UPDATE services SET price_to = 99.5 WHERE code = 'oil_change' RETURNING code"
    assert rows(services, rows_changed) == [("oil_change",)]
    held = with_tables(services)
    assert "99.50" in prompts.static_prompt(held.shop)


def test_without_the_database_the_files_serve(services: Services) -> None:
    nowhere = replace(services, database=Database("postgresql://nobody@127.0.0.1:9/none"))
    assert with_tables(nowhere) is nowhere


def set_version(database: Database, version: str) -> None:
    with database.transaction() as connection:
        connection.execute(text("UPDATE schema_version SET version_num = :version"), {"version": version})


def test_a_database_that_is_behind_is_told_so_and_how_to_bring_it_on(database: Database, services: Services) -> None:
    set_version(database, "0005_reporting")
    with (
        database.transaction() as connection,
        pytest.raises(ConfigurationError, match=r"0005.*shared\.storage\.migrate"),
    ):
        schema.check(connection)
    with pytest.raises(ConfigurationError, match="0005"):
        with_tables(services)


def test_a_newer_database_serves_calls_but_takes_no_bulk_data(database: Database, services: Services) -> None:
    set_version(database, "9999_future")
    with database.transaction() as connection, pytest.raises(ConfigurationError, match="use the newer code"):
        schema.check(connection)
    assert with_tables(services).shop.name == services.shop.name


def test_a_shop_that_an_older_version_loaded_is_told_so_and_a_newer_ones_texts_are_passed_over(
    database: Database,
) -> None:
    newer = """UPDATE shop SET texts = texts || '{"farewell_song": "la la"}'"""
    older = "UPDATE shop SET texts = texts - 'closing_soon'"
    with database.transaction() as connection:
        connection.execute(text(newer.replace(":", "\\:")))
        assert read_shop(connection).texts == load_shop().texts
        connection.execute(text(older))
        with pytest.raises(ConfigurationError, match=r"lacks closing_soon: run python -m shared\.storage\.migrate"):
            read_shop(connection)


def test_a_database_without_a_schema_is_told_so(empty_database_url: str) -> None:
    empty = Database(empty_database_url)
    with empty.transaction() as connection, pytest.raises(ConfigurationError, match="no schema yet"):
        schema.check(connection)
    empty.close()


def test_the_newest_version_is_the_one_that_migrating_reaches(empty_database_url: str) -> None:
    assert migrate(empty_database_url, load_shop()) == schema.newest()
