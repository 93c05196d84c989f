"""How recognised words are written: spoken numbers as digits, and a capital and a full stop around a sentence.

Deepgram's `numerals`, `punctuate` and `smart_format` as far as text alone carries them: no dates, currencies or
commas. It keeps each word's time and confidence. Which stream asked for what is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from infra.local.speech.recogniser import Word

_DIGITS = {
    word: value
    for value, word in enumerate("zero one two three four five six seven eight nine".split())  # noqa: SIM905
} | {"oh": 0}
_TEENS = {
    word: value
    for value, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),  # noqa: SIM905
        start=10,
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)  # noqa: SIM905
}
_MARKS = ".,?!"
_QUESTION_BEGINS = frozenset(
    "what when where who why how which can could do does did is are will would should may".split()  # noqa: SIM905
)
_TELEPHONE_DIGITS = 10


def plain(text: str) -> str:
    """A word as the unformatted models write it."""
    return text.strip(_MARKS).lower()


def numerals(words: Sequence[Word]) -> list[Word]:
    """Number words as digits: cardinals below a million, and runs of single digits joined."""
    found: list[Word] = []
    at = 0
    while at < len(words):
        length = _number_length(words, at)
        group = words[at : at + max(1, length)]
        found.append(_merged(group, _number(group)) if length else group[0])
        at += len(group)
    return found


def punctuated(words: Sequence[Word], *, ends: bool) -> list[str]:
    """The words as a sentence has them; `ends`: the speaker has paused after the last one."""
    texts = [word.text for word in words]
    if not texts:
        return []
    texts = ["I" + text[1:] if re.fullmatch(r"i('\w+)?", text) else text for text in texts]
    texts[0] = texts[0][:1].upper() + texts[0][1:]
    if ends and texts[-1][-1:] not in _MARKS:
        texts[-1] += "?" if plain(texts[0]) in _QUESTION_BEGINS else "."
    return texts


def telephone(text: str) -> str:
    """Ten digits in a row as North America writes a number."""
    bare = text.strip(_MARKS)
    if len(bare) == _TELEPHONE_DIGITS and bare.isdecimal():
        return text.replace(bare, f"{bare[:3]}-{bare[3:6]}-{bare[6:]}")
    return text


def _number_length(words: Sequence[Word], at: int) -> int:
    """How many words from there on are one number; a mark behind a word ends it."""
    first = plain(words[at].text)
    if first in _DIGITS:
        run = _run(words, at, _DIGITS)
        return run if run > 1 else 1 + _large_tail(words, at + 1)
    if first in _TEENS:
        return 1 + _large_tail(words, at + 1)
    if first in _TENS:
        unit = at + 1 < len(words) and _DIGITS.get(plain(words[at + 1].text), 0) > 0
        length = 2 if unit and not _ends(words[at]) else 1
        return length + _large_tail(words, at + length)
    return 0


def _large_tail(words: Sequence[Word], at: int) -> int:
    """`hundred` or `thousand` and what still belongs to it."""
    if at >= len(words) or _ends(words[at - 1]) or plain(words[at].text) not in ("hundred", "thousand"):
        return 0
    more = at + 1 + (at + 1 < len(words) and plain(words[at + 1].text) == "and")
    if _ends(words[at]) or more >= len(words) or plain(words[more].text) not in _DIGITS | _TEENS | _TENS:
        return 1
    return more - at + _number_length(words, more)


def _run(words: Sequence[Word], at: int, kind: dict[str, int]) -> int:
    length = 0
    while at + length < len(words) and plain(words[at + length].text) in kind:
        length += 1
        if _ends(words[at + length - 1]):
            break
    return length


def _ends(word: Word) -> bool:
    return word.text[-1:] in _MARKS


def _number(group: Sequence[Word]) -> str:
    texts = [plain(word.text) for word in group]
    if len(texts) > 1 and all(text in _DIGITS for text in texts):
        return "".join(str(_DIGITS[text]) for text in texts)
    total = part = 0
    for text in texts:
        if text == "hundred":
            part *= 100
        elif text == "thousand":
            total, part = total + part * 1_000, 0
        else:
            part += (_DIGITS | _TEENS | _TENS).get(text, 0)
    return str(total + part)


def _merged(group: Sequence[Word], number: str) -> Word:
    last = group[-1].text
    mark = last[-1] if last[-1] in _MARKS else ""
    sure = sum(word.confidence for word in group) / len(group)
    return Word(number + mark, sure, group[0].start, group[-1].end)
