"""Whole calls of Spanish speakers over the real wire: in Spanish to the row where the recogniser understands them."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from shared.domain.meanings import Moment
from shared.shop import load_shop
from tests.fast_lab import FastLab, fast_lab

TEXTS = load_shop().texts
SPANISH = TEXTS.in_language["es"]
NOTHING_SAID = dict.fromkeys(Moment.__slots__)
# The answer to the first turn is begun before that is surely over, and in English; nobody hears it.
BEGUN_AHEAD = {"text": "Hello there! How can I help you?"}
WHICH_DAY = {"text": "¿Qué día le conviene?"}


@pytest.fixture(scope="module")
def spanish_lab() -> Iterator[FastLab]:
    with fast_lab(DEEPGRAM_STT_MODEL="flux-general-multi") as running:
        # Whatever day the tests run on, the times that are asked for below are free.
        with running.database.transaction() as connection:
            connection.exec_driver_sql(
                "UPDATE appointments SET status = 'cancelled' WHERE status IN ('booked', 'confirmed')"
            )
        yield running


def es(words: str) -> Mapping[str, Any]:
    return {"text": words, "languages": ["es"]}


def tool(name: str, **arguments: Any) -> Mapping[str, Any]:
    return {"tool_calls": [{"name": name, "arguments": arguments}]}


def slots(**moment: Any) -> Mapping[str, Any]:
    return tool("get_available_slots", service="oil_change", moment={**NOTHING_SAID, **moment}, mode=None)


def book(**arguments: Any) -> Mapping[str, Any]:
    nothing = dict.fromkeys(("slot", "vehicle", "new_vehicle", "new_customer", "concern", "intent"))
    return tool("book_appointment", **{**nothing, **arguments})


LUCIA: Mapping[str, Any] = {
    "new_vehicle": {"year": 2018, "make": "Toyota", "model": "Camry", "vin": None},
    "new_customer": {"first_name": "Lucía", "last_name": "Peña"},
}
ROW = (
    "SELECT a.service, a.status, c.first_name, c.last_name, extract(isodow FROM a.starts_at AT TIME ZONE "
    "'America/Chicago')::integer FROM reporting.appointments a JOIN customers c ON c.phone = a.customer_phone "
    "WHERE a.call_sid = :sid"
)


def told_so_after(words: str) -> str:
    """What a conversation holds whose caller has said this and was told that it goes on in Spanish."""
    return f'{words}"}}, {{"role": "assistant", "content": "Claro, seguimos'


def test_a_booking_in_spanish_from_the_greeting_to_the_row(spanish_lab: FastLab) -> None:
    spanish_lab.script(
        ("aceite para mi Toyota", BEGUN_AHEAD),
        (told_so_after("aceite para mi Toyota"), WHICH_DAY),
        ('a las dos de la tarde"}', slots(weekday="wednesday", time="dos de la tarde")),
        ("a las 2 de la tarde", {"text": "Tengo el miércoles a las 2 PM. ¿A nombre de quién, y para qué carro?"}),
        ("Camry dos mil dieciocho", book(slot="slot_1", **LUCIA)),
        ("a las dos est", book(intent="intent_1")),
        ("es todo", tool("end_call")),
    )
    call = spanish_lab.call(
        es("hola buenos días necesito un cambio de aceite para mi Toyota"),
        es("el miércoles a las dos de la tarde"),
        es("a nombre de Lucía Peña para un Toyota Camry dos mil dieciocho"),
        es("sí, el miércoles a las dos está bien"),
        es("no gracias, es todo"),
        patient=True,
    )
    assert call.outcome == "booked", (call.turns, call.tools)
    assert TEXTS.greeting in call.heard
    assert BEGUN_AHEAD["text"] not in call.heard
    assert SPANISH.greeting in call.heard
    assert "Tengo el miércoles a las 2 de la tarde." in call.heard
    assert "Sería una cita para cambio de aceite y filtro de su Toyota Camry 2018, el miércoles" in call.heard
    assert "a nombre de Lucía Peña. ¿La reservo?" in call.heard
    assert "Listo, quedó reservada su cita" in call.heard
    assert call.heard.endswith(SPANISH.goodbye)
    assert spanish_lab.rows(ROW, sid=call.record["sid"]) == [("oil_change", "booked", "Lucía", "Peña", 3)]
    assert call.record["faults"] == []


def test_a_change_of_mind_at_the_read_back_books_only_what_was_agreed_to(spanish_lab: FastLab) -> None:
    spanish_lab.script(
        ("aceite para mi Camry", BEGUN_AHEAD),
        (told_so_after("aceite para mi Camry"), WHICH_DAY),
        ("a las diez para", slots(weekday="wednesday", time="diez de la mañana")),
        ("a las 10 de la ma", book(slot="slot_1", **LUCIA)),
        ("mejor el s", book(intent="intent_1")),  # a model that goes ahead in spite of the no
        ("named another day", slots(weekday="saturday", time="diez de la mañana")),
        ("slot_2", book(slot="slot_2", **LUCIA)),
        ("dale", book(intent="intent_2")),
        ("nada m", tool("end_call")),
    )
    call = spanish_lab.call(
        es("buenas tardes quisiera un cambio de aceite para mi Camry"),
        es("el miércoles a las diez para un Camry a nombre de Lucía Peña"),
        es("no, mejor el sábado"),
        es("dale, el sábado a las diez"),
        es("nada más, gracias"),
        patient=True,
    )
    assert ("book_appointment", "refused") in call.tools, call.turns
    assert call.outcome == "booked", (call.turns, call.tools)
    assert spanish_lab.rows(ROW, sid=call.record["sid"]) == [("oil_change", "booked", "Lucía", "Peña", 6)]


def test_the_voice_changes_with_the_language(spanish_lab: FastLab) -> None:
    spanish_lab.script(
        ("ayuda con mi carro", BEGUN_AHEAD),
        (told_so_after("ayuda con mi carro"), WHICH_DAY),
        ("ninguno", tool("end_call")),
    )
    spanish_lab.call(es("hola buenos días necesito ayuda con mi carro"), es("ninguno, adiós gracias"), patient=True)
    voices = {entry["text"]: entry["model"] for entry in spanish_lab.voiced()}
    assert voices[WHICH_DAY["text"]] == TEXTS.other_language["es"].voice
    assert voices[SPANISH.greeting] == TEXTS.other_language["es"].voice
    assert voices[TEXTS.greeting] == load_shop().voice


def test_who_was_taken_for_a_spanish_speaker_is_heard_and_answered_in_english_again(spanish_lab: FastLab) -> None:
    spanish_lab.script(
        ("saber de mi camioneta", BEGUN_AHEAD),
        (told_so_after("saber de mi camioneta"), WHICH_DAY),
        (TEXTS.back_in_english, {"text": "Which day would suit you?"}),
        ("goodbye", tool("end_call")),
    )
    call = spanish_lab.call(
        es("hola buenos días quisiera saber de mi camioneta"),
        {"text": "sorry I need this in English please", "languages": ["en"]},
        {"text": "that is all goodbye", "languages": ["en"]},
        patient=True,
    )
    assert SPANISH.greeting in call.heard
    assert f"{TEXTS.back_in_english} Which day would suit you?" in call.heard
    assert call.heard.endswith(TEXTS.goodbye)
    voices = {entry["text"]: entry["model"] for entry in spanish_lab.voiced()}
    assert voices["Which day would suit you?"] == voices[TEXTS.back_in_english] == load_shop().voice


def test_without_a_recogniser_of_spanish_the_caller_is_offered_a_call_back(lab: FastLab) -> None:
    lab.brain("offline-desk")
    call = lab.call(
        "hola buenos días necesito una cita para mi coche", "sí por favor", caller="+17085550977", patient=True
    )
    offers = TEXTS.other_language["es"]
    assert offers.offer in call.heard and offers.noted in call.heard
    assert SPANISH.greeting not in call.heard
    query = "SELECT message FROM reporting.callbacks WHERE phone = '+17085550977'"
    assert lab.rows(query) == [("The caller speaks Spanish and asks to be called back in it.",)]
