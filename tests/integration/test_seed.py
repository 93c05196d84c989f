"""`python -m seed` on a real Postgres: what it makes is valid, what is wrong is refused whole."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seed.__main__ import main
from shared.domain.phone import is_e164
from shared.domain.vin import decode, fault_of
from shared.services import Services
from tests.integration.desk_calls import MONDAY, NewCaller, rows

SeedFile = Callable[[dict[str, Any]], Path]
ANA = {"phone": "+12175550142", "first_name": "Ana", "last_name": "Lopez", "zip": "62704"}
CIVIC = {"customer_phone": ANA["phone"], "vin": "1HGCM82633A004352", "year": 2003, "make": "Honda", "model": "Accord"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SOPHIE_ENV", "local")


def test_generated_rows_are_valid_and_the_same_for_the_same_arguments(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--as-of", MONDAY.date().isoformat()]) == 0
    assert "60 customers, 90 vehicles, 120 appointments" in capsys.readouterr().out
    cars = rows(services, "SELECT vin, year, make FROM reporting.vehicles")
    assert [vin for vin, _, _ in cars if fault_of(vin)] == []
    assert all((decode(vin).year, decode(vin).make) == (year, make) for vin, year, make in cars if vin[:3] != "1C4")
    phones = rows(services, "SELECT phone FROM reporting.customers")
    assert all(is_e164(phone) and phone[5:10] == "55501" for (phone,) in phones)
    outside = (
        "SELECT count(*) FROM appointments a WHERE NOT EXISTS (SELECT 1 FROM opening_hours h WHERE "
        "h.weekday = extract(isodow FROM a.starts_at AT TIME ZONE 'America/Chicago') - 1 "
        "AND (a.starts_at AT TIME ZONE 'America/Chicago')::time >= h.opens "
        "AND (a.ends_at AT TIME ZONE 'America/Chicago')::time <= h.closes)"
    )
    assert rows(services, outside) == [(0,)]
    before = rows(services, "SELECT * FROM reporting.appointments ORDER BY id")
    assert len(before) == 120
    assert main([]) == 2  # not into a database that holds customers
    assert rows(services, "SELECT * FROM reporting.appointments ORDER BY id") == before


def test_a_situation_replaces_all_data(services: Services, seed_file: SeedFile, new_caller: NewCaller) -> None:
    assert main(["--as-of", MONDAY.date().isoformat()]) == 0
    visit = {"customer_phone": ANA["phone"], "vin": CIVIC["vin"], "service": "oil_change",
             "starts_at": "2026-12-03T14:00:00-06:00", "bay": 3}  # fmt: skip
    situation = {
        "customers": [ANA],
        "vehicles": [CIVIC],
        "appointments": [visit],
        "consents": [{"phone": ANA["phone"], "given_at": "2026-01-05T10:00:00Z"}],
        "opt_outs": [{"phone": "+12175550199", "opted_out_at": "2026-01-05T10:00:00Z"}],
    }
    assert main(["--from", str(seed_file(situation))]) == 0
    assert rows(services, "SELECT customer_phone, vin, bay, status, ends_at - starts_at FROM reporting.appointments")[
        0
    ][:4] == (ANA["phone"], CIVIC["vin"], 3, "booked")
    assert rows(services, "SELECT count(*) FROM customers") == [(1,)]
    # New rows find free ids, and the situation is what a caller meets.
    caller = new_caller("+12175550142")
    caller.ask("lookup_customer", phone=None)
    assert caller.ask("verify_caller", factor="vin_last4", value="four three five two").content["first_name"] == "Ana"
    assert caller.ask("verify_caller", factor="zip", value="six two seven oh four").content["status"] == "verified"
    prepared = caller.book(slot=caller.slots(weekday="friday")["offers"][0]["slot"], vehicle="car_1")
    assert caller.book(intent=caller.say(prepared, "yes")).changed


@pytest.mark.parametrize(
    ("situation", "sentence"),
    [
        ({"customers": [{**ANA, "nickname": "Annie"}]}, "unknown fields: nickname"),
        ({"customers": [{"phone": ANA["phone"]}]}, "lacks first_name, last_name"),
        ({"people": []}, "must be one object"),
        ({"customers": {}}, "must be a list"),
        ({"customers": [{**ANA, "phone": "5550142"}]}, "e164_check"),
        ({"vehicles": [CIVIC]}, "No customer with the phone"),
        (
            {"customers": [ANA], "vehicles": [CIVIC], "appointments": [
                {"customer_phone": ANA["phone"], "service": "spa_day", "starts_at": "2026-12-03T14:00:00-06:00"}]},
            "'spa_day'",
        ),
        (
            {"customers": [ANA], "vehicles": [CIVIC], "appointments": [
                {"customer_phone": ANA["phone"], "service": "oil_change", "starts_at": "2026-12-03T14:00:00"}]},
            "has no offset",
        ),
        (
            {"customers": [ANA], "vehicles": [CIVIC], "appointments": [
                {"customer_phone": ANA["phone"], "service": "oil_change", "starts_at": "2026-12-03T14:00:00-06:00",
                 "status": "bookd"}]},
            "appointments_status_check",
        ),
    ],
)  # fmt: skip
def test_a_wrong_situation_is_refused_with_a_sentence_and_nothing_changes(
    services: Services,
    seed_file: SeedFile,
    capsys: pytest.CaptureFixture[str],
    situation: dict[str, Any],
    sentence: str,
) -> None:
    assert main(["--from", str(seed_file({"customers": [ANA]}))]) == 0
    assert main(["--from", str(seed_file(situation))]) == 2
    assert sentence in capsys.readouterr().err
    assert rows(services, "SELECT first_name FROM customers") == [("Ana",)]


def test_impossible_amounts_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--customers", "0"]) == 2
    assert main(["--customers", "10", "--vehicles", "5"]) == 2
    assert "--vehicles" in capsys.readouterr().err
