"""Made-up cars with valid VINs: right maker code, year code, check digit and serial."""

import random
from dataclasses import dataclass

from shared.domain.vin import check_digit

# Maker code, make, model, first and last model year.
_KINDS = (
    ("1HG", "Honda", "Civic", 2006, 2025),
    ("1HG", "Honda", "Accord", 2004, 2025),
    ("2HK", "Honda", "CR-V", 2007, 2025),
    ("4T1", "Toyota", "Camry", 2004, 2025),
    ("2T1", "Toyota", "Corolla", 2005, 2019),
    ("JTM", "Toyota", "RAV4", 2008, 2024),
    ("1FT", "Ford", "F-150", 2005, 2025),
    ("1FM", "Ford", "Explorer", 2006, 2024),
    ("3FA", "Ford", "Fusion", 2010, 2020),
    ("1G1", "Chevrolet", "Malibu", 2008, 2024),
    ("1GC", "Chevrolet", "Silverado", 2006, 2025),
    ("1N4", "Nissan", "Altima", 2007, 2024),
    ("5N1", "Nissan", "Rogue", 2010, 2024),
    ("5NP", "Hyundai", "Elantra", 2009, 2024),
    ("KM8", "Hyundai", "Tucson", 2010, 2024),
    ("KND", "Kia", "Sportage", 2010, 2024),
    ("1C4", "Jeep", "Wrangler", 2012, 2024),
    ("4S4", "Subaru", "Outback", 2008, 2024),
    ("JM3", "Mazda", "CX-5", 2013, 2024),
    ("3VW", "Volkswagen", "Jetta", 2008, 2023),
)
_YEAR_CODES = "ABCDEFGHJKLMNPRSTVWXY123456789"
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class Car:
    vin: str
    year: int
    make: str
    model: str


def car(source: random.Random, serial: int) -> Car:
    """One car; a different serial makes a different VIN."""
    maker, make, model, first, last = source.choice(_KINDS)
    year = source.randint(first, last)
    # Position 7 is a letter from 2010 on and a digit before.
    seventh = source.choice(_LETTERS if year >= 2010 else _DIGITS)
    described = "".join(source.choice(_LETTERS + _DIGITS) for _ in range(3)) + seventh + source.choice(_DIGITS)
    code = _YEAR_CODES[(year - 1980) % 30]
    draft = f"{maker}{described}0{code}{source.choice(_LETTERS)}{serial % 1_000_000:06d}"
    return Car(draft[:8] + check_digit(draft) + draft[9:], year, make, model)
