"""Whether what a caller says fits what is on file: the second factor that makes a proposed customer a confirmed one.

It compares; it neither counts failures nor decides what a confirmed caller may do.
"""

import re
import unicodedata
from typing import Literal

from shared.domain.spelled import characters_of, digits_of, words_of

Factor = Literal["last_name", "zip", "vin_last4", "first_name"]

# More words than this is not an answer to "what is your last name" but an attempt to name several.
_MOST_NAME_WORDS = 6
_ZIP_DIGITS = (5, 9)
_DOUBTFUL = re.compile(r"\[\?")


def folded(name: str) -> str:
    """Letters only, lower case, without accents: "O'Brien" and "obrien", "Peña" and "Pena" are one."""
    plain = unicodedata.normalize("NFKD", name)
    return "".join(c for c in plain.lower() if c.isalpha() and c.isascii())


def name_fits(said: str, on_file: str) -> bool:
    """As a word, as several ("van der berg"), or spelled ("w e x l e r"); a doubtfully heard one never fits."""
    wanted = folded(on_file)
    words = words_of(said)
    if not wanted or _DOUBTFUL.search(said):
        return False
    letters = [word for word in words if len(word) == 1]
    if len(letters) >= 2 and "".join(letters) == wanted:
        return True
    if characters_of(said).lower() == wanted:
        return True
    if len(words) > _MOST_NAME_WORDS:
        return False
    tails = ["".join(words[at:]) for at in range(len(words))]
    return wanted in {folded(tail) for tail in tails}


def zip_fits(said: str, on_file: str) -> bool:
    """Five digits, or nine of which the first five are the code."""
    digits = digits_of(said)
    return len(digits) in _ZIP_DIGITS and digits[:5] == on_file


def vin_last4_fits(said: str, on_file: str) -> bool:
    return len(on_file) == 17 and _last_four(said) == on_file[-4:].upper()


def is_a_try(factor: Factor, said: str) -> bool:
    """Whether this could be the factor of anybody at all: "I don't know" and half a ZIP code are no guesses."""
    if factor == "zip":
        return len(digits_of(said)) in _ZIP_DIGITS
    if factor == "vin_last4":
        return len(_last_four(said)) == 4
    return bool(folded(said))


def _last_four(said: str) -> str:
    """Of "the last four are 4 3 5 2" the first is no character of it."""
    characters = characters_of(said)
    return characters[1:] if len(characters) == 5 and characters[0] == "4" else characters


def name_fault(name: str) -> str | None:
    """Why this cannot be written down as somebody's first or last name; None when it can."""
    text = _composed(name)
    if _DOUBTFUL.search(text):
        return f"the name {text.replace('[?', '').replace(']', '')}, which was not heard surely: ask for the spelling"
    if not 1 <= len(text) <= 40:
        return "a name of 1 to 40 letters"
    if not re.fullmatch(r"[^\W\d_](?:[^\W\d_]|[ '’.\-])*", text):
        return "the name, in letters only"
    return None


def tidy_name(name: str) -> str:
    """A name as it is written: a recogniser that knows no capitals gets them, others are left as they are."""
    text = re.sub(r"\s+", " ", _composed(name))
    return re.sub(r"(^|[ '’\-])(\w)", lambda m: m[1] + m[2].upper(), text) if text.islower() else text


def _composed(name: str) -> str:
    """An accent that came as a character of its own is part of its letter."""
    return unicodedata.normalize("NFC", name.strip())
