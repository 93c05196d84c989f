"""What is asked when a VIN's check digit does not fit, and how much of what a telephone does to VINs is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import vin
from shared.domain.vin import ALPHABET, check_digit, fault_of
from shared.domain.vin_repair import Repair, choices, repairs
from shared.domain.wording.wording import wording
from tests.vins import SOUNDS, a_vin, replaced

GOOD = "1HGCM82633A004352"


def question(found: tuple[Repair, ...]) -> str | None:
    """As it is asked."""
    asked = choices(found)
    return None if asked is None else wording("en").which_characters(asked)


CARS = st.integers(0, 10**6).map(a_vin)


def test_the_doubtful_character_alone_is_asked_about() -> None:
    heard = GOOD.replace("M", "N")
    assert question(repairs(heard, {4}, 2027)) == (
        "I may have misheard a character. Is the fifth character N as in November, or M as in Mike? "
        "Please say it with its word."
    )


def test_a_letter_in_the_serial_number_is_doubted_before_all_else() -> None:
    number = replaced("1HGCM82633A008352", 8, check_digit("1HGCM82633A008352"))
    heard = replaced(number, 13, "A")
    assert [each.vin for each in repairs(heard, set(), 2027)] == [number]
    assert question(repairs(heard, set(), 2027)) == (
        "I may have misheard a character. Is the fourteenth character A as in Alpha, or the digit 8? "
        "Please say it with its word."
    )


def test_two_candidates_are_one_question_and_three_are_none() -> None:
    two = repairs(GOOD.replace("M", "N"), {4}, 2027) + repairs(replaced(GOOD, 15, "9"), {15}, 2027)
    assert question(two) == (
        "I may have misheard a character. Is the fifth character N as in November, or M as in Mike? "
        "And is the sixteenth character the digit 9, or the digit 5? Please say it with its word."
    )
    assert question((*two, two[0])) is None
    assert question(()) is None


@given(CARS, st.integers(0, 16), st.data())
def test_every_repair_is_a_valid_vin_one_sound_away_and_the_true_one_is_among_the_doubted(
    number: str, place: int, data: st.DataObject
) -> None:
    alike = sorted({c for pair in SOUNDS if number[place] in pair for c in pair} - {number[place]})
    if not alike:
        return
    heard = replaced(number, place, data.draw(st.sampled_from(alike)))
    if fault_of(heard) is None:
        return  # the check digit cannot tell; the read-back must
    assert number in {each.vin for each in repairs(heard, {place}, 2040)}
    for each in repairs(heard, set(), 2040):
        assert fault_of(each.vin) is None
        assert each.vin == replaced(heard, each.place, each.instead)
        assert frozenset({each.heard, each.instead}) in SOUNDS


@given(st.text(ALPHABET, min_size=17, max_size=17), st.sets(st.integers(0, 16)))
def test_whatever_was_heard_there_is_a_question_or_none(heard: str, doubtful: set[int]) -> None:
    asked = question(repairs(heard, doubtful, 2027))
    assert asked is None or asked.endswith("? Please say it with its word.")


def test_one_wrong_character_in_fourteen_slips_through() -> None:
    errors = slipped = 0
    for serial in range(60):
        number = a_vin(serial)
        for place in range(17):
            for other in ALPHABET.replace(number[place], ""):
                errors += 1
                slipped += fault_of(replaced(number, place, other)) is None
    assert 0.06 < slipped / errors < 0.08


@pytest.mark.parametrize("pair", SOUNDS, ids=lambda pair: "/".join(sorted(pair)))
def test_of_the_characters_that_sound_alike_only_those_of_one_value_are_not_told_apart(pair: frozenset[str]) -> None:
    one, other = sorted(pair)
    told_apart = vin.check_digit(replaced(GOOD, 12, one)) != vin.check_digit(replaced(GOOD, 12, other))
    assert told_apart is (pair not in {frozenset(each) for each in ("C3", "T3", "EV", "8H")})
