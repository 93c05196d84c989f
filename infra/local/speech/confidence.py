"""How likely a decoded word is to be what was said: a number that the decoder itself does not give.

The decoder's posterior ranks words of the grammar well, but is near zero for every word of a class (names, makes),
right or wrong, and is too sure of itself. A logistic regression mends that from what is at hand: the posterior, its
neighbours', the word's length, how well it sounds, how expected it was, whether the first pass heard the same, and how
close the best hypothesis comes that does without it. Its weights were fitted to sentences drawn from the grammar with
unknown names put in, never to the sentences that `wer` measures with; the offsets are set so that 0.7 parts the
doubtful words from the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

NO_RIVAL = 30.0
_CLOSE_RIVAL = 20.0  # of content words with a rival as near as this, more than half are wrong
_AT_MOST_WITH_RIVAL = 0.65
_CLASSES_OF_NAMES = frozenset({"first", "last", "middle", "make", "model", "car"})
_FLOOR = 1e-3
_MOST_PHONES = 10


@dataclass(frozen=True)
class Evidence:
    """What is known of a decoded word; `sound`, `expected` and `rival` are natural logarithms."""

    posterior: float
    weakest_neighbour: float
    phones: int
    word_class: str
    in_first_pass: bool
    sound: float
    """Of its likelihood a frame, against the likeliest sounds there."""
    expected: float
    """Of its likelihood in the language model."""
    rival: float
    """How far behind the best hypothesis without this word is; `NO_RIVAL` when there is none near."""


@dataclass(frozen=True)
class _Weights:
    """Of each piece of evidence."""

    offset: float
    posterior: float
    weakest_neighbour: float
    phones: float
    in_first_pass: float
    sound: float
    expected: float
    rival: float


_PLAIN = _Weights(-0.701, 2.074, 0.224, 0.299, 0.809, 0.102, 0.0455, 0.0391)
_NAME = _Weights(-0.005, 1.492, 0.131, 0.272, 1.037, 0.357, 0.0141, 0.0115)


def confidence(word: Evidence) -> float:
    """0–1: below 0.7 the word is doubtful."""
    weights = _NAME if word.word_class in _CLASSES_OF_NAMES else _PLAIN
    score = (
        weights.offset
        + weights.posterior * word.posterior
        + weights.weakest_neighbour * math.log(max(word.weakest_neighbour, _FLOOR))
        + weights.phones * min(word.phones, _MOST_PHONES)
        + weights.in_first_pass * word.in_first_pass
        + weights.sound * word.sound
        + weights.expected * word.expected
        + weights.rival * word.rival
    )
    likely = 1 / (1 + math.exp(-score))
    return min(likely, _AT_MOST_WITH_RIVAL) if word.rival < _CLOSE_RIVAL else likely
