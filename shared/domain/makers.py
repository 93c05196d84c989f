"""Who builds a car, by the first three characters of its VIN, and how makes are written.

The makers that a workshop in the United States sees most; every other is None. It knows no models.
"""

import re

MAKES = {
    "1HG": "Honda", "2HG": "Honda", "19X": "Honda", "5FN": "Honda", "2HK": "Honda", "5J6": "Honda", "7FA": "Honda",
    "JHM": "Honda", "JHL": "Honda", "SHH": "Honda", "3HG": "Honda", "3CZ": "Honda", "7FR": "Honda", "5FP": "Honda",
    "4T1": "Toyota", "4T3": "Toyota", "4T4": "Toyota", "5TD": "Toyota", "5TF": "Toyota", "5TE": "Toyota",
    "2T1": "Toyota", "2T3": "Toyota", "3TM": "Toyota", "3TY": "Toyota", "5YF": "Toyota", "JTD": "Toyota",
    "JTM": "Toyota", "JTN": "Toyota", "JTE": "Toyota", "JT3": "Toyota", "JTK": "Toyota", "7MU": "Toyota",
    "1FA": "Ford", "1FB": "Ford", "1FD": "Ford", "1FM": "Ford", "1FT": "Ford", "2FM": "Ford", "2FT": "Ford",
    "3FA": "Ford", "3FM": "Ford", "3FT": "Ford", "NM0": "Ford", "MAJ": "Ford",
    "1G1": "Chevrolet", "1GC": "Chevrolet", "1GN": "Chevrolet", "1GB": "Chevrolet", "2G1": "Chevrolet",
    "2GC": "Chevrolet", "2GN": "Chevrolet", "3G1": "Chevrolet", "3GC": "Chevrolet", "3GN": "Chevrolet",
    "KL1": "Chevrolet", "KL7": "Chevrolet", "KL8": "Chevrolet",
    "1GT": "GMC", "1GK": "GMC", "2GK": "GMC", "2GT": "GMC", "3GK": "GMC", "3GT": "GMC",
    "1G6": "Cadillac", "1GY": "Cadillac", "3GY": "Cadillac", "1G4": "Buick", "2G4": "Buick", "5GA": "Buick",
    "KL4": "Buick", "LRB": "Buick", "1G2": "Pontiac", "2G2": "Pontiac", "1G8": "Saturn", "5GZ": "Saturn",
    "1C4": "Jeep", "1J4": "Jeep", "1J8": "Jeep", "ZAC": "Jeep", "3C4": "Chrysler", "1C3": "Chrysler", "2C4": "Chrysler",
    "2A4": "Chrysler", "1C6": "Ram", "3C6": "Ram", "3C7": "Ram", "2C3": "Dodge", "1B3": "Dodge", "1D3": "Dodge",
    "1D7": "Dodge", "1D4": "Dodge", "2B3": "Dodge", "2D4": "Dodge", "3D4": "Dodge", "3D7": "Dodge",
    "1LN": "Lincoln", "2LM": "Lincoln", "3LN": "Lincoln", "5LM": "Lincoln", "1ME": "Mercury", "4M2": "Mercury",
    "1N4": "Nissan", "1N6": "Nissan", "3N1": "Nissan", "3N6": "Nissan", "5N1": "Nissan", "JN1": "Nissan",
    "JN8": "Nissan", "5N3": "Infiniti", "JNK": "Infiniti", "JNR": "Infiniti", "3PC": "Infiniti",
    "5NP": "Hyundai", "5NM": "Hyundai", "5NT": "Hyundai", "KMH": "Hyundai", "KM8": "Hyundai", "KMT": "Genesis",
    "5XX": "Kia", "5XY": "Kia", "KNA": "Kia", "KND": "Kia", "3KP": "Kia",
    "JF1": "Subaru", "JF2": "Subaru", "4S3": "Subaru", "4S4": "Subaru",
    "JM1": "Mazda", "JM3": "Mazda", "3MZ": "Mazda", "3MV": "Mazda", "3MD": "Mazda", "4F2": "Mazda", "7MM": "Mazda",
    "JA3": "Mitsubishi", "JA4": "Mitsubishi", "4A3": "Mitsubishi", "4A4": "Mitsubishi", "ML3": "Mitsubishi",
    "3VW": "Volkswagen", "3VV": "Volkswagen", "WVW": "Volkswagen", "WVG": "Volkswagen", "1VW": "Volkswagen",
    "1V2": "Volkswagen", "WBA": "BMW", "WBS": "BMW", "WBX": "BMW", "WBY": "BMW", "WB5": "BMW", "5UX": "BMW",
    "5UJ": "BMW", "5YM": "BMW", "4US": "BMW", "3MW": "BMW", "WMW": "MINI", "WMZ": "MINI",
    "WDB": "Mercedes-Benz", "WDC": "Mercedes-Benz", "WDD": "Mercedes-Benz", "W1K": "Mercedes-Benz",
    "W1N": "Mercedes-Benz", "4JG": "Mercedes-Benz", "55S": "Mercedes-Benz", "WAU": "Audi", "WA1": "Audi",
    "WUA": "Audi", "TRU": "Audi", "WP0": "Porsche", "WP1": "Porsche", "5YJ": "Tesla", "7SA": "Tesla", "7G2": "Tesla",
    "LRW": "Tesla", "YV1": "Volvo", "YV4": "Volvo", "7JR": "Volvo", "LVY": "Volvo", "SAL": "Land Rover",
    "SAJ": "Jaguar", "SAD": "Jaguar", "JTH": "Lexus", "JTJ": "Lexus", "2T2": "Lexus", "58A": "Lexus", "5TJ": "Lexus",
    "19U": "Acura", "5J8": "Acura", "JH4": "Acura", "2HN": "Acura", "5FR": "Acura", "ZFF": "Ferrari", "3C3": "Fiat",
    "ZFB": "Fiat", "ZAR": "Alfa Romeo", "ZAS": "Alfa Romeo", "JS2": "Suzuki", "JS3": "Suzuki", "7FC": "Rivian",
    "7PD": "Rivian", "50E": "Lucid", "7UU": "Lucid", "LPS": "Polestar", "YSM": "Polestar",
}  # fmt: skip
# How callers and registries call a make whose own name is another.
_ALSO = {
    "benz": "Mercedes-Benz",
    "chevy": "Chevrolet",
    "mercedes": "Mercedes-Benz",
    "mercedes benz": "Mercedes-Benz",
    "vw": "Volkswagen",
}
_WRITTEN = {make.casefold(): make for make in MAKES.values()} | _ALSO


def make_of(vin: str) -> str | None:
    """The make of a VIN. One whose third character is 9 belongs to a small maker and names none here."""
    return None if vin[2:3] == "9" else MAKES.get(vin[:3])


def written(make: str) -> str:
    """A make as its maker writes it, however a caller, a recogniser or a registry does: "HONDA" and "honda" are one."""
    plain = make.strip()
    return _WRITTEN.get(plain.casefold()) or (plain.title() if plain.isupper() else model_written(plain))


def model_written(model: str) -> str:
    """A model with capitals where a recogniser gave none; a word without a vowel is an abbreviation: "CX-5"."""
    return " ".join(_capitals(word) if word.islower() else word for word in model.split())


def _capitals(word: str) -> str:
    return word.capitalize() if set(word) & set("aeiouy") else word.upper()


def name_fault(name: str, longest: int) -> str | None:
    """Why this cannot be written down as a make or a model; None when it can."""
    if "[?" in name:
        return "the car's make and model, which were not heard surely"
    if not re.fullmatch(rf"[^\W_](?:[^\W_]|[ '’&+./-]){{0,{longest - 1}}}", name.strip()):
        return f"the car's make and model, in letters and digits, up to {longest}"
    return None
