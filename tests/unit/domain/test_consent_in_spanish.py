"""Which answers to a Spanish read-back allow it to be carried out: as strictly as in English."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.consent import Answer, judge
from shared.domain.wording.wording import wording

WORDS = wording("es")
OIL, CIVIC = "cambio de aceite y filtro", WORDS.car_words(2019, "Honda", "Civic")
THURSDAY, FRIDAY = (WORDS.moment_words(datetime(2026, 11, *at)) for at in ((26, 14), (27, 9)))  # noqa: DTZ001
DESCRIBED = WORDS.described(OIL, CIVIC, THURSDAY, "Pedro Salas")
BOOK = WORDS.may_book(OIL, CIVIC, THURSDAY, "Pedro Salas")
HALF_PAST = WORDS.may_book("revisión de frenos", CIVIC, WORDS.moment_words(datetime(2026, 11, 30, 14, 30)), "Ana Ruiz")  # noqa: DTZ001
CANCEL, MOVE = WORDS.may_cancel(DESCRIBED), WORDS.may_move(DESCRIBED, FRIDAY)
MESSAGE = WORDS.may_pass_on("que no hay prisa, hasta el lunes", "+12175550142")


@pytest.mark.parametrize(
    "words",
    [
        "sí", "Sí, por favor.", "si", "claro", "claro que sí", "por supuesto", "correcto", "exacto", "así es", "eso es",
        "está bien", "me parece bien", "perfecto, gracias", "de acuerdo", "vale", "dale", "sale", "ándale", "órale sí",
        "sí, el jueves", "Sí, el jueves a las dos.", "sí, jueves veintiséis a las dos de la tarde", "ajá", "okay", "ok",
        "sí, el 26 de noviembre", "sí, el jueves 26", "sí, a las 2 p. m.", "sí, a las 14 horas", "Sí, por la tarde.",
        "sí, en la tarde", "sí, a nombre de Pedro Salas", "sí, Pedro Salas", "sí, el Honda Civic", "sí, el Civic 2019",
        "sí, el dos mil diecinueve", "resérvela", "Sí, resérvemela, por favor.", "sí, agéndela", "me queda bien",
        "me viene bien", "muy bien, gracias", "no hay problema, sí", "cómo no", "adelante", "hágalo", "me sirve",
        "sí, para el cambio de aceite", "excelente, muchas gracias", "confirmo", "sí señor", "Sí, está perfecto.",
        "bueno, sí", "¡Claro que sí!", "yes", "sí, sí, sí", "seguro que sí", "sí, así está bien", "listo",
    ],
)  # fmt: skip
def test_a_plain_agreement_is_taken(words: str) -> None:
    assert judge(words, BOOK, "es") is Answer.AGREES


@pytest.mark.parametrize(
    "words",
    [
        "no", "no, gracias", "claro que no", "no, mejor el viernes", "mejor el viernes", "sí, pero el viernes",
        "sí, el viernes", "sí, a las tres", "sí, a las dos y media", "sí, las dos y cuarto", "sí, mañana",
        "mañana mejor", "sí, el miércoles por la tarde", "sí, de la mañana", "sí, a las dos de la mañana",
        "sí, el veintisiete", "sí, el 27 de noviembre", "sí, el 26 de diciembre", "otro día", "prefiero otra hora",
        "sí, el Civic 2018", "no, está mal", "eso está equivocado", "cancélela", "cámbiela", "sí, cancele eso",
        "olvídelo", "no la reserve", "todavía no", "nunca", "sí, pasado mañana", "sí, hoy", "sí, esta noche",
        "sí, al cuarto para las dos", "un día diferente", "no, a las cuatro", "sí, el primero",
        "quiero cambiar la hora",
    ],
)  # fmt: skip
def test_a_no_and_another_day_time_or_number_refuse(words: str) -> None:
    assert judge(words, BOOK, "es") is Answer.REFUSES


@pytest.mark.parametrize(
    "words",
    [
        "", "   ", "espere", "un momento", "momentito por favor", "no sé", "no lo sé", "creo que sí", "supongo que sí",
        "tal vez", "quizás", "a lo mejor", "depende", "¿a qué hora?", "sí a qué hora", "¿cuánto cuesta?", "¿mande?",
        "mande", "¿sí?", "sí, ¿pero cuánto tarda?", "perdón", "repita por favor", "otra vez", "no estoy seguro", "hola",
        "más tarde", "sí, más tarde", "[?sí]", "sí [?no]", "[?claro] [?que] [?sí]", "gracias", "bueno", "pues",
        "sí, el Camry", "sí, a nombre de María López", "sí, para los frenos", "quiero hablar con una persona",
        "sí, quiero hablar con una persona", "me llamo Pedro", "si puede ser", "sí, o cualquier día", "estoy bien así",
        "sí, si hay lugar", "mm", "la cita", "se puede", "dígame", "sí pero",
    ],
)  # fmt: skip
def test_a_question_a_doubt_silence_and_what_was_not_read_back_are_unclear(words: str) -> None:
    assert judge(words, BOOK, "es") is Answer.UNCLEAR


@pytest.mark.parametrize(
    ("words", "heard", "answer"),
    [
        ("sí, cancélela", CANCEL, Answer.AGREES),
        ("cancele, por favor", CANCEL, Answer.AGREES),
        ("sí, resérvela", CANCEL, Answer.UNCLEAR),
        ("no, no la cancele", CANCEL, Answer.REFUSES),
        ("sí, muévala", MOVE, Answer.AGREES),
        ("sí, cámbiela al viernes", MOVE, Answer.AGREES),
        ("sí, el viernes a las nueve", MOVE, Answer.AGREES),
        ("sí, viernes veintisiete a las nueve de la mañana", MOVE, Answer.AGREES),
        ("sí, el jueves", MOVE, Answer.UNCLEAR),
        ("sí, a las dos", MOVE, Answer.UNCLEAR),
        ("sí, el sábado", MOVE, Answer.REFUSES),
        ("mejor déjela así", MOVE, Answer.REFUSES),
        ("sí, a las dos y media", HALF_PAST, Answer.AGREES),
        ("sí, dos y media", HALF_PAST, Answer.AGREES),
        ("sí, a las dos treinta", HALF_PAST, Answer.AGREES),
        ("sí, a las 2:30", HALF_PAST, Answer.AGREES),
        ("sí, el lunes treinta", HALF_PAST, Answer.AGREES),
        ("sí, a las dos", HALF_PAST, Answer.REFUSES),
        ("sí, a las tres menos cuarto", HALF_PAST, Answer.REFUSES),
        ("sí, a la una y media", HALF_PAST, Answer.REFUSES),
        ("sí, páselo", MESSAGE, Answer.AGREES),
        ("sí, mándelo", MESSAGE, Answer.AGREES),
        ("sí, termina en cero uno cuatro dos", MESSAGE, Answer.UNCLEAR),
        ("sí, cero uno cuatro dos", MESSAGE, Answer.AGREES),
        ("sí, dos diecisiete, quinientos cincuenta y cinco", MESSAGE, Answer.AGREES),
        ("sí, al cero uno cuatro tres", MESSAGE, Answer.REFUSES),
        ("no, el martes", MESSAGE, Answer.REFUSES),
    ],
)
def test_the_answer_is_held_against_what_was_read_back(words: str, heard: str, answer: Answer) -> None:
    assert judge(words, heard, "es") is answer


@pytest.mark.parametrize(
    "words",
    [
        "sí, en la noche", "sí, cambio de hora", "un cambio de fecha sí", "sí, en dos días", "sí, dos días", "sí, una",
        "sí, a las dos y", "sí y", "sí, para el", "sí, a nombre de", "por cierto", "por cierto, a nombre de Pedro",
        "aparte", "sí y aparte", "una reserva", "mi reserva", "el seguro", "es por el seguro", "está seguro",
        "usted está seguro", "ya está bien", "ya está bueno", "así está bien", "está bien así", "órale",
        "muy bien y usted", "sí, a la tres", "ni modo", "ya", "para nada", "no, sí, está bien", "sí, el dos",
        "sí, martes 13", "sí, a mediodía", "ni hablar", "qué va", "imposible", "sí, tomorrow", "yes, at three",
    ],
)  # fmt: skip
def test_what_only_sounds_like_a_yes_does_not_agree(words: str) -> None:
    assert judge(words, BOOK, "es") is not Answer.AGREES


@pytest.mark.parametrize("words", ["sí a las doce de la noche", "sí, a medianoche", "sí, a las doce y media"])
def test_midnight_is_not_noon(words: str) -> None:
    noon = WORDS.may_book(OIL, CIVIC, WORDS.moment_words(datetime(2026, 11, 26, 12)), "Ana Ruiz")  # noqa: DTZ001
    assert judge(words, noon, "es") is Answer.REFUSES
    assert judge("sí, a mediodía", noon, "es") is judge("sí, a las doce del día", noon, "es") is Answer.AGREES


@pytest.mark.parametrize(
    ("name", "words"),
    [("Domingo Pérez", "sí, el domingo"), ("Julio Pérez", "sí, en julio"), ("Abril Paz", "sí, abril")],
)
def test_a_name_that_is_also_a_day_or_a_month_names_no_time(name: str, words: str) -> None:
    read_back = WORDS.may_book(OIL, CIVIC, THURSDAY, name)
    assert judge(words, read_back, "es") is Answer.REFUSES
    assert judge("sí, el jueves", read_back, "es") is Answer.AGREES


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("yes please", Answer.AGREES), ("sí, thank you", Answer.AGREES), ("buenas tardes, sí", Answer.AGREES),
        ("buenos días sí", Answer.AGREES), ("sí, así está bien", Answer.AGREES), ("sí, a la una", Answer.REFUSES),
        ("sí, nada más", Answer.UNCLEAR), ("sí, es todo", Answer.UNCLEAR), ("ni hablar", Answer.REFUSES),
    ],
)  # fmt: skip
def test_courtesies_neither_agree_nor_refuse(words: str, answer: Answer) -> None:
    assert judge(words, BOOK, "es") is answer


@given(
    st.sampled_from(["sí", "claro que sí", "perfecto", "dale", "de acuerdo"]),
    st.sampled_from(
        [
            "el viernes", "a las tres", "a la una", "el veintisiete", "mañana", "de la mañana", "el 3 de diciembre",
            "a las dos y cuarto", "cancélela", "pero no", "el 2018", "mejor", "otro",
        ]
    ),
    st.booleans(),
    st.sampled_from(["", ".", ", por favor", " gracias"]),
)  # fmt: skip
def test_a_correction_beside_a_yes_is_never_an_agreement(yes: str, news: str, first: bool, end: str) -> None:
    assert judge(f"{news} {yes}{end}" if first else f"{yes} {news}{end}", BOOK, "es") is not Answer.AGREES


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_is_said_there_is_an_answer(words: str, heard: str) -> None:
    assert judge(words, heard, "es") in Answer
