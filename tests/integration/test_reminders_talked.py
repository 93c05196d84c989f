"""What the tools of a reminder call do, and what they refuse to tell before the person has said who they are."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from shared.services import Services
from shared.storage import attempts, reminders
from shared.tools.call import CallContext, ToolResult
from shared.tools.registry import Desk
from tests.integration.reminder_rows import book, rows

ANA = "+12175550142"


_PLACED = (
    "INSERT INTO reminder_attempts (id, phone, local_day, number, state, zone, local_time, dialed_at, call_sid) "
    "VALUES (:id, :phone, :day, 1, 'placed', 'America/Chicago', '10:00', :now, 'CA1')",
    "INSERT INTO reminders_of_attempts (attempt_id, reminder_id) SELECT :id, id FROM reminders",
    "UPDATE reminders SET state = 'placed', attempts = 1",
)


class Talk:
    """A call that names the appointments of a number."""

    def __init__(self, services: Services, *starts_in_hours: int) -> None:
        self.services, self.database = services, services.database
        self.attempt = uuid4()
        now = services.clock.now()
        self.appointments = [book(self.database, ANA, now + timedelta(hours=each)) for each in starts_in_hours]
        with self.database.transaction() as connection:
            reminders.plan(connection, now)
            for statement in _PLACED:
                connection.execute(text(statement), {"id": self.attempt, "phone": ANA, "day": now.date(), "now": now})
        self.call = CallContext("CA1", "outbound", ANA, attempt=str(self.attempt))

    def ask(self, tool: str, answers: dict[str, str] | None = None, /, **arguments: Any) -> ToolResult:
        return Desk(self.services).run(self.call, tool, json.dumps(arguments), answers or {})

    def over(self, outcome: str, *, tried_again: bool = False) -> None:
        now = self.services.clock.now()
        self.database.run(lambda c: attempts.settle(c, self.attempt, outcome, now, tried_again=tried_again))  # type: ignore[arg-type]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return rows(self.database, query)


@pytest.fixture
def talk(services: Services) -> Talk:
    return Talk(services, 23)


@pytest.mark.parametrize("words", ["Yes.", "Yes, this is Ana.", "Speaking.", "This is she.", "It's me.", "Yes, it is."])
def test_who_says_that_they_are_the_person_hears_the_appointment(talk: Talk, words: str) -> None:
    answered = talk.ask("confirm_person", {"person": words})
    assert answered.intent is not None and answered.spoken is not None
    assert "Mazda CX-5" in answered.spoken and answered.spoken.endswith("Can you make it?")
    assert len(answered.content["appointments"]) == 1


@pytest.mark.parametrize("words", ["", "Who is this?", "No.", "This is her husband.", "Hello?", "She's not here."])
def test_nothing_is_told_to_anybody_else_whatever_the_model_makes_of_it(talk: Talk, words: str) -> None:
    answered = talk.ask("confirm_person", {"person": words})
    assert answered.content["status"] == "refused"
    assert answered.spoken == "Am I speaking with Ana Lopez?" and answered.intent == "person", "it is asked once more"
    assert "Mazda" not in json.dumps(answered.content)
    assert talk.call.verified is None
    assert talk.ask("get_upcoming_appointments").content["status"] == "verify_first"


@pytest.mark.parametrize(
    "words", ["Yes.", "Yes, I can make it.", "I'll be there.", "I will.", "We'll be there, thanks."]
)
def test_who_will_come_has_confirmed_and_each_of_their_appointments_says_so(services: Services, words: str) -> None:
    talk = Talk(services, 23, 26)
    told = talk.ask("confirm_person", {"person": "Yes."})
    done = talk.ask("confirm_appointment", {str(told.intent): words}, intent=told.intent)
    assert (done.content["status"], done.outcome) == ("confirmed", "confirmed")
    talk.over("confirmed")
    assert talk.rows("SELECT DISTINCT status FROM appointments") == [("confirmed",)]
    assert talk.rows("SELECT outcome, state FROM reporting.reminders") == [("confirmed", "ended")] * 2


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE appointments SET status = 'cancelled' WHERE id = :id",
        "UPDATE appointments SET starts_at = starts_at + interval '1 hour', ends_at = ends_at + interval '1 hour' "
        "WHERE id = :id",
    ],
)
def test_what_was_changed_since_it_was_told_is_not_said_to_be_confirmed(services: Services, meanwhile: str) -> None:
    talk = Talk(services, 23, 26)
    told = talk.ask("confirm_person", {"person": "Yes."})
    with services.database.transaction() as connection:
        connection.execute(text(meanwhile), {"id": talk.appointments[1]})
    done = talk.ask("confirm_appointment", {str(told.intent): "Yes."}, intent=told.intent)
    assert (done.content["status"], done.changed, done.spoken) == ("refused", False, None)
    assert talk.rows("SELECT count(*) FROM appointments WHERE status = 'confirmed'") == [(0,)]


def test_a_no_confirms_nothing(talk: Talk) -> None:
    told = talk.ask("confirm_person", {"person": "Yes."})
    assert not talk.ask("confirm_appointment", {str(told.intent): "No, I can't."}, intent=told.intent).changed
    assert talk.rows("SELECT status FROM appointments") == [("booked",)]


def test_who_cannot_come_cancels_with_the_desks_own_tool_and_the_reminder_says_so(talk: Talk) -> None:
    told = talk.ask("confirm_person", {"person": "Yes."})
    handle = told.content["appointments"][0]["appointment"]
    asked = talk.ask("cancel_appointment", appointment=handle, reason=None, intent=None)
    done = talk.ask(
        "cancel_appointment", {str(asked.intent): "yes"}, appointment=None, reason=None, intent=asked.intent
    )
    assert done.content["status"] == "cancelled"
    talk.over("cancelled")
    assert talk.rows("SELECT outcome FROM reporting.reminders") == [("cancelled",)]


def test_a_wrong_number_is_never_called_again(talk: Talk) -> None:
    done = talk.ask("wrong_person", who="wrong_number")
    assert (done.ending, done.outcome) == ("goodbye", "wrong_number")
    assert talk.rows("SELECT count(*) FROM consents WHERE withdrawn_at IS NULL") == [(0,)]
    talk.over("wrong_number")
    assert talk.rows("SELECT outcome, state FROM reminders") == [("wrong_number", "ended")]


@pytest.mark.parametrize(
    ("tool", "arguments"), [("wrong_person", {"who": "not_in"}), ("call_later", {"when": "in_two_hours"})]
)
def test_who_has_no_time_or_is_not_in_is_called_again_later(talk: Talk, tool: str, arguments: dict[str, str]) -> None:
    assert talk.ask(tool, **arguments).ending == "goodbye"
    talk.over("no_answer")
    again = talk.services.clock.now() + timedelta(hours=2)
    assert talk.rows("SELECT state, due_at FROM reminders") == [("due", again)]


@pytest.mark.parametrize(
    ("when", "local"), [("this_evening", "2026-11-30 18:00:00"), ("tomorrow_morning", "2026-12-01 09:00:00")]
)
def test_who_names_a_part_of_the_day_is_called_in_it(talk: Talk, when: str, local: str) -> None:
    assert talk.ask("call_later", when=when).ending == "goodbye"
    due = "SELECT again_at AT TIME ZONE 'America/Chicago' || '' FROM reminder_attempts"
    assert talk.rows(due) == [(local,)]


@pytest.mark.parametrize("source", ["voice", "keypad"])
def test_an_opt_out_is_written_with_its_source_and_ends_every_consent(talk: Talk, source: str) -> None:
    assert talk.ask("opt_out", source=source).changed
    assert talk.rows("SELECT phone, source FROM reporting.opt_outs") == [(ANA, source)]
    assert talk.rows("SELECT count(*) FROM consents WHERE withdrawn_at IS NULL") == [(0,)]


def test_who_talked_and_agreed_to_nothing_is_not_called_again_by_itself(talk: Talk) -> None:
    talk.over("no_answer")
    assert talk.rows("SELECT state, outcome FROM reminders") == [("ended", "no_answer")]


@pytest.mark.parametrize("tool", ["confirm_person", "wrong_person", "call_later"])
def test_in_a_call_that_somebody_made_to_us_these_tools_do_nothing(services: Services, tool: str) -> None:
    arguments = {"wrong_person": {"who": "not_in"}, "call_later": {"when": "in_two_hours"}}.get(tool, {})
    call = CallContext("CA2", "inbound", ANA)
    assert Desk(services).run(call, tool, json.dumps(arguments), {}).content["status"] == "error"


def test_the_opening_is_kept_when_it_was_heard(talk: Talk) -> None:
    now = talk.services.clock.now()
    talk.database.run(lambda c: attempts.opening_played(c, UUID(str(talk.attempt)), now))
    assert talk.rows("SELECT opening_played_at FROM reminder_attempts") == [(now,)]


@pytest.fixture
def spanish(talk: Talk) -> Talk:
    talk.call.language = "es"
    return talk


@pytest.mark.parametrize("words", ["Sí.", "Sí, soy yo.", "Con ella habla.", "Ella habla.", "Soy Ana.", "Habla Ana."])
def test_the_person_may_say_so_in_spanish_and_hears_the_appointment_in_it(spanish: Talk, words: str) -> None:
    answered = spanish.ask("confirm_person", {"person": words})
    assert answered.spoken is not None
    assert answered.spoken.startswith("Gracias. Tiene cita para ") and answered.spoken.endswith("¿Puede venir?")


@pytest.mark.parametrize("words", ["¿Quién habla?", "No.", "Soy su esposo.", "¿Bueno?", "No está.", "Aquí no vive."])
def test_nobody_else_hears_of_it_in_spanish(spanish: Talk, words: str) -> None:
    assert spanish.ask("confirm_person", {"person": words}).content["status"] == "refused"
    assert spanish.call.verified is None


@pytest.mark.parametrize("words", ["Sí.", "Sí, ahí estaré.", "Claro que sí.", "Sí puedo.", "Sí, voy a ir."])
def test_who_will_come_says_so_in_spanish(spanish: Talk, words: str) -> None:
    told = spanish.ask("confirm_person", {"person": "Sí, soy yo."})
    done = spanish.ask("confirm_appointment", {str(told.intent): words}, intent=told.intent)
    assert done.spoken == "Muy bien, queda confirmado. ¿Le puedo ayudar en algo más?"


@pytest.mark.parametrize("words", ["No puedo ir.", "No.", "¿A qué hora?", "Tal vez."])
def test_who_does_not_say_that_they_will_come_confirms_nothing_in_spanish(spanish: Talk, words: str) -> None:
    told = spanish.ask("confirm_person", {"person": "Sí."})
    assert not spanish.ask("confirm_appointment", {str(told.intent): words}, intent=told.intent).changed


def test_a_spanish_opt_out_is_told_in_spanish(spanish: Talk) -> None:
    done = spanish.ask("opt_out", source="voice")
    assert done.spoken == spanish.services.shop.texts.in_language["es"].called_opted_out
