"""What a caller may have said where a VIN's check digit does not fit, and the one question that settles it.

On a telephone B, D and V are one sound. Of the characters that sound alike, only one in eleven makes the check digit
fit, and fewer still a car that can be: so what is asked is about one place, seldom two. A guess is never taken for the
caller's word here: it is a question.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from shared.domain import vin
from shared.domain.makers import make_of

# Characters that a telephone makes one.
SOUND_ALIKE = ("BDEPV3", "MN", "SFX", "A8H", "59", "JGK", "C3", "T3")
_ALIKE = {c: frozenset("".join(each for each in SOUND_ALIKE if c in each)) - {c} for c in vin.ALPHABET}
_MOST_ASKED = 2


@dataclass(frozen=True, slots=True)
class Repair:
    """The VIN with another character at one place, counted from 0."""

    place: int
    heard: str
    instead: str
    vin: str


def repairs(heard: str, doubtful: Set[int], latest_year: int) -> tuple[Repair, ...]:
    """The valid VINs that sound like seventeen characters that are none; where some are marked as doubtful, only those
    are doubted. Of several, those that stand for the likeliest car."""
    places = sorted(doubtful) or range(vin.LENGTH)
    found = [
        Repair(place, heard[place], other, repaired)
        for place in places
        for other in sorted(_ALIKE.get(heard[place], ()))
        if vin.fault_of(repaired := f"{heard[:place]}{other}{heard[place + 1 :]}") is None
    ]
    best = max((_likelihood(each.vin, latest_year) for each in found), default=0)
    return tuple(each for each in found if _likelihood(each.vin, latest_year) == best)


def _likelihood(number: str, latest_year: int) -> int:
    """How many marks of a car it bears: a maker that we know, a model year that has come, a serial number in digits
    (49 CFR 565.15: the last five characters of cars and light trucks are numeric)."""
    year = vin.year_of(number)
    return (make_of(number) is not None) + (year is not None and year <= latest_year) + number[12:].isdigit()


def choices(found: tuple[Repair, ...]) -> Mapping[int, Sequence[str]] | None:
    """What to ask about them: by its place, counted from 0, the characters that each may be, what was heard first. None
    when there is nothing to ask about, or too much."""
    if not 1 <= len(found) <= _MOST_ASKED:
        return None
    asked: dict[int, list[str]] = {}
    for each in found:
        asked.setdefault(each.place, [each.heard]).append(each.instead)
    return asked
