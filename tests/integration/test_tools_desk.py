"""The tools around a booking: who is calling, free times, VINs, messages, people, bad arguments."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import text

from shared.services import Services
from shared.storage.database import Database
from shared.tools.call import CallContext
from shared.tools.registry import TOOLS, Desk
from shared.tools.schema_check import reminder_schemas, schemas
from tests.integration.desk_calls import MONDAY, NewCaller, StillClock, rows

SUNDAY_NIGHT = MONDAY.replace(day=29, hour=5)


def booked(new_caller: NewCaller, number: str = "+12175550123") -> None:
    caller = new_caller(number)
    prepared = caller.prepare(caller.slots(weekday="thursday")["offers"][0]["slot"])
    assert caller.book(intent=caller.say(prepared, "yes")).changed


def test_every_tool_of_the_contract_is_there() -> None:
    assert {each["function"]["name"] for each in (*schemas(), *reminder_schemas())} == set(TOOLS)


def test_three_wrong_factors_lock_the_call_even_for_the_right_one(new_caller: NewCaller) -> None:
    booked(new_caller)
    caller = new_caller()
    caller.ask("lookup_customer", phone=None)
    wrong = ("a b", "smith", "jones")
    answers = [caller.ask("verify_caller", factor="last_name", value=name).content for name in wrong]
    assert [each.get("tries_left") for each in answers] == [2, 1, None]
    assert caller.ask("verify_caller", factor="last_name", value="quill").content["status"] == "locked"
    caller.ask("lookup_customer", phone="2175550123")
    assert caller.ask("verify_caller", factor="last_name", value="quill").content["status"] == "locked"
    assert caller.ask("get_upcoming_appointments").content["status"] == "verify_first"


def test_nothing_personal_is_told_before_the_caller_is_confirmed(new_caller: NewCaller) -> None:
    booked(new_caller)
    caller = new_caller()
    told = json.dumps(
        [
            caller.ask("lookup_customer", phone=None).content,
            caller.ask("get_upcoming_appointments").content,
            caller.ask("cancel_appointment", appointment="appt_1", reason=None, intent=None).content,
            caller.ask("verify_caller", factor="zip", value="99999").content,
        ]
    )
    assert not any(secret in told for secret in ("Nora", "Quill", "Mazda", "December"))


def test_looking_up_another_number_takes_the_confirmation_away(new_caller: NewCaller) -> None:
    booked(new_caller)
    booked(new_caller, "+12175550144")
    caller = new_caller()
    caller.ask("lookup_customer", phone=None)
    verified = caller.ask("verify_caller", factor="last_name", value="Quill").content
    assert verified["vehicles"] == [{"vehicle": "car_1", "description": "2018 Mazda CX-5"}]
    assert caller.ask("lookup_customer", phone="217 555 0144").content["verified"] is False
    assert caller.ask("get_upcoming_appointments").content["status"] == "verify_first"
    slot = caller.slots(weekday="friday")["offers"][0]["slot"]
    assert caller.book(slot=slot, vehicle="car_1").content["status"] == "not_found"


def test_a_confirmed_caller_books_for_a_car_on_file_by_its_handle(services: Services, new_caller: NewCaller) -> None:
    booked(new_caller)
    caller = new_caller()
    caller.ask("lookup_customer", phone=None)
    caller.ask("verify_caller", factor="last_name", value="quill")
    prepared = caller.book(slot=caller.slots(weekday="friday")["offers"][0]["slot"], vehicle="car_1")
    assert "2018 Mazda CX-5" in (prepared.spoken or "")
    assert "Nora Quill" in (prepared.spoken or "")
    assert caller.book(intent=caller.say(prepared, "yes")).changed
    assert rows(services, "SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM vehicles)") == [(1, 1)]


def test_the_context_goes_through_a_session_unchanged(new_caller: NewCaller) -> None:
    booked(new_caller)
    caller = new_caller()
    caller.ask("lookup_customer", phone=None)
    caller.ask("verify_caller", factor="last_name", value="quill")
    prepared = caller.book(slot=caller.slots(weekday="friday")["offers"][0]["slot"], vehicle="car_1")
    caller.call = CallContext.from_dict(json.loads(json.dumps(caller.call.to_dict())))
    assert caller.book(intent=caller.say(prepared, "yes")).changed


def test_times_come_as_at_most_three_offers_that_are_free(new_caller: NewCaller) -> None:
    caller = new_caller()
    assert caller.slots(weekday="friday")["status"] == "offers"
    assert 2 <= len(caller.slots()["offers"]) <= 3
    assert caller.slots(weekday="friday", which_week="next") == {
        "status": "ask",
        "question": "Do you mean this Friday, December 4, or Friday, December 11?",
    }
    closed = caller.slots(weekday="sunday", time="2")
    assert (closed["status"], closed["reason"]) == ("none", "We are closed on Sundays.")
    assert any(each["when"] == "Monday, December 7 at 2:00 PM" for each in closed["offers"])
    assert caller.slots(service="teleportation")["status"] == "unknown_service"
    assert "has to stay" in caller.slots(service="brake_pads", mode="wait", weekday="friday")["note"]


def test_a_vin_is_checked_offline_and_read_back_and_a_silent_registry_costs_only_the_model(
    new_caller: NewCaller,
) -> None:
    caller = new_caller()
    answer = caller.ask("decode_vin", vin="1HGCM82633A004352")
    assert (answer.content["status"], answer.content["make"], answer.content["year"]) == ("partial", "Honda", 2003)
    assert answer.spoken == (
        "I have 1 Hotel Golf, Charlie Mike 8, 2 6 3, 3 Alpha 0 0, 4 3 5 2, for a 2003 Honda. Is that right?"
    )
    assert caller.ask("decode_vin", vin="x" * 900).content["status"] == "invalid"
    assert caller.ask("decode_vin", vin="").content["status"] == "invalid"


def test_a_message_is_read_back_and_then_stands_in_the_callbacks(services: Services, new_caller: NewCaller) -> None:
    caller = new_caller()
    prepared = caller.ask("take_message", message="please ring me back", intent=None)
    assert prepared.spoken == (
        "Your message is: please ring me back. The service desk will call 2 1 7, 5 5 5, 0 1 2 3. Shall I pass that on?"
    )
    done = caller.ask("take_message", message=None, intent=caller.say(prepared, "yes"))
    assert (done.content["status"], done.outcome, done.changed) == ("taken_down", "message", True)
    assert rows(services, "SELECT phone, reason, message, state FROM reporting.callbacks") == [
        ("+12175550123", "message", "please ring me back", "open")
    ]


def test_a_caller_is_put_through_while_somebody_is_there_and_told_when_nobody_is(services: Services) -> None:
    class Night(StillClock):
        def now(self):  # type: ignore[no-untyped-def]
            return SUNDAY_NIGHT

    call = CallContext("CA1", "inbound", None)
    by_day = Desk(services).run(call, "transfer_call", '{"reason":"complaint"}', {})
    assert (by_day.ending, by_day.outcome, by_day.content["status"]) == ("transfer", "transferred", "transferring")
    by_night = Desk(replace(services, clock=Night())).run(call, "transfer_call", '{"reason":"complaint"}', {})
    assert by_night.ending is None
    assert by_night.content["reason"] == "Nobody is at the desk: we open on Monday, November 30 at 7:30 AM."


def test_a_day_that_staff_closed_is_not_named_as_the_next_one_open(services: Services) -> None:
    class Night(StillClock):
        def now(self):  # type: ignore[no-untyped-def]
            return SUNDAY_NIGHT

    with services.database.transaction() as connection:
        connection.execute(
            text("INSERT INTO closures (day, reason, source) VALUES ('2026-11-30', 'a burst pipe', 'staff')")
        )
    answer = Desk(replace(services, clock=Night())).run(
        CallContext("CA1", "inbound", None), "transfer_call", '{"reason":"complaint"}', {}
    )
    assert answer.content["reason"] == "Nobody is at the desk: we open on Tuesday, December 1 at 7:30 AM."


def test_the_goodbye_ends_the_call(new_caller: NewCaller) -> None:
    result = new_caller().ask("end_call")
    assert result.ending == "goodbye"
    assert result.spoken


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("no_such_tool", "{}"),
        ("end_call", "{"),
        ("end_call", "[]"),
        ("end_call", '{"extra": 1}'),
        ("lookup_customer", "{}"),
        ("lookup_customer", '{"phone": ["+12175550123"]}'),
        ("lookup_customer", '{"phone": "' + "9" * 100_000 + '"}'),
        ("lookup_customer", '{"phone": "\\u0000"}'),
        ("lookup_customer", "[" * 10_000),
        ("verify_caller", '{"factor": "shoe_size", "value": "9"}'),
        ("transfer_call", '{"reason": null}'),
        ("book_appointment", '{"slot": 1, "vehicle": null, "new_vehicle": null, "new_customer": null, '
         '"concern": null, "intent": null}'),
        ("book_appointment", '{"slot": null, "vehicle": null, "new_vehicle": {"year": "x", "make": "m", "model": null, '
         '"vin": null}, "new_customer": null, "concern": null, "intent": null}'),
    ],
)  # fmt: skip
def test_arguments_that_break_the_schema_are_answered_and_not_run(
    services: Services, new_caller: NewCaller, tool: str, arguments: str
) -> None:
    caller = new_caller()
    answer = caller.desk.run(caller.call, tool, arguments, {})
    assert answer.content["status"] == "error"
    assert len(json.dumps(answer.content)) < 600
    assert caller.call.to_dict() == new_caller().call.to_dict() | {"call_sid": caller.call.call_sid}


def test_sql_and_markup_in_names_are_only_names_or_refused(services: Services, new_caller: NewCaller) -> None:
    caller = new_caller()
    slot = caller.slots(weekday="thursday")["offers"][0]["slot"]
    for hostile in ("Robert'); DROP TABLE customers;--", "<Say>", "a" * 41):
        assert caller.prepare(slot, last_name=hostile).content["status"] == "missing"
    prepared = caller.prepare(slot, last_name="O'Brien")
    assert caller.book(intent=caller.say(prepared, "yes")).changed
    assert rows(services, "SELECT last_name FROM customers") == [("O'Brien",)]


def test_an_unreachable_database_is_an_answer_and_not_an_exception(services: Services) -> None:
    away = replace(services, database=Database("postgresql://nobody@127.0.0.1:9/none"))
    answer = Desk(away).run(CallContext("CA1", "inbound", "+12175550123"), "lookup_customer", '{"phone": null}', {})
    assert answer.content["status"] == "error"
    assert not answer.changed
    away.database.close()
