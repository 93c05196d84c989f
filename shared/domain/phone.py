"""Telephone numbers as carriers and people give them, and the one form that is stored: E.164.

Numbers without a country belong to the North American plan, where the workshop stands. It knows nothing of who may be
called.
"""

import re

from shared.domain.spelled import digits_of

# What carriers send instead of a number that is withheld: on a telephone's keys +266696687 spells ANONYMOUS,
# +7378742833 RESTRICTED, +2562533 BLOCKED, +8656696 UNKNOWN and +86282452253 UNAVAILABLE.
_WITHHELD = frozenset(
    {
        "anonymous", "restricted", "blocked", "unavailable", "unknown", "private",
        "+266696687", "266696687", "+7378742833", "7378742833", "+2562533", "2562533",
        "+8656696", "8656696", "+86282452253", "86282452253",
    }
)  # fmt: skip
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def is_e164(text: str) -> bool:
    return _E164.fullmatch(text) is not None


def normalise(given: str | None) -> str | None:
    """E.164 of a number as a carrier or a person gives it; None when there is none, it is withheld, cannot be
    one, or was heard doubtfully (`[?five]`)."""
    text = (given or "").strip().lower()
    if not text or len(text) > 80 or "[?" in text or text in _WITHHELD:
        return None
    text = re.sub(r"^(sips?|tel):", "", text).split("@")[0].split(";")[0]
    international = text.startswith(("+", "00", "011"))
    digits = digits_of(text)
    if text.startswith("011"):
        digits = digits[3:]
    elif text.startswith("00"):
        digits = digits[2:]
    return _international(digits) if international else _national(digits)


def _international(digits: str) -> str | None:
    if digits.startswith("1"):
        return _national(digits)
    number = f"+{digits}"
    return number if is_e164(number) else None


def _national(digits: str) -> str | None:
    """Ten digits, or eleven that begin with 1; neither area nor exchange begins with 0 or 1."""
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    return f"+1{digits}" if re.fullmatch(r"[2-9]\d{2}[2-9]\d{6}", digits) else None
