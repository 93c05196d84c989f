"""Changing what is on file by voice: read back to the letter, written as it was read back, and only for its owner."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from shared.domain.vin import check_digit
from shared.services import Services
from shared.tools.call import ToolResult
from tests.integration.desk_calls import MONDAY, Caller, NewCaller, rows

GOOD = "1HGCM82633A004352"
NO_PERSON = dict.fromkeys(("first_name", "last_name", "zip", "email", "phone"))
NO_CAR = dict.fromkeys(("year", "make", "model", "vin", "mileage", "plate"))
ON_FILE = "SELECT first_name, last_name, zip, email, phone FROM reporting.customers ORDER BY id"
CARS = "SELECT year, make, model, vin, mileage, plate FROM reporting.vehicles ORDER BY id"


@pytest.fixture
def nora(services: Services, new_caller: NewCaller) -> Caller:
    """A confirmed caller with a Mazda; her car's handle is car_1."""
    with services.database.transaction() as connection:
        connection.execute(
            text(
                "WITH new AS (INSERT INTO customers (phone, first_name, last_name, zone, created_at) "
                "VALUES ('+12175550123', 'Nora', 'Quill', 'America/Chicago', :now) RETURNING id) "
                "INSERT INTO vehicles (customer_id, year, make, model, created_at) "
                "SELECT id, 2018, 'Mazda', 'CX-5', :now FROM new"
            ),
            {"now": MONDAY},
        )
    caller = new_caller()
    caller.ask("lookup_customer", phone=None)
    assert caller.ask("verify_caller", factor="last_name", value="Quill").content["status"] == "verified"
    return caller


def update(
    caller: Caller, *, intent: str | None = None, vehicle: str | None = None, car: Any = None, **person: Any
) -> ToolResult:
    return caller.ask(
        "update_details",
        customer={**NO_PERSON, **person} if person else None,
        vehicle=vehicle,
        car={**NO_CAR, **car} if car else None,
        intent=intent,
    )


def test_a_name_is_spelled_back_and_written_when_the_caller_agrees(nora: Caller, services: Services) -> None:
    prepared = update(nora, last_name="wexler", zip="six two seven oh one")
    assert prepared.spoken == (
        "I'll put down your last name as Wexler, W, E, X, L, E, R, and your ZIP code as 6 2 7 0 1. Is that right?"
    )
    assert rows(services, ON_FILE) == [("Nora", "Quill", None, None, "+12175550123")]
    done = update(nora, intent=nora.say(prepared, "yes that's right"))
    assert (done.content["status"], done.changed, done.outcome) == ("updated", True, None)
    assert done.spoken == "I've updated your last name and your ZIP code. Is there anything else I can do?"
    assert rows(services, ON_FILE) == [("Nora", "Wexler", "62701", None, "+12175550123")]


def test_a_spoken_address_is_read_back_letter_by_letter(nora: Caller, services: Services) -> None:
    prepared = update(nora, email="n dot quill at gmail dot com")
    assert "N, dot, Q, U, I, L, L, at gmail dot com" in (prepared.spoken or "")
    assert update(nora, intent=nora.say(prepared, "yes")).changed
    assert rows(services, "SELECT email FROM customers") == [("n.quill@gmail.com",)]


def zip_on_file(services: Services, code: str = "62704") -> None:
    with services.database.transaction() as connection:
        connection.execute(text("UPDATE customers SET zip = :zip"), {"zip": code})


def proves_zip(caller: Caller, code: str = "62704") -> None:
    assert caller.ask("verify_caller", factor="zip", value=code).content["status"] == "verified"


def test_a_new_number_is_read_back_digit_by_digit_and_then_is_the_customers(nora: Caller, services: Services) -> None:
    zip_on_file(services)
    proves_zip(nora)
    prepared = update(nora, phone="two one seven, triple five, oh one nine nine")
    assert "your telephone number as 2 1 7, 5 5 5, 0 1 9 9" in (prepared.spoken or "")
    assert update(nora, intent=nora.say(prepared, "correct")).changed
    assert rows(services, "SELECT phone FROM reporting.customers") == [("+12175550199",)]


def test_a_last_name_alone_changes_no_number(nora: Caller, services: Services) -> None:
    asked = update(nora, phone="217 555 0199")
    assert (asked.content["status"], asked.intent) == ("verify_first", None)
    assert "ZIP code" in asked.content["advice"]


def test_what_was_put_on_file_in_this_call_proves_nothing(nora: Caller) -> None:
    assert update(nora, intent=nora.say(update(nora, zip="62701"), "yes")).changed
    proves_zip(nora, "62701")
    assert update(nora, phone="217 555 0199").content["status"] == "verify_first"


def test_what_was_put_on_file_by_telephone_proves_nothing_in_later_calls_either(
    nora: Caller, new_caller: NewCaller, services: Services
) -> None:
    """Who knows a name would otherwise give a ZIP code or a VIN in one call and prove themselves by it in the next."""
    zip_on_file(services)
    assert update(nora, intent=nora.say(update(nora, zip="62701"), "yes")).changed
    assert update(nora, intent=nora.say(update(nora, car={"vin": GOOD}), "yes")).changed
    nora.ask("lookup_customer", phone="+12175550177")
    for later in (nora, new_caller()):
        later.ask("lookup_customer", phone=None)
        proves_zip(later, "62701")
        assert later.ask("verify_caller", factor="vin_last4", value="4352").content["status"] == "verified"
        assert update(later, phone="217 555 0199").content["status"] == "verify_first"


def test_a_car_that_was_booked_for_with_its_vin_proves_nothing(services: Services, new_caller: NewCaller) -> None:
    stranger = new_caller()
    slot = stranger.slots(weekday="thursday")["offers"][0]["slot"]
    car = {"year": 2003, "make": "Honda", "model": None, "vin": GOOD}
    prepared = stranger.book(slot=slot, new_vehicle=car, new_customer={"first_name": "Nora", "last_name": "Quill"})
    assert stranger.book(intent=stranger.say(prepared, "yes")).changed
    later = new_caller()
    later.ask("lookup_customer", phone=None)
    assert later.ask("verify_caller", factor="vin_last4", value="4352").content["status"] == "verified"
    assert update(later, phone="217 555 0199").content["status"] == "verify_first"


def test_a_zip_that_fitted_for_another_number_proves_nothing_for_this_one(nora: Caller, services: Services) -> None:
    zip_on_file(services)
    proves_zip(nora)
    nora.ask("lookup_customer", phone="+12175550177")
    nora.ask("lookup_customer", phone="+12175550123")
    assert nora.ask("verify_caller", factor="last_name", value="Quill").content["status"] == "verified"
    assert update(nora, phone="217 555 0199").content["status"] == "verify_first"


def test_a_no_changes_nothing(nora: Caller, services: Services) -> None:
    zip_on_file(services)
    proves_zip(nora)
    prepared = update(nora, phone="217 555 0199")
    assert update(nora, intent=nora.say(prepared, "no")).content["status"] == "refused"
    assert rows(services, ON_FILE) == [("Nora", "Quill", "62704", None, "+12175550123")]


def test_the_audit_says_which_call_changed_what(nora: Caller, services: Services) -> None:
    prepared = update(nora, zip="62701")
    update(nora, intent=nora.say(prepared, "yes"))
    query = "SELECT who, why, before, after FROM reporting.audit WHERE table_name = 'customers' AND action = 'update'"
    assert rows(services, query) == [(f"call {nora.call.call_sid}", "update_details", {"zip": None}, {"zip": "62701"})]


def test_a_car_gets_its_vin_mileage_and_plate(nora: Caller, services: Services) -> None:
    draft = "JM3KFBDM0J0300011"
    valid = draft[:8] + check_digit(draft) + draft[9:]
    prepared = update(nora, vehicle="car_1", car={"vin": valid, "mileage": 45200, "plate": "a b c one two three"})
    assert "your 2018 Mazda CX-5 with the VIN Juliet Mike 3" in (prepared.spoken or "")
    assert "the license plate Alpha Bravo Charlie, 1 2 3, and 45,200 miles" in (prepared.spoken or "")
    assert update(nora, intent=nora.say(prepared, "yes")).changed
    assert rows(services, CARS) == [(2018, "Mazda", "CX-5", valid, 45200, "ABC123")]


def test_a_vin_alone_is_enough_to_add_a_car(nora: Caller, services: Services) -> None:
    prepared = update(nora, car={"vin": GOOD})
    assert prepared.spoken == (
        "I'll put down a new car, a 2003 Honda with the VIN 1 Hotel Golf, Charlie Mike 8, 2 6 3, 3 Alpha 0 0, 4 3 5 2. "
        "Is that right?"
    )
    assert update(nora, intent=nora.say(prepared, "yes")).changed
    assert rows(services, CARS)[1] == (2003, "Honda", None, GOOD, None, None)


def test_a_car_that_is_on_file_is_not_added_twice(nora: Caller, services: Services) -> None:
    prepared = update(nora, car={"year": 2018, "make": "mazda", "model": "cx-5", "mileage": 50000})
    assert update(nora, intent=nora.say(prepared, "yes")).changed
    assert rows(services, CARS) == [(2018, "Mazda", "CX-5", None, 50000, None)]


def test_a_vin_of_another_model_year_is_asked_about(nora: Caller) -> None:
    answer = update(nora, vehicle="car_1", car={"vin": GOOD}).content
    assert (answer["status"], "2003" in answer["needs"][0]) == ("missing", True)


def test_two_cars_of_one_customer_do_not_get_one_vin(nora: Caller, services: Services) -> None:
    first = update(nora, car={"vin": GOOD})
    update(nora, intent=nora.say(first, "yes"))
    second = update(nora, car={"year": 2003, "make": "Honda", "model": "Civic"})
    update(nora, intent=nora.say(second, "yes"))
    other = nora.ask("verify_caller", factor="last_name", value="Quill").content["vehicles"][-1]["vehicle"]
    prepared = update(nora, vehicle=other, car={"vin": GOOD})
    before = rows(services, CARS)
    assert update(nora, intent=nora.say(prepared, "yes")).content["status"] == "refused"
    assert rows(services, CARS) == before


def test_a_vin_that_is_on_file_names_its_car_before_one_that_only_looks_like_it(
    nora: Caller, services: Services
) -> None:
    for car in ({"year": 2003, "make": "Honda"}, {"year": 2004, "make": "Honda", "vin": GOOD}):
        update(nora, intent=nora.say(update(nora, car=car), "yes"))
    prepared = update(nora, car={"year": 2003, "make": "Honda", "vin": GOOD, "mileage": 9000})
    assert update(nora, intent=nora.say(prepared, "yes")).changed
    assert [(row[0], row[3], row[4]) for row in rows(services, CARS)[1:]] == [(2003, None, None), (2003, GOOD, 9000)]


def test_a_yes_with_the_spelled_letters_is_a_yes(nora: Caller) -> None:
    prepared = update(nora, last_name="wexler")
    assert update(nora, intent=nora.say(prepared, "yes w e x l e r")).changed


def test_nobody_is_changed_without_confirmation(services: Services, new_caller: NewCaller, nora: Caller) -> None:
    prepared = update(nora, zip="62701")
    assert update(new_caller(), zip="62701").content["status"] == "verify_first"
    nora.call.verified = None
    assert update(nora, intent=nora.say(prepared, "yes")).content["status"] == "verify_first"
    assert rows(services, "SELECT zip FROM customers") == [(None,)]


def test_what_was_read_back_to_one_customer_is_not_written_for_the_next(nora: Caller, services: Services) -> None:
    prepared = update(nora, zip="62701")
    nora.call.verified = (nora.call.verified or 0) + 1
    assert update(nora, intent=nora.say(prepared, "yes")).content["status"] == "not_found"
    assert rows(services, "SELECT zip FROM customers") == [(None,)]


@pytest.mark.parametrize(
    "person",
    [
        {"last_name": "Robert'); DROP TABLE customers;--"},
        {"last_name": "<Say>hello</Say>"},
        {"first_name": "Ana 🙂"},
        {"first_name": "[?ana]"},
        {"zip": "627"},
        {"zip": "[?six] two seven oh one"},
        {"email": "nora at home"},
        {"email": "x@y.com\nBcc: z@y.com"},
        {"phone": "911"},
        {"phone": "9" * 900},
    ],
)
def test_what_cannot_be_written_is_asked_for_again_and_nothing_changes(
    nora: Caller, services: Services, person: dict[str, str]
) -> None:
    before = rows(services, ON_FILE)
    assert update(nora, **person).content["status"] == "missing"
    assert rows(services, ON_FILE) == before


@pytest.mark.parametrize(
    "car",
    [
        {"year": 1800, "make": "Kia"},
        {"year": 10**30, "make": "Kia"},
        {"year": 2018, "make": "<b>Kia</b>"},
        {"year": 2018, "make": "Kia", "model": "[?rio]"},
        {"year": 2018, "make": "Kia", "mileage": -1},
        {"year": 2018, "make": "Kia", "mileage": 10**12},
        {"year": 2018, "make": "Kia", "plate": "🙂"},
        {"make": "Kia"},
        {"mileage": 5},
    ],
)
def test_a_car_that_cannot_be_is_asked_for_again(nora: Caller, services: Services, car: dict[str, Any]) -> None:
    assert update(nora, car=car).content["status"] == "missing"
    assert len(rows(services, CARS)) == 1


@pytest.mark.parametrize(
    "customer",
    [
        [],
        "Nora",
        {**NO_PERSON, "zip": ["62701"]},
        {**NO_PERSON, "email": "a\x00b@gmail.com"},
        {**NO_PERSON, "last_name": "\u202erelxeW"},
        {**NO_PERSON, "last_name": "\ud800"},
        {**NO_PERSON, "last_name": "x" * 100_000},
        {**NO_PERSON, "role": "admin"},
        {"zip": "62701"},
    ],
)
def test_details_in_another_shape_are_refused_and_the_call_goes_on(
    nora: Caller, services: Services, customer: Any
) -> None:
    answer = nora.ask("update_details", customer=customer, vehicle=None, car=None, intent=None).content
    assert answer["status"] == "error"
    assert len(json.dumps(answer)) < 600
    assert rows(services, ON_FILE) == [("Nora", "Quill", None, None, "+12175550123")]
    assert update(nora, zip="62701").content["status"] == "read_back"
