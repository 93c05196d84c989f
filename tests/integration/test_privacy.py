"""Export and erasure of one customer on a real Postgres: everything is found, and what is gone is proved to be gone."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from seed import erase, export
from shared.services import Services
from shared.sessions.customer_cache import OnFile
from shared.storage.traces import name_pattern, phone_pattern, value_pattern, word_pattern
from tests.integration.desk_calls import rows

ANA, BEN, VIN = "+12175550142", "+12175550143", "1HGCM82633A004352"
HERE = Path(__file__).parent
A_LIFE, SISTER = ((HERE / name).read_text(encoding="utf-8") for name in ("one_customer.sql", "one_sister.sql"))
OPTED_OUT = "INSERT INTO opt_outs VALUES ('+12175550142', 'keypad', '2026-01-05T15:00Z')"
Do = Callable[..., None]


@pytest.fixture(autouse=True)
def environment(
    monkeypatch: pytest.MonkeyPatch, database_url: str, redis_url: str, tmp_path: Path, services: Services
) -> None:
    """The clock stands in November 2026, wherever the real one is."""
    clock = tmp_path / "clock"
    clock.write_text(str((services.clock.now() - type(services.clock).__mro__[1]().now()).total_seconds()))
    for name, value in {
        "DATABASE_URL": database_url, "REDIS_URL": redis_url, "SOPHIE_ENV": "local", "SOPHIE_CLOCK_FILE": str(clock),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)


@pytest.fixture
def do(services: Services) -> Do:
    def do(*statements: str) -> None:
        with services.database.transaction() as connection:
            for each in statements:
                connection.exec_driver_sql(each.replace("%", "%%"))

    return do


@pytest.fixture
def proof(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    def proof(*arguments: str) -> dict[str, Any]:
        capsys.readouterr()
        assert erase.main([*arguments, "--reason", "a request by post", "--yes"]) == 0, capsys.readouterr().err
        read: dict[str, Any] = json.loads(capsys.readouterr().out)
        return read

    return proof


Prove = Callable[..., dict[str, Any]]


def whole_database(services: Services) -> str:
    """Every row of every table."""
    with services.database.transaction() as connection:
        tables = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = CAST('public' AS regnamespace)"
        return "\n".join(
            row
            for (table,) in connection.exec_driver_sql(tables).all()
            for row in connection.exec_driver_sql(f"SELECT to_jsonb(t)::text FROM {table} t").scalars()  # noqa: S608
        )


@pytest.mark.parametrize("written", [ANA, "(217) 555-0142", "1 217 555 0142", "tel:+1-217-555-0142"])
def test_an_export_holds_every_row_about_the_person_and_nobody_elses(do: Do, tmp_path: Path, written: str) -> None:
    do(A_LIFE, OPTED_OUT)
    target = tmp_path / "ana.json"
    assert export.main([written, "--to", str(target)]) == 0
    told = json.loads(target.read_text())
    assert {table: len(each["rows"]) for table, each in told["tables"].items()} == {
        "customers": 1, "vehicles": 1, "vin_decodes": 1, "appointments": 2, "service_history": 1, "calendar_outbox": 0,
        "reminders": 1, "reminder_attempts": 1, "consents": 1, "opt_outs": 1, "callbacks": 1, "identity_failures": 1,
        "calls": 2, "turns": 2, "intents": 1, "messages": 1, "blocked_numbers": 0, "audit": 9,
    }  # fmt: skip
    assert told["tables"]["turns"]["rows"][0]["caller_said"] == "my brakes squeal"
    assert "ben@example.com" not in target.read_text()
    assert target.stat().st_mode & 0o077 == 0
    assert export.main([written, "--to", str(target)]) == 2  # what is there is not written over


def test_an_export_marks_what_hangs_on_a_shared_number(do: Do, tmp_path: Path) -> None:
    do(A_LIFE, SISTER)
    target = tmp_path / "ana.json"
    assert export.main([ANA, "--to", str(target)]) == 2  # two people, and nobody said which
    assert export.main([ANA, "--last-name", "lopez", "--first-name", "Ana", "--to", str(target)]) == 0
    told = json.loads(target.read_text())["tables"]
    assert {table for table, each in told.items() if each["under_a_shared_number"]} == {
        "calls", "turns", "intents", "callbacks", "consents", "opt_outs", "identity_failures", "reminder_attempts",
        "messages", "blocked_numbers",
    }  # fmt: skip
    assert [row["first_name"] for row in told["customers"]["rows"]] == ["Ana"]


def test_nothing_of_an_erased_person_is_left(services: Services, do: Do, proof: Prove) -> None:
    do(A_LIFE)
    told = proof("217-555-0142")
    left = whole_database(services)
    for gone in ("Ana", 'Lopez"', ANA, "5550142", "ana@example.com", VIN, "ANA123", "C17", "V17", "squeal", "62711"):
        assert gone not in left, gone
    assert told["search"]["found"] == []
    assert told["search"]["looked_for"] == [
        "phone", "name", "e-mail", "customer number", "VIN", "plate", "vehicle number",
    ]  # fmt: skip
    assert "Ana" not in json.dumps(told) and "5550142" not in json.dumps(told)


def test_what_others_and_the_books_need_stays(services: Services, do: Do, proof: Prove) -> None:
    do(A_LIFE)
    proof(ANA)
    assert rows(services, "SELECT first_name, phone, erased_at IS NULL FROM customers ORDER BY id") == [
        ("erased", None, False), ("Ben", BEN, True),
    ]  # fmt: skip
    assert rows(services, "SELECT year, make, model FROM vehicles WHERE id = 1") == [(2003, "Honda", "Accord")]
    assert rows(services, "SELECT count(*) FROM service_history") == [(1,)]
    assert rows(services, "SELECT call_sid, caller FROM calls ORDER BY 1") == [
        ("CA1", None),
        ("CA2", BEN),
        ("CA3", BEN),
    ]
    assert rows(services, "SELECT call_sid, caller_said FROM turns ORDER BY 1") == [
        ("CA1", None), ("CA2", None), ("CA3", "Lopez? No, Quill."),
    ]  # fmt: skip
    assert rows(services, "SELECT read_back FROM intents") == [("For Ben.",)]
    assert rows(services, "SELECT phone, message FROM callbacks") == [(BEN, None)]


def test_upcoming_bookings_are_cancelled_and_the_calendar_forgets_past_ones(
    services: Services, do: Do, proof: Prove
) -> None:
    do(A_LIFE)
    proof(ANA)
    assert rows(services, "SELECT id, status, concern, version FROM appointments ORDER BY id") == [
        (1, "completed", None, 2), (2, "cancelled", None, 2), (3, "booked", None, 1),
    ]  # fmt: skip
    asked = "SELECT appointment_id, version, action, state FROM calendar_outbox WHERE callback_id IS NULL ORDER BY 1"
    assert rows(services, asked) == [(1, 2, "delete", "pending"), (2, 2, "delete", "pending")]
    assert rows(services, "SELECT state, outcome FROM reminders") == [("ended", "skipped")]


def test_an_opt_out_stays_and_is_told_in_the_proof(services: Services, do: Do, proof: Prove) -> None:
    do(A_LIFE, OPTED_OUT)
    kept = {(each["table"], each["column"]): each["kept_because"] for each in proof(ANA)["search"]["found"]}
    assert set(kept) == {("opt_outs", "phone"), ("audit", "row_key"), ("reminder_attempts", "phone")}
    assert "must not be called" in kept["opt_outs", "phone"]
    assert rows(services, "SELECT phone FROM opt_outs") == [(ANA,)]


def test_a_reminder_call_keeps_its_day_under_a_number_that_nobody_has(services: Services, do: Do, proof: Prove) -> None:
    do(A_LIFE)
    proof(ANA)
    assert rows(services, "SELECT left(phone, 4), CAST(local_day AS text) FROM reminder_attempts") == [
        ("+999", "2026-01-04")
    ]


def test_the_rest_of_a_household_keeps_its_number_and_its_car(services: Services, do: Do, proof: Prove) -> None:
    do(A_LIFE, SISTER)
    told = proof(ANA, "--first-name", "ANA")
    assert set(told["search"]["not_looked_for"]) == {
        "phone: somebody else has it too", "VIN: somebody else has it too",
    }  # fmt: skip
    assert rows(services, "SELECT first_name, phone FROM customers ORDER BY id") == [
        ("erased", None), ("Ben", BEN), ("Eva", ANA),
    ]  # fmt: skip
    assert rows(services, "SELECT vin FROM vehicles ORDER BY id") == [(None,), (None,), (VIN,)]
    left = "SELECT (SELECT count(*) FROM consents), (SELECT count(*) FROM identity_failures), \
        (SELECT count(*) FROM vin_decodes)"
    assert rows(services, left) == [(1, 1, 1)]
    assert rows(services, "SELECT phone, message FROM callbacks ORDER BY id") == [(BEN, None), (ANA, None)]
    assert rows(services, "SELECT caller FROM calls WHERE call_sid = 'CA1'") == [(ANA,)]
    assert "Ana" not in whole_database(services)


def test_a_caller_who_is_no_customer_is_erased_by_number(services: Services, do: Do, proof: Prove) -> None:
    do(A_LIFE)
    do("INSERT INTO calls (call_sid, direction, flow, caller, started_at) "
       "VALUES ('CA9', 'inbound', 'service', '+12175550177', now())",
       "INSERT INTO turns (call_sid, turn, caller_said) VALUES ('CA9', 1, 'hello')")  # fmt: skip
    assert proof("+12175550177")["customer"] is None
    assert rows(
        services, "SELECT caller, caller_said FROM calls JOIN turns USING (call_sid) WHERE call_sid = 'CA9'"
    ) == [(None, None)]
    assert rows(services, "SELECT count(*) FROM customers WHERE erased_at IS NOT NULL") == [(0,)]


def test_an_erasure_after_which_the_person_is_still_found_is_undone(
    services: Services, do: Do, capsys: pytest.CaptureFixture[str]
) -> None:
    do(A_LIFE)
    do("INSERT INTO staff_events (title, starts_at, ends_at, source) "
       "VALUES ('Lunch with Ana Lopez', now(), now() + interval '1 hour', 'desk')")  # fmt: skip
    before = whole_database(services)
    assert erase.main([ANA, "--reason", "a request", "--yes"]) == 2
    assert "staff_events.title" in capsys.readouterr().err
    assert whole_database(services) == before
    do("DELETE FROM staff_events")
    before = whole_database(services)
    assert erase.main([ANA, "--reason", "a request of Ana Lopez", "--yes"]) == 2
    assert "audit.why" in capsys.readouterr().err
    assert whole_database(services) == before


def test_a_table_that_nobody_thought_of_is_searched_too(
    services: Services, do: Do, capsys: pytest.CaptureFixture[str]
) -> None:
    do(
        A_LIFE,
        "CREATE TABLE wishes (id integer, told json)",
        """INSERT INTO wishes VALUES (4, '["(217) 555-0142"]')""",
    )
    assert erase.main([ANA, "--reason", "a request", "--yes"]) == 2
    assert "the phone would still stand in wishes.told (1 rows: 4)" in capsys.readouterr().err


def test_the_erasure_itself_is_on_record_without_the_person(services: Services, do: Do, proof: Prove) -> None:
    do(A_LIFE)
    proof(ANA)
    who = "SELECT who, why, table_name, row_key FROM audit WHERE action = 'erase'"
    assert rows(services, who) == [("privacy request", "a request by post", "customers", "1")]
    changed = "SELECT before, after FROM audit WHERE table_name = 'customers' AND row_key = '1' AND action = 'update'"
    assert rows(services, changed) == [({"zip": None}, {"zip": None})]


def test_nothing_is_erased_unless_the_last_name_is_typed(
    services: Services, do: Do, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    do(A_LIFE)
    for typed, code in (("yes\n", 2), ("", 2), ("LOPEZ\n", 0)):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        assert erase.main([ANA, "--reason", "a request"]) == code
    assert rows(services, "SELECT first_name FROM customers WHERE id = 1") == [("erased",)]
    assert "Type the last name" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["12"], "no telephone number"),
        (["+12175550199"], "Nothing is held under +12175550199"),
        ([ANA, "--last-name", "Smith"], "Nobody of +12175550142 fit"),
    ],
)
def test_a_request_about_nobody_is_refused_with_a_sentence(
    do: Do, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    do(A_LIFE)
    assert erase.main([*arguments, "--reason", "a request", "--yes"]) == 2
    assert sentence in capsys.readouterr().err


def test_what_calls_know_of_the_number_is_forgotten(services: Services, do: Do, proof: Prove) -> None:
    do(A_LIFE)
    lease = services.customer_cache.get(ANA).lease
    assert lease is not None
    services.customer_cache.put(ANA, OnFile((1,), ("zip",)), lease)
    assert services.customer_cache.get(ANA).on_file is not None
    proof(ANA)
    assert services.customer_cache.get(ANA).on_file is None


@pytest.mark.parametrize(
    ("pattern", "held", "missed"),
    [
        (
            phone_pattern("+12175550142"),
            ["+12175550142", "217-555-0142", "(217) 555 0142", '{"phone": "12175550142"}', "tel 217.555.0142."],
            ["+12175550143", "92175550142", "21755501429"],
        ),
        (phone_pattern("+4930901820"), ["+49 30 901820", "0049 30 90 18 20"], ["+49 30 901821"]),
        (
            name_pattern("Ana", "O'Neil"),
            ["ana o'neil", "O'NEIL, ANA", '{"last_name": "O\'Neil", "first_name": "Ana"}',
             '{"first_name": "Ana", "zip": "62704", "last_name": "O\'Neil"}'],
            ["Anabel O'Neil", "Diana O'Neil", '{"last_name": "O\'Neil"}, {"first_name": "Ana"}'],
        ),
        (word_pattern("a.b@x.org"), ["write to A.B@x.org!"], ["aab@x.org", "za.b@x.org", "a.b@x.orgs"]),
        (value_pattern("plate", "A1"), ["A1", '{"plate": "A1"}'], ["A12", '{"vin": "A1"}']),
    ],
)  # fmt: skip
def test_what_is_looked_for_is_found_however_it_is_written(
    services: Services, pattern: str, held: list[str], missed: list[str]
) -> None:
    with services.database.transaction() as connection:
        for words in (*held, *missed):
            found = connection.execute(text("SELECT :words ~* :pattern"), {"words": words, "pattern": pattern}).scalar()
            assert found is (words in held), words
            assert (re.search(pattern, words, re.IGNORECASE) is not None) is found, words
