"""A VIN that cannot be right over the tools: what is asked, and that only the caller's own word settles it."""

import pytest
from sqlalchemy import text

from shared.services import Services
from tests.integration.desk_calls import MONDAY, Caller, NewCaller

GOOD = "1HGCM82633A004352"
MARKED = "one h g c [?n] eight two six three three a zero zero four three five two"
QUESTION = (
    "I may have misheard a character. Is the fifth character N as in November, or M as in Mike? "
    "Please say it with its word."
)


def asked_about(caller: Caller) -> str:
    """The question's handle, once it was said."""
    question = caller.ask("decode_vin", vin=MARKED)
    assert question.content["status"] == "unsure"
    assert question.spoken == QUESTION
    assert question.intent is not None
    return question.intent


def test_the_question_names_the_doubtful_character_and_hands_out_no_vin(new_caller: NewCaller) -> None:
    caller = new_caller()
    asked_about(caller)
    assert GOOD not in str(caller.ask("decode_vin", vin=MARKED).content)


def test_a_guess_counts_only_when_the_caller_has_said_the_character(new_caller: NewCaller) -> None:
    caller = new_caller()
    handle = asked_about(caller)
    assert caller.ask("decode_vin", vin=GOOD).spoken == QUESTION
    caller.answers[handle] = "yes"
    assert caller.ask("decode_vin", vin=GOOD).spoken == QUESTION
    caller.answers[handle] = "yes m as in mike"
    assert caller.ask("decode_vin", vin=GOOD).content["status"] == "partial"


def test_who_says_the_same_character_again_is_asked_which_group_is_wrong(new_caller: NewCaller) -> None:
    caller = new_caller()
    caller.answers[asked_about(caller)] = "n as in november"
    again = caller.ask("decode_vin", vin=MARKED)
    assert (again.spoken or "").endswith(
        "I have 1 Hotel Golf, Charlie November 8, 2 6 3, 3 Alpha 0 0, 4 3 5 2. Which of these groups is wrong?"
    )


def test_the_groups_are_read_back_when_a_character_is_lost_or_one_too_many(new_caller: NewCaller) -> None:
    caller = new_caller()
    short, long = (caller.ask("decode_vin", vin=said).spoken or "" for said in (GOOD[:8] + GOOD[9:], GOOD + "2"))
    assert short.startswith(
        "I heard 16 characters, and a VIN has 17. I have 1 Hotel Golf, Charlie Mike 8, 2 6 3, Alpha"
    )
    assert long.endswith("4 3 5 2, 2. Which of these groups is wrong?")


@pytest.fixture
def owner(services: Services, new_caller: NewCaller) -> Caller:
    """A confirmed caller with one Honda on file."""
    with services.database.transaction() as connection:
        connection.execute(
            text(
                "WITH new AS (INSERT INTO customers (phone, first_name, last_name, zone, created_at) "
                "VALUES ('+12175550123', 'Nora', 'Quill', 'America/Chicago', :now) RETURNING id) "
                "INSERT INTO vehicles (customer_id, vin, year, make, model, created_at) "
                "SELECT id, :vin, 2003, 'Honda', 'Accord', :now FROM new"
            ),
            {"now": MONDAY, "vin": GOOD},
        )
    caller = new_caller()
    caller.ask("lookup_customer", phone=None)
    return caller


def test_the_last_eight_are_enough_of_a_confirmed_customers_car(owner: Caller) -> None:
    assert owner.ask("decode_vin", vin=GOOD[-8:]).content["status"] == "invalid"
    owner.ask("verify_caller", factor="last_name", value="Quill")
    answer = owner.ask("decode_vin", vin="three a oh oh four three five two").content
    assert (answer["status"], answer["description"]) == ("ok", "2003 Honda Accord")
    assert answer["vehicle"] == "car_1"
    assert owner.ask("decode_vin", vin="3A004353").content["status"] == "invalid"


def test_anothers_vin_is_read_like_any_other(owner: Caller, new_caller: NewCaller) -> None:
    stranger = new_caller("+12175550177")
    told = stranger.ask("decode_vin", vin=GOOD).content
    assert (told["status"], told["make"], told["model"]) == ("partial", "Honda", None)
    assert "vehicle" not in told


def test_a_guess_is_asked_about_wherever_a_vin_is_given(owner: Caller) -> None:
    owner.ask("verify_caller", factor="last_name", value="Quill")
    asked_about(owner)
    car = {"year": None, "make": None, "model": None, "vin": GOOD, "mileage": None, "plate": None}
    answer = owner.ask("update_details", customer=None, vehicle="car_1", car=car, intent=None)
    assert answer.spoken == QUESTION
