"""A call that goes on in Spanish: where the house can hold one, a Spanish speaker is answered in it to the end."""

from dataclasses import replace

import pytest

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.conversation import Conversation
from media_service.conversation.endpointing import Asked, asked_by, is_incomplete, topics_of
from media_service.conversation.interjections import is_back_channel
from media_service.conversation.lines import Lines
from media_service.conversation.resumed import Resumed, SoFar
from media_service.conversation.who_answered import wants_no_calls
from tests.calls.script import LINES, Script

SPANISH = Lines(
    greeting="Claro, seguimos en español.",
    fillers=("Un momento.", "Sigo buscando."),
    still_there=("¿Sigue ahí?", "No le oigo."),
    goodbye="¡Hasta luego!",
    apology="Lo siento, le comunico.",
    to_person="Le comunico con una persona.",
    nothing_done="No he cambiado nada.",
    closing_soon="Queda un minuto.",
    fillers_of={"get_available_slots": ("Déjeme ver el calendario.",)},
)
BACK = "Sure, let's go on in English."
BOTH = replace(LINES, spoken_in={"es": SPANISH, "en": replace(LINES, greeting=BACK)})
FIRST = "hola buenos días necesito una cita para mi coche"


def in_spanish() -> Script:
    call = Script(lines=BOTH)
    call.hear_out()
    call.caller(FIRST)
    return call


def test_the_call_changes_its_language_says_so_and_answers_what_was_said() -> None:
    call = in_spanish()
    assert call.of(do.ChangeLanguage) == [do.ChangeLanguage("es")]
    assert call.said[-1] == SPANISH.greeting
    assert call.messages[-2:] == [
        {"role": "user", "content": FIRST},
        {"role": "assistant", "content": SPANISH.greeting},
    ]
    assert call.of(do.TakeCallback) == []


def test_everything_is_told_of_the_language_before_the_model_is_asked() -> None:
    call = in_spanish()
    order = [type(each) for each in call.commands if isinstance(each, do.ChangeLanguage | do.StartReply)]
    assert order == [do.ChangeLanguage, do.StartReply]


def test_an_answer_begun_ahead_in_english_is_dropped() -> None:
    call = Script(lines=BOTH)
    call.hear_out()
    call.tell(ev.SpeechStarted("hola"))
    call.tell(ev.EagerEndOfTurn(FIRST))
    ahead = call.asked[-1].reply
    call.tell(ev.ReplyText(ahead, "Hello there. How can I help?"))
    call.tell(ev.TurnEnded(FIRST))
    assert do.CancelReply(ahead) in call.commands
    assert call.said[-1] == SPANISH.greeting


def test_the_language_is_changed_once() -> None:
    call = in_spanish()
    call.model("¿Qué servicio necesita?")
    call.hear_out()
    call.caller("un cambio de aceite para mi carro por favor")
    assert len(call.of(do.ChangeLanguage)) == 1
    assert call.said.count(SPANISH.greeting) == 1


def test_an_opener_in_spanish_is_said_alone_with_the_token_that_completes_it() -> None:
    call = in_spanish()
    call.hear_out()
    reply = call.asked[-1].reply
    call.tell(ev.ReplyText(reply, "Con gusto"))
    call.tell(ev.ReplyText(reply, "."))
    assert call.said[-1] == "Con gusto."
    call.model(" ¿Qué día le conviene?")
    assert call.said[-2:] == ["Con gusto.", "¿Qué día le conviene?"]


def test_waits_silence_and_the_end_are_covered_in_spanish() -> None:
    call = in_spanish()
    call.hear_out()
    call.model("", ("get_available_slots", "{}"))
    call.wait(0.7)
    assert call.said[-1] == "Déjeme ver el calendario."
    call.tool({"status": "ok"})
    call.model("Tengo el jueves a las 2:30 PM.")
    assert call.said[-1] == "Tengo el jueves a las 2 y media de la tarde."
    call.hear_out()
    call.wait(8.0)
    assert call.said[-1] == "¿Sigue ahí?"
    call.hear_out()
    call.wait(8.0)
    assert call.said[-1] == "No le oigo."
    call.hear_out()
    call.wait(8.0)
    assert call.said[-1] == SPANISH.goodbye


def test_a_claim_in_spanish_without_a_row_is_not_spoken() -> None:
    call = in_spanish()
    call.hear_out()
    call.model("Ya la reservé para el jueves. ")
    assert "Ya la reservé para el jueves." not in call.said
    call.model("Su cita quedó reservada. ")
    assert call.said[-1] == SPANISH.nothing_done


def test_a_model_that_fails_hands_the_caller_over_in_spanish() -> None:
    call = in_spanish()
    call.hear_out()
    for reply in [each.reply for each in call.asked]:
        call.tell(ev.ReplyFailed(reply))
    call.tell(ev.ReplyFailed(call.asked[-1].reply))
    assert call.said[-1] == SPANISH.apology


def test_zero_is_a_person_in_spanish() -> None:
    call = in_spanish()
    call.model("¿Qué día le conviene?")
    call.hear_out()
    call.tell(ev.KeyPressed("0"))
    call.wait(2.0)
    assert call.said[-1] == SPANISH.to_person


def test_an_ajá_does_not_stop_her_and_a_no_does() -> None:
    call = in_spanish()
    call.hear_out()
    call.model("Tenemos lugar el jueves a las dos de la tarde y también el viernes por la mañana. ")
    call.hear_words("Tenemos lugar")
    call.tell(ev.SpeechStarted("ajá"))
    call.tell(ev.TurnEnded("ajá"))
    assert call.of(do.StopTalking) == []
    call.tell(ev.SpeechStarted("no"))
    assert len(call.of(do.StopTalking)) == 1


def test_half_a_number_in_spanish_words_is_waited_for() -> None:
    call = in_spanish()
    call.model("¿Me da su número de teléfono?")
    call.hear_out()
    asked = len(call.asked)
    call.caller("dos uno siete cinco cinco cinco")
    assert len(call.asked) == asked
    call.caller("cero uno cuatro dos")
    assert len(call.asked) == asked + 1


def test_a_call_that_broke_off_goes_on_in_spanish() -> None:
    call = in_spanish()
    so_far = call.conversation.so_far
    assert so_far.language == "es"
    again = Conversation(BOTH, resumed=Resumed(so_far, "Disculpe, se cortó.", "", owed=True))
    said = [each.text for each in again.receive(ev.StreamStarted(), 0.0) if isinstance(each, do.Say)]
    assert said == ["Disculpe, se cortó."]
    commands = again.receive(ev.TurnEnded("hola buenos días necesito una cita para mi coche"), 1.0)
    assert not [each for each in commands if isinstance(each, do.ChangeLanguage)]
    assert again.so_far.language == "es"


def test_a_call_resumed_where_no_spanish_is_spoken_goes_on_in_english() -> None:
    again = Conversation(LINES, resumed=Resumed(SoFar(language="es"), "Sorry.", "", owed=True))
    assert again.so_far.language == "en"


def test_a_language_that_the_house_does_not_speak_is_still_offered_a_call_back() -> None:
    call = Script()
    call.hear_out()
    call.caller(FIRST)
    assert call.of(do.ChangeLanguage) == []
    assert call.said[-1] == LINES.other_language["es"].offer


def test_an_english_caller_hears_no_spanish() -> None:
    call = Script(lines=BOTH)
    call.hear_out()
    call.caller("hello I need an oil change for my car on tuesday please")
    call.model("Sure.")
    assert call.of(do.ChangeLanguage) == []


@pytest.mark.parametrize("words", ["ajá", "sí", "mm", "sí sí", "claro", "ya veo", "está bien", "de acuerdo", "vale"])
def test_a_spanish_listener_leaves_the_floor(words: str) -> None:
    assert is_back_channel(words)


@pytest.mark.parametrize("words", ["no", "espere", "pero", "sí pero el viernes", "el jueves", "perdón"])
def test_a_spanish_speaker_takes_it(words: str) -> None:
    assert not is_back_channel(words)


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("¿Me da su número de teléfono?", Asked.PHONE),
        ("¿Cuál es su código postal?", Asked.ZIP),
        ("¿Me puede leer el VIN?", Asked.VIN),
        ("¿Cuáles son los últimos cuatro del VIN?", Asked.VIN_END),
        ("¿Cuál es la placa?", Asked.PLATE),
        ("¿Cuál es su correo electrónico?", Asked.EMAIL),
        ("¿Cuál es su nombre y apellido?", Asked.NAME),
        ("Sería el jueves a las 2 de la tarde. ¿La reservo?", Asked.YES_NO),
        ("¿Es correcto?", Asked.YES_NO),
        ("¿Qué día le conviene?", Asked.ANYTHING),
    ],
)
def test_what_is_asked_in_spanish_decides_the_patience(question: str, asked: Asked) -> None:
    assert asked_by(question, topics_of(question)) is asked


@pytest.mark.parametrize(
    ("answer", "asked", "incomplete"),
    [
        ("dos uno siete", Asked.PHONE, True),
        ("dos diecisiete quinientos cincuenta y cinco cero uno cuarenta y dos", Asked.PHONE, False),
        ("seis dos siete", Asked.ZIP, True),
        ("seis dos siete cero uno", Asked.ZIP, False),
        ("no lo tengo", Asked.ZIP, False),
        ("uno hache ge ce eme", Asked.VIN, True),
    ],
)
def test_numbers_in_spanish_are_counted(answer: str, asked: Asked, incomplete: bool) -> None:
    assert is_incomplete(answer, asked, "es") is incomplete


@pytest.mark.parametrize(
    "words",
    ["no me llamen más", "ya no me llamen", "dejen de llamarme", "quítenme de la lista", "basta", "alto por favor"],
)
def test_who_wants_no_more_calls_may_say_so_in_spanish(words: str) -> None:
    assert wants_no_calls(words)
