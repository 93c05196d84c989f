"""A caller who speaks no English is noticed within two turns and offered a call-back in their own words."""

import pytest

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.languages import spoken_in
from tests.calls.script import LINES, Script
from tests.calls.test_in_spanish import BACK, BOTH, in_spanish
from tests.calls.test_in_spanish import SPANISH as IN_SPANISH

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
    assert language == "en" or not sure


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


def test_what_the_recogniser_heard_of_a_language_is_not_said_of_digits() -> None:
    call = Script()
    call.caller("I need an oil change.")
    call.model("Thank you for that. What's your ZIP code please?")
    call.hear(300)
    call.tell(ev.TurnEnded("sí", languages=("es",)))
    call.hear_out()
    for digit in "62701":
        call.tell(ev.KeyPressed(digit))
    assert call.messages[-1]["role"] == "user"
    assert LINES.other_language["es"].offer not in call.said


# A call that can go on in Spanish, and its caller who may have been mistaken for a Spanish speaker


def languages_of(call: Script) -> list[str]:
    return [each.language for each in call.of(do.ChangeLanguage)]


def turns(call: Script, *words: str, named: tuple[str, ...] = ()) -> None:
    for each in words:
        call.hear_out()
        call.tell(ev.SpeechStarted(each.split()[0]))
        call.tell(ev.TurnEnded(each, (), named))
        if call.asked:
            call.model("Claro.")


@pytest.mark.parametrize(
    "words",
    [
        "I don't understand I need an oil change for my car",
        "English please",
        "can you speak English",
        "do you speak English",
        "en inglés por favor",
        "wait what is this can we do this in English",
    ],
)
def test_who_speaks_or_asks_for_english_after_the_change_is_served_in_english_again(words: str) -> None:
    call = in_spanish()
    call.hear_out()
    call.caller(words)
    assert languages_of(call) == ["es", "en"]
    assert call.said[-1] == BACK
    assert call.messages[-1] == {"role": "assistant", "content": BACK}
    call.hear_out()
    call.model("At 2:30 PM.")
    assert call.said[-1] == "At 2:30 PM."
    call.hear_out()
    call.tell(ev.KeyPressed("0"))
    call.wait(2.0)
    assert call.said[-1] == LINES.to_person


def test_one_short_turn_of_english_is_not_enough_and_the_second_is() -> None:
    call = in_spanish()
    turns(call, "what did you")
    assert languages_of(call) == ["es"]
    turns(call, "what is that")
    assert languages_of(call) == ["es", "en"]


def test_spanish_between_two_turns_of_english_is_spanish() -> None:
    call = in_spanish()
    turns(call, "what did you", "necesito una cita para el martes", "what is that")
    assert languages_of(call) == ["es"]


def test_a_caller_may_change_to_and_fro_a_few_times_and_is_then_left_to_the_model() -> None:
    call = in_spanish()
    for _ in range(4):
        turns(call, "I need an oil change for my car", "necesito un cambio de aceite para mi carro")
    assert languages_of(call) == ["es", "en", "es", "en"]
    assert call.said.count(IN_SPANISH.greeting) == 2


@pytest.mark.parametrize(
    "words",
    [
        "okay", "yes please", "thank you", "Honda Civic two thousand nineteen", "Peter Miller", "oil change", "no",
        "un oil change para mi truck", "mi apellido es Johnson", "a las dos p m", "quiero un tune up please",
        "no hablo inglés", "mi esposa no habla inglés", "sí okay thank you", "ciento veinte Main Street",
    ],
)  # fmt: skip
def test_a_few_english_words_leave_a_spanish_call_as_it_is(words: str) -> None:
    call = in_spanish()
    turns(call, words, words)
    assert languages_of(call) == ["es"]


@pytest.mark.parametrize(
    "words",
    [
        "no no no no", "no, no, no, no I said no", "my name is Maria de la Cruz, I need la", "Maria de la Cruz",
        "Juan de los Santos", "it's on Calle de la Luna in El Paso", "si", "sí", "no", "bueno", "mañana", "la la la",
        "hola gracias", "I have a fiat punto", "San Jose de la Cruz", "okay adiós",
    ],
)  # fmt: skip
def test_english_with_spanish_names_and_single_words_stays_english(words: str) -> None:
    call = Script(lines=BOTH)
    turns(call, words, words, words)
    assert languages_of(call) == []


@pytest.mark.parametrize(
    "words",
    [
        "okay thank you very much", "oil change please for my car", "yes", "no", "my name is Maria de la Cruz",
        "tuesday at nine for the Honda", "Honda Civic two thousand nineteen", "Juan de los Santos", "Peter Miller",
    ],
)  # fmt: skip
def test_a_recogniser_that_takes_english_or_a_name_for_spanish_is_not_believed(words: str) -> None:
    call = Script(lines=BOTH)
    turns(call, words, words, named=("es", "en"))
    assert languages_of(call) == []


def test_a_recogniser_that_takes_spanish_for_english_is_not_believed() -> None:
    call = Script(lines=BOTH)
    turns(call, "hola necesito una cita para mi carro", named=("en",))
    assert languages_of(call) == ["es"]


@pytest.mark.parametrize(
    "words",
    [
        "necesito un oil change para mi carro", "quiero hacer un appointment para mi truck", "no hablo inglés",
        "¿habla español?", "en español por favor", "no entiendo inglés", "do you speak Spanish", "Spanish please",
        "hay alguien que hable español", "tengo un problema con los frenos",
    ],
)  # fmt: skip
def test_mixed_languages_with_spanish_bones_and_who_asks_for_spanish_are_served_in_it(words: str) -> None:
    call = Script(lines=BOTH)
    turns(call, words)
    assert languages_of(call) == ["es"]


def test_one_word_turns_that_the_recogniser_calls_spanish_are_believed_at_the_second() -> None:
    call = Script(lines=BOTH)
    turns(call, "sí", "mañana", named=("es",))
    assert languages_of(call) == ["es"]
