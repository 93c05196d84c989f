"""How recognised words are written where a client asked for numerals or punctuation."""

from __future__ import annotations

import pytest

from infra.local.deepgram.formatting import numerals, punctuated, telephone
from infra.local.speech.recogniser import Word


def _words(text: str) -> list[Word]:
    return [Word(word, 0.5 + nth / 100, float(nth), nth + 1.0) for nth, word in enumerate(text.split())]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("i have a two thousand nineteen honda", "i have a 2019 honda"),
        ("sixty thousand miles", "60000 miles"),
        ("one hundred and five dollars", "105 dollars"),
        ("one hundred and no more", "100 and no more"),
        ("twenty one", "21"),
        ("ten thirty", "10 30"),
        ("five five five oh one four two", "5550142"),
        ("forty, two", "40, 2"),
        ("at nine.", "at 9."),
        ("nothing to count", "nothing to count"),
    ],
)
def test_spoken_numbers_become_digits(said: str, written: str) -> None:
    assert " ".join(word.text for word in numerals(_words(said))) == written


def test_a_number_of_several_words_lasts_as_long_as_they_did() -> None:
    year = numerals(_words("a two thousand nineteen honda"))[1]
    assert (year.text, year.start, year.end) == ("2019", 1.0, 4.0)
    assert year.confidence == pytest.approx(0.52)


@pytest.mark.parametrize(
    ("said", "ends", "written"),
    [
        ("can i come on tuesday", True, "Can I come on tuesday?"),
        ("i'd like an oil change", True, "I'd like an oil change."),
        ("i'd like an", False, "I'd like an"),
        ("no thanks!", True, "No thanks!"),
        ("", True, ""),
    ],
)
def test_a_sentence_gets_its_capital_and_its_mark(said: str, *, ends: bool, written: str) -> None:
    assert " ".join(punctuated(_words(said), ends=ends)) == written


def test_ten_digits_are_written_as_a_telephone_number() -> None:
    assert [telephone(text) for text in ("5550142123.", "555014212", "tuesday")] == [
        "555-014-2123.",
        "555014212",
        "tuesday",
    ]
