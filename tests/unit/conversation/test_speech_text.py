"""What a model writes and what the voice is given for it."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_service.conversation.speech_text import speakable

ROWS = [
    tuple(line.split("\t"))
    for line in Path(__file__).with_name("spoken_forms.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("# What")
]
PIECES = st.sampled_from(
    [word for written, _ in ROWS for word in written.split(" ")]
    + ["\n- ", "```", "**", "<b>", "{", "$", "…", "🙂", "1/"]
)


@pytest.mark.parametrize(("written", "said"), ROWS)
def test_written_forms_are_said_as_a_person_says_them(written: str, said: str) -> None:
    assert speakable(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [("- one\n- two", "one, two"), ("Sure.\n```json\n{}\n```", "Sure."), ("1. Oil\n2. Tires\n", "Oil, Tires")],
)
def test_lists_are_said_in_one_breath_and_code_never(written: str, said: str) -> None:
    assert speakable(written) == said


def assert_pronounceable(said: str) -> None:
    assert re.fullmatch(r"(?:[^\W_]|[\u0300-\u036f]|[.,:!?' -])*", said) or not said.isascii(), said
    assert not re.search(r"[*_#`~|<>{}\[\]()$%&@^=+/\\\"–—…•]", said), said
    assert "  " not in said and said == said.strip()


@given(st.lists(PIECES, max_size=12).map(" ".join))
def test_no_sign_that_a_voice_would_read_out_survives_in_a_models_text(written: str) -> None:
    assert_pronounceable(speakable(written))


@given(st.text(max_size=80))
def test_no_sign_that_a_voice_would_choke_on_survives_in_any_text(written: str) -> None:
    said = speakable(written)
    assert_pronounceable(said)
    assert not any("\U0001f000" <= character <= "\U0001faff" or character < " " for character in said)


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=8))
def test_plain_words_are_said_as_they_stand(words: list[str]) -> None:
    short = {"approx", "appt", "appts", "etc", "vs", "dept", "ext", "incl", "min", "max", "misc", "hrs", "mins", "tel"}
    if not {"ok", "asap", "temp", *short} & set(words):
        assert speakable(" ".join(words)) == " ".join(words)
