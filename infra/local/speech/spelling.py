"""Whether a turn was spelled: letters, digits and words of the spelling alphabet, one after the other.

Told from the words of a first decoding, so that what was spelled can be decoded anew by the model of how people spell.
It refuses to know audio.
"""

from __future__ import annotations

from collections.abc import Sequence

from infra.local.speech import lexicon

_EXAMPLES = frozenset(lexicon.SPELLING_WORDS)
_DIGITS = frozenset(lexicon.DIGITS)
_ARTICLES = frozenset({"a", "i"})  # more often words than letters
_ASIDES = frozenset(
    "as in it's it is that's that the vin my number sure okay yes yeah no please thanks thank spelled and then".split()  # noqa: SIM905
)
_SHARE = 0.5
_SHARE_OF_A_VIN = 0.35  # a first decoding makes other words of many signs


def is_spelled(tokens: Sequence[tuple[str, str]]) -> bool:
    """Whether most words are signs; each comes with its class, since the letters of "BMW" are no spelling."""
    words = [word for word, _ in tokens]
    letters = digits = others = 0
    for at, (word, word_class) in enumerate(tokens):
        if words[at + 1 : at + 3] == ["as", "in"]:
            letters += 2
        elif (word in _EXAMPLES and word_class in ("", "alpha")) or _is_letter(word, word_class):
            letters += 1
        elif word in _DIGITS:
            digits += 1
        elif word not in _ASIDES:
            others += 1
    signs = letters + digits
    share = _SHARE_OF_A_VIN if "vin" in words else _SHARE
    return letters > 0 and signs > 1 and signs >= share * (signs + others)


def has_letters(words: Sequence[str]) -> bool:
    """Whether any of them is a letter by itself."""
    return any(_is_letter(word, "") for word in words)


def _is_letter(word: str, word_class: str) -> bool:
    return not word_class and len(word) == 1 and word not in _ARTICLES
