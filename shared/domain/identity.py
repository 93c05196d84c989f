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
    wanted = digits_of(on_file)[:5]
    return len(wanted) == 5 and digits_of(said)[:9] in {wanted, digits_of(on_file)}


def vin_last4_fits(said: str, on_file: str) -> bool:
    wanted = on_file[-4:].upper()
    return len(on_file) == 17 and characters_of(said) == wanted


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
