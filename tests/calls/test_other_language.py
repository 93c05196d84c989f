"""A caller who speaks no English is noticed within two turns and offered a call-back in their own words."""

import pytest

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.languages import spoken_in
from tests.calls.script import LINES, Script

SPANISH = LINES.other_language["es"]


def offered() -> Script:
    call = Script()
    call.hear_out()
    call.caller("hola buenos días necesito una cita para mi coche")
    call.hear_out()
    return call


def test_a_turn_that_is_surely_spanish_is_answered_in_spanish_and_not_by_the_model() -> None:
    call = offered()
    assert call.said[-1] == SPANISH.offer
    assert call.asked == []


def test_a_short_turn_raises_the_suspicion_and_the_second_confirms_it() -> None:
    call = Script()
    call.hear_out()
    call.caller("hola una cita")
    assert len(call.asked) == 1
    call.model("I am sorry?")
    call.hear_out()
    call.caller("no hablo")
    assert call.said[-1] == SPANISH.offer


def test_a_recogniser_that_tells_languages_apart_is_believed() -> None:
    call = Script()
    call.hear_out()
    call.tell(ev.TurnEnded("cambiar bujías del motor", (), ("es", "en")))
    assert call.said[-1] == SPANISH.offer


def test_an_answer_begun_ahead_of_a_spanish_turn_is_never_heard() -> None:
    call = Script()
    call.hear_out()
    call.tell(ev.SpeechStarted("hola"))
    call.tell(ev.EagerEndOfTurn("hola necesito una cita para mi coche"))
    call.tell(ev.ReplyText(call.asked[-1].reply, "Hello there. How can I help?"))
    call.tell(ev.TurnEnded("hola necesito una cita para mi coche"))
    assert call.said[-1] == SPANISH.offer
    assert call.of(do.CancelReply)


@pytest.mark.parametrize("yes", ["sí", "Sí, por favor.", "yes", "claro que sí"])
def test_a_yes_takes_a_call_back_with_the_language_and_ends_in_it(yes: str) -> None:
    call = offered()
    call.caller(yes)
    assert call.of(do.TakeCallback) == [do.TakeCallback("Spanish")]
    call.tell(ev.CallbackTaken(True))
    assert call.said[-1] == SPANISH.noted
    call.hear_out()
    call.tell(ev.StreamEnded())
    assert call.of(do.EndCall) == [do.EndCall("goodbye")]
    assert call.of(do.CallOver) == [do.CallOver("message", False)]


def test_a_call_back_that_cannot_be_written_down_is_not_promised() -> None:
    call = offered()
    call.caller("sí")
    call.tell(ev.CallbackTaken(False))
    assert call.said[-1] == SPANISH.to_person
    call.hear_out()
    assert call.commands[-1] == do.EndCall("transfer")


@pytest.mark.parametrize("words", ["no gracias", "quiero hablar con una persona que habla español"])
def test_who_wants_no_call_back_is_put_through(words: str) -> None:
    call = offered()
    call.caller(words)
    assert call.said[-1] == SPANISH.to_person


def test_who_goes_on_in_english_is_answered_by_the_model_and_not_asked_again() -> None:
    call = offered()
    call.caller("I need an oil change tomorrow")
    call.model("Sure.")
    call.caller("hola buenos días necesito una cita")
    assert len(call.asked) == 2
    assert call.said.count(SPANISH.offer) == 1


@pytest.mark.parametrize(
    "words",
    [
        "I need an oil change for my el camino",
        "no no no",
        "my name is jose de la cruz",
        "can you do the de la garza car",
        "si",
        "yes please on tuesday at nine",
        "it is a fiat punto la la la I think it is the one",
    ],
)
def test_english_with_a_foreign_name_is_english(words: str) -> None:
    language, sure = spoken_in(words)
    assert not sure, language


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("bonjour je voudrais un rendez-vous pour ma voiture", "fr"),
        ("guten tag ich brauche einen termin für mein auto", "de"),
        ("buenas tardes quisiera un cambio de aceite", "es"),
    ],
)
def test_languages_are_told_by_their_small_words(words: str, language: str) -> None:
    assert spoken_in(words) == (language, True)
