"""Numbers as carriers and people give them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.phone import is_e164, normalise
from shared.domain.spelled import as_in, characters_of, digits_of, letters_apart, spelling_word


@pytest.mark.parametrize(
    ("given_as", "expected"),
    [
        ("+12175550123", "+12175550123"),
        ("(217) 555-0123", "+12175550123"),
        ("1 217 555 0123", "+12175550123"),
        ("two one seven, five five five, oh one two three", "+12175550123"),
        ("two one seven triple five oh one twenty three", "+12175550123"),
        ("sip:+12175550123@pstn.example.com", "+12175550123"),
        ("tel:+12175550123;ext=4", "+12175550123"),
        ("+442079460123", "+442079460123"),
        ("011 44 20 7946 0123", "+442079460123"),
        ("anonymous", None),
        ("Restricted", None),
        ("+266696687", None),
        ("+7378742833", None),
        ("", None),
        (None, None),
        ("555 0123", None),
        ("117 555 0123", None),
        ("217 155 0123", None),
        ("+1217555012", None),
        ("hello", None),
        ("two one seven [?five] five five oh one two three", None),
        ("9" * 90, None),
    ],
)
def test_a_number_becomes_e164_or_nothing(given_as: str | None, expected: str | None) -> None:
    assert normalise(given_as) == expected


@given(st.text(max_size=100))
def test_whatever_comes_the_result_is_e164_or_nothing(text: str) -> None:
    number = normalise(text)
    assert number is None or is_e164(number)


@given(st.from_regex(r"[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True))
def test_a_number_is_the_same_however_it_is_said(digits: str) -> None:
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    spoken = " ".join(words[int(digit)] for digit in digits)
    assert normalise(spoken) == normalise(digits) == normalise(f"+1{digits}") == f"+1{digits}"


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("six two seven oh one", "62701"),
        ("sixty two seven oh one", "62701"),
        ("it's 62701", "62701"),
        ("double four nineteen", "4419"),
        ("forty three fifty two", "4352"),
    ],
)
def test_digits_are_heard_in_words(said: str, digits: str) -> None:
    assert digits_of(said) == digits


@pytest.mark.parametrize(
    ("said", "letters"),
    [
        ("w e x l e r", "WEXLER"),
        ("b as in boy", "B"),
        ("november oscar romeo alpha", "NORA"),
        ("x-ray 4", "X4"),
    ],
)
def test_letters_are_heard_as_spelled(said: str, letters: str) -> None:
    assert characters_of(said) == letters


def test_a_character_is_said_so_that_it_is_not_taken_for_another() -> None:
    assert [as_in("B"), as_in("3")] == ["B as in Bravo", "the digit 3"]
    assert letters_apart("O'Neil") == "O, N, E, I, L"


@given(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))
def test_what_is_said_of_a_character_is_understood_as_that_character(character: str) -> None:
    assert characters_of(spelling_word(character)) == character
    assert characters_of(as_in(character)) == character
