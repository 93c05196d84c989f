"""Callers who want the same time at the same moment, on a real Postgres."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import event, text

from shared.errors import RowRefused
from shared.services import Services
from shared.tools.call import ToolResult
from tests.integration.desk_calls import MONDAY, Caller, NewCaller, rows

OVERLAPS = (
    "SELECT count(*) FROM appointments a JOIN appointments b ON a.id < b.id AND a.bay = b.bay AND a.during && b.during "
    "WHERE a.status = 'booked' AND b.status = 'booked'"
)


def ready(new_caller: NewCaller, number: int, service: str, **moment: Any) -> tuple[Caller, str]:
    """A caller who has agreed to a read-back of the one slot that was offered."""
    caller = new_caller(f"+121755501{number:02d}")
    slot = caller.slots(service=service, **moment)["offers"][0]["slot"]
    return caller, caller.say(caller.prepare(slot, last_name=f"Quill{'abcdefghijklmnop'[number % 16]}"), "yes")


def commit_all(pairs: list[tuple[Caller, str]]) -> list[ToolResult]:
    with ThreadPoolExecutor(len(pairs)) as pool:
        return list(pool.map(lambda pair: pair[0].book(intent=pair[1]), pairs))


def test_two_callers_racing_for_the_last_slot_get_one_row_and_one_truthful_answer(
    services: Services, new_caller: NewCaller
) -> None:
    first = ready(new_caller, 1, "transmission_fluid", weekday="thursday", time="9 am")
    assert first[0].book(intent=first[1]).changed  # one of the two technicians
    racing = [ready(new_caller, n, "transmission_fluid", weekday="thursday", time="9 am") for n in (2, 3)]
    answers = sorted(result.content["status"] for result in commit_all(racing))
    assert answers == ["booked", "taken"]
    assert rows(services, "SELECT count(*) FROM appointments") == [(2,)]


def test_sixteen_callers_for_one_time_fill_the_technicians_and_no_more(
    services: Services, new_caller: NewCaller
) -> None:
    racing = [ready(new_caller, n, "brake_inspection", weekday="thursday", time="10 am") for n in range(16)]
    answers = [result.content["status"] for result in commit_all(racing)]
    assert (answers.count("booked"), answers.count("taken")) == (3, 13)
    assert rows(services, "SELECT count(*) FROM appointments") == [(3,)]
    assert rows(services, OVERLAPS) == [(0,)]


def test_one_intent_committed_by_eight_threads_is_one_row(services: Services, new_caller: NewCaller) -> None:
    caller, intent = ready(new_caller, 1, "oil_change", weekday="thursday", time="10 am")
    answers = commit_all([(caller, intent)] * 8)
    assert {result.content["status"] for result in answers} == {"booked"}
    assert rows(services, "SELECT count(*) FROM appointments") == [(1,)]
    assert rows(services, "SELECT count(*) FROM calendar_outbox") == [(1,)]


def test_a_commit_held_up_beyond_a_tools_deadline_is_never_written_behind_the_callers_back(
    services: Services, new_caller: NewCaller
) -> None:
    """Each wait is short enough for a statement; by the end of both, the model was told that it took too long."""
    caller, intent = ready(new_caller, 1, "oil_change", weekday="thursday", time="10 am")
    engine = services.database.engine
    with ThreadPoolExecutor(1) as pool:
        with engine.connect() as holds_appointments:
            holds_appointments.execute(text("LOCK TABLE appointments IN ACCESS EXCLUSIVE MODE"))
            with engine.connect() as holds_intent:
                holds_intent.execute(text("SELECT 1 FROM intents FOR UPDATE"))
                committing = pool.submit(caller.book, intent=intent)
                Event().wait(1.0)
            Event().wait(1.0)
        assert committing.result().content["status"] == "error"
    assert rows(services, "SELECT count(*) FROM appointments") == [(0,)]
    assert caller.book(intent=intent).content["status"] == "booked"  # the intent is still open
    assert rows(services, "SELECT count(*) FROM appointments") == [(1,)]


def test_moves_in_opposite_directions_do_not_deadlock(services: Services, new_caller: NewCaller) -> None:
    pairs = []
    for number, (here, there) in enumerate([("thursday", "friday"), ("friday", "thursday")] * 4, 1):
        booker, intent = ready(new_caller, number, "inspection", weekday=here, time=str(9 + number // 3))
        assert booker.book(intent=intent).changed
        booker.ask("lookup_customer", phone=None)
        letter = "abcdefghijklmnop"[number]
        assert booker.ask("verify_caller", factor="last_name", value=f"quill{letter}").content["status"] == "verified"
        listed = booker.ask("get_upcoming_appointments").content["appointments"][0]["appointment"]
        slot = booker.slots(service="inspection", weekday=there, time="2 pm")["offers"][0]["slot"]
        moving = booker.ask("reschedule_appointment", appointment=listed, slot=slot, intent=None)
        pairs.append((booker, booker.say(moving, "yes")))
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda pair: pair[0].ask("reschedule_appointment", appointment=None, slot=None, intent=pair[1]), pairs
            )
        )
    assert {result.content["status"] for result in answers} <= {"moved", "taken"}
    assert sum(result.changed for result in answers) >= 5
    assert rows(services, OVERLAPS) == [(0,)]
    assert rows(services, "SELECT count(*) FROM appointments WHERE status = 'booked'") == [(8,)]


def test_others_wait_for_a_day_no_longer_than_three_questions_to_postgres(
    services: Services, new_caller: NewCaller
) -> None:
    caller, intent = ready(new_caller, 1, "oil_change", weekday="thursday", time="10 am")
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(services.database.engine, "before_cursor_execute", note)
    assert caller.book(intent=intent).changed
    locked = next(number for number, each in enumerate(sent) if "locked_plans" in each)
    held = sent[locked:]
    assert len(held) == 3, held
    assert "INSERT INTO appointments" in held[1]
    assert "UPDATE intents" in held[2]


def test_the_constraint_refuses_an_overlap_that_comes_past_the_lock(services: Services, new_caller: NewCaller) -> None:
    caller, intent = ready(new_caller, 1, "oil_change", weekday="thursday", time="10 am")
    assert caller.book(intent=intent).changed
    copy = (
        "INSERT INTO appointments (customer_id, vehicle_id, service, bay, starts_at, ends_at, mode, source, "
        "created_at, changed_at) SELECT customer_id, vehicle_id, service, bay, starts_at + :later, "
        "ends_at + :later, mode, source, created_at, changed_at FROM appointments"
    )
    with pytest.raises(RowRefused, match="no_double_booking"), services.database.transaction() as connection:
        connection.execute(text(copy), {"later": timedelta(minutes=29)})
    with services.database.transaction() as connection:
        connection.execute(text(copy), {"later": timedelta(minutes=30)})  # half open: they touch
    assert rows(services, "SELECT count(*) FROM appointments") == [(2,)]


def test_staff_closing_a_day_is_effective_at_once(services: Services, new_caller: NewCaller) -> None:
    caller, intent = ready(new_caller, 1, "oil_change", weekday="thursday", time="10 am")
    with services.database.transaction() as connection:
        connection.execute(
            text("INSERT INTO closures (day, reason, source) VALUES (:day, 'the heating is broken', 'staff')"),
            {"day": (MONDAY + timedelta(days=3)).date()},
        )
    assert caller.book(intent=intent).content["status"] == "taken"
    answer = caller.slots(weekday="thursday")
    assert answer["status"] == "none"
    assert answer["reason"] == "We are closed on Thursday, December 3: the heating is broken."
    assert all("December 3" not in each["when"] for each in answer["offers"])
