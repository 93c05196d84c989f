"""`infra/desk` on a real Postgres and Redis: each command as the operator gives it."""

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.service_desk.__main__ import main
from shared.domain.line import Line
from shared.services import Services
from shared.sessions.line_copy import LineCopy
from shared.storage import messages
from tests.integration.desk_calls import rows

ROOT = Path(__file__).resolve().parents[2]
MONDAY = datetime(2026, 11, 30, 16, 5, tzinfo=UTC)
ANA = "+12175550142"
A_DAY = """
INSERT INTO customers (id, phone, first_name, last_name, zone, created_at)
VALUES (1, '+12175550142', 'Ana', 'Lopez', 'America/Chicago', '2026-01-05T15:00Z');
INSERT INTO vehicles (id, customer_id, year, make, model, created_at)
VALUES (1, 1, 2019, 'Honda', 'Civic', '2026-01-05T15:00Z');
INSERT INTO appointments (customer_id, vehicle_id, service, bay, starts_at, ends_at, mode, source, created_at,
    changed_at, status)
VALUES (1, 1, 'oil_change', 2, '2026-11-30T16:00Z', '2026-11-30T16:30Z', 'wait', 'voice', '2026-11-29T15:00Z',
    '2026-11-29T15:00Z', 'booked'),
    (1, 1, 'brake_pads', 1, '2026-11-30T20:00Z', '2026-11-30T22:00Z', 'drop_off', 'voice', '2026-11-29T15:00Z',
    '2026-11-29T15:00Z', 'cancelled'),
    (1, 1, 'oil_change', 3, '2026-12-01T16:00Z', '2026-12-01T16:30Z', 'wait', 'voice', '2026-11-29T15:00Z',
    '2026-11-29T15:00Z', 'booked');
INSERT INTO calls (call_sid, direction, flow, caller, outcome, started_at, seconds, cost, providers_cost, attestation)
VALUES ('CA1', 'inbound', 'service', '+12175550142', 'booked', '2026-11-30T15:00Z', 90, 0.25, 0.21, 'A'),
    ('CA2', 'inbound', 'service', NULL, 'abandoned', '2026-11-30T15:30Z', 20, 0.05, 0.04, NULL),
    ('CA3', 'inbound', 'service', NULL, 'abandoned', '2026-11-30T05:59Z', 20, 7, 7, NULL);
INSERT INTO turns (call_sid, turn, caller_said, sophie_said, response_ms, tools)
VALUES ('CA1', 1, 'an oil change \u001b[2J please', 'Of course.', 700,
    '[{"name": "book_appointment", "status": "booked"}]');
INSERT INTO callbacks (id, phone, customer_id, reason, message, call_sid, created_at)
VALUES (4, '+12175550142', 1, 'message', 'please ring', 'CA1', '2026-11-30T15:01Z');
"""
Desk = Callable[..., Any]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, database_url: str, redis_url: str, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text(str((MONDAY - datetime.now(UTC)).total_seconds()))
    given = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SOPHIE_ENV": "local",
        "SOPHIE_CLOCK_FILE": str(clock),
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def desk(services: Services, capsys: pytest.CaptureFixture[str]) -> Desk:
    with services.database.transaction() as connection:
        connection.exec_driver_sql(A_DAY.replace("%", "%%"))

    def say(*words: str, exits: int = 0) -> Any:
        capsys.readouterr()
        code = main([*words, "--json"])
        shown = capsys.readouterr()
        assert code == exits, shown.err
        return json.loads(shown.out) if shown.out else shown.err

    return say


def copy(services: Services) -> Line:
    found = LineCopy(services.redis).read()
    assert found is not None
    return found


def test_today_shows_the_board_by_bay_who_takes_calls_and_what_was_spent(desk: Desk) -> None:
    told = desk("today")
    assert [(row["bay"], row["service"], row["customer"], row["car"]) for row in told["board"]] == [
        (2, "oil and filter change", "Ana Lopez", "2019 Honda Civic")
    ]
    assert told["board"][0]["starts_at"] == "2026-11-30T10:00:00-06:00"
    assert (told["hours"], told["calls_are_taken_by"], told["open_call_backs"]) == ("07:30 to 18:00", "Sophie", 1)
    assert (float(told["spent_usd"]), told["daily_cap_usd"]) == (0.30, 100)
    assert [row["bay"] for row in desk("today", "--day", "tomorrow")["board"]] == [3]


def test_calls_off_gives_the_next_ring_to_the_desk_and_on_gives_it_back(desk: Desk, services: Services) -> None:
    desk("calls", "off")
    assert copy(services).taken_by == "desk"
    assert "the desk" in desk("today")["calls_are_taken_by"]
    desk("calls", "on")
    assert copy(services).taken_by == "sophie"
    assert rows(services, "SELECT who, why FROM audit WHERE table_name = 'line' ORDER BY id") == [
        ("desk", "calls to desk"),
        ("desk", "calls to sophie"),
    ]


def test_calls_on_lifts_the_days_cap(desk: Desk, services: Services) -> None:
    rows(services, "UPDATE line SET capped_on = '2026-11-30' RETURNING 1")
    assert "money is spent" in desk("today")["calls_are_taken_by"]
    desk("calls", "on")
    assert desk("today")["calls_are_taken_by"] == "Sophie"


def test_a_closed_day_is_closed_for_bookings_and_for_the_doors_until_it_is_opened(
    desk: Desk, services: Services
) -> None:
    desk("closed", "today", "burst", "pipe")
    assert copy(services).closed[date(2026, 11, 30)] == "burst pipe"
    assert desk("today")["hours"] == "closed: burst pipe"
    assert rows(services, "SELECT reason, source FROM closures WHERE day = '2026-11-30'") == [("burst pipe", "staff")]
    desk("open", "2026-11-30")
    assert date(2026, 11, 30) not in copy(services).closed
    assert desk("open", "2026-11-30", exits=1)["was_closed"] is False


def test_a_holiday_of_the_shop_file_is_not_opened_by_the_desk(desk: Desk) -> None:
    assert "holiday of the shop file" in desk("open", "2026-12-25", exits=1)["reason"]


def test_call_backs_are_listed_done_and_undone(desk: Desk, services: Services) -> None:
    [row] = desk("callbacks")["call_backs"]
    assert (row["id"], row["phone"], row["name"], row["message"]) == (4, ANA, "Ana Lopez", "please ring")
    desk("callbacks", "done", "4", "--by", "Mike")
    assert desk("callbacks")["call_backs"] == []
    assert rows(services, "SELECT state, done_by FROM callbacks") == [("done", "Mike")]
    desk("callbacks", "undone", "4")
    assert len(desk("callbacks")["call_backs"]) == 1
    assert "none" in desk("callbacks", "done", "5", exits=1)["state"]


def test_the_last_calls_are_listed_newest_first(desk: Desk) -> None:
    assert [row["call_sid"] for row in desk("calls", "--last", "2")["calls"]] == ["CA2", "CA1"]
    assert len(desk("calls")["calls"]) == 3


def test_one_call_shows_outcome_cost_latencies_and_what_is_kept_of_its_words(desk: Desk) -> None:
    told = desk("call", "CA1")
    assert (told["outcome"], float(told["cost"]), told["attestation"]) == ("booked", 0.25, "A")
    assert [(row["turn"], row["response_ms"], row["tools"]) for row in told["turns"]] == [(1, 700, "book_appointment")]
    assert [row["who"] for row in told["transcript"]] == ["caller", "Sophie"]
    assert desk("call", "CA404", exits=1)["found"] is False


def test_costs_count_a_local_day_by_outcome(desk: Desk) -> None:
    told = desk("costs")
    assert float(told["spent_usd"]) == 0.30
    assert [(row["outcome"], row["calls"], float(row["cost"])) for row in told["calls_by_outcome"]] == [
        ("booked", 1, 0.25),
        ("abandoned", 1, 0.05),
    ]
    assert float(desk("costs", "--day", "2026-11-29")["spent_usd"]) == 7


def test_texts_are_part_of_a_days_costs(desk: Desk, services: Services) -> None:
    with services.database.transaction() as connection:
        for sent in (True, False):
            body = "a" * 200 if sent else "b"
            messages.add(
                connection, kind="reply", phone=ANA, body=body, now=MONDAY, state="sent" if sent else "pending"
            )
    told = desk("costs")
    assert [(row["kind"], row["texts"], row["segments"], float(row["cost"])) for row in told["texts_by_kind"]] == [
        ("reply", 2, 3, 0.0166)
    ]
    assert float(told["spent_usd"]) == float(desk("today")["spent_usd"]) == pytest.approx(0.3166)


def test_a_blocked_number_is_known_to_the_doors_until_it_is_unblocked(desk: Desk, services: Services) -> None:
    desk("block", "(217) 555-0142", "shouts", "at", "us")
    assert copy(services).blocked == {ANA}
    assert [(row["phone"], row["reason"]) for row in desk("block")["blocked"]] == [(ANA, "shouts at us")]
    desk("unblock", ANA)
    assert copy(services).blocked == frozenset()
    desk("unblock", ANA, exits=1)


def test_an_opt_out_is_kept_and_every_consent_withdrawn(desk: Desk, services: Services) -> None:
    rows(
        services,
        "INSERT INTO consents (phone, kind, source, given_at) "
        "VALUES ('+12175550142', 'sms', 'web', '2026-01-05T15:00Z') RETURNING id",
    )
    desk("optout", "217-555-0142")
    assert rows(services, "SELECT phone, source FROM opt_outs") == [(ANA, "desk")]
    assert rows(services, "SELECT count(*) FROM consents WHERE withdrawn_at IS NULL") == [(0,)]


def test_forget_erases_a_customer_and_proves_it(desk: Desk, services: Services) -> None:
    assert desk("forget", ANA, "--yes")["search"]["found"] == []
    assert rows(services, "SELECT first_name, phone FROM customers") == [("erased", None)]


@pytest.mark.parametrize(
    "words",
    [
        ["optout", "nobody"],
        ["block", "123"],
        ["forget", "+12175550199", "--yes"],
    ],
)
def test_what_cannot_be_is_told_in_a_sentence_and_ends_with_2(desk: Desk, words: list[str]) -> None:
    assert desk(*words, exits=2).strip().endswith(".")


@pytest.mark.parametrize(
    "words", [["closed", "someday"], ["callbacks", "done"], ["callbacks", "done", "x"], ["calls", "maybe"], []]
)
def test_a_command_that_is_wrong_ends_with_2(desk: Desk, words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2


def test_people_see_tables_and_no_caller_moves_their_cursor(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "CA1"]) == 0
    shown = capsys.readouterr().out
    assert "TRANSCRIPT" in shown and "an oil change" in shown and "\x1b" not in shown
    assert main(["today"]) == 0
    assert "Mon Nov 30 10:00" in capsys.readouterr().out


def test_while_redis_is_away_the_change_is_written_and_the_operator_told(
    desk: Desk, services: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    assert main(["calls", "off"]) == 0
    assert "do not know of it yet" in capsys.readouterr().err
    assert rows(services, "SELECT taken_by FROM line") == [("desk",)]


def test_a_database_that_is_away_ends_with_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://x@127.0.0.1:9/x")
    assert main(["today"]) == 3


def test_the_command_works_on_a_lab_from_the_line_that_it_printed(
    desk: Desk, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    lab = tmp_path / "lab.json"
    line = {
        "database": database_url,
        "redis": redis_url,
        "stream_token_secret": "t" * 32,
        "clock_file": str(tmp_path / "clock"),
    }
    lab.write_text(json.dumps(line))
    ran = subprocess.run(
        [ROOT / "infra" / "desk", "--lab", "lab.json", "today", "--json"],
        cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["open_call_backs"] == 1
    (tmp_path / "lab.json").write_text("{}")
    assert main(["--lab", str(lab), "today"]) == 2
