"""A car as a caller tells it: what is written down of it, what must be asked again, and how it is read back.

For new cars and for those on file alike. It reads and judges; it neither writes nor knows what the car is wanted for.
"""

from collections.abc import Mapping
from typing import Any

from shared.domain import makers
from shared.domain.spelled import characters_of
from shared.domain.wording.wording import Wording
from shared.storage.customers import Vehicle
from shared.tools import vehicles
from shared.tools.call import Request, ToolResult

_MOST_MILES = 2_000_000
_LONGEST_PLATE = 10
_FIRST_YEAR = 1920
# A car is sold as next year's before the year begins, and a code for the year comes again after thirty.
_NO_CONTRADICTION = frozenset({0, 1, 30})


def told(ask: Request, given: Mapping[str, Any], own: Vehicle | None, needs: list[str]) -> dict[str, Any] | ToolResult:
    """The fields to write of a car on file (`own`) or of a new one, or the question that its VIN raises; what else must
    be asked is added to `needs`."""
    car = {key: given[key] for key in ("year", "make", "model", "mileage", "plate") if given.get(key) is not None}
    _names(car, needs)
    if "plate" in car:
        car["plate"] = _plate(ask.call.words.in_characters(car["plate"]), needs)
    if not 0 <= car.get("mileage", 0) <= _MOST_MILES:
        needs.append("the mileage")
    if given.get("vin"):
        number = vehicles.vin_or_question(ask, given["vin"])
        if isinstance(number, ToolResult):
            return number
        _with_vin(ask, car, number, own, needs)
    if "year" in car and not _FIRST_YEAR <= car["year"] <= ask.services.clock.now().year + 2:
        needs.append("the car's model year")
    if own is None and not (car.get("year") and car.get("make")):
        needs.append("the car's year and make")
    return car


def _names(car: dict[str, Any], needs: list[str]) -> None:
    for key, longest, written in (("make", 40, makers.written), ("model", 60, makers.model_written)):
        if key not in car:
            continue
        if not car[key].strip():
            del car[key]
        elif fault := makers.name_fault(car[key], longest):
            needs.append(fault)
        else:
            car[key] = written(car[key])


def _plate(said: str, needs: list[str]) -> str:
    plate = characters_of(said) or "".join(c for c in said.upper() if c.isalnum())
    if not 0 < len(plate) <= _LONGEST_PLATE or not plate.isascii() or "[?" in said:
        needs.append("the license plate once more, letter by letter")
    return plate


def _with_vin(ask: Request, car: dict[str, Any], number: str, own: Vehicle | None, needs: list[str]) -> None:
    """A VIN tells what was not said of a car, and must not speak against what was."""
    by_vin = vehicles.described(ask.services, number)
    year = car.get("year") or (own.year if own else None)
    if year and by_vin["year"] and abs(year - by_vin["year"]) not in _NO_CONTRADICTION:
        needs.append(f"the VIN and the model year once more: this VIN is of a {by_vin['year']} car")
    if own is None:
        for key, value in by_vin.items():
            if value is not None:
                car.setdefault(key, value)
    car["vin"] = number


def read_back(car: Mapping[str, Any], own: Vehicle | None, words: Wording) -> str:
    """What will be written, letters and digits spelled out."""
    name = words.car_words(
        car.get("year") or (own.year if own else None),
        car.get("make") or (own.make if own else ""),
        car.get("model") or (own.model if own else None),
    )
    return words.car_with(name, own is not None, car.get("vin"), car.get("plate"), car.get("mileage"))
