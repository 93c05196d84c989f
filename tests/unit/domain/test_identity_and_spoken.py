"""The second factor, names that may be written down, and how things are said."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import identity, spoken


@pytest.mark.parametrize(
    ("said", "on_file", "fits"),
    [
        ("lopez", "Lopez", True),
        ("It's Lopez.", "Lopez", True),
        ("my name is ana lopez", "Lopez", True),
        ("w e x l e r", "Wexler", True),
        ("van der berg", "van der Berg", True),
        ("o'brien", "O'Brien", True),
        ("pena", "Peña", True),
        ("peña", "Peña", True),
        ("soy lucía", "Lucia", True),
        ("[?lopez]", "Lopez", False),
        ("smith", "Lopez", False),
        ("", "Lopez", False),
        ("smith jones miller davis brown white lopez", "Lopez", False),
    ],
)
def test_a_name_fits_as_a_word_or_spelled_but_never_as_one_of_many(said: str, on_file: str, fits: bool) -> None:
    assert identity.name_fits(said, on_file) is fits


def test_zip_and_vin_fit_digit_by_digit() -> None:
    assert identity.zip_fits("six two seven oh four", "62704")
    assert not identity.zip_fits("62705", "62704")
    assert not identity.zip_fits("62704 62705 62706", "62704")
    assert identity.vin_last4_fits("four three five two", "1HGCM82633A004352")
    assert identity.vin_last4_fits("the last four are four three five two", "1HGCM82633A004352")
    assert identity.zip_fits("six two seven oh four, one two three four", "62704")
    assert not identity.vin_last4_fits("4353", "1HGCM82633A004352")
    assert not identity.vin_last4_fits("", "")


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        ("zip", "I don't know"),
        ("zip", "six two seven"),
        ("zip", ""),
        ("vin_last4", "three five two"),
        ("vin_last4", "no idea"),
        ("last_name", " "),
        ("last_name", "12"),
    ],
)
def test_what_cannot_be_the_factor_at_all_is_no_try_of_it(factor: identity.Factor, said: str) -> None:
    assert not identity.is_a_try(factor, said)


@pytest.mark.parametrize(
    ("factor", "said"),
    [("zip", "62704"), ("zip", "62704-1234"), ("vin_last4", "4 3 5 2"), ("last_name", "Quill"), ("first_name", "A")],
)
def test_what_could_be_the_factor_is_a_try_of_it(factor: identity.Factor, said: str) -> None:
    assert identity.is_a_try(factor, said)


@pytest.mark.parametrize("name", ["Ana", "O'Brien", "Smith-Jones", "Peña", "Pen\u0303a", "de la Cruz"])
def test_a_name_of_letters_may_be_written(name: str) -> None:
    assert identity.name_fault(name) is None


@pytest.mark.parametrize(
    "name",
    ["", "  ", "[?wexler]", "R2D2", "<b>x</b>", "a" * 41, "x; DROP TABLE", "Ana 🙂", "\u202eanA", "A\x00na", "\ud800"],
)
def test_what_is_no_name_is_not_written(name: str) -> None:
    assert identity.name_fault(name)


@given(st.text(max_size=60))
def test_a_name_that_may_be_written_fits_itself_and_no_other(name: str) -> None:
    if identity.name_fault(name) is not None or not identity.folded(name):
        return
    written = identity.tidy_name(name)
    assert identity.name_fault(written) is None
    assert not identity.name_fits(written, written + "x")
    if len(written.split()) == 1 and written.isascii() and written.isalpha():
        assert identity.name_fits(f"it's {written}", written)


@given(st.from_regex(r"[0-9]{5}", fullmatch=True), st.from_regex(r"[0-9]{5}", fullmatch=True))
def test_a_zip_fits_when_its_digits_were_said_and_only_then(said: str, on_file: str) -> None:
    assert identity.zip_fits(" ".join(said), on_file) is (said == on_file)


def test_a_name_without_capitals_gets_them() -> None:
    assert identity.tidy_name("nora  o'brien") == "Nora O'Brien"
    assert identity.tidy_name("McDonald") == "McDonald"


def test_moments_and_numbers_are_said_as_people_say_them() -> None:
    assert spoken.moment_words(datetime(2026, 12, 3, 14, 0)) == "Thursday, December 3 at 2 PM"  # noqa: DTZ001
    assert spoken.offer_words(datetime(2026, 12, 3, 12, 0)) == "Thursday, December 3 at 12:00 PM"  # noqa: DTZ001
    assert [spoken.time_words(time(*each)) for each in ((0, 5), (7, 30), (12, 0), (12, 15), (23, 0))] == [
        "12:05 AM", "7:30 AM", "noon", "12:15 PM", "11 PM",
    ]  # fmt: skip
    assert spoken.date_words(date(2027, 2, 28)) == "Sunday, February 28"
    assert spoken.digits_words("+12175550142") == "2 1 7, 5 5 5, 0 1 4 2"
    assert spoken.car_words(None, "Honda", None) == "Honda"
    assert [spoken.with_article(each) for each in ("oil change", "brake inspection")] == [
        "an oil change", "a brake inspection",
    ]  # fmt: skip
