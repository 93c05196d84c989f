"""How likely a decoded word is to be what was said: a number that the decoder itself does not give.

The decoder's posterior ranks words of the grammar well, but is near zero for every word of a class (names, makes),
right or wrong, and is too sure of itself. A logistic regression mends that from what is at hand: the posterior, its
neighbours', the word's length, and whether the first pass heard the same word. Its weights were fitted to sentences
drawn from the grammar with unknown names put in, never to the sentences that `wer` measures with.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_CLASSES_OF_NAMES = frozenset({"first", "last", "middle", "make", "model"})
_FLOOR = 1e-3


@dataclass(frozen=True)
class Evidence:
    """What is known of a decoded word."""

    posterior: float
    weakest_neighbour: float
    phones: int
    word_class: str
    in_first_pass: bool


def confidence(word: Evidence) -> float:
    """The likelihood, 0–1, that the word is right."""
    score = -1.32 + 0.17 * math.log(max(word.weakest_neighbour, _FLOOR)) + 0.296 * word.phones
    if word.word_class in _CLASSES_OF_NAMES:
        score += -1.64 + 3.37 * word.posterior + 1.33 * word.in_first_pass
    else:
        score += 2.51 * word.posterior + 0.74 * word.in_first_pass
    return 1 / (1 + math.exp(-score))
