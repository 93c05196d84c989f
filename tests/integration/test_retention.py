"""The nightly pass on a real Postgres: words and names go when their time is over, figures stay."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from shared.services import Services
from shared.storage import retention
from shared.storage.retention import purge
from tests.integration.desk_calls import MONDAY, rows

CALL = text(
    "INSERT INTO calls (call_sid, direction, flow, started_at) VALUES (:sid, 'inbound', 'service', :at) "
    "ON CONFLICT DO NOTHING"
)
TURN = text(
    "INSERT INTO turns (call_sid, turn, caller_said, sophie_said, response_ms, said_at) "
    "VALUES (:sid, :turn, 'hello', 'Good morning.', 400, :said_at)"
)
WORDS = "SELECT call_sid, turn FROM turns WHERE caller_said IS NOT NULL OR sophie_said IS NOT NULL ORDER BY 1, 2"


def keep_turn(services: Services, sid: str, turn: int, days: float, *, timed: bool = True) -> None:
    at = MONDAY - timedelta(days=days)
    with services.database.transaction() as connection:
        connection.execute(CALL, {"sid": sid, "at": at})
        connection.execute(TURN, {"sid": sid, "turn": turn, "said_at": at if timed else None})


def test_words_go_when_their_days_are_over_and_figures_stay(services: Services) -> None:
    keep_turn(services, "CA1", 1, 31)
    keep_turn(services, "CA2", 1, 29)
    assert purge(services.database, MONDAY, 30)["words"] == 1
    assert rows(services, WORDS) == [("CA2", 1)]
    assert rows(services, "SELECT count(*) FROM turns WHERE response_ms = 400") == [(2,)]


def test_words_without_a_time_of_their_own_are_as_old_as_their_call(services: Services) -> None:
    keep_turn(services, "CA1", 1, 31, timed=False)
    keep_turn(services, "CA2", 1, 29, timed=False)
    assert purge(services.database, MONDAY, 30)["words_without_time"] == 1
    assert rows(services, WORDS) == [("CA2", 1)]


def test_a_shop_that_keeps_no_words_loses_those_that_it_kept_before(services: Services) -> None:
    keep_turn(services, "CA1", 1, 0)
    assert purge(services.database, MONDAY, 0)["words"] == 1
    assert rows(services, WORDS) == []


def test_intents_failures_and_the_audit_go_after_their_own_time(services: Services) -> None:
    with services.database.transaction() as connection:
        for number, days in enumerate((29, 31, 89, 91, 364, 366)):
            values = {"at": MONDAY - timedelta(days=days), "id": f"00000000-0000-0000-0000-00000000000{number}"}
            connection.execute(
                text("INSERT INTO intents (id, call_sid, kind, payload, read_back, prepared_at) "
                     "VALUES (:id, 'CA1', 'book', '{}', 'For Ana.', :at)"), values,
            )  # fmt: skip
            connection.execute(
                text("INSERT INTO identity_failures (call_sid, about, failed_at) VALUES ('CA1', '+12175550142', :at)"),
                values,
            )
            connection.execute(
                text("INSERT INTO audit (at, who, table_name, row_key, action) VALUES (:at, 'x', 'customers', '1', "
                     "'update'), (:at, 'x', 'customers', '1', 'erase')"), values,
            )  # fmt: skip
    counts = purge(services.database, MONDAY, 30)
    assert {name: counts[name] for name in ("intents", "identity_failures", "audit")} == {
        "intents": 5, "identity_failures": 3, "audit": 1,
    }  # fmt: skip
    assert rows(services, "SELECT count(*) FROM audit WHERE action = 'erase'") == [(6,)]


def test_a_second_pass_finds_nothing(services: Services) -> None:
    keep_turn(services, "CA1", 1, 31)
    purge(services.database, MONDAY, 30)
    assert set(purge(services.database, MONDAY, 30).values()) == {0}


def test_many_rows_are_taken_in_batches_and_a_bounded_pass_says_that_there_are_more(services: Services) -> None:
    for turn in range(7):
        keep_turn(services, "CA1", turn, 40)
    counts = purge(services.database, MONDAY, 30, batch=2, most_batches=2)
    assert (counts["words"], counts["unfinished"]) == (4, 1)
    counts = purge(services.database, MONDAY, 30, batch=2, most_batches=2)
    assert (counts["words"], counts["unfinished"]) == (3, 0)


def test_a_turn_that_a_call_is_writing_is_passed_over_and_not_waited_for(services: Services) -> None:
    keep_turn(services, "CA1", 1, 40)
    keep_turn(services, "CA2", 1, 40)
    with services.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE turns SET barged_in = true WHERE call_sid = 'CA1'")
        assert purge(services.database, MONDAY, 30)["words"] == 1
    assert rows(services, WORDS) == [("CA1", 1)]


def test_the_command_goes_by_the_days_of_the_shops_table(
    services: Services, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SOPHIE_ENV", "local")
    keep_turn(services, "CA1", 1, 3_000)
    with services.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE shop SET transcript_days = 3650")
    assert retention.main() == 0
    assert len(rows(services, WORDS)) == 1
    with services.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE shop SET transcript_days = 7")
    assert retention.main() == 0
    assert rows(services, WORDS) == []
    assert '"words": 1' in capsys.readouterr().out
