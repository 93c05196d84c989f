"""What on file a caller wants changed and what it is to become, out of one utterance. No state."""

from __future__ import annotations

import re

from infra.local.openai_chat.desk_policy.names import read_name
from infra.local.openai_chat.desk_policy.spelling import read_digits
from infra.local.openai_chat.desk_policy.words import Utterance, split_words

CAR = "car"
WORDS = {
    "zip": "ZIP code",
    "email": "e-mail address",
    "phone": "telephone number",
    "last_name": "last name",
    "first_name": "first name",
    CAR: "car",
}
"""What can be changed, by the tool's names, as one says it."""

_NAMED = (
    ("email", r"\be ?mail\b"),
    ("phone", r"\b(phone|telephone|cell|mobile)\b|\bnumber\b"),
    ("last_name", r"\b(last|family) name\b|surname|got married"),
    ("first_name", r"\bfirst name\b"),
    ("zip", r"\bzip\b|postal code|\baddress\b|\bmoved\b"),
    (CAR, r"\b(car|truck|vehicle|van)\b"),
)
_MAIL = re.compile(r"(?:\b(?:is|to|it's|now)\s+)?(\S+(?: \S+)*? at \S+(?: \S+)*? dot \w+)$")


def read_detail(text: str) -> str | None:
    """Which of them the words are about."""
    return next((name for name, pattern in _NAMED if re.search(pattern, text)), None)


def read_value(detail: str, text: str, *, asked: bool) -> str | None:
    """What it is to become, as the tool takes it: in the caller's words. A car is read elsewhere."""
    if "[?" in text:
        return None
    words = split_words(text)
    match detail:
        case "zip":
            return _digits(words, 5)
        case "phone":
            return _digits(words, 10)
        case "email":
            said = _MAIL.search(words.text)
            return re.sub(r"^.*\b(?:is|to|it's|now) ", "", said[1]) if said else None
        case "last_name" | "first_name":
            return _name(words, detail.removesuffix("_name"), asked=asked)
    return None


def _digits(words: Utterance, least: int) -> str | None:
    found = read_digits(words, least=least)
    return None if found is None or found.doubtful else found.text


def _name(words: Utterance, part: str, *, asked: bool) -> str | None:
    """Asked for, any word may be it; unasked, what stands behind "to" or "is"."""
    said = words if asked else split_words(re.sub(r"^.*\b(?:to|is|now)\b( now)?", "", words.text))
    name = read_name(said, asked=part)
    return (name.last or name.first) if name and not name.doubts else None
