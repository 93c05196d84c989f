"""Spanish forms: how values are said, and how a caller's words for them are read."""

import inspect
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import clock_words, mail_address
from shared.domain.clock_words import ClockTime
from shared.domain.phone import normalise
from shared.domain.spanish_figures import figures
from shared.domain.spelled import characters_of, digits_of
from shared.domain.vin import ALPHABET
from shared.domain.wording.wording import Wording, wording
from shared.shop import load_shop

ENGLISH, SPANISH = wording("en"), wording("es")


def test_both_languages_say_everything_and_nothing_of_it_alike() -> None:
    offered = [name for name in dir(Wording) if not name.startswith("_")]
    assert all(hasattr(words, name) for words in (ENGLISH, SPANISH) for name in offered)
    for name in ("PLAIN_REASONS", "INSTEAD_OF", "RIDES", "FIELDS"):
        english, spanish = getattr(ENGLISH, name), getattr(SPANISH, name)
        assert english.keys() == spanish.keys()
        assert not set(english.values()) & set(spanish.values())
    for name in offered:
        said = getattr(ENGLISH, name)
        if callable(said) and not inspect.signature(said).parameters:
            assert said() != getattr(SPANISH, name)()


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (time(14), "las 2 de la tarde"),
        (time(14, 30), "las 2 y media de la tarde"),
        (time(13, 15), "la 1 y cuarto de la tarde"),
        (time(9, 45), "las 9 y 45 de la mañana"),
        (time(12), "las 12 del mediodía"),
        (time(12, 30), "las 12 y media de la tarde"),
        (time(7, 30), "las 7 y media de la mañana"),
        (time(19), "las 7 de la noche"),
        (time(0, 30), "las 12 y media de la noche"),
    ],
)
def test_a_time_is_said_with_its_article_and_its_half_of_the_day(at: time, said: str) -> None:
    assert SPANISH.time_words(at) == said


def test_days_durations_cars_and_names_are_said() -> None:
    assert SPANISH.date_words(date(2026, 11, 26)) == "jueves 26 de noviembre"
    assert SPANISH.moment_words(datetime(2026, 11, 28, 8)) == "el sábado 28 de noviembre a las 8 de la mañana"  # noqa: DTZ001
    durations = ["45 minutos", "media hora", "una hora", "una hora y media", "2 horas y 15 minutos", "8 horas"]
    assert [SPANISH.duration_words(each) for each in (45, 30, 60, 90, 135, 480)] == durations
    assert SPANISH.car_words(2019, "Honda", "Civic") == "Honda Civic 2019"
    assert SPANISH.name_words("Peña") == "Peña, pe, e, eñe, a"
    assert SPANISH.characters_words("ABV") == "a be de burro ve de vaca"
    assert SPANISH.characters_words("DTP") == "de de dedo te de Tomás pe de Pedro"
    assert SPANISH.mail_words("ana_19@gmail.com") == "a, ene, a, guion bajo, 1, 9, arroba gmail punto com"


@pytest.mark.parametrize(
    ("why", "spanish", "english"),
    [
        ("Thanksgiving Day", ": es el Día de Acción de Gracias.", ": Thanksgiving Day."),
        ("christmas", ": es Navidad.", ": christmas."),
        ("a burst pipe", ".", ": a burst pipe."),
        ("", ".", "."),
    ],
)
def test_why_a_day_is_closed_is_said_in_the_language_of_the_call_or_not_at_all(
    why: str, spanish: str, english: str
) -> None:
    day = date(2026, 11, 26)
    assert SPANISH.closed_on(day, why) == f"El jueves 26 de noviembre estamos cerrados{spanish}"
    assert ENGLISH.closed_on(day, why) == f"We are closed on Thursday, November 26{english}"


def test_a_holiday_of_the_shop_that_comes_with_the_project_has_a_spanish_name() -> None:
    for day, why in load_shop().hours.closed.items():
        assert "estamos cerrados: es " in SPANISH.closed_on(day, why)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("dos de la tarde", ClockTime(time(14), certain=True)),
        ("las dos y media de la tarde", ClockTime(time(14, 30), certain=True)),
        ("como a las ocho de la mañana", ClockTime(time(8), certain=True)),
        ("a las nueve y cuarto", ClockTime(time(9, 15), certain=False)),
        ("tres menos cuarto", ClockTime(time(2, 45), certain=False)),
        ("un cuarto para las tres", ClockTime(time(2, 45), certain=False)),
        ("la una", ClockTime(time(1), certain=False)),
        ("mediodía", ClockTime(time(12), certain=True)),
        ("al mediodía", ClockTime(time(12), certain=True)),
        ("a eso del mediodía", ClockTime(time(12), certain=True)),
        ("doce de la noche", ClockTime(time(0), certain=True)),
        ("las nueve de la noche", ClockTime(time(21), certain=True)),
        ("a las 14 horas", ClockTime(time(14), certain=True)),
        ("2 pm", ClockTime(time(14), certain=True)),
        ("14:30", ClockTime(time(14, 30), certain=True)),
        ("half past two", ClockTime(time(2, 30), certain=False)),
        ("cuando puedan", None),
    ],
)
def test_a_clock_time_is_read_in_spanish_and_still_in_english(said: str, read: ClockTime | None) -> None:
    assert clock_words.read(SPANISH.in_figures(said)) == read


@given(st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_a_time_that_is_said_is_read_as_itself(at: time) -> None:
    read = clock_words.read(SPANISH.in_figures(SPANISH.time_words(at)))
    assert read is not None and (read.certain, read.at) == (True, at)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("dos uno siete cinco cinco cinco cero uno cuatro dos", "+12175550142"),
        ("dos diecisiete, quinientos cincuenta y cinco, cero uno cuarenta y dos", "+12175550142"),
        ("+12175550142", "+12175550142"),
        ("(217) 555-0142", "+12175550142"),
        ("dos uno siete [?cinco] cinco cinco cero uno cuatro dos", None),
        ("mi número es privado", None),
    ],
)
def test_a_telephone_number_is_read(said: str, number: str | None) -> None:
    assert normalise(SPANISH.in_figures(said)) == number


@pytest.mark.parametrize(
    ("said", "characters"),
    [
        ("uno hache ge, ce eme ocho", "1HGCM8"),
        ("be de burro, ve de vaca, doble ve, equis", "BVWX"),
        ("ve chica, be grande, i griega, i latina", "VBYI"),
        ("doble cero, triple siete", "00777"),
        ("ene de Nicolás, eme como en María", "NM"),
        ("1HGCM82633A004352", "1HGCM82633A004352"),
        ("a be ce uno dos tres", "ABC123"),
    ],
)
def test_letters_and_digits_are_read(said: str, characters: str) -> None:
    assert characters_of(SPANISH.in_characters(said)) == characters


@given(st.text(ALPHABET, min_size=1, max_size=17))
def test_characters_that_are_said_are_read_as_themselves(characters: str) -> None:
    assert characters_of(SPANISH.in_characters(SPANISH.characters_words(characters))) == characters


@given(st.integers(0, 99_999).map(str))
def test_digits_that_are_said_one_by_one_are_read(digits: str) -> None:
    names = ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"]
    assert digits_of(SPANISH.in_figures(" ".join(names[int(each)] for each in digits))) == digits


@given(st.text(max_size=60))
def test_whatever_is_said_is_read_as_something(said: str) -> None:
    assert isinstance(figures(said), str)
    assert isinstance(SPANISH.in_characters(said), str)


def test_an_address_is_understood_as_it_is_said_back() -> None:
    assert (
        mail_address.understood(SPANISH.in_mail("ana guion bajo ruiz arroba gmail punto com")) == "ana_ruiz@gmail.com"
    )
