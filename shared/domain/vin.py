"""Vehicle identification numbers by 49 CFR 565: alphabet, check digit, model year, and the makers seen most.

Offline only. What a registry says about a VIN, and whose car it is, is not known here.
"""

import re
from dataclasses import dataclass

from shared.domain.spelled import characters_of

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
ALPHABET = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"

# World manufacturer identifiers of passenger cars and light trucks that a workshop in the United States sees most.
MAKES = {
    "1HG": "Honda", "2HG": "Honda", "19X": "Honda", "5FN": "Honda", "2HK": "Honda", "5J6": "Honda", "7FA": "Honda",
    "JHM": "Honda", "4T1": "Toyota", "4T3": "Toyota", "5TD": "Toyota", "5TF": "Toyota", "2T1": "Toyota",
    "2T3": "Toyota", "JTD": "Toyota", "JTM": "Toyota", "1FA": "Ford", "1FM": "Ford", "1FT": "Ford", "3FA": "Ford",
    "1G1": "Chevrolet", "1GC": "Chevrolet", "1GN": "Chevrolet", "2G1": "Chevrolet", "3GN": "Chevrolet",
    "1GT": "GMC", "1C4": "Jeep", "1J4": "Jeep", "1C6": "Ram", "2C3": "Dodge", "1N4": "Nissan", "3N1": "Nissan",
    "5N1": "Nissan", "JN8": "Nissan", "5NP": "Hyundai", "KMH": "Hyundai", "KM8": "Hyundai", "5XY": "Kia", "KNA": "Kia",
    "KND": "Kia", "JF1": "Subaru", "JF2": "Subaru", "4S3": "Subaru", "4S4": "Subaru", "JM1": "Mazda", "JM3": "Mazda",
    "3VW": "Volkswagen", "WVW": "Volkswagen", "1VW": "Volkswagen", "WBA": "BMW", "5UX": "BMW", "WDD": "Mercedes-Benz",
    "4JG": "Mercedes-Benz", "WAU": "Audi", "WA1": "Audi", "5YJ": "Tesla", "7SA": "Tesla", "YV4": "Volvo",
    "JTH": "Lexus", "2T2": "Lexus", "19U": "Acura", "5J8": "Acura",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the seventeen characters say by themselves; None where they do not."""

    vin: str
    year: int | None
    make: str | None


def heard(said: str) -> str:
    """The characters of a VIN as heard; O, Q and I, which no VIN has, become the digits they are taken for."""
    return characters_of(said).translate(str.maketrans("OQI", "001"))


def fault_of(vin: str) -> str | None:
    """Why this is no valid VIN, as a sentence; None when it is one."""
    if len(vin) != 17:
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
    """Year and make of a valid VIN. A VIN whose third character is 9 belongs to a small maker and names none here."""
    make = None if vin[2] == "9" else MAKES.get(vin[:3])
    return Decoded(vin, year_of(vin), make)
