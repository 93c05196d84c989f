"""Statements that stay prepared on their connection, on a real Postgres, and what happens when they do not."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, text

from shared.errors import RowRefused
from shared.storage.database import Database

_BY_PHONE = text("SELECT first_name FROM customers WHERE phone = :phone")
_NOBODY = {"phone": "+12175550100"}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """With one connection only, so that every transaction has it."""
    opened = Database(database_url, pool_size=1)
    yield opened
    opened.close()


def prepared(connection: Connection) -> list[str]:
    return list(connection.execute(text("SELECT statement FROM pg_prepared_statements")).scalars())


def test_a_statement_is_prepared_once_and_used_by_the_next_transaction(database: Database) -> None:
    for _ in range(3):
        with database.transaction() as connection:
            assert connection.execute(_BY_PHONE, _NOBODY).all() == []
    with database.transaction() as connection:
        uses = connection.execute(text("SELECT generic_plans + custom_plans FROM pg_prepared_statements")).scalars()
        assert list(uses) == [3]


def test_the_same_parameter_twice_is_one_parameter(database: Database) -> None:
    query = text("SELECT CAST(:n AS integer) + CAST(:n AS integer)")
    with database.transaction() as connection:
        assert connection.execute(query, {"n": 21}).scalar_one() == 42
        assert "$2" not in prepared(connection)[0]


def test_statements_without_end_do_not_fill_the_server(database: Database) -> None:
    with database.transaction() as connection:
        for number in range(230):
            assert (
                connection.execute(text(f"SELECT {number} + CAST(:n AS integer)"), {"n": 1}).scalar_one() == number + 1
            )
        assert len(prepared(connection)) == 200
        assert connection.execute(text("SELECT 0 + CAST(:n AS integer)"), {"n": 1}).scalar_one() == 1


def test_a_statement_that_was_refused_works_when_its_values_are_right(database: Database) -> None:
    statement = text("INSERT INTO opt_outs VALUES (:phone, 'voice', now())")
    for _ in range(2):
        with pytest.raises(RowRefused, match="23514"), database.transaction() as connection:
            connection.execute(statement, {"phone": "nobody"})
    with database.transaction() as connection:
        connection.execute(statement, _NOBODY)
        assert sum("opt_outs" in each for each in prepared(connection)) == 1


def test_what_no_statement_can_carry_leaves_the_connection_in_step(database: Database) -> None:
    query = text("SELECT CAST(:names AS text[])")
    with database.transaction() as connection:
        assert connection.execute(query, {"names": ["a\0b", "\ud800"]}).scalar_one() == ["ab", "?"]
        assert connection.execute(_BY_PHONE, _NOBODY).all() == []


def test_a_table_whose_columns_changed_meanwhile_is_read_all_the_same(database: Database) -> None:
    def read(connection: Connection) -> list[Any]:
        query = text("SELECT * FROM vin_decodes WHERE vin <> :vin")
        return list(connection.execute(query, {"vin": "1HGCM82633A004352"}).keys())

    before = database.run(read)
    with database.transaction() as connection:
        connection.execute(text("ALTER TABLE vin_decodes ADD COLUMN source text"))
    assert database.run(read) == [*before, "source"]
    with database.transaction() as connection:
        assert len(prepared(connection)) == 1


def test_where_prepared_statements_get_lost_none_are_prepared_any_more(database: Database) -> None:
    """As behind a pooler that hands out another of its connections for each transaction."""

    def read(connection: Connection) -> list[Any]:
        return list(connection.execute(_BY_PHONE, _NOBODY).all())

    database.run(read)
    with database.transaction() as connection:
        connection.execute(text("DEALLOCATE ALL"))
    assert database.run(read) == []
    with database.transaction() as connection:
        assert read(connection) == []
        assert prepared(connection) == []


def test_times_come_back_whole_from_the_ends_of_what_postgres_knows(database: Database) -> None:
    query = text("SELECT CAST(:moment AS timestamptz)")
    with database.transaction() as connection:
        for written in ("2026-12-03 20:00:00.123456+00:00", "0001-01-01 00:00:00+00:00"):
            assert str(connection.execute(query, {"moment": written}).scalar_one()) == written
        assert connection.execute(query, {"moment": "infinity"}).scalar_one() == "infinity"
