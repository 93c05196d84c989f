"""Where in the sound of a text its words end: no voice tells, so it is reckoned.

Words take as long as they have letters, and marks are pauses. Where the sound's own pauses are known, each is given to
the mark that it most likely stands for, and the letters share out only what lies between. This module knows neither
audio nor time.
"""

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache

Pause = tuple[int, int]
"""From and until which millisecond of a sound nothing is to be heard."""

# How long things take to be said, in letters: a word's beginning, a digit, a capital said by its name, a pause.
_WORD, _DIGIT, _CAPITAL = 1.5, 4.5, 2.5
_PAUSES = {",": 4.0, ";": 4.0, ":": 4.0, ".": 9.0, "?": 9.0, "!": 9.0}
# A word that was heard but for its last sound was heard.
_NEARLY = 1.25


def words_within(text: str, share: float) -> str:
    """The words of a text that end within this share of its audio."""
    ends = _in_letters(text)
    return _words(text, ends, share * ends[-1])


def words_by(text: str, ms: float, total_ms: int, pauses: tuple[Pause, ...]) -> str:
    """The words of a text that end within `ms` of its sound, which lasts `total_ms` and has these pauses."""
    return _words(text, _in_ms(text, total_ms, pauses), ms)


def _words(text: str, ends: Sequence[float], until: float) -> str:
    heard = bisect_right(ends, until)
    return text if heard == len(ends) else " ".join(text.split(" ")[:heard])


@lru_cache(1024)
def _in_letters(text: str) -> tuple[float, ...]:
    return _letters_of(text.split(" "))


def _letters_of(words: Sequence[str]) -> tuple[float, ...]:
    """Where each word's sound ends, in letters from the beginning."""
    ends, at = [], 0.0
    for word in words:
        at += _length(word)
        ends.append(at - _NEARLY)
        at += _PAUSES.get(word[-1:], 0.0)
    return tuple(ends)


def _length(word: str) -> float:
    capital = _CAPITAL if word.isupper() else 1.0
    return _WORD + sum(_DIGIT if c.isdigit() else capital if c.isupper() else 1.0 for c in word if c.isalnum())


@lru_cache(256)
def _in_ms(text: str, total_ms: int, pauses: Sequence[Pause]) -> tuple[float, ...]:
    """Where each word's sound ends, in milliseconds."""
    words = text.split(" ")
    if pauses and pauses[-1][1] == total_ms:
        *pauses, (total_ms, _) = pauses
    ends: list[float] = []
    for count, start, stop in _stretches(words, total_ms, pauses):
        stretch = _letters_of(words[len(ends) : len(ends) + count])
        scale = (stop - start) / (stretch[-1] + _NEARLY)
        ends += (start + end * scale for end in stretch)
    return tuple(ends)


def _stretches(words: Sequence[str], total_ms: int, pauses: Sequence[Pause]) -> list[tuple[int, float, float]]:
    """The words between two pauses, as their number, and when their sound begins and ends."""
    stretches, done, start = [], 0, 0
    for mark, pause in _paired(_marks(words, total_ms), pauses):
        stretches.append((mark + 1 - done, float(start), float(pause[0])))
        done, start = mark + 1, pause[1]
    return [*stretches, (len(words) - done, float(start), float(total_ms))]


def _marks(words: Sequence[str], total_ms: int) -> list[tuple[int, float, float]]:
    """The words with a mark that others follow, as their place, and the pause that letters alone would give them."""
    marks, at = [], 0.0
    for place, word in enumerate(words):
        at += _length(word)
        if place + 1 < len(words) and (pause := _PAUSES.get(word[-1:], 0.0)):
            marks.append((place, at, at + pause))
            at += pause
    scale = total_ms / at if at else 0.0
    return [(place, start * scale, stop * scale) for place, start, stop in marks]


def _paired(marks: Sequence[tuple[int, float, float]], pauses: Sequence[Pause]) -> list[tuple[int, Pause]]:
    """The pairs, in their order, that fit best: what is left over on either side costs its length, a pair what sets its
    two apart."""
    best: list[tuple[float, list[tuple[int, Pause]]]] = [(0.0, [])]
    for pause in pauses:
        best.append((best[-1][0] + pause[1] - pause[0], []))
    for place, start, stop in marks:
        row = [(best[0][0] + stop - start, best[0][1])]
        for count, pause in enumerate(pauses, 1):
            apart = abs(start + stop - pause[0] - pause[1]) / 2 + abs(stop - start - pause[1] + pause[0])
            row.append(
                min(
                    (best[count - 1][0] + apart, [*best[count - 1][1], (place, pause)]),
                    (best[count][0] + stop - start, best[count][1]),
                    (row[-1][0] + pause[1] - pause[0], row[-1][1]),
                    key=lambda way: way[0],
                )
            )
        best = row
    return best[-1][1]
