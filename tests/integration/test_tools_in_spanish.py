"""The tools of a call that is held in Spanish: what they say, what they understand, and what the desk reads of it."""

from typing import Any

import pytest

from shared.services import Services
from shared.tools.call import CallContext
from tests.integration.desk_calls import Caller, NewCaller, rows

NO_CHANGE = dict.fromkeys(("first_name", "last_name", "zip", "email", "phone"))
THURSDAY = "el jueves 3 de diciembre a las 2 de la tarde"
VISIT = f"cita para cambio de aceite y filtro de su Mazda CX-5 2018, {THURSDAY}, a nombre de Nora Peña"


@pytest.fixture
def caller(new_caller: NewCaller) -> Caller:
    made = new_caller()
    made.call.language = "es"
    return made


def prepared(caller: Caller) -> Any:
    offers = caller.slots(weekday="thursday", time="dos de la tarde")["offers"]
    assert [each["when"] for each in offers] == [THURSDAY]
    return caller.prepare(offers[0]["slot"], last_name="Peña")


def booked(caller: Caller) -> Caller:
    assert caller.book(intent=caller.say(prepared(caller), "sí, por favor")).changed
    caller.ask("lookup_customer", phone=None)
    assert caller.ask("verify_caller", factor="last_name", value="peña").content["status"] == "verified"
    return caller


def test_a_booking_is_read_back_agreed_to_and_confirmed_in_spanish(services: Services, caller: Caller) -> None:
    read_back = prepared(caller)
    assert read_back.spoken == f"Sería una {VISIT}. ¿La reservo?"
    done = caller.book(intent=caller.say(read_back, "Sí, el jueves a las dos está bien."))
    assert done.content["status"] == "booked"
    assert done.spoken == f"Listo, quedó reservada su {VISIT}. ¿Le puedo ayudar en algo más?"
    assert rows(services, "SELECT service, status, source FROM reporting.appointments") == [
        ("oil_change", "booked", "voice")
    ]


@pytest.mark.parametrize("words", ["no, mejor el viernes", "sí, pero a las tres", "sí, el cuatro", "no gracias"])
def test_a_change_of_mind_in_spanish_books_nothing(services: Services, caller: Caller, words: str) -> None:
    answer = caller.book(intent=caller.say(prepared(caller), words))
    assert answer.content["status"] == "refused"
    assert rows(services, "SELECT count(*) FROM appointments") == [(0,)]


def test_a_doubt_has_the_read_back_said_again_in_spanish(services: Services, caller: Caller) -> None:
    answer = caller.book(intent=caller.say(prepared(caller), "creo que sí"))
    assert answer.spoken == f"Sería una {VISIT}. ¿La reservo?"
    assert caller.book(intent=caller.say(answer, "sí")).content["status"] == "booked"


def test_what_was_read_back_before_the_language_changed_is_read_back_anew(services: Services, caller: Caller) -> None:
    caller.call.language = "en"
    read_back = caller.prepare(caller.slots(weekday="thursday", time="2 pm")["offers"][0]["slot"])
    caller.call.language = "es"
    answer = caller.book(intent=caller.say(read_back, "sí por favor"))
    assert (answer.content["status"], answer.spoken) == ("refused", None)
    assert rows(services, "SELECT count(*) FROM appointments") == [(0,)]


def test_an_appointment_is_told_moved_and_cancelled_in_spanish(services: Services, caller: Caller) -> None:
    booked(caller)
    listed = caller.ask("get_upcoming_appointments").content["appointments"][0]
    assert (listed["when"], listed["service"]) == (THURSDAY, "cambio de aceite y filtro")
    slot = caller.slots(weekday="friday", time="nueve y media de la mañana")["offers"][0]["slot"]
    moving = caller.ask("reschedule_appointment", appointment=listed["appointment"], slot=slot, intent=None)
    friday = "el viernes 4 de diciembre a las 9 y media de la mañana"
    assert moving.spoken == f"Quiere mover su {VISIT}. La nueva fecha sería {friday}. ¿La muevo?"
    intent = caller.say(moving, "sí, el viernes a las nueve y media")
    moved = caller.ask("reschedule_appointment", appointment=None, slot=None, intent=intent)
    assert (
        moved.spoken == f"Ya la moví. Ahora tiene una {VISIT.replace(THURSDAY, friday)}. ¿Le puedo ayudar en algo más?"
    )
    leaving = caller.ask("cancel_appointment", appointment=listed["appointment"], reason="vehicle_sold", intent=None)
    assert (leaving.spoken or "").endswith("¿La cancelo?")
    gone = caller.ask("cancel_appointment", appointment=None, reason=None, intent=caller.say(leaving, "sí, cancélela"))
    assert (gone.spoken or "").startswith("Ya cancelé su cita para cambio de aceite")
    assert rows(services, "SELECT status FROM appointments") == [("cancelled",)]


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [
        ({"weekday": "sunday"}, "Los domingos estamos cerrados."),
        ({"day": 25, "month": 12}, "El viernes 25 de diciembre estamos cerrados: es Navidad."),
        (
            {"weekday": "thursday", "time": "siete de la tarde"},
            "Los jueves abrimos de las 7 y media de la mañana a las 6 de la tarde.",
        ),
        ({"day": 31, "month": 2}, "Febrero no tiene día 31."),
        (
            {"weekday": "thursday", "time": "2:10 pm"},
            "Las citas empiezan cada 15 minutos, y ninguna empieza a las 2 y 10 de la tarde.",
        ),
        ({"weekday": "tomorrow", "time": "cuando sea"}, "Eso no es una hora del día."),
        ({"in_days": 200}, "Damos citas hasta el viernes 29 de enero; para el viernes 18 de junio todavía no."),
    ],
)  # fmt: skip
def test_why_no_time_fits_is_told_in_spanish(caller: Caller, moment: dict[str, Any], sentence: str) -> None:
    found = caller.slots(**moment)
    assert (found["status"], found["reason"]) == ("none", sentence)


def test_a_service_is_understood_by_its_spanish_name(caller: Caller) -> None:
    assert caller.slots(service="Cambio de aceite y filtro", weekday="thursday")["service"] == "oil_change"
    assert caller.slots(service="alineacion", weekday="thursday")["service"] == "alignment"


def test_what_may_mean_two_days_is_asked_in_spanish(caller: Caller) -> None:
    asked = caller.slots(weekday="friday", which_week="next")
    assert asked == {
        "status": "ask",
        "question": "¿Quiere decir este viernes 4 de diciembre o el viernes 11 de diciembre?",
    }


def test_what_cannot_be_had_is_told_in_spanish(caller: Caller) -> None:
    assert caller.slots(service="diagnosis", mode="wait")["note"] == (
        "El carro tiene que quedarse: esto no se hace mientras espera."
    )


def test_a_message_is_read_back_in_spanish_and_the_desk_sees_that_it_is(services: Services, caller: Caller) -> None:
    read_back = caller.ask("take_message", message="que me llamen por la factura", intent=None)
    assert read_back.spoken == (
        "Su mensaje es: que me llamen por la factura. El taller le llamará al 2 1 7, 5 5 5, 0 1 2 3. ¿Lo paso?"
    )
    done = caller.ask("take_message", message=None, intent=caller.say(read_back, "sí, páselo"))
    assert done.spoken == (
        "Ya pasé su mensaje, y el taller le devolverá la llamada en cuanto alguien esté libre. ¿Algo más?"
    )
    assert rows(services, "SELECT message FROM reporting.callbacks") == [
        ("que me llamen por la factura (the caller speaks Spanish)",)
    ]


def test_a_vin_is_understood_and_read_back_letter_by_letter(caller: Caller) -> None:
    said = "uno hache ge, ce eme ocho, dos seis tres, tres a cero cero, cuatro tres cinco dos"
    heard = caller.ask("decode_vin", vin=said)
    assert heard.content["vin"] == "1HGCM82633A004352"
    characters = "1 hache ge, ce de casa eme de María 8, 2 6 3, 3 a 0 0, 4 3 5 2"
    assert heard.spoken == f"Tengo {characters}, de un Honda 2003. ¿Es correcto?"


def test_a_character_in_doubt_is_asked_for_with_its_word_and_taken_so(caller: Caller) -> None:
    asked = caller.ask("decode_vin", vin="1HGC[?N]82633A004352")
    question = "¿el quinto carácter es N de Nicolás, o M de María?"
    assert asked.spoken == f"Puede que haya oído mal: {question} Dígamelo con su palabra, por favor."
    caller.say(asked, "eme de María")
    assert caller.ask("decode_vin", vin="1HGCM82633A004352").content["status"] in ("ok", "partial")


def test_details_are_changed_in_spanish(services: Services, caller: Caller) -> None:
    booked(caller)
    read_back = caller.ask(
        "update_details",
        customer={**NO_CHANGE, "zip": "seis dos siete cero uno", "email": "ana@gmail.com"},
        vehicle=None,
        car=None,
        intent=None,
    )  # fmt: skip
    assert read_back.spoken == (
        "Voy a anotar su código postal como 6 2 7 0 1, y su correo electrónico como a, ene, a, arroba gmail punto com. "
        "¿Es correcto?"
    )
    intent = caller.say(read_back, "sí, es correcto")
    done = caller.ask("update_details", customer=None, vehicle=None, car=None, intent=intent)
    assert done.spoken == "Ya actualicé su código postal y su correo electrónico. ¿Le puedo ayudar en algo más?"
    assert rows(services, "SELECT zip, email FROM customers") == [("62701", "ana@gmail.com")]


@pytest.mark.parametrize("said", ["Peña", "pe e eñe a", "es peña", "pena"])
def test_a_last_name_fits_as_it_is_said_or_spelled_in_spanish(caller: Caller, said: str) -> None:
    assert caller.book(intent=caller.say(prepared(caller), "sí")).changed
    caller.ask("lookup_customer", phone="dos uno siete, cinco cinco cinco, cero uno dos tres")
    assert caller.ask("verify_caller", factor="last_name", value=said).content["status"] == "verified"


def test_the_way_to_a_person_and_the_way_out_are_spanish(services: Services, caller: Caller) -> None:
    texts = services.shop.texts.in_language["es"]
    assert caller.ask("transfer_call", reason="asked_for_person").spoken == texts.transfer
    assert caller.ask("end_call").spoken == texts.goodbye


def test_a_service_without_a_spanish_name_keeps_its_own(services: Services) -> None:
    call = CallContext("CA1", "inbound", None, language="es")
    assert call.service_name(services, "headlights", "headlight restoration") == "headlight restoration"
