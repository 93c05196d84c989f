"""What a check digit notices of misheard VINs, and how often one question settles it: `python -m tests.bench.vins`.

Over made-up VINs of the makers that are known: every character replaced by every other, then by those that sound like
it, with and without the recogniser's mark of doubt on it. Nothing is random: the same figures come each time.
"""

from __future__ import annotations

from collections import Counter

from shared.domain.vin import ALPHABET, fault_of
from shared.domain.vin_repair import choices, repairs
from tests.vins import a_vin, misheard, replaced

_VINS = 2_000
_LATEST_YEAR = 2028


def _any_error(number: str, count: Counter[str]) -> None:
    for place in range(len(number)):
        for other in ALPHABET.replace(number[place], ""):
            count["any"] += 1
            count["any, unnoticed"] += fault_of(replaced(number, place, other)) is None


def _sound_alike(number: str, count: Counter[str]) -> None:
    for place, heard in misheard(number):
        count["alike"] += 1
        if fault_of(heard) is None:
            count["alike, unnoticed"] += 1
            count[f"pair {'/'.join(sorted((number[place], heard[place])))}"] += 1
            continue
        for mark, doubtful in (("marked", {place}), ("unmarked", set[int]())):
            found = repairs(heard, doubtful, _LATEST_YEAR)
            count[f"{mark}, asked"] += choices(found) is not None
            count[f"{mark}, true one asked about"] += choices(found) is not None and number in {r.vin for r in found}


def main() -> None:
    count: Counter[str] = Counter()
    for number in range(_VINS):
        _any_error(a_vin(number), count)
        _sound_alike(a_vin(number), count)
    noticed = count["alike"] - count["alike, unnoticed"]
    print(f"single wrong characters: {count['any']:,}, unnoticed {count['any, unnoticed'] / count['any']:.1%}")
    print(f"sound-alike characters: {count['alike']:,}, unnoticed {count['alike, unnoticed'] / count['alike']:.1%}")
    print(f"  all unnoticed are {', '.join(sorted(name[5:] for name in count if name.startswith('pair ')))}")
    for mark in ("marked", "unmarked"):
        asked, right = count[f"{mark}, asked"], count[f"{mark}, true one asked about"]
        print(
            f"  noticed, {mark} as doubtful: one question in {asked / noticed:.1%}, true in {right / asked:.1%} of them"
        )


if __name__ == "__main__":
    main()
