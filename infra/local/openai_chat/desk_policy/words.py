"""Words of a transcript, and the numbers they spell.

A recogniser writes lower case, no punctuation and number words; a test may write figures and commas. Both end here as
the same list of words. Words inside ``[?...]`` were heard unsurely and keep that mark. Knows no workshop.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_DOUBT = re.compile(r"\[\?([^\]]*)\]")
_WORD = re.compile(r"\d{1,2}:\d{2}|[a-z0-9']+")
_FILLERS = frozenset({"uh", "um", "er", "erm", "hmm", "ah", "mm", "uhm"})

UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip


@dataclass(frozen=True)
class Word:
    """One word and whether the recogniser was unsure of it."""

    text: str
    doubtful: bool = False


@dataclass
class Utterance:
    """What one transcript says, word by word; ``used`` marks the words that some reading has already explained."""

    words: list[Word]
    used: set[int] = field(default_factory=set)

    @property
    def text(self) -> str:
        """All words, without marks."""
        return " ".join(word.text for word in self.words)

    def at(self, index: int) -> str:
        """The word at ``index``, or an empty string outside the utterance."""
        return self.words[index].text if 0 <= index < len(self.words) else ""

    def free(self, index: int) -> str:
        """The word at ``index`` unless another reading has used it."""
        return "" if index in self.used else self.at(index)

    def doubtful(self, start: int, end: int) -> bool:
        """Whether any word of the half-open span was heard unsurely."""
        return any(word.doubtful for word in self.words[max(0, start) : end])

    def use(self, start: int, end: int) -> None:
        """Mark a half-open span as explained."""
        self.used.update(range(start, end))


def split_words(text: str) -> Utterance:
    """Read a transcript, with its ``[?...]`` marks, into words."""
    words: list[Word] = []
    position = 0
    for match in _DOUBT.finditer(text):
        words += _plain(text[position : match.start()], doubtful=False)
        words += _plain(match.group(1), doubtful=True)
        position = match.end()
    words += _plain(text[position:], doubtful=False)
    return Utterance(_join_half_days(words))


def _plain(text: str, *, doubtful: bool) -> list[Word]:
    lowered = (
        text.lower()
        .replace("’", "'")
        .replace("x-ray", "xray")
        .replace("o'clock", "oclock")
        .replace("o clock", "oclock")
    )
    lowered = re.sub(r"\b(uh|mm|um)[ -]?(huh|hmm|hm)\b|\bmhm\b", "yeah", lowered)
    lowered = re.sub(r"\b([ap])\.\s?m\b\.?", r"\1m", lowered)
    lowered = re.sub(r"(\d)([ap]m)\b", r"\1 \2", lowered)
    lowered = re.sub(r"(?<=\d),(?=\d{3}\b)", "", lowered)
    found = (word.strip("'") for word in _WORD.findall(lowered))
    return [Word(word, doubtful) for word in found if word and word not in _FILLERS]


def _join_half_days(words: list[Word]) -> list[Word]:
    """A recogniser may write "a m" and "p m"; after a number that is one word."""
    joined: list[Word] = []
    for word in words:
        if word.text == "m" and len(joined) > 1 and joined[-1].text in ("a", "p") and _numeric(joined[-2].text):
            half = joined.pop()
            joined.append(Word(half.text + "m", half.doubtful or word.doubtful))
        else:
            joined.append(word)
    return joined


def _numeric(text: str) -> bool:
    return text in UNITS or text in TENS or text[0].isdigit() or text == "oclock"


def cardinal(utterance: Utterance, index: int) -> tuple[int, int] | None:
    """A number below one hundred at ``index``: ``(value, index after it)``."""
    word = utterance.at(index)
    if word.isdigit() and len(word) <= 2:
        return int(word), index + 1
    if word in TENS:
        unit = UNITS.get(utterance.at(index + 1), 0)
        return (TENS[word] + unit, index + 2) if 0 < unit < 10 else (TENS[word], index + 1)
    return (UNITS[word], index + 1) if word in UNITS else None


def ordinal(utterance: Utterance, index: int) -> tuple[int, int] | None:
    """An ordinal up to thirty-first at ``index``: ``(value, index after it)``."""
    word = utterance.at(index)
    figures = re.fullmatch(r"(\d{1,2})(st|nd|rd|th)", word)
    if figures:
        return int(figures.group(1)), index + 1
    if word in ("twenty", "thirty") and 0 < _ORDINALS.get(utterance.at(index + 1), 0) < 10:
        return TENS[word] + _ORDINALS[utterance.at(index + 1)], index + 2
    return (_ORDINALS[word], index + 1) if word in _ORDINALS else None


def year(utterance: Utterance, index: int) -> tuple[int, int] | None:
    """A full model year at ``index``, as people say years: ``(year, index after it)``."""
    word = utterance.at(index)
    if re.fullmatch(r"(19[5-9]|20[0-3])\d", word):
        return int(word), index + 1
    if word == "two" and utterance.at(index + 1) == "thousand":
        after = index + 3 if utterance.at(index + 2) == "and" else index + 2
        rest = cardinal(utterance, after)
        if rest and rest[0] <= 35:
            return 2000 + rest[0], rest[1]
        return 2000, index + 2
    if word not in ("nineteen", "twenty", "19", "20"):
        return None
    century = 1900 if word in ("nineteen", "19") else 2000
    if utterance.at(index + 1) in ("oh", "o", "zero") and UNITS.get(utterance.at(index + 2), 99) < 10:
        return century + UNITS[utterance.at(index + 2)], index + 3
    rest = cardinal(utterance, index + 1)
    if rest and (10 <= rest[0] <= 35 if century == 2000 else rest[0] >= 50):
        return century + rest[0], rest[1]
    return None


def short_year(utterance: Utterance, index: int) -> tuple[int, int] | None:
    """A year said short ("oh nine", "ninety eight"); whoever asks must know that a year stands here."""
    if utterance.at(index) in ("oh", "o", "zero") and UNITS.get(utterance.at(index + 1), 99) < 10:
        return 2000 + UNITS[utterance.at(index + 1)], index + 2
    value = cardinal(utterance, index)
    if value is None:
        return None
    number, after = value
    if 5 <= number <= 35:
        return 2000 + number, after
    return (1900 + number, after) if number >= 60 else None
