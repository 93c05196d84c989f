"""`python -m seed --from` and `--dump`: any situation can be set up, and what is wrong is refused whole."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from seed.__main__ import main
from seed.shapes import SHAPES
from shared.services import Services
from tests.integration.desk_calls import MONDAY, NewCaller, rows

SeedFile = Callable[[dict[str, Any]], Path]
PHONE = "+12175550142"
ANA = {"phone": PHONE, "first_name": "Ana", "last_name": "Lopez", "zip": "62704"}
CIVIC = {"customer_phone": PHONE, "vin": "1HGCM82633A004352", "year": 2003, "make": "Honda", "model": "Accord"}
VISIT = {"customer_phone": PHONE, "service": "oil_change", "starts_at": "2026-12-03T14:00:00-06:00", "bay": 3}
CAR = {"customers": [ANA], "vehicles": [CIVIC]}
BOOKED = {**CAR, "appointments": [VISIT]}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SOPHIE_ENV", "local")
    monkeypatch.delenv("REDIS_URL", raising=False)


def few(as_of: str = MONDAY.date().isoformat()) -> list[str]:
    return ["--customers", "60", "--vehicles", "90", "--appointments", "400", "--as-of", as_of]


def views(services: Services, but: tuple[str, ...] = ()) -> dict[str, list[tuple[Any, ...]]]:
    return {
        view: rows(services, f"SELECT row_to_json(v)::text FROM reporting.{view} v ORDER BY 1")  # noqa: S608
        for view in SHAPES
        if view not in but
    }


def test_a_situation_takes_every_column_of_every_view_but_the_audit(services: Services) -> None:
    columns = rows(
        services,
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'reporting' "
        "AND table_name <> 'audit'",
    )
    assert {(view, column) for view, shape in SHAPES.items() for column in shape} == set(columns)


def test_a_situation_replaces_all_data(services: Services, seed_file: SeedFile, new_caller: NewCaller) -> None:
    assert main(few()) == 0
    situation = BOOKED | {
        "consents": [{"phone": PHONE, "given_at": "2026-01-05T10:00:00Z"}],
        "opt_outs": [{"phone": "+12175550199", "opted_out_at": "2026-01-05T10:00:00Z"}],
    }
    assert main(["--from", str(seed_file(situation))]) == 0
    visit = "SELECT customer_phone, vin, bay, status FROM reporting.appointments"
    assert rows(services, visit) == [(PHONE, CIVIC["vin"], 3, "booked")]
    assert rows(services, "SELECT count(*) FROM customers") == [(1,)]
    # New rows find free ids, and the situation is what a caller meets.
    caller = new_caller(PHONE)
    caller.ask("lookup_customer", phone=None)
    assert caller.ask("verify_caller", factor="vin_last4", value="four three five two").content["first_name"] == "Ana"
    prepared = caller.book(slot=caller.slots(weekday="friday")["offers"][0]["slot"], vehicle="car_1")
    assert caller.book(intent=caller.say(prepared, "yes")).changed


def test_what_a_generator_made_comes_back_as_it_was(services: Services, tmp_path: Path) -> None:
    assert main(few()) == 0
    before, file = views(services), tmp_path / "dump.json"
    assert min(len(before[view]) for view in ("reminders", "calls", "consents", "service_history")) > 0
    assert main(["--dump", str(file)]) == 0
    assert main(["--from", str(file)]) == 0
    assert views(services) == before


def test_a_situation_of_every_view_comes_back_as_it_was(
    services: Services, seed_file: SeedFile, tmp_path: Path
) -> None:
    """Once with everything written out and once as dumped: the views are the same."""
    at = "2026-11-30T16:00:00+00:00"
    other = {"customer_phone": PHONE, "make": "Ford", "model": "F-150", "id": 7, "plate": "AB12345", "mileage": 51_000}
    situation = {
        "customers": [{**ANA, "id": 4, "email": "ana@example.com", "source": "voice", "external_id": "K-1"},
                      {**ANA, "id": 5, "first_name": "Nuñez", "last_name": "O'Brien \\ \t Ltd"}],
        "vehicles": [{**CIVIC, "customer_id": 5}, other],
        "appointments": [
            {**VISIT, "id": 11, "vin": CIVIC["vin"], "status": "confirmed", "source": "voice", "call_sid": "CA1",
             "needs_review": True, "calendar_state": "failed", "mode": "drop_off"},
            {**VISIT, "id": 12, "vin": None, "bay": 2, "status": "no_show", "starts_at": "2026-11-24T14:00:00-06:00"}],
        "service_history": [
            {"customer_phone": PHONE, "service": "Timing belt", "done_on": "2024-02-29", "amount": 812.50},
            {"vehicle_id": 7, "appointment_id": 12, "service": "oil_change", "done_on": "2026-11-24", "mileage": 5}],
        "calls": [{"call_sid": "CA1", "outcome": "booked", "started_at": at, "seconds": 95, "cost": 0.012345},
                  {"call_sid": "CA2", "direction": "outbound", "flow": "reminder", "transferred_to": "+12175550100"}],
        "turns": [{"call_sid": "CA1", "turn": 0}, {"call_sid": "CA1", "turn": 1, "response_ms": 412.5,
                   "barged_in": True, "llm_fresh_tokens": 812, "cost": 0.000312}],
        "reminders": [
            {"appointment_id": 11, "attempt": 1, "state": "ended", "outcome": "no_answer", "placed_at": at,
             "local_time": "10:00:00", "call_sid": "CA2", "phone": PHONE, "consent_given_at": at, "attestation": "A",
             "opening_played_at": at},
            {"appointment_id": 11, "attempt": 2, "state": "due", "due_at": "2026-12-02T20:00:00+00:00"},
            {"appointment_id": 12, "state": "ended", "outcome": "skipped"}],
        "consents": [{"phone": PHONE, "kind": "sms", "source": "web", "given_at": at, "withdrawn_at": at,
                      "basis": "prior_express", "evidence": "form"}, {"phone": PHONE, "given_at": at}],
        "opt_outs": [{"phone": PHONE, "source": "keypad", "opted_out_at": at}],
        "callbacks": [{"phone": PHONE, "message": "Call me.", "state": "done", "done_by": "desk"}, {"phone": PHONE}],
        "calendar_outbox": [{"appointment_id": 11, "version": 3, "action": "delete", "state": "dead", "attempts": 5,
                             "last_error": "quota"}, {"callback_id": 2, "version": 4}],
        "staff_events": [{"title": "Training", "starts_at": at, "ends_at": "2026-11-30T18:00:00+00:00"}],
        "messages": [{"kind": "confirmation", "phone": PHONE, "state": "delivered", "segments": 2, "cost": 0.0158},
                     {"kind": "briefing", "phone": PHONE, "state": "failed", "error_code": 30006, "call_sid": "CA1"}],
    }  # fmt: skip
    assert main(["--from", str(seed_file(situation))]) == 0
    before = views(services)
    assert {view: len(found) for view, found in before.items()} == {view: len(situation[view]) for view in SHAPES}  # type: ignore[arg-type]
    for view, given in situation.items():
        shown = [json.loads(row) for (row,) in before[view]]
        for row in given:
            plain = {name: value for name, value in row.items() if not name.endswith("_at")}  # type: ignore[attr-defined]
            assert any(plain.items() <= each.items() for each in shown), (view, plain)
    file = tmp_path / "dump.json"
    assert main(["--dump", str(file)]) == 0
    assert main(["--from", str(file)]) == 0
    assert views(services) == before


def test_a_call_that_named_two_appointments_is_one_attempt(services: Services, seed_file: SeedFile) -> None:
    second = {**VISIT, "bay": 2}
    called = {"state": "placed", "placed_at": "2026-12-02T20:00:00Z", "answered_by": "human", "call_sid": "CA9"}
    situation = CAR | {
        "appointments": [VISIT, second],
        "reminders": [{"appointment_id": 1, **called}, {"appointment_id": 2, **called}],
    }
    assert main(["--from", str(seed_file(situation))]) == 0
    assert rows(services, "SELECT phone, state, local_time::text FROM reminder_attempts") == [
        (PHONE, "placed", "14:00:00")
    ]
    shown = "SELECT appointment_id, attempt, call_sid FROM reporting.reminders ORDER BY 1"
    assert rows(services, shown) == [(1, 1, "CA9"), (2, 1, "CA9")]


def test_one_call_may_have_come_to_an_end_of_its_own_for_each_appointment_that_it_named(
    services: Services, seed_file: SeedFile, tmp_path: Path
) -> None:
    called = {"state": "ended", "placed_at": "2026-12-02T20:00:00Z", "answered_by": "human", "call_sid": "CA9"}
    ends = [(1, "confirmed"), (2, "cancelled")]
    situation = CAR | {
        "appointments": [VISIT, {**VISIT, "bay": 2}],
        "reminders": [{"appointment_id": number, "outcome": outcome, **called} for number, outcome in ends],
    }
    assert main(["--from", str(seed_file(situation))]) == 0
    shown = "SELECT appointment_id, outcome FROM reporting.reminders ORDER BY 1"
    assert rows(services, shown) == ends
    assert rows(services, "SELECT count(*) FROM reminder_attempts") == [(1,)]
    file = tmp_path / "dump.json"
    assert main(["--dump", str(file)]) == 0
    assert main(["--from", str(file)]) == 0
    assert rows(services, shown) == ends


def test_a_reminder_of_an_appointment_that_was_moved_keeps_its_earlier_calls(
    services: Services, seed_file: SeedFile
) -> None:
    called = {"state": "ended", "outcome": "rescheduled", "placed_at": "2026-12-01T20:00:00Z"}
    situation = BOOKED | {
        "reminders": [
            {"appointment_id": 1, "due_at": "2026-12-01T20:00:00Z", **called},
            {"appointment_id": 1, "due_at": "2026-12-02T20:00:00Z"},
        ]
    }
    assert main(["--from", str(seed_file(situation))]) == 0
    shown = "SELECT attempt, state, outcome FROM reporting.reminders ORDER BY due_at"
    assert rows(services, shown) == [(1, "ended", "rescheduled"), (1, "due", None)]
    assert rows(services, "SELECT starts_at FROM reminders ORDER BY due_at DESC LIMIT 1") == rows(
        services, "SELECT starts_at FROM appointments"
    )


def test_who_was_erased_is_not_dumped(services: Services, seed_file: SeedFile, tmp_path: Path) -> None:
    situation = BOOKED | {
        "customers": [ANA, {**ANA, "phone": "+12175550143"}],
        "vehicles": [CIVIC, {**CIVIC, "customer_phone": "+12175550143"}],
        "reminders": [{"appointment_id": 1}],
    }
    assert main(["--from", str(seed_file(situation))]) == 0
    erase = "UPDATE customers SET phone = NULL, zip = NULL, email = NULL, erased_at = now() WHERE id = 1"
    with services.database.transaction() as connection:
        connection.execute(text(erase))
    file = tmp_path / "dump.json"
    assert main(["--dump", str(file)]) == 0
    dumped = json.loads(file.read_text())
    assert [row["phone"] for row in dumped["customers"]] == ["+12175550143"]
    assert (len(dumped["vehicles"]), dumped["appointments"], dumped["reminders"]) == (1, [], [])
    assert main(["--from", str(file)]) == 0


def test_a_dump_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "dump.json"
    assert main(["--dump", str(file)]) == 0
    assert file.stat().st_mode & 0o077 == 0


def test_the_rows_of_a_situation_are_not_taken_for_real_data_and_those_of_calls_after_it_are(
    services: Services,
    seed_file: SeedFile,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOPHIE_ENV", "cloud")
    lively = BOOKED | {"customers": [{**ANA, "source": "voice"}], "calls": [{"call_sid": "CA1"}]}
    lively["appointments"] = [{**VISIT, "source": "voice"}]
    file = str(seed_file(lively))
    assert main(["--from", file]) == 0
    assert main(["--from", file]) == 0
    with services.database.transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO calls (call_sid, direction, flow, started_at) VALUES ('CA2', 'inbound', 'service', now())"
            )
        )
    assert main(["--from", file, "--replace-real-data"]) == 2
    assert "(1 calls)" in capsys.readouterr().err
    assert main(["--from", file, "--replace-real-data", "--replace-real-data"]) == 0
    assert rows(services, "SELECT call_sid FROM calls") == [("CA1",)]


@pytest.mark.parametrize(
    ("situation", "sentence"),
    [
        ({"people": []}, "'people' is not known"),
        ([], "must be one object with lists"),
        ({"customers": {}}, "'customers' must be a list"),
        ({"customers": [7]}, "Row 1 of 'customers' must be an object"),
        ({"customers": [ANA, {**ANA, "nickname": "Annie"}]}, "Row 2 of 'customers' has unknown fields: nickname."),
        ({"customers": [{"phone": PHONE}]}, "Row 1 of 'customers' lacks first_name, last_name."),
        ({"customers": [{**ANA, "phone": "5550142"}]}, "Row 1 of 'customers': phone must be a telephone number"),
        ({"customers": [{**ANA, "zip": 62704}]}, "Row 1 of 'customers': zip must be a text, not 62704."),
        ({"customers": [ANA, {**ANA, "zip": "627"}]}, "Row 2 of 'customers' does not fit the rule customers_zip_check"),
        ({"customers": [{**ANA, "zone": "Mars"}]}, "zone must be an IANA zone"),
        ({"customers": [{**ANA, "first_name": "A\0"}]}, "first_name must be a text of characters that can be stored"),
        ({"customers": [{**ANA, "first_name": "\ud800"}]}, "first_name must be a text of characters"),
        ({"customers": [{**ANA, "source": "fax"}]}, "source must be one of desk, import, seed, voice, web, not 'fax'"),
        ({"customers": [ANA, {**ANA, "id": 1}]}, "Row 2 of 'customers': id 1 stands twice"),
        ({"customers": [{**ANA, "id": True}]}, "id must be a whole number"),
        ({"vehicles": [CIVIC]}, "Row 1 of 'vehicles': customer_phone must be one of 'customers'"),
        ({"customers": [ANA], "vehicles": [{"make": "Kia", "customer_id": 9}]}, "customer_id must be one of"),
        ({"customers": [ANA], "vehicles": [{**CIVIC, "customer_id": 0}]}, "customer_id must be one of"),
        ({"customers": [ANA], "vehicles": [{**CIVIC, "vin": "1HGCM82633A004353"}]}, "vin must be a valid VIN"),
        ({"customers": [ANA], "vehicles": [{**CIVIC, "year": 1066}]}, "Row 1 of 'vehicles' does not fit the rule"),
        (CAR | {"appointments": [{**VISIT, "service": "spa_day"}]}, "service must be one of oil_change"),
        (CAR | {"appointments": [{**VISIT, "vin": "11111111111111111"}]}, "no car of vin 11111111111111111 stands"),
        (CAR | {"appointments": [{**VISIT, "bay": 77}]}, "bay must be one of the shop's bays, not 77"),
        (CAR | {"appointments": [{**VISIT, "starts_at": "2026-12-03T14:00:00"}]}, "starts_at has no offset"),
        (CAR | {"appointments": [{**VISIT, "starts_at": "tomorrow"}]}, "starts_at must be a time such as"),
        (CAR | {"appointments": [{**VISIT, "starts_at": "0001-01-01T00:00:00+14:00"}]}, "starts_at must be a time of"),
        (CAR | {"appointments": [{**VISIT, "status": "bookd"}]}, "status must be one of booked"),
        (CAR | {"appointments": [{**VISIT, "ends_at": VISIT["starts_at"]}]}, "ends_at must be later than starts_at"),
        (CAR | {"appointments": [{**VISIT, "needs_review": "no"}]}, "needs_review must be true or false, not 'no'"),
        (
            CAR | {"appointments": [VISIT, {**VISIT, "bay": 2}, {**VISIT, "starts_at": "2026-12-03T20:15:00Z"}]},
            "Row 3 of 'appointments': starts_at is taken in bay 3 by row 1.",
        ),
        (CAR | {"service_history": [{"service": "x", "done_on": "2026-02-30", "vehicle_id": 1}]}, "done_on must be"),
        (CAR | {"service_history": [{"service": "x", "done_on": "2026-02-03", "vehicle_id": 2}]}, "vehicle_id must be"),
        ({"calls": [{"call_sid": "CA1"}, {"call_sid": "CA1"}]}, "Row 2 of 'calls': call_sid stands twice"),
        ({"calls": [{"call_sid": "CA1", "cost": "1"}]}, "cost must be a number, 0 or more, not '1'"),
        ({"turns": [{"call_sid": "CA1", "turn": 0}] * 2}, "Row 2 of 'turns' does not fit the rule turns_pkey"),
        ({"reminders": [{"appointment_id": 1}]}, "Row 1 of 'reminders': appointment_id must be the id of one of"),
        (BOOKED | {"reminders": [{"appointment_id": 1, "answered_by": "dog"}]}, "answered_by must be one of"),
        (
            BOOKED | {"reminders": [{"appointment_id": 1, "state": "placed", "consent_given_at": "2026-11-30T16:00Z"}]},
            "consent_given_at must be that of a reminder_call consent",
        ),
        (BOOKED | {"reminders": [{"appointment_id": 1}, {"appointment_id": 1, "attempt": 2}]}, "state due must be"),
        (BOOKED | {"reminders": [{"appointment_id": 1, "attempt": 3, "state": "placed"}]}, "attempt must be 1"),
        (BOOKED | {"calendar_outbox": [{"appointment_id": 2}]}, "Row 1 of 'calendar_outbox': appointment_id must be"),
        ({"calendar_outbox": [{"callback_id": 1}]}, "Row 1 of 'calendar_outbox': callback_id must be the id of one of"),
        ({"staff_events": [{"starts_at": "2026-12-03T14:00:00Z", "ends_at": "2026-12-03T13:00:00Z"}]}, "ends_at must"),
        ({"opt_outs": [{"phone": PHONE, "opted_out_at": "2026-01-05T10:00:00Z"}] * 2}, "Row 2 of 'opt_outs' does"),
    ],
)  # fmt: skip
def test_a_wrong_situation_is_refused_with_a_sentence_and_nothing_changes(
    services: Services, seed_file: SeedFile, capsys: pytest.CaptureFixture[str], situation: Any, sentence: str
) -> None:
    assert main(["--from", str(seed_file({"customers": [ANA]}))]) == 0
    assert main(["--from", str(seed_file(situation))]) == 2
    assert sentence in capsys.readouterr().err
    assert rows(services, "SELECT first_name FROM customers") == [("Ana",)]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (b"", "is not valid JSON"),
        (b'{"customers": [', "is not valid JSON"),
        (b"\xff\xfe{}", "is not valid JSON"),
        (b'{"calls": [{"call_sid": "CA1", "cost": NaN}]}', "NaN is no number"),
        (b'{"calls": [{"call_sid": "CA1", "cost": -Infinity}]}', "-Infinity is no number"),
        (b'{"customers": [], "customers": []}', "the name 'customers' stands twice"),
        (b'{"calls": [{"call_sid": "CA1", "seconds": ' + b"9" * 5_000_000 + b"}]}", "a number of 5000000 characters"),
        (b'{"calls": [{"call_sid": "CA1", "cost": 0.' + b"9" * 5_000_000 + b"}]}", "a number of 5000002 characters"),
        (b'{"calls": [{"call_sid": "CA1", "cost": 1e400}]}', "Row 1 of 'calls' does not fit the"),
        (b'{"calls": [{"call_sid": "CA1", "seconds": 99999999999}]}', "Row 1 of 'calls' does not fit the"),
        (b"[" * 200_000 + b"]" * 200_000, "is nested too deeply"),
    ],
)
def test_what_is_not_proper_json_is_refused_with_a_sentence(
    services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str], written: bytes, sentence: str
) -> None:
    file = tmp_path / "situation.json"
    file.write_bytes(written)
    assert main(["--from", str(file)]) == 2
    told = capsys.readouterr().err
    assert sentence in told and len(told) < 600
    assert rows(services, "SELECT count(*) FROM calls") == [(0,)]


def test_a_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--from", str(tmp_path / "none.json")]) == 2
    assert main(["--dump", str(tmp_path / "none" / "dump.json")]) == 2
    told = capsys.readouterr().err
    assert "cannot be read (No such file" in told and "cannot be written (No such file" in told
