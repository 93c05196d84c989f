"""Which column of a file means what: guessed from the names that workshops' programs use, set right by the operator.

It reads names of columns only, never a cell.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from shared.errors import ConfigurationError

# Our fields, and how exports call them, in small letters without spaces and signs. A consent is never guessed: that
# somebody agreed to be called is said by the operator, or by a column of just this name.
_NAMES: Mapping[str, str] = {
    "customer_number": "customerno custno custnumber customerid custid accountnumber accountno clientid clientnumber",
    "first_name": "first fname forename givenname customerfirstname custfirstname ownerfirstname vorname",
    "last_name": "last lname surname familyname customerlastname custlastname ownerlastname nachname",
    "name": "customer customername custname fullname owner ownername client clientname",
    "phone": "phonenumber telephone telephonenumber tel mainphone primaryphone bestphone contactphone phone1 telefon",
    "cell_phone": "cell cellphonenumber cellnumber cellular mobile mobilephone mobilenumber phonecell phonemobile",
    "home_phone": "home homephonenumber homenumber phonehome residencephone eveningphone",
    "work_phone": "work workphonenumber worknumber phonework businessphone office officephone dayphone",
    "email": "emailaddress mail customeremail primaryemail email1",
    "zip": "zipcode postal postalcode postcode customerzip plz",
    "zone": "timezone tz",
    "vehicle_number": "vehicleno vehicleid vehid vehno unitnumber unitno carid",
    "vin": "vinnumber vinno vehiclevin vehicleidentificationnumber chassisnumber chassis",
    "year": "modelyear vehicleyear vehyear caryear yr",
    "make": "vehiclemake vehmake carmake manufacturer brand",
    "model": "vehiclemodel vehmodel carmodel",
    "plate": "platenumber license licenseno licensenumber licenseplate licenseplatenumber tag registration",
    "mileage": "miles odometer odometerreading odo lastmileage currentmileage mileagein",
    "last_service_date": "lastservice lastservicedt lastvisit lastvisitdate lastro lastrodate lastrepairdate",
    "last_service_name": "lastservicedescription lastoperation lastserviceperformed lastoperationname",
    "do_not_call": "dnc nocall nocalls donotcontact optout optedout",
    "consent_reminder": "",
    "consent_date": "",
}
FIELDS = tuple(_NAMES)
PHONES = ("phone", "cell_phone", "home_phone", "work_phone")
_CALLED = {name: meant for meant, names in _NAMES.items() for name in (meant.replace("_", ""), *names.split())}


def plain(column: str) -> str:
    """The name as `_NAMES` has it: "Cust. #" is custnumber."""
    return re.sub(r"[^a-z0-9]", "", column.lower().replace("#", "number"))


def guess(header: Sequence[str]) -> dict[str, int]:
    """Where each field stands; of two columns of one meaning the first."""
    found: dict[str, int] = {}
    for at, column in enumerate(header):
        meant = _CALLED.get(plain(column))
        if meant is not None:
            found.setdefault(meant, at)
    return found


def read_map(given: str) -> dict[str, str]:
    """Fields by column, from "Column=field,…" or a TOML file of such lines; an empty field leaves the column out.

    Raises ConfigurationError when it is neither.
    """
    if given.endswith(".toml"):
        return _read_toml(Path(given))
    pairs = [pair.rpartition("=") for pair in given.split(",")]
    if not all(sign for _, sign, _ in pairs):
        raise ConfigurationError(f'--map {given!r} must look like "Column=field,Column=field" or name a .toml file.')
    return {column.strip(): meant.strip() for column, _, meant in pairs}


def _read_toml(path: Path) -> dict[str, str]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as why:
        raise ConfigurationError(f"{path} cannot be read: {why.strerror}.") from why
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise ConfigurationError(f"{path} is not valid TOML: {why}.") from why
    if not all(isinstance(meant, str) for meant in raw.values()):
        raise ConfigurationError(f'{path} must hold lines like "Cell No." = "cell_phone".')
    return raw


def place(header: Sequence[str], wishes: Mapping[str, str]) -> dict[str, int]:
    """Where each field stands, by the operator's wishes first and by its name otherwise.

    Raises ConfigurationError for a column that the file does not have, a field that there is not, and when what a
    customer needs is missing.
    """
    wished = {_at(header, column): _field(meant) for column, meant in wishes.items()}
    guessed = guess(header)
    free = {meant: at for meant, at in guessed.items() if at not in wished and meant not in wished.values()}
    placed = free | {meant: at for at, meant in wished.items() if meant}
    _check(placed, header)
    return dict(sorted(placed.items(), key=lambda each: each[1]))


def _at(header: Sequence[str], column: str) -> int:
    for at, name in enumerate(header):
        if name.lower() == column.lower():
            return at
    raise ConfigurationError(f"--map names the column {column!r}, but the file has: {_listed(header)}.")


def _field(meant: str) -> str:
    if meant and meant not in FIELDS:
        raise ConfigurationError(f"--map names the field {meant!r}, but there are: {_listed(FIELDS)}.")
    return meant


def _check(placed: Iterable[str], header: Sequence[str]) -> None:
    has = set(placed)
    lacking = [] if has & set(PHONES) else ["a telephone number (phone, cell_phone, home_phone or work_phone)"]
    if "name" not in has and not {"first_name", "last_name"} <= has:
        lacking.append("the name (first_name and last_name, or name)")
    if "consent_reminder" in has and "consent_date" not in has:
        lacking.append("the day of the consent (consent_date)")
    if lacking:
        raise ConfigurationError(
            f"No column was found for {' and '.join(lacking)}. The first line must name the columns, which are: "
            f'{_listed(header)}. Say which is which with --map "Column=field".'
        )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name[:40] for name in names[:30])
    return shown if len(names) <= 30 else f"{shown} and {len(names) - 30} more"
