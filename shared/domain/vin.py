"""Vehicle identification numbers by 49 CFR 565: alphabet, check digit, model year, groups to read them in.

Offline only. What a registry says about a VIN, whose car it is, and what a caller may have meant is not known here.
"""

import re
from dataclasses import dataclass

from shared.domain.makers import make_of
from shared.domain.spelled import characters_of, spelling_word

_VALUES = {
    **{str(n): n for n in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_YEAR_CODES = "ABCDEFGHJKLMNPRSTVWXY123456789"
_GROUPS = (3, 3, 3, 4, 4)
_NO_CHARACTERS = str.maketrans("OQI", "001")
_DOUBTFUL = re.compile(r"\[\?([^\]]*)\]")
LENGTH = 17
ALPHABET = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the seventeen characters say by themselves; None where they do not."""

    vin: str
    year: int | None
    make: str | None


def heard(said: str) -> str:
    """The characters of a VIN as heard; O, Q and I, which no VIN has, become the digits they are taken for."""
    return characters_of(said).translate(_NO_CHARACTERS)


def doubtful_places(said: str) -> frozenset[int]:
    """Where among the heard characters those stand that the recogniser was not sure of (`[?b]`), counted from 0."""
    places, characters = set[int](), ""
    # Split by a pattern with one group, every second piece is what the marks enclosed.
    for number, piece in enumerate(_DOUBTFUL.split(said)):
        found = heard(piece)
        if number % 2:
            places |= set(range(len(characters), len(characters) + len(found)))
        characters += found
    return frozenset(places) if characters == heard(said) else frozenset()


def fault_of(vin: str) -> str | None:
    """Why this is no valid VIN, as a sentence; None when it is one."""
    if len(vin) != LENGTH:
        return f"A VIN has 17 characters; {len(vin)} were heard."
    if not re.fullmatch(f"[{ALPHABET}]+", vin):
        return "A VIN has only letters and digits, without I, O and Q."
    if vin[9] in "UZ0" or vin[8] != check_digit(vin):
        return "The check digit does not fit, so at least one character is wrong."
    return None


def check_digit(vin: str) -> str:
    """The ninth character that a VIN must have, whatever stands there now."""
    remainder = sum(_VALUES[c] * weight for c, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    return "X" if remainder == 10 else str(remainder)


def year_of(vin: str) -> int | None:
    """The model year: position 10 repeats every thirty years; a letter at position 7 means 2010 or later."""
    at = _YEAR_CODES.find(vin[9])
    if at < 0:
        return None
    return (2010 if vin[6].isalpha() else 1980) + at


def decode(vin: str) -> Decoded:
    """Year and make of a valid VIN."""
    return Decoded(vin, year_of(vin), make_of(vin))


def said_back(characters: str) -> str:
    """Characters in groups of 3, 3, 3, 4 and 4, letters as words: "1 Hotel Golf, Charlie Mike 8, …"; those beyond
    seventeen are one more group."""
    return ", ".join(" ".join(spelling_word(c) for c in group) for group in grouped(characters))


def grouped(characters: str) -> list[str]:
    """The groups in which a VIN is read; characters beyond seventeen are one more."""
    groups, at = [], 0
    for size in (*_GROUPS, len(characters)):
        groups.append(characters[at : at + size])
        at += size
    return [group for group in groups if group]
