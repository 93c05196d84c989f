"""`python -m seed` on a real Postgres: the same arguments give the same rows, and what is real is not replaced."""

from collections.abc import Sequence

import pytest
from sqlalchemy import text

from seed.__main__ import main
from seed.load import TABLES
from shared.services import Services
from shared.sessions.customer_cache import CustomerCache, OnFile
from shared.sessions.in_time import RedisInTime
from tests.integration.desk_calls import MONDAY, NewCaller, rows

FEW = ("--customers", "60", "--vehicles", "90", "--appointments", "120", "--as-of", MONDAY.date().isoformat())
TOLD_TWICE = ("--replace-real-data", "--replace-real-data")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SOPHIE_ENV", "local")
    monkeypatch.delenv("REDIS_URL", raising=False)


def contents(services: Services, tables: Sequence[str] = TABLES) -> dict[str, str]:
    """A hash of all rows of each table."""
    hashed = "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t"
    return {table: rows(services, hashed.format(table))[0][0] for table in tables}


def change(services: Services, statement: str) -> None:
    with services.database.transaction() as connection:
        connection.execute(text(statement))


def test_the_same_arguments_give_the_same_rows_and_another_seed_others(services: Services) -> None:
    assert main(FEW) == 0
    first = contents(services)
    assert main([*FEW, "--replace", "--seed", "8"]) == 0
    assert contents(services)["customers"] != first["customers"]
    assert main([*FEW, "--replace"]) == 0
    assert contents(services) == first


def test_what_was_made_is_told_with_the_rows_per_second(services: Services, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(FEW) == 0
    told = capsys.readouterr()
    assert "Appointments: 84 past, 18 from 2026-11-30 on, 11 cancelled, 7 not kept." in told.out
    assert "Seeded 60 customers, 90 vehicles, 120 appointments, " in told.out
    assert "rows/s" in told.out
    # Where nobody watches there is a line for a table and no bar.
    assert "  customers: 60\n" in told.err and "\r" not in told.err


def test_a_customer_of_the_seed_can_book_and_new_rows_find_free_ids(services: Services, new_caller: NewCaller) -> None:
    assert main(FEW) == 0
    caller = new_caller("+12175550191")
    caller.ask("lookup_customer", phone=None)
    assert caller.ask("verify_caller", factor="last_name", value="Ramirez").content["first_name"] == "Elena"
    prepared = caller.book(slot=caller.slots(weekday="friday")["offers"][0]["slot"], vehicle="car_1")
    assert caller.book(intent=caller.say(prepared, "yes")).changed
    assert rows(services, "SELECT max(id) FROM appointments") == [(121,)]


def test_a_seeded_database_is_replaced_only_on_request(services: Services, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(FEW) == 0
    before = contents(services)
    assert main([*FEW, "--seed", "8"]) == 2
    assert "give --replace to empty it" in capsys.readouterr().err
    assert contents(services) == before


@pytest.mark.parametrize(
    ("real", "found"),
    [
        (
            "INSERT INTO customers (phone, first_name, last_name, zone, created_at) "
            "VALUES ('+12175550142', 'Ana', 'Lopez', 'America/Chicago', '2026-01-05T10:00:00Z')",
            "1 customers",
        ),
        (
            "INSERT INTO appointments (customer_id, vehicle_id, service, bay, starts_at, ends_at, mode, source, "
            "created_at, changed_at) VALUES (1, 1, 'oil_change', 1, '2027-06-01T15:00Z', '2027-06-01T16:00Z', 'wait', "
            "'voice', now(), now())",
            "1 appointments",
        ),
        (
            "INSERT INTO calls (call_sid, direction, flow, started_at) VALUES ('CA1', 'inbound', 'service', now())",
            "1 calls",
        ),
    ],
)
def test_real_data_is_replaced_only_when_told_twice(
    services: Services, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, real: str, found: str
) -> None:
    monkeypatch.setenv("SOPHIE_ENV", "cloud")
    assert main(FEW) == 0
    change(services, real)
    before = contents(services)
    for told in ((), ("--replace",), ("--replace", "--replace-real-data")):
        assert main([*FEW, *told]) == 2
        refusal = capsys.readouterr().err
        assert f"({found})" in refusal and "--replace-real-data twice" in refusal
    assert contents(services) == before
    assert main([*FEW, *TOLD_TWICE]) == 0
    assert rows(services, "SELECT count(*) FROM customers") == [(60,)]


def test_on_a_developers_machine_calls_are_the_labs_and_only_imported_customers_are_real(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(FEW) == 0
    change(
        services,
        "INSERT INTO calls (call_sid, direction, flow, started_at) VALUES ('CA1', 'inbound', 'service', now())",
    )
    change(services, "UPDATE customers SET source = 'voice' WHERE id = 5")
    assert main([*FEW, "--replace"]) == 0
    change(services, "UPDATE customers SET source = 'import' WHERE id = 5")
    assert main([*FEW, "--replace"]) == 2
    assert "(1 customers)" in capsys.readouterr().err


def test_a_load_stands_in_the_audit_with_one_row_for_a_table(services: Services) -> None:
    assert main(FEW) == 0
    written = rows(
        services,
        "SELECT who, why, action, row_key, after ->> 'rows' FROM reporting.audit WHERE table_name = 'customers'",
    )
    assert written == [("seed", "python -m seed", "load", "*", "60")]
    alone = (
        "SELECT count(*) FROM audit WHERE action <> 'load' AND table_name IN ('customers', 'vehicles', 'appointments')"
    )
    assert rows(services, alone) == [(0,)]


def test_a_change_after_the_load_is_written_down_alone_again(services: Services) -> None:
    assert main(FEW) == 0
    change(services, "UPDATE customers SET zip = '62704' WHERE id = 2")
    assert rows(services, "SELECT row_key FROM audit WHERE action = 'update' AND table_name = 'customers'") == [("2",)]


def test_customers_that_a_call_knew_are_forgotten(
    services: Services, monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    monkeypatch.setenv("REDIS_URL", redis_url)
    redis = RedisInTime(redis_url)
    cache = CustomerCache(redis, ("secret",))
    lease = cache.get("+12175550142").lease
    assert lease is not None
    cache.put("+12175550142", OnFile((1,), ("zip",)), lease)
    assert cache.get("+12175550142").on_file is not None
    assert main(FEW) == 0
    assert cache.get("+12175550142").on_file is None
    redis.close()


def test_a_schema_of_another_version_is_refused_with_what_to_do(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    change(services, "UPDATE schema_version SET version_num = '0003_appointments'")
    assert main(FEW) == 2
    assert "run python -m shared.storage.migrate" in capsys.readouterr().err
    assert rows(services, "SELECT count(*) FROM customers") == [(0,)]


def test_impossible_amounts_are_refused_and_nothing_is_emptied(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(FEW) == 0
    assert main([*FEW, "--replace", "--customers", "0"]) == 2
    assert "--customers" in capsys.readouterr().err
    assert rows(services, "SELECT count(*) FROM customers") == [(60,)]
