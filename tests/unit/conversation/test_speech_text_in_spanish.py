"""What a model writes in Spanish reaches the voice as a Spanish speaker says it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_service.conversation.speech_text import speakable


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("¿Le queda bien el jueves 26 a las 2:30 PM?", "¿Le queda bien el jueves 26 a las 2 y media de la tarde?"),
        ("Tengo a las 2:00 p. m. o a las 9:15 a.m.", "Tengo a las 2 de la tarde o a las 9 y cuarto de la mañana."),
        ("A la 1:00 PM.", "A la 1 de la tarde."),
        ("Es a las 12:00 PM.", "Es a las 12 del mediodía."),
        ("Abrimos a las 7:30 y cerramos a las 18:00.", "Abrimos a las 7 y media y cerramos a las 6 de la tarde."),
        ("El 2026-11-26 a las 14:30.", "El jueves 26 de noviembre a las 2 y media de la tarde."),
        ("El 11/26 está libre.", "El 26 de noviembre está libre."),
        ("Cuesta de $59 a $89.", "Cuesta de 59 a 89 dólares."),
        ("Son $59.50.", "Son 59 dólares con 50 centavos."),
        ("Cuesta $1 o $0.50.", "Cuesta 1 dólar o 50 centavos."),
        ("Son $1,250.01.", "Son 1250 dólares con 1 centavo."),
        ("En 1 min o 1 hr.", "En 1 minuto o 1 hora."),
        ("Cada 1,000 millas.", "Cada mil millas."),
        ("A las 12:00 AM.", "A las 12 de la noche."),
        ("Llámenos al (217) 555-0142.", "Llámenos al 2 1 7, 5 5 5, 0 1 4 2."),
        ("Su código postal 62701.", "Su código postal 6 2 7 0 1."),
        ("El VIN 1HGCM82633A004352.", "El VIN 1 hache ge, ce de casa eme de María 8, 2 6 3, 3 a 0 0, 4 3 5 2."),
        ("Toma unos 45 min.", "Toma unos 45 minutos."),
        ("Cada 12,000 millas.", "Cada 12 mil millas."),
        ("**Claro**, Sr. Pérez. ¿Algo más?", "Claro, señor Pérez. ¿Algo más?"),
        ("Escriba a ana@gmail.com.", "Escriba a ana arroba gmail punto com."),
        ("¡Con gusto!", "¡Con gusto!"),
        ("Aceite y/o filtro", "Aceite o filtro"),
    ],
)
def test_written_forms_are_said(written: str, said: str) -> None:
    assert speakable(written, "es") == said


@given(st.text(max_size=120))
def test_nothing_but_words_digits_and_pauses_reaches_the_voice(written: str) -> None:
    assert not re.search(r"[^\w.,:!?¿¡'\- ]|_", speakable(written, "es"))
