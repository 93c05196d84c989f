"""Made-up VINs as cars have them, and what a telephone does to one."""

import random
from collections.abc import Iterator
from itertools import combinations

from shared.domain.makers import MAKES
from shared.domain.vin import ALPHABET, check_digit
from shared.domain.vin_repair import SOUND_ALIKE

# Two characters that sound alike.
SOUNDS = sorted({frozenset(pair) for alike in SOUND_ALIKE for pair in combinations(alike, 2)}, key=sorted)


def a_vin(number: int) -> str:
    """A known maker, a letter or digit at position 7 that suits the year, digits at the end."""
    source = random.Random(number)
    recent = source.random() < 0.8
    described = "".join(source.choices(ALPHABET, k=3)) + source.choice("ABCDEFGH" if recent else "0123456789")
    year = source.choice("ABCDEFGHJKLMNPRS" if recent else "123456789")
    draft = f"{source.choice(sorted(MAKES))}{described}{source.choice(ALPHABET)}0{year}A{source.randrange(10**6):06d}"
    return replaced(draft, 8, check_digit(draft))


def replaced(number: str, place: int, character: str) -> str:
    return f"{number[:place]}{character}{number[place + 1 :]}"


def misheard(number: str) -> Iterator[tuple[int, str]]:
    """Every VIN with one character taken for another that sounds like it, and the place."""
    for place, character in enumerate(number):
        for other in sorted({c for pair in SOUNDS if character in pair for c in pair} - {character}):
            yield place, replaced(number, place, other)
