"""A yes is heard as surely as it is said, alone or at the head of a sentence."""

from __future__ import annotations

import pytest

from infra.local.speech import language_model, ulaw, voices
from infra.local.speech.decoding import Hearing
from infra.local.speech.recogniser import Word

_DOUBTFUL_BELOW = 0.7


@pytest.fixture(scope="module")
def hearing(tmp_path_factory: pytest.TempPathFactory) -> Hearing:
    directory = tmp_path_factory.mktemp("models")
    language_model.write(directory)
    return Hearing(directory, ())


def _heard(hearing: Hearing, said: str) -> list[Word]:
    hearing.hear(ulaw.silence(200) + voices.speak(said) + ulaw.silence(200))
    hearing.guess()
    words = hearing.settle()
    hearing.close_turn()
    return words


@pytest.mark.parametrize(
    "said",
    ["Yes.", "Yes, please.", "Yes, it is.", "Yes, that's right.", "Yes, I'll be there.", "Yes, cancel it please."],
)
def test_a_yes_is_heard_surely_whatever_follows_it(hearing: Hearing, said: str) -> None:
    first = _heard(hearing, said)[0]
    assert (first.text, first.confidence > _DOUBTFUL_BELOW) == ("yes", True)


@pytest.mark.parametrize("said", ["Yep.", "Yup."])
def test_a_shorter_yes_is_heard_as_itself(hearing: Hearing, said: str) -> None:
    assert [word.text for word in _heard(hearing, said)] == [said.lower().strip(".")]


def test_a_word_that_another_only_sounds_like_is_not_doubtful_for_it(hearing: Hearing) -> None:
    (okay,) = _heard(hearing, "Okay.")
    assert (okay.text, okay.confidence > _DOUBTFUL_BELOW) == ("okay", True)
