"""The recogniser's words: open to what no grammar foresees, and with a sound for everything."""

from __future__ import annotations

import random

import pytest

from infra.local.speech import language_model, lexicon

PHONES = set(
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH".split()  # noqa: SIM905
)


@pytest.mark.parametrize("word", ["oil", "wexler", "okonkwo", "grand_cherokee", "zyzzyva", "x-ray", "brzezinska"])
def test_every_word_has_a_sound_that_the_acoustic_model_knows(word: str) -> None:
    for sound in lexicon.pronunciations(word):
        assert set(sound.split()) <= PHONES


def test_the_grammar_is_closed_and_draws_the_same_sentences_from_the_same_dice() -> None:
    grammar = language_model.read_grammar(language_model.GRAMMAR.read_text("utf-8"))
    drawn = [
        [list(language_model.draw(grammar, grammar["<top>"], dice)) for _ in range(300)]
        for dice in (random.Random(3), random.Random(3))
    ]
    classes = {f"{{{name}}}" for name in lexicon.classes()}
    assert drawn[0] == drawn[1]
    assert {word for sentence in drawn[0] for word in sentence if word.startswith("{")} <= classes


def test_likelihoods_after_a_history_sum_to_one() -> None:
    sentences = [["book", "an", "oil", "change"], ["book", "a", "tire", "change"], ["book", "an", "appointment"]]
    text = language_model.arpa(sentences, {"parliament": 0.5, "change": 0.5}, {})
    grams = {
        tuple(parts[1].split()): (10 ** float(parts[0]), 10 ** float(parts[2]) if len(parts) > 2 else 1.0)
        for line in text.splitlines()
        if len(parts := line.split("\t")) > 1
    }
    words = [gram[0] for gram in grams if len(gram) == 1 and gram != ("<s>",)]
    back_off = grams[("book",)][1]
    total = sum(grams[("book", w)][0] if ("book", w) in grams else back_off * grams[(w,)][0] for w in words)
    assert total == pytest.approx(1.0, abs=0.02)
    assert ("parliament",) in grams


def test_keyterms_become_words_to_expect() -> None:
    expected = lexicon.classes(["Tire Rotation", "Zagato"])["keyterm"]
    assert set(expected) == {"tire_rotation", "zagato"}
    assert sum(expected.values()) == pytest.approx(1.0)
