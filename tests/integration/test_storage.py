"""The schema, the pool and the call rows on a real Postgres."""

from threading import Event
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from shared.errors import ConfigurationError, RowRefused, Unavailable
from shared.services import Services
from shared.shop import load_shop
from shared.storage import intents
from shared.storage.database import TRANSACTION_SECONDS, Database, parse_url, sqlstate
from shared.storage.dialect import DRIVER
from shared.storage.migrate import migrate
from tests.integration.desk_calls import MONDAY, rows


def test_migrating_twice_changes_nothing_and_loads_the_shop(empty_database_url: str) -> None:
    shop = load_shop()
    assert migrate(empty_database_url, shop) == migrate(empty_database_url, shop)
    database = Database(empty_database_url)
    with database.transaction() as connection:
        counts = connection.execute(
            text(
                "SELECT (SELECT count(*) FROM services WHERE active), (SELECT count(*) FROM bays), "
                "(SELECT count(*) FROM technicians), (SELECT count(*) FROM opening_hours), (SELECT name FROM shop)"
            )
        ).one()
    database.close()
    assert tuple(counts) == (len(shop.services), len(shop.bays), len(shop.technicians), 6, shop.name)


def test_a_database_that_is_ahead_of_the_code_is_left_alone_with_a_sentence(database_url: str) -> None:
    database = Database(database_url)
    with database.transaction() as connection:
        connection.execute(text("UPDATE schema_version SET version_num = '9999_future'"))
    database.close()
    with pytest.raises(ConfigurationError, match="deploy the newer code"):
        migrate(database_url, load_shop())


def test_a_pasted_url_of_a_hosted_postgres_is_understood() -> None:
    url, secure = parse_url("postgresql://ana:p%40ss@ep-x.example.com/shop?sslmode=require&channel_binding=require")
    assert (url.drivername, url.host, url.database, url.password) == (
        DRIVER, "ep-x.example.com", "shop", "p@ss",
    )  # fmt: skip
    assert not url.query
    assert secure["ssl_context"].check_hostname
    assert parse_url("postgres://ana@db.example.com:6543/shop")[1] == {}
    with pytest.raises(ConfigurationError, match="sslmode=maybe"):
        parse_url("postgresql://db.example.com/shop?sslmode=maybe")
    with pytest.raises(ConfigurationError, match="must look like"):
        parse_url("mysql://db.example.com/shop")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO customers (phone, first_name, last_name, zone, created_at) "
        "VALUES ('2175550123', 'A', 'B', 'x', now())",
        "INSERT INTO customers (phone, first_name, last_name, zone, email, created_at) "
        "VALUES ('+12175550123', 'A', 'B', 'x', 'no mail', now())",
        "INSERT INTO vehicles (customer_id, vin, make, created_at) VALUES (1, '1HGCM82633A00435O', 'Honda', now())",
        "INSERT INTO vehicles (customer_id, vin, make, created_at) VALUES (1, '1HGCM82633A00435', 'Honda', now())",
        "INSERT INTO vehicles (customer_id, make, created_at) VALUES (77, 'Honda', now())",
        "INSERT INTO opt_outs (phone, source, opted_out_at) VALUES ('+12175550123', 'rumour', now())",
        "INSERT INTO closures (day, reason, source) VALUES ('2026-12-01', 'x', 'nobody')",
    ],
)
def test_the_schema_refuses_what_no_row_may_hold(services: Services, statement: str) -> None:
    with services.database.transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO customers (id, phone, first_name, last_name, zone, created_at) "
                "VALUES (1, '+12175550100', 'A', 'B', 'America/Chicago', now())"
            )
        )
    with pytest.raises(RowRefused) as refused, services.database.transaction() as connection:
        connection.execute(text(statement))
    assert (sqlstate(refused.value) or "")[:2] == "23"


def test_a_statement_that_outlasts_a_tools_deadline_is_ended(services: Services) -> None:
    with pytest.raises(Unavailable), services.database.transaction() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 20"))
        connection.execute(text("SELECT pg_sleep(30)"))
    with services.database.transaction() as connection:
        for name in ("statement_timeout", "lock_timeout"):
            allowed = connection.execute(
                text("SELECT setting::int FROM pg_settings WHERE name = :name"), {"name": name}
            ).scalar_one()
            assert 0 < allowed <= TRANSACTION_SECONDS * 1000


def test_the_statements_of_a_transaction_share_one_budget_and_none_is_written_after_it(services: Services) -> None:
    """Each of these is within any time-out; together they outlast a tool."""
    slept: list[int] = []

    def slow(connection: Connection) -> None:
        connection.execute(text("INSERT INTO opt_outs VALUES ('+12175550123', 'voice', now())"))
        for number in range(12):
            connection.execute(text("SELECT pg_sleep(0.4)"))
            slept.append(number)

    with pytest.raises(Unavailable):
        services.database.run(slow)
    assert len(slept) <= 3, "what ran out of time is neither gone on with nor begun again"
    assert rows(services, "SELECT count(*) FROM opt_outs") == [(0,)]


def test_a_commit_after_the_budget_is_refused(services: Services) -> None:
    with pytest.raises(Unavailable), services.database.transaction() as connection:
        connection.execute(text("INSERT INTO opt_outs VALUES ('+12175550123', 'voice', now())"))
        Event().wait(TRANSACTION_SECONDS)
    assert rows(services, "SELECT count(*) FROM opt_outs") == [(0,)]


def test_a_repeated_transaction_has_what_is_left_of_the_first_ones_budget(services: Services) -> None:
    allowed: list[int] = []

    def work(connection: Connection) -> None:
        connection.execute(text("SELECT 1"))
        question = text("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'")
        allowed.append(connection.execute(question).scalar_one())
        if len(allowed) == 1:
            Event().wait(0.5)
            connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$"))

    services.database.run(work)
    assert allowed[1] <= allowed[0] - 500


def test_a_transaction_whose_connection_breaks_is_run_once_more(services: Services) -> None:
    runs: list[int] = []

    def work(connection: Connection) -> int:
        runs.append(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
        if len(runs) == 1:
            with services.database.transaction() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": runs[0]})
        return int(connection.execute(text("SELECT 42")).scalar_one())

    assert services.database.run(work) == 42
    assert len(set(runs)) == 2


def test_a_connection_that_breaks_at_the_commit_settles_by_running_again(services: Services) -> None:
    """Whether it was committed is open then, so the work reads first what is already there."""

    def work(connection: Connection) -> str:
        if connection.execute(text("SELECT 1 FROM opt_outs")).first() is not None:
            return "was there"
        connection.execute(text("INSERT INTO opt_outs VALUES ('+12175550123', 'voice', now())"))
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        if not killed:
            killed.append(pid)
            with services.database.transaction() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        return "written"

    killed: list[int] = []
    assert services.database.run(work) == "written"
    assert services.database.run(work) == "was there"
    assert rows(services, "SELECT count(*) FROM opt_outs") == [(1,)]


def test_connections_that_died_in_the_pool_are_not_handed_out(services: Services) -> None:
    with services.database.transaction() as one, services.database.transaction() as two:
        pids = [each.execute(text("SELECT pg_backend_pid()")).scalar_one() for each in (one, two)]
    with services.database.transaction() as connection:
        own = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        for pid in set(pids) - {own}:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    for _ in range(3):
        with services.database.transaction() as one, services.database.transaction() as two:
            assert {each.execute(text("SELECT 1")).scalar_one() for each in (one, two)} == {1}


def test_a_connection_that_died_does_not_cost_the_others(services: Services) -> None:
    """To make a pool anew takes longer than a caller waits."""
    with services.database.transaction() as one, services.database.transaction() as two:
        pids = {each.execute(text("SELECT pg_backend_pid()")).scalar_one() for each in (one, two)}
    with services.database.transaction() as connection:
        lives = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        (dies,) = pids - {lives}
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": dies})
    with services.database.transaction() as one, services.database.transaction() as two:
        after = {each.execute(text("SELECT pg_backend_pid()")).scalar_one() for each in (one, two)}
    assert lives in after
    assert dies not in after


def test_a_database_that_falls_silent_is_unavailable_and_its_connection_is_thrown_away(database_url: str) -> None:
    database = Database(database_url, socket_seconds=0.2)
    with database.transaction() as connection:
        before = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with pytest.raises(Unavailable), database.transaction() as connection:
        connection.execute(text("SELECT pg_sleep(1.2)"))
    with database.transaction() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != before
    database.close()


def test_a_deadlock_is_tried_again_once_and_then_reported(services: Services) -> None:
    runs: list[int] = []

    def always(connection: Connection) -> None:
        runs.append(1)
        connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$"))

    with pytest.raises(Unavailable):
        services.database.run(always)
    assert len(runs) == 2


def test_wrong_sql_of_ours_is_not_taken_for_an_outage(services: Services) -> None:
    with pytest.raises(RowRefused, match="42703"), services.database.transaction() as connection:
        connection.execute(text("SELECT no_such_column FROM customers"))


def test_a_read_back_that_is_kept_again_after_an_unknown_commit_finds_itself(services: Services) -> None:
    older, newer = uuid4(), uuid4()
    for intent_id in (older, newer, newer):
        with services.database.transaction() as connection:
            intents.prepare(
                connection,
                intent_id=intent_id,
                call_sid="CA1",
                kind="book",
                payload={"slot": "s"},
                read_back="Shall I book it?",
                now=MONDAY,
            )
    with services.database.transaction() as connection:
        found = [intents.locked(connection, each, "CA1") for each in (older, newer)]
    assert [each is not None and each.answer is None for each in found] == [False, True]
