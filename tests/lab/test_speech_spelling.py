"""What is spelled is heard sign by sign, and nothing else is taken for spelling."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from infra.local.speech import language_model, ulaw, voices
from infra.local.speech.decoding import Hearing
from infra.local.speech.spelling import is_spelled

_VIN = (
    "The vin is four, T as in Tango, one, B as in Boy, F as in Foxtrot, one, F as in Frank, K as in Kilo, five, "
    "H as in Hotel, U as in Uncle, six, nine, three, seven, one, four."
)
_HEARD = (
    "the vin is four t as in tango one b as in boy f as in foxtrot one f as in frank k as in kilo five "
    "h as in hotel u as in uncle six nine three seven one four"
)


def _tokens(said: str) -> Sequence[tuple[str, str]]:
    return [(word, word_class) for word, _, word_class in (token.partition("@") for token in said.split())]


@pytest.mark.parametrize(
    "said",
    [
        "the vin is two h as in hotel",
        "it's tango@alpha zulu@alpha bravo@alpha six sierra@alpha",
        "h e n d",
        "b as in boy",
    ],
)
def test_letters_digits_and_words_of_an_alphabet_are_spelling(said: str) -> None:
    assert is_spelled(_tokens(said))


@pytest.mark.parametrize(
    "said",
    [
        "three one two five five five oh one eight two",
        "it's a twenty nineteen b@make m@make w@make",
        "this is mike@first henderson@last",
        "i have a cold",
        "at ten a m on wednesday morning",
        "",
    ],
)
def test_numbers_makes_names_and_sentences_are_no_spelling(said: str) -> None:
    assert not is_spelled(_tokens(said))


@pytest.fixture(scope="module")
def hearing(tmp_path_factory: pytest.TempPathFactory) -> Hearing:
    directory = tmp_path_factory.mktemp("models")
    language_model.write(directory)
    return Hearing(directory, ())


def _texts(hearing: Hearing) -> str:
    return " ".join(word.text for word in hearing.settle())


def test_a_spelled_vin_is_heard_to_the_character(hearing: Hearing) -> None:
    hearing.hear(ulaw.silence(200) + voices.speak(_VIN) + ulaw.silence(200))
    heard = _texts(hearing)
    hearing.close_turn()
    assert heard == _HEARD


def test_what_was_spelled_before_a_pause_stands_and_is_not_decoded_again(hearing: Hearing) -> None:
    hearing.hear(ulaw.silence(200) + voices.speak("It's F as in Foxtrot, C as in Charlie.") + ulaw.silence(200))
    first = hearing.settle()
    hearing.hear(voices.speak("X as in X-ray, two.") + ulaw.silence(200))
    words = hearing.settle()
    hearing.close_turn()
    assert words[: len(first)] == first
    assert " ".join(word.text for word in words) == "it's f as in foxtrot c as in charlie x as in x-ray two"
    assert [word.start for word in words] == sorted(word.start for word in words)


def test_the_next_turn_knows_nothing_of_what_was_spelled_in_the_last(hearing: Hearing) -> None:
    hearing.hear(ulaw.silence(200) + voices.speak("B as in Boy, K as in Kilo.") + ulaw.silence(200))
    hearing.settle()
    hearing.close_turn()
    hearing.hear(ulaw.silence(200) + voices.speak("Yes, please go ahead.") + ulaw.silence(200))
    heard = _texts(hearing)
    hearing.close_turn()
    assert heard == "yes please go ahead"
