"""A VIN in the offline desk's ears: every character as it was heard, and which of them were heard unsurely."""

from __future__ import annotations

import pytest

from infra.local.openai_chat.desk_policy.spelling import read_vin
from infra.local.openai_chat.desk_policy.words import split_words


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (
            "the vin is two h as in hotel g as in golf foxtrot c as in cat two f five x as in x-ray kilo h five one",
            "2HGFC2F5XKH51",
        ),
        ("the v i n is one h g c m eight two six three three a", "1HGCM82633A"),
        ("it's one h g [?c] m eight [?two] six three three a", "1HG[?C]M8[?2]633A"),
    ],
)
def test_a_vin_is_taken_as_heard_with_a_mark_on_each_doubtful_character(said: str, heard: str) -> None:
    vin = read_vin(split_words(said))
    assert vin is not None
    assert (vin.text, vin.doubtful) == (heard, "?" in heard)
