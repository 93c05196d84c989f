"""Single values as people and programs write them in a file: each function gives the value or says why it cannot.

The sentence of a ValueError is for the report and does not repeat the value. What becomes of a value is not known here.
"""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.domain import makers
from shared.domain import vin as vins
from shared.domain.phone import normalise

_NOTHING = frozenset({"", "-", "--", "n/a", "na", "none", "null", "nil", "unknown", "(none)", "(null)", "#n/a"})
_WRAPPED = re.compile(r'="([^"]*)"')
_DAYS = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%Y/%m/%d", "%m-%d-%Y", "%d.%m.%Y", "%Y%m%d", "%d-%b-%Y", "%b %d, %Y")
_TIME_OF_DAY = re.compile(r"[ T]\d{1,2}:\d{2}.*$")
_EXTENSION = re.compile(r"(?i)[\s,;]*(?:x|ext|extn|extension|#)\.?\s*\d{1,6}$")
_NAME = re.compile(r"[^\W_](?:[\w .,'’´`&/()#-]*[\w.)])?")
# Signs that are mistaken for each other on a keyboard, a form or by a scanner.
_CONFUSED = tuple((pair[0], pair[1]) for pair in ("5S", "8B", "2Z", "6G", "0D", "UV", "1L", "7T", "4A", "MN", "CG"))
_ROMAN = frozenset({"ii", "iii", "iv"})


def tidy(cell: str) -> str:
    """The cell without what programs put around it: spaces, `="…"` against a spreadsheet's guesses, an apostrophe
    before a sign that begins a formula. A word for nothing is nothing."""
    text = " ".join(cell.split())
    wrapped = _WRAPPED.fullmatch(text)
    if wrapped:
        text = wrapped[1].strip()
    elif text.startswith(("'=", "'+", "'-", "'@")):
        text = text[1:]
    return "" if text.lower() in _NOTHING else text


def name(text: str) -> str:
    if not _NAME.fullmatch(text) or not any(map(str.isalpha, text)):
        raise ValueError("holds characters that no name has")
    if len(text) > 40:
        raise ValueError(f"has {len(text)} characters; 40 are the most")
    return capitalised(text) if text.isupper() or text.islower() else text


def capitalised(text: str) -> str:
    """SMITH-O'NEIL is Smith-O'Neil, MCDONALD is McDonald, ACME III is Acme III."""
    return re.sub(r"[^\W\d_]+", _capitalised, text)


def _capitalised(word: re.Match[str]) -> str:
    letters, before = word[0].lower(), word.string[: word.start()]
    if letters in _ROMAN and before.strip():
        return letters.upper()
    if letters == "s" and before.endswith(("'", "’")):
        return letters
    return f"Mc{letters[2:].capitalize()}" if re.match("mc[a-z]{3}", letters) else letters.capitalize()


def whole_name(text: str) -> tuple[str, str]:
    """First and last name of "Last, First" or "First Middle Last"."""
    last, comma, first = (part.strip() for part in text.partition(","))
    if not comma:
        first, _, last = text.rpartition(" ")
    if not first or not last:
        raise ValueError("holds one word; first and last name are needed")
    return name(first), name(last)


def phone(text: str) -> str:
    """E.164. An extension is left out: a call reaches the switchboard."""
    number = normalise(_EXTENSION.sub("", text)) if re.search(r"\d{2}", text) else None
    if number is None:
        raise ValueError("is no telephone number: ten digits, or + and the country's code for a foreign one")
    return number


def has_extension(text: str) -> bool:
    return _EXTENSION.search(text) is not None


def email(text: str) -> str:
    if len(text) > 254 or not re.fullmatch(r"[^@\s<>,;\"=]+@[^@\s<>,;\"=]+\.[^@\s<>,;\"=.]+", text):
        raise ValueError("is no e-mail address")
    return text.lower()


def zip_code(text: str) -> str:
    """Five digits; a spreadsheet takes leading zeros off."""
    found = re.fullmatch(r"(\d{3,5})(?:[- ]?\d{4})?", text) if len(text) != 9 else re.fullmatch(r"(\d{5})\d{4}", text)
    if found is None:
        raise ValueError("is no ZIP code of five digits")
    return found[1].zfill(5)


def zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as why:
        raise ValueError("is no time zone such as America/Chicago") from why


def number_of_theirs(text: str) -> str:
    """What another program calls a customer or a car."""
    if len(text) > 80 or not text.isprintable():
        raise ValueError("is longer than 80 characters")
    return text


def vin(text: str) -> str:
    """A valid VIN; the sentence of the error says what may have been meant."""
    given = re.sub(r"[\s-]", "", text).upper()
    if len(given) != 17:
        raise ValueError(f"has {len(given)} characters and a VIN 17; leave the cell empty for a car without one")
    repaired = given.translate(str.maketrans("OQI", "001"))
    if repaired != given:
        return _refused("has I, O or Q, which no VIN has", [repaired])
    fault = vins.fault_of(given)
    if fault is None:
        return given
    if not given.isascii() or not given.isalnum():
        raise ValueError("has signs that no VIN has")
    return _refused("has a check digit that does not fit, so a character is wrong", _alike(given))


def _refused(why: str, meant: list[str]) -> str:
    valid = [each for each in meant if vins.fault_of(each) is None]
    hint = f"; perhaps {' or '.join(valid)} is meant" if 0 < len(valid) <= 2 else ""
    raise ValueError(f"{why}{hint}")


def _alike(given: str) -> list[str]:
    """What was meant, if one character was mistaken for another or two neighbours changed places."""
    found = [f"{given[:at]}{given[at + 1]}{given[at]}{given[at + 2 :]}" for at in range(16)]
    for one, other in (*_CONFUSED, *((other, one) for one, other in _CONFUSED)):
        found += [f"{given[:at]}{other}{given[at + 1 :]}" for at in range(17) if given[at] == one]
    return [each for each in dict.fromkeys(found) if each != given]


def year(text: str) -> int:
    """Four digits, or two of this century or the last."""
    if not re.fullmatch(r"\d{2}|\d{4}", text):
        raise ValueError("is no year")
    found = int(text)
    if found < 100:
        found += 2000 if found < 50 else 1900
    if not 1900 <= found <= 2100:
        raise ValueError("is no year of a car")
    return found


def make(text: str) -> str:
    return _short(makers.written(text), 40)


def model(text: str) -> str:
    """CIVIC is Civic; F-150, CR-V and GTI stay as they are."""
    return _short(re.sub(r"\b[A-Z]{4,}\b", lambda word: word[0].capitalize(), text), 60)


def service(text: str) -> str:
    return _short(text, 80)


def _short(text: str, most: int) -> str:
    if len(text) > most or not text[0].isalnum():
        raise ValueError(f"is longer than {most} characters" if len(text) > most else f"begins with {text[0]}")
    return text


def plate(text: str) -> str:
    given = re.sub(r"[\s.·-]", "", text).upper()
    if not re.fullmatch(r"[A-Z0-9]{1,10}", given):
        raise ValueError("is no licence plate")
    return given


def mileage(text: str) -> int:
    found = re.fullmatch(r"(\d{1,3}(?:,\d{3})+|\d{1,7})(?:\.\d+)?\s*(?:mi|miles)?", text.lower())
    miles = int(found[1].replace(",", "")) if found else -1
    if not 0 <= miles <= 2_000_000:
        raise ValueError("is no mileage")
    return miles


def day(text: str, today: date) -> date:
    """A day of the past; 3/4/2026 is March 4. A time of day is left out."""
    bare = _TIME_OF_DAY.sub("", text)
    for form in _DAYS:
        try:
            found = datetime.strptime(bare, form).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
        if not date(1950, 1, 1) <= found <= today:
            raise ValueError("is a day that has not come yet" if found > today else "is too long ago")
        return found
    raise ValueError("is no day such as 2026-03-04 or 3/4/2026")


def yes(text: str) -> bool:
    if text.lower() in ("yes", "y", "true", "t", "1", "x", "ja"):
        return True
    if text.lower() in ("no", "n", "false", "f", "0", "nein"):
        return False
    raise ValueError("is neither yes nor no")
