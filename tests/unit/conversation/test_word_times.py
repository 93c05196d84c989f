"""Which words of a text were heard when so much of its sound was played."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_service.conversation.word_times import words_by

TEXT = "Sure, we can. On Thursday at two?"


@pytest.mark.parametrize(
    ("ms", "heard"),
    [(0, ""), (399, "Sure,"), (1_000, "Sure,"), (1_499, "Sure, we can."), (2_900, "Sure, we can.")],
)
def test_a_pause_in_the_sound_ends_the_words_before_a_mark(ms: int, heard: str) -> None:
    assert words_by(TEXT, ms, 5_000, ((400, 1_000), (1_500, 2_900))) == heard


def test_without_pauses_words_take_as_long_as_they_have_letters() -> None:
    assert words_by("one three", 1_700, 6_000, ()) == ""
    assert words_by("one three", 1_800, 6_000, ()) == "one"
    assert words_by("one three", 6_000, 6_000, ()) == "one three"


def test_a_pause_within_a_word_belongs_to_no_mark() -> None:
    pauses = ((300, 380), (1_200, 1_700))
    assert words_by("November is fine. Is it?", 1_190, 2_200, pauses) == "November is fine."
    assert words_by("November is fine. Is it?", 600, 2_200, pauses) == "November"


def test_a_comma_that_the_voice_does_not_pause_at_is_no_pause() -> None:
    assert words_by("Yes, we do. There is one.", 990, 2_500, ((1_000, 1_500),)) == "Yes, we do."


def test_the_quiet_at_the_end_of_a_sound_holds_no_word() -> None:
    assert words_by("one three", 1_900, 4_000, ((2_000, 4_000),)) == "one three"


@given(
    st.lists(st.sampled_from(["a", "Yes,", "we", "do.", "2", "VIN?", "-", "it's:"]), min_size=1, max_size=12),
    st.integers(1, 8_000),
    st.lists(st.integers(0, 8_000), max_size=12, unique=True),
    st.floats(0, 8_000),
    st.floats(0, 8_000),
)
def test_whatever_pauses_there_are_more_sound_is_never_fewer_words_and_all_of_it_is_all_of_them(
    words: list[str], total: int, edges: list[int], one: float, other: float
) -> None:
    text, edges = " ".join(words), sorted(edge for edge in edges if edge <= total)
    pauses = tuple(zip(edges[::2], edges[1::2], strict=False))
    less, more = sorted((one, other))
    assert words_by(text, more, total, pauses).startswith(words_by(text, less, total, pauses))
    assert words_by(text, total, total, pauses) == text
