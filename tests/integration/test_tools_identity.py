"""Who may be told: the second factor and its limits in one call and over many, households, calls for somebody else."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text

from shared.clock import Clock
from shared.services import Services
from shared.tools.call import CallContext
from shared.tools.registry import TOOLS, Desk
from shared.tools.schema_check import reminder_schemas, schemas
from tests.integration.desk_calls import MONDAY, Caller, rows

OWN, MOTHERS, UNKNOWN = "+12175550123", "+12175550144", "+12175550177"
Person = Callable[..., int]


@dataclass(frozen=True)
class MovingClock(Clock):
    """Shop time that a test moves."""

    passed: list[timedelta] = field(default_factory=list)

    def now(self) -> datetime:
        return MONDAY + sum(self.passed, timedelta())

    def passes(self, **span: float) -> None:
        self.passed.append(timedelta(**span))


class Line:
    """The workshop's line, at a time that can be moved."""

    def __init__(self, services: Services, clock: MovingClock) -> None:
        self.clock = clock
        self._desk = Desk(replace(services, clock=clock))
        self._sids = count(1)

    def caller(self, number: str | None = OWN) -> Caller:
        return Caller(self._desk, CallContext(f"CA{next(self._sids):032d}", "inbound", number))

    def fails(self, times: int, number: str | None = OWN, about: str | None = None) -> None:
        """Wrong factors, each in a call of its own."""
        for _ in range(times):
            caller = self.caller(number)
            caller.ask("lookup_customer", phone=about)
            caller.ask("verify_caller", factor="last_name", value="Wrong")


@pytest.fixture
def line(services: Services) -> Line:
    return Line(services, MovingClock())


@pytest.fixture
def person(services: Services) -> Person:
    """Puts a customer with a car on file."""

    def put(first: str, last: str, number: str = OWN, code: str = "62704", vin: str | None = None) -> int:
        with services.database.transaction() as connection:
            customer = connection.execute(
                text(
                    "INSERT INTO customers (phone, first_name, last_name, zip, zone, created_at) "
                    "VALUES (:number, :first, :last, :code, 'America/Chicago', :now) RETURNING id"
                ),
                {"number": number, "first": first, "last": last, "code": code, "now": MONDAY},
            ).scalar_one()
            connection.execute(
                text("INSERT INTO vehicles (customer_id, vin, make, created_at) VALUES (:customer, :vin, 'Kia', :now)"),
                {"customer": customer, "vin": vin, "now": MONDAY},
            )
        return int(customer)

    return put


def status(caller: Caller, tool: str, **arguments: Any) -> str:
    return str(caller.ask(tool, **arguments).content["status"])


def test_each_failure_leaves_a_row_of_who_called_and_who_was_asked_about(
    line: Line, services: Services, person: Person
) -> None:
    person("Nora", "Quill")
    line.fails(1)
    line.fails(1, number=None, about="217 555 0123")
    assert rows(services, "SELECT caller, about, failed_at FROM identity_failures ORDER BY id") == [
        (OWN, OWN, MONDAY),
        (None, OWN, MONDAY),
    ]


def test_three_failures_within_an_hour_close_the_number_in_new_calls_until_the_hour_has_passed(
    line: Line, person: Person
) -> None:
    person("Nora", "Quill")
    line.fails(3)
    caller = line.caller()
    locked = caller.ask("lookup_customer", phone=None).content
    assert locked == {"status": "locked", "advice": "Offer to take a message or to transfer."}
    assert status(caller, "verify_caller", factor="last_name", value="Quill") == "locked"
    line.clock.passes(hours=1)
    caller = line.caller()
    assert status(caller, "lookup_customer", phone=None) == "known"
    assert status(caller, "verify_caller", factor="last_name", value="Quill") == "verified"


@pytest.mark.parametrize(("factor", "said"), [("zip", "I don't know it"), ("zip", "six two"), ("vin_last4", "")])
def test_what_is_no_zip_and_no_vin_at_all_costs_no_try(line: Line, person: Person, factor: str, said: str) -> None:
    person("Nora", "Quill")
    caller = line.caller()
    caller.ask("lookup_customer", phone=None)
    for _ in range(4):
        assert status(caller, "verify_caller", factor=factor, value=said) == "missing"
    assert status(caller, "verify_caller", factor="zip", value="62704") == "verified"


def test_two_cars_alike_are_told_apart_by_their_plates(line: Line, services: Services, person: Person) -> None:
    nora = person("Nora", "Quill")
    with services.database.transaction() as connection:
        add = "INSERT INTO vehicles (customer_id, make, plate, created_at) VALUES (:id, 'Kia', :plate, :now)"
        connection.execute(text(add), {"id": nora, "plate": "ABC123", "now": MONDAY})
        connection.execute(text(add.replace("'Kia'", "'Mazda'")), {"id": nora, "plate": "XYZ789", "now": MONDAY})
    caller = line.caller()
    caller.ask("lookup_customer", phone=None)
    cars = caller.ask("verify_caller", factor="last_name", value="Quill").content["vehicles"]
    assert [each["description"] for each in cars] == ["Kia", "Kia, ABC123", "Mazda"]


def test_six_failures_within_a_day_close_the_number_however_slowly_they_come(line: Line, person: Person) -> None:
    person("Nora", "Quill")
    for _ in range(6):
        line.fails(1)
        line.clock.passes(hours=2)
    assert status(line.caller(), "lookup_customer", phone=None) == "locked"
    line.clock.passes(hours=13)
    assert status(line.caller(), "lookup_customer", phone=None) == "known"


def test_withheld_callers_are_stopped_by_the_number_that_they_ask_about(line: Line, person: Person) -> None:
    person("Nora", "Quill")
    person("Vera", "Moss", MOTHERS)
    line.fails(3, number=None, about=OWN)
    assert status(line.caller(None), "lookup_customer", phone=OWN) == "locked"
    assert status(line.caller(None), "lookup_customer", phone=MOTHERS) == "known"


def test_who_has_guessed_about_one_number_may_not_go_on_with_the_next(line: Line, person: Person) -> None:
    person("Nora", "Quill")
    person("Vera", "Moss", MOTHERS)
    line.fails(3, number=UNKNOWN, about=MOTHERS)
    assert status(line.caller(UNKNOWN), "lookup_customer", phone=OWN) == "locked"


def test_a_closed_caller_does_not_learn_whether_a_number_exists(line: Line, person: Person) -> None:
    person("Nora", "Quill")
    line.fails(3, number=UNKNOWN, about=OWN)
    answers = [line.caller(UNKNOWN).ask("lookup_customer", phone=number).content for number in (MOTHERS, OWN)]
    assert answers[0] == answers[1]


def test_a_flood_of_tries_in_one_answer_is_three_tries(line: Line, services: Services, person: Person) -> None:
    person("Nora", "Quill")
    caller = line.caller()
    caller.ask("lookup_customer", phone=None)
    flood = [status(caller, "verify_caller", factor="zip", value=f"627{number:02d}") for number in range(50, 100)]
    assert flood == ["not_verified", "not_verified", *["locked"] * 48]
    assert rows(services, "SELECT count(*) FROM identity_failures") == [(3,)]


def test_calls_that_race_get_no_more_tries_than_one(line: Line, services: Services, person: Person) -> None:
    person("Nora", "Quill")
    callers = [line.caller(f"+1217555{number:04d}") for number in range(100, 116)]
    for caller in callers:
        caller.ask("lookup_customer", phone=OWN)
    with ThreadPoolExecutor(len(callers)) as pool:
        answers = list(pool.map(lambda each: status(each, "verify_caller", factor="zip", value="00000"), callers))
    assert sorted(answers) == ["locked"] * 13 + ["not_verified"] * 3
    assert rows(services, "SELECT count(*) FROM identity_failures") == [(3,)]


def test_what_was_confirmed_stays_so_when_others_fail_about_the_number(line: Line, person: Person) -> None:
    person("Nora", "Quill")
    caller = line.caller()
    caller.ask("lookup_customer", phone=None)
    caller.ask("verify_caller", factor="zip", value="62704")
    line.fails(3, number=None, about=OWN)
    assert caller.ask("lookup_customer", phone=None).content["verified"] is True


def test_of_a_household_that_shares_a_name_the_first_name_tells_which(line: Line, person: Person) -> None:
    person("Nora", "Quill")
    person("Walter", "Quill")
    caller = line.caller()
    caller.ask("lookup_customer", phone=None)
    asked = caller.ask("verify_caller", factor="last_name", value="Quill").content
    assert (asked["status"], asked["tries_left"]) == ("not_verified", 3)
    assert "first name" in asked["advice"]
    told = caller.ask("verify_caller", factor="first_name", value="it's Walter").content
    assert (told["status"], told["first_name"]) == ("verified", "Walter")


def test_of_a_father_and_a_son_of_one_name_the_car_tells_which(line: Line, person: Person) -> None:
    person("Walter", "Quill", vin="1HGCM82633A004352")
    person("Walter", "Quill")
    caller = line.caller()
    caller.ask("lookup_customer", phone=None)
    asked = caller.ask("verify_caller", factor="last_name", value="Quill").content
    assert "last four of the VIN" in asked["advice"]
    assert "Walter" not in json.dumps(asked)
    assert status(caller, "verify_caller", factor="first_name", value="Walter") == "not_verified"
    assert status(caller, "verify_caller", factor="vin_last4", value="four three five two") == "verified"


def test_a_first_name_alone_confirms_nobody_and_a_wrong_one_is_a_failure(
    line: Line, services: Services, person: Person
) -> None:
    person("Nora", "Quill")
    person("Walter", "Quill")
    caller = line.caller()
    caller.ask("lookup_customer", phone=None)
    assert status(caller, "verify_caller", factor="first_name", value="Nora") == "not_verified"
    assert rows(services, "SELECT count(*) FROM identity_failures") == [(0,)]
    caller.ask("verify_caller", factor="last_name", value="Quill")
    assert caller.ask("verify_caller", factor="first_name", value="Petra").content["tries_left"] == 2
    assert rows(services, "SELECT count(*) FROM identity_failures") == [(1,)]


def test_what_fitted_for_one_of_a_household_proves_nothing_of_another(line: Line, person: Person) -> None:
    person("Nora", "Quill", code="62704")
    walter = person("Walter", "Moss", code="62999")
    caller = line.caller()
    caller.ask("lookup_customer", phone=None)
    assert status(caller, "verify_caller", factor="zip", value="62704") == "verified"
    assert status(caller, "verify_caller", factor="last_name", value="Moss") == "verified"
    assert caller.call.verified == walter
    assert new_number(caller) == "verify_first"
    assert status(caller, "verify_caller", factor="zip", value="62999") == "verified"
    assert new_number(caller) == "read_back"


def test_what_fits_others_of_a_household_takes_the_confirmation_away(line: Line, person: Person) -> None:
    person("Nora", "Quill", code="62704")
    for first in ("Walter", "Petra"):
        person(first, "Moss", code="62999")
    caller = line.caller()
    caller.ask("lookup_customer", phone=None)
    assert status(caller, "verify_caller", factor="last_name", value="Quill") == "verified"
    assert status(caller, "verify_caller", factor="zip", value="62999") == "not_verified"
    assert new_number(caller) == "verify_first"


def test_who_is_confirmed_stays_so_by_what_they_share_with_their_household(line: Line, person: Person) -> None:
    nora = person("Nora", "Quill", code="62704", vin="1HGCM82633A004352")
    walter = person("Walter", "Quill", code="62704")
    caller = line.caller()
    caller.ask("lookup_customer", phone=None)
    caller.ask("verify_caller", factor="vin_last4", value="4352")
    shared = caller.ask("verify_caller", factor="zip", value="62704").content
    assert (shared["status"], shared["first_name"], caller.call.verified) == ("verified", "Nora", nora)
    assert new_number(caller) == "read_back"
    assert caller.ask("verify_caller", factor="first_name", value="Walter").content["first_name"] == "Walter"
    assert caller.call.verified == walter


def new_number(caller: Caller) -> str:
    person = {**dict.fromkeys(("first_name", "last_name", "zip", "email")), "phone": "217 555 0199"}
    return status(caller, "update_details", customer=person, vehicle=None, car=None, intent=None)


def test_who_calls_for_their_mother_is_confirmed_by_what_is_on_file_of_her(line: Line, person: Person) -> None:
    person("Nora", "Quill")
    mother = person("Vera", "Moss", MOTHERS)
    caller = line.caller()
    assert status(caller, "lookup_customer", phone="217 555 0144") == "known"
    assert status(caller, "verify_caller", factor="last_name", value="Quill") == "not_verified"
    assert caller.ask("verify_caller", factor="last_name", value="Moss").content["first_name"] == "Vera"
    assert caller.call.verified == mother


def test_a_booking_for_somebody_who_was_not_confirmed_tells_nothing_of_them(
    line: Line, services: Services, person: Person
) -> None:
    person("Vera", "Moss", MOTHERS)
    caller = line.caller()
    caller.ask("lookup_customer", phone=MOTHERS)
    prepared = caller.prepare(caller.slots(weekday="thursday")["offers"][0]["slot"], "Ana", "Reyes")
    assert "Vera" not in (prepared.spoken or "") + json.dumps(prepared.content)
    assert caller.book(intent=caller.say(prepared, "yes")).changed
    assert rows(services, "SELECT first_name, phone FROM customers ORDER BY id") == [
        ("Vera", MOTHERS),
        ("Ana", MOTHERS),
    ]


def test_the_customers_cannot_be_read_off_by_asking_for_number_after_number(line: Line) -> None:
    caller = line.caller()
    answers = [status(caller, "lookup_customer", phone=f"217 555 01{number}") for number in (50, 51, 51, 52, 53, 54)]
    assert answers == ["unknown", "unknown", "unknown", "unknown", "refused", "refused"]
    assert status(caller, "lookup_customer", phone=None) == "unknown"


@pytest.mark.parametrize("number", [None, "+266696687"])
def test_without_a_number_the_caller_is_asked_for_one(line: Line, number: str | None) -> None:
    caller = line.caller(None)
    answer = caller.ask("lookup_customer", phone=number).content
    assert answer["status"] in ("unknown", "missing")
    assert status(caller, "verify_caller", factor="last_name", value="Quill") == "not_verified"


HANDLES: dict[str, tuple[str, dict[str, Any]]] = {
    "book_appointment": ("vehicle", {"slot": None, "new_vehicle": None, "new_customer": None, "concern": None}),
    "cancel_appointment": ("appointment", {"reason": None}),
    "reschedule_appointment": ("appointment", {"slot": None}),
    "update_details": ("vehicle", {"customer": None, "car": None}),
    "get_recalls": ("vehicle", {"year": None, "make": None, "model": None}),
}


def test_every_tool_that_takes_a_handle_of_a_customers_is_looked_at_here() -> None:
    every = (*schemas(), *reminder_schemas())
    properties = {each["function"]["name"]: each["function"]["parameters"]["properties"] for each in every}
    assert {name for name in TOOLS if {"vehicle", "appointment"} & set(properties[name])} == set(HANDLES)


@pytest.mark.parametrize("tool", HANDLES)
def test_anothers_handle_and_one_that_does_not_exist_are_answered_alike(line: Line, person: Person, tool: str) -> None:
    mine, other = person("Nora", "Quill"), person("Vera", "Moss", MOTHERS)
    caller = line.caller()
    caller.ask("lookup_customer", phone=None)
    caller.ask("verify_caller", factor="last_name", value="Quill")
    assert caller.call.verified == mine
    name, arguments = HANDLES[tool]
    kind = "car" if name == "vehicle" else "appt"
    anothers = caller.call.issue("car" if name == "vehicle" else "appt", {"id": other, "customer": other})
    intent = {} if tool == "get_recalls" else {"intent": None}
    answers = [caller.ask(tool, **{name: handle}, **arguments, **intent).content for handle in (anothers, f"{kind}_99")]
    assert answers[0] == answers[1]
    assert answers[0]["status"] == "not_found"
