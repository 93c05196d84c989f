"""Who changed what, and why, as the tables keep it."""

import pytest
from sqlalchemy import Connection, text

from shared.services import Services
from shared.storage import appointments
from shared.storage.acting import acting
from shared.storage.appointments import Appointment
from tests.integration.desk_calls import MONDAY, Caller, NewCaller, rows


def trail(services: Services, table: str = "appointments") -> list[tuple[str, str, str]]:
    kept = rows(services, "SELECT table_name, who, why, action FROM reporting.audit ORDER BY id")
    return [(who, why, action) for changed, who, why, action in kept if changed == table]


def login(services: Services) -> str:
    """Who it was when nobody said: the user that the program logs in as."""
    return str(rows(services, "SELECT session_user")[0][0])


def booked(new_caller: NewCaller) -> Caller:
    caller = new_caller()
    slot = caller.slots(weekday="thursday", time="2 pm")["offers"][0]["slot"]
    assert caller.book(intent=caller.say(caller.prepare(slot), "yes")).changed
    caller.ask("lookup_customer", phone=None)
    assert caller.ask("verify_caller", factor="last_name", value="quill").content["status"] == "verified"
    return caller


def test_booking_moving_and_cancelling_leave_the_call_and_the_tool(services: Services, new_caller: NewCaller) -> None:
    caller = booked(new_caller)
    who = f"call {caller.call.call_sid}"
    assert trail(services) == [(who, "book_appointment", "insert")]
    assert trail(services, "customers") == trail(services, "vehicles") == [(who, "book_appointment", "insert")]
    listed = caller.ask("get_upcoming_appointments").content["appointments"][0]["appointment"]
    slot = caller.slots(weekday="friday", time="9 am")["offers"][0]["slot"]
    moving = caller.ask("reschedule_appointment", appointment=listed, slot=slot, intent=None)
    caller.ask("reschedule_appointment", appointment=None, slot=None, intent=caller.say(moving, "yes"))
    leaving = caller.ask("cancel_appointment", appointment=listed, reason="vehicle_sold", intent=None)
    caller.ask("cancel_appointment", appointment=None, reason=None, intent=caller.say(leaving, "yes"))
    assert trail(services)[1:] == [(who, "reschedule_appointment", "update"), (who, "cancel_appointment", "update")]
    changed = rows(services, "SELECT before, after FROM reporting.audit WHERE why = 'cancel_appointment'")
    before, after = changed[0]
    assert (before["status"], after["status"], after["cancel_reason"]) == ("booked", "cancelled", "vehicle_sold")
    assert set(after) == {"status", "cancel_reason", "version"}, "only what changed is kept"


def test_a_message_leaves_the_call_and_the_tool(services: Services, new_caller: NewCaller) -> None:
    caller = new_caller()
    asked = caller.ask("take_message", message="please call me", intent=None)
    assert caller.ask("take_message", message=None, intent=caller.say(asked, "yes")).changed
    assert trail(services, "callbacks") == [(f"call {caller.call.call_sid}", "take_message", "insert")]


def test_what_is_only_read_or_read_back_leaves_nothing(services: Services, new_caller: NewCaller) -> None:
    caller = booked(new_caller)
    before = rows(services, "SELECT count(*) FROM audit")
    listed = caller.ask("get_upcoming_appointments").content["appointments"][0]["appointment"]
    caller.ask("cancel_appointment", appointment=listed, reason=None, intent=None)
    caller.slots(weekday="friday")
    assert rows(services, "SELECT count(*) FROM audit") == before


def test_a_change_that_changes_nothing_leaves_nothing(services: Services, new_caller: NewCaller) -> None:
    booked(new_caller)
    before = rows(services, "SELECT count(*) FROM audit")
    with acting("desk", "correction"), services.database.transaction() as connection:
        connection.execute(text("UPDATE appointments SET status = status"))
        connection.execute(text("UPDATE customers SET last_name = last_name"))
    assert rows(services, "SELECT count(*) FROM audit") == before


def test_a_booking_that_was_undone_leaves_nothing(services: Services, new_caller: NewCaller) -> None:
    """The slot goes between the yes and the booking: the new customer goes with it."""
    slow = new_caller("+12175550101")
    slot = slow.slots(service="transmission_fluid", weekday="thursday", time="9 am")["offers"][0]["slot"]
    prepared = slow.prepare(slot, last_name="Marsh")
    for number in ("+12175550102", "+12175550103"):
        fast = new_caller(number)
        offered = fast.slots(service="transmission_fluid", weekday="thursday", time="9 am")["offers"][0]["slot"]
        assert fast.book(intent=fast.say(fast.prepare(offered), "yes")).changed
    assert slow.book(intent=slow.say(prepared, "yes")).content["status"] == "taken"
    assert rows(services, "SELECT count(*) FROM customers WHERE last_name = 'Marsh'") == [(0,)]
    assert (f"call {slow.call.call_sid}",) not in rows(services, "SELECT DISTINCT who FROM audit")


@pytest.mark.parametrize(
    "who", ["", "O'Brien at the desk", "'; DROP TABLE audit; --", "a\\'b", "§ 5 \N{SNOWMAN}", "nul\0 and \ud800"]
)
def test_whoever_acts_is_kept_as_a_name_and_nothing_else(services: Services, who: str) -> None:
    with acting(who, "why not?"), services.database.transaction() as connection:
        connection.execute(text("INSERT INTO opt_outs VALUES ('+12175550123', 'desk', now())"))
    kept, why, _ = trail(services, "opt_outs")[0]
    plain = who.replace("\0", "").replace("\ud800", "?")
    assert (kept, why) == (plain or login(services), "why not?")


def test_the_next_transaction_of_a_connection_is_nobodys(services: Services) -> None:
    statement = text("INSERT INTO opt_outs VALUES (:phone, 'desk', now())")
    with acting("desk", "asked to"), services.database.transaction() as connection:
        connection.execute(statement, {"phone": "+12175550123"})
    with services.database.transaction() as connection:
        connection.execute(statement, {"phone": "+12175550124"})
    assert [each[:2] for each in trail(services, "opt_outs")] == [("desk", "asked to"), (login(services), None)]


def test_a_repeated_transaction_is_still_the_same_actors(services: Services, new_caller: NewCaller) -> None:
    caller = booked(new_caller)
    runs: list[int] = []

    def cancel(connection: Connection) -> Appointment | None:
        runs.append(1)
        if len(runs) == 1:
            connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$"))
        return appointments.cancel(connection, 1, 1, reason=None, now=MONDAY)

    with acting("desk", "called in"):
        assert services.database.run(cancel) is not None
    assert trail(services)[-1] == ("desk", "called in", "update")
    assert caller.ask("get_upcoming_appointments").content["appointments"] == []
