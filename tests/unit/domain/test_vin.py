"""VINs by 49 CFR 565."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import vin
from shared.domain.vin import ALPHABET, check_digit, decode, doubtful_places, fault_of, heard, said_back

GOOD = "1HGCM82633A004352"
DRAFTS = st.builds(
    lambda head, code, tail: head + "0" + code + tail,
    st.text(ALPHABET, min_size=8, max_size=8),
    st.sampled_from("ABCDEFGHJKLMNPRSTVWXY123456789"),
    st.text(ALPHABET, min_size=7, max_size=7),
)


def valid(draft: str) -> str:
    return draft[:8] + check_digit(draft) + draft[9:]


def test_seventeen_ones_are_the_self_test_of_the_rule() -> None:
    assert fault_of("1" * 17) is None


def test_known_vins_say_their_year_and_maker() -> None:
    assert decode(GOOD) == vin.Decoded(GOOD, 2003, "Honda")
    # Position 7 is a letter, so year code A is 2010 and not 1980.
    assert decode(valid("1HGCM8A60AA004352")).year == 2010
    assert decode(valid("1HGCM8260AA004352")).year == 1980
    assert decode(valid("1H9CM8260AA004352")).make is None  # a small maker


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (GOOD[:-1], "16 were heard"),
        ("1HGCM82633A00435O", "without I, O and Q"),
        ("1HGCM82633A004353", "check digit"),
        (GOOD[:9] + "U" + GOOD[10:], "check digit"),
        ("", "0 were heard"),
    ],
)
def test_a_wrong_vin_says_what_is_wrong(number: str, words: str) -> None:
    assert words in (fault_of(number) or "")


def test_a_vin_is_understood_as_it_is_spelled() -> None:
    said = "one h g c as in charlie m eight two six three three alpha double oh four three five two"
    assert heard(said) == GOOD
    assert heard("1hgcm82633a oo4352") == GOOD
    assert heard("1HG CM826 33A 004352") == GOOD


def test_what_the_recogniser_doubted_is_known_by_its_place() -> None:
    assert doubtful_places("one h g [?c] m eight two six three three a [?double oh] four three five two") == {3, 11, 12}
    assert doubtful_places("1HGCM82633A004352") == frozenset()
    # A mark that tears a number apart tells no place.
    assert doubtful_places("one h g double [?oh]") == frozenset()


def test_a_vin_is_said_in_groups_with_the_words_of_the_spelling_alphabet() -> None:
    assert said_back(GOOD) == "1 Hotel Golf, Charlie Mike 8, 2 6 3, 3 Alpha 0 0, 4 3 5 2"
    assert said_back("X" * 18).endswith(", X-ray")
    assert said_back("") == ""


@given(DRAFTS)
def test_what_is_said_of_a_vin_is_understood_as_that_vin(draft: str) -> None:
    assert heard(said_back(valid(draft))) == valid(draft)


@given(DRAFTS)
def test_a_vin_with_its_own_check_digit_is_valid_and_has_a_year(draft: str) -> None:
    number = valid(draft)
    assert fault_of(number) is None
    year = decode(number).year
    assert year is not None
    assert 1980 <= year <= 2039
    assert (year >= 2010) is number[6].isalpha()


@given(DRAFTS, st.integers(0, 16), st.sampled_from("0123456789"))
def test_one_wrong_digit_for_a_digit_never_passes(draft: str, position: int, other: str) -> None:
    number = valid(draft)
    if not number[position].isdigit() or other == number[position] or position == 9:
        return
    assert fault_of(number[:position] + other + number[position + 1 :]) is not None


@given(st.text(max_size=60))
def test_anything_heard_is_judged_and_never_raises(said: str) -> None:
    number = heard(said)
    assert fault_of(number) is None or isinstance(fault_of(number), str)
