"""Which answers to a read-back allow it to be carried out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.consent import refuses

READ_BACK = (
    "That's an oil and filter change for your 2019 Honda Civic on Thursday, November 26 at 2 PM, "
    "under the name Ana Lopez. Shall I book it?"
)
CANCEL = "You want to cancel the oil and filter change for your 2019 Honda Civic on Thursday. Shall I cancel it?"


@pytest.mark.parametrize(
    "words",
    [
        "yes", "Yes, please.", "yeah", "yep that's right", "sure", "okay", "go ahead", "please do", "that's correct",
        "sounds good", "perfect, thank you", "yes book it", "that works for me", "no problem, book it", "uh yeah",
        "yes thursday at two", "yes, thursday the twenty sixth at two pm", "yes that's right ana lopez",
        "yes the honda civic", "absolutely", "alright", "why not, yes",
    ],
)  # fmt: skip
def test_a_plain_agreement_is_taken(words: str) -> None:
    assert not refuses(words, READ_BACK)


@pytest.mark.parametrize(
    "words",
    [
        "no", "nope", "no thanks", "wait", "hold on", "not Tuesday", "actually", "actually make it friday", "yes but",
        "yes but at three", "yes on wednesday", "yes at three thirty", "make it friday", "is that the earliest?",
        "how much is it", "what time again", "yes how long does it take", "can you do friday instead", "never mind",
        "hmm", "maybe", "i guess so", "i'm not sure", "let me think", "", "   ", "thank you", "my name is lopez",
        "[?yes]", "yes [?no]", "[?sure] [?whatever]", "yes cancel that", "sorry?", "that's wrong", "yes? no",
        "yes the 2018 civic",
        "okay but with another car", "the other one", "i said thursday", "it's not right",
    ],
)  # fmt: skip
def test_a_no_a_correction_a_question_a_doubt_or_silence_refuses(words: str) -> None:
    assert refuses(words, READ_BACK)


def test_a_verb_of_the_read_back_may_be_repeated_with_a_yes() -> None:
    assert not refuses("yes, cancel it", CANCEL)
    assert not refuses("yes please cancel", CANCEL)
    assert refuses("yes, cancel it", READ_BACK)
    assert refuses("no, don't cancel it", CANCEL)


@given(st.text(max_size=80))
def test_words_without_any_agreement_refuse(words: str) -> None:
    assert refuses(words.replace("o", "0").replace("e", "3").replace("u", "v").replace("a", "4").replace("h", "#"))


@given(st.sampled_from(["no", "wait", "actually", "but", "not", "instead"]), st.text("abcdefgh ", max_size=20))
def test_a_refusing_word_beside_a_yes_refuses(word: str, noise: str) -> None:
    assert refuses(f"yes {word} {noise}", READ_BACK)
