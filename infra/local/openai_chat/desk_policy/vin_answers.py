"""A VIN of which the workshop doubts one character: which one, and what the caller makes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from infra.local.openai_chat.desk_policy.spelling import NATO
from infra.local.openai_chat.desk_policy.words import UNITS, Utterance, ordinal, split_words

_DIGITS = {word: str(value) for word, value in UNITS.items() if value < 10}


@dataclass(frozen=True)
class DoubtedVin:
    """The VIN as it was given, and the question about the character at a place, counted from 0."""

    number: str
    place: int
    question: str

    def corrected(self, answer: Utterance) -> str | None:
        """The VIN with the character that the caller names: by its word, or else by itself."""
        words = [word.text for word in answer.words if not word.doubtful]
        said = [NATO[word] for word in words if word in NATO]
        named = said or [_DIGITS.get(word, word) for word in words if word in _DIGITS or re.fullmatch("[b-z]", word)]
        if not named:
            return None
        return f"{self.number[: self.place]}{named[-1].upper()}{self.number[self.place + 1 :]}"


def doubted(number: str, question: str) -> DoubtedVin | None:
    """Which character of a VIN a question is about; None when it is about more than one."""
    about = re.search(r"\bthe (\w+) character\b", question)
    place = ordinal(split_words(about[1]), 0) if about else None
    return DoubtedVin(number, place[0] - 1, question) if place and place[0] <= len(number) else None
