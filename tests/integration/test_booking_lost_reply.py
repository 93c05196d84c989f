"""A connection that breaks when the commit has arrived: one change, and one truthful sentence about it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.engine import make_url

from shared.services import Services
from shared.storage.database import Database
from shared.tools.call import CallContext
from shared.tools.registry import Desk
from tests.integration.cut_line import CutLine, cut_line
from tests.integration.desk_calls import Caller, rows


@pytest.fixture
def line(database_url: str) -> Iterator[CutLine]:
    url = make_url(database_url)
    with cut_line((url.host or "", url.port or 0)) as made:
        yield made


@pytest.fixture
def caller(services: Services, database_url: str, line: CutLine) -> Iterator[Caller]:
    url = make_url(database_url).set(port=line.port).render_as_string(hide_password=False)
    database = Database(url)
    yield Caller(Desk(replace(services, database=database)), CallContext("CA1", "inbound", "+12175550123"))
    database.close()


def test_a_booking_whose_answer_was_lost_is_one_row_and_told_as_booked(
    services: Services, line: CutLine, caller: Caller
) -> None:
    intent = caller.say(caller.prepare(caller.slots(weekday="thursday", time="2 pm")["offers"][0]["slot"]), "yes")
    line.cut_after(b"commit\0")
    booked = caller.book(intent=intent)
    assert line.cuts == 1
    assert (booked.content["status"], booked.changed) == ("booked", True)
    assert "Thursday, December 3 at 2 PM" in (booked.spoken or "")
    assert rows(services, "SELECT count(*) FROM appointments") == [(1,)]
    assert rows(services, "SELECT count(*) FROM calendar_outbox") == [(1,)]
    assert rows(services, "SELECT count(*) FROM customers") == [(1,)]


@pytest.mark.parametrize("lost", ["cancelled", "moved"])
def test_a_change_whose_answer_was_lost_is_made_once_and_told_as_made(
    services: Services, line: CutLine, caller: Caller, lost: str
) -> None:
    intent = caller.say(caller.prepare(caller.slots(weekday="thursday", time="2 pm")["offers"][0]["slot"]), "yes")
    assert caller.book(intent=intent).changed
    caller.ask("lookup_customer", phone=None)
    assert caller.ask("verify_caller", factor="last_name", value="quill").content["status"] == "verified"
    listed = caller.ask("get_upcoming_appointments").content["appointments"][0]["appointment"]
    if lost == "cancelled":
        tool, blank = "cancel_appointment", {"appointment": None, "reason": None}
        read_back = caller.ask(tool, **{**blank, "appointment": listed}, intent=None)
    else:
        tool, blank = "reschedule_appointment", {"appointment": None, "slot": None}
        slot = caller.slots(weekday="friday", time="9 am")["offers"][0]["slot"]
        read_back = caller.ask(tool, appointment=listed, slot=slot, intent=None)
    agreed = caller.say(read_back, "yes")
    line.cut_after(b"commit\0")
    answer = caller.ask(tool, **blank, intent=agreed)
    assert line.cuts == 1
    assert (answer.content["status"], answer.changed) == (lost, True)
    assert caller.ask(tool, **blank, intent=agreed).content == answer.content
    assert rows(services, "SELECT version FROM appointments") == [(2,)]
    assert rows(services, "SELECT version FROM calendar_outbox ORDER BY version") == [(1,), (2,)]


def test_a_read_back_whose_answer_was_lost_can_still_be_agreed_to(
    services: Services, line: CutLine, caller: Caller
) -> None:
    slot = caller.slots(weekday="thursday", time="2 pm")["offers"][0]["slot"]
    caller.prepare(slot)
    line.cut_after(b"withdrawn")  # the statement that keeps the intent
    prepared = caller.prepare(slot)
    assert line.cuts == 1
    assert caller.book(intent=caller.say(prepared, "yes")).content["status"] == "booked"
    assert rows(services, "SELECT count(*) FROM appointments") == [(1,)]
