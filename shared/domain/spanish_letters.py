"""Letters and digits as Spanish speakers say them on a telephone, and back: "hache", "be de burro", "doble ve".

It reads into single letters and figures, which the house's other readers take, and judges nothing.
"""

import re
from collections.abc import Set

from shared.domain.spanish_figures import number
from shared.domain.spelled import without_accents

_NAMES = {
    "A": "a", "B": "be", "C": "ce", "D": "de", "E": "e", "F": "efe", "G": "ge", "H": "hache", "I": "i", "J": "jota",
    "K": "ka", "L": "ele", "M": "eme", "N": "ene", "O": "o", "P": "pe", "Q": "cu", "R": "erre", "S": "ese", "T": "te",
    "U": "u", "V": "ve", "W": "doble ve", "X": "equis", "Y": "ye", "Z": "zeta",
}  # fmt: skip
_WORDS_IN_ORDER = (
    "Ana burro casa dedo Elena Francia gato hotel Inés José kilo Luis María Nicolás oso Pedro queso Roma Sara Tomás "
    "uva vaca Washington xilófono yate zapato"
)
_WORDS = dict(zip(_NAMES, _WORDS_IN_ORDER.split(), strict=True))
# Two letters that have one sound, and those whose names a telephone makes alike.
_ONE_SOUND = frozenset("BV")
_ALIKE = frozenset("BCDFMNPSTV")
_HEARD = {name: letter for letter, name in _NAMES.items()} | {
    "b": "B", "uve": "V", "cei": "C", "jei": "J", "ere": "R", "equis": "X", "seta": "Z", "ceta": "Z", "ca": "K",
    "ache": "H", "ies": "S", "enie": "N",
}  # fmt: skip
_PAIRS = {
    ("doble", "ve"): "W", ("doble", "u"): "W", ("doble", "uve"): "W", ("uve", "doble"): "W", ("ve", "doble"): "W",
    ("i", "griega"): "Y", ("i", "latina"): "I", ("be", "grande"): "B", ("be", "larga"): "B", ("be", "alta"): "B",
    ("ve", "chica"): "V", ("ve", "corta"): "V", ("ve", "baja"): "V",
}  # fmt: skip
# A run such as "1hgcm82" stays whole.
_TOKEN = re.compile(r"[a-z0-9]+|\[\?|\]")
_REPEATS = {"doble": 2, "triple": 3}
_PASSED_OVER = "y con es el la los las mi su numero letra guion espacio punto luego despues"
_NOT_SPELLED = frozenset(_PASSED_OVER.split())


def letter_words(character: str, unsure: Set[str] = _ONE_SOUND) -> str:
    """What is said for one capital or digit of a name: "hache", "be de burro", "7"; `unsure` letters get their word."""
    if character in unsure:
        return f"{_NAMES[character]} de {_WORDS[character]}"
    return _NAMES.get(character, character)


def character_words(character: str) -> str:
    """What is said for one character of a VIN or a plate, which no sense of the whole helps to hear right."""
    return letter_words(character, _ALIKE)


def as_in(character: str) -> str:
    """One capital or digit so that it is not taken for another: "B de burro", "el dígito 7"."""
    word = _WORDS.get(character)
    return f"{character} de {word}" if word else f"el dígito {character}"


def in_characters(said: str) -> str:
    """ "uno hache ge, be de burro, ocho" becomes "1 H G B 8"; marks of doubt stay where they are."""
    words, found, at = _TOKEN.findall(without_accents(said)), list[str](), 0
    while at < len(words):
        repeat = _REPEATS.get(words[at], 1) if tuple(words[at : at + 2]) not in _PAIRS else 1
        at += repeat > 1
        piece, taken = _piece(words[at:])
        found += [piece] * repeat if piece else []
        at += taken
    return " ".join(found).replace("[? ", "[?").replace(" ]", "]")


def _piece(words: list[str]) -> tuple[str, int]:
    """What the words begin with, and how many of them it takes."""
    if not words:
        return "", 1
    if (pair := _PAIRS.get((words[0], words[1] if len(words) > 1 else ""))) is not None:
        return pair, 2
    letter = _HEARD.get(words[0]) or (words[0].upper() if len(words[0]) == 1 and words[0].isalpha() else None)
    if letter and words[1:2] == ["de"] and len(words) > 2 and words[2].upper().startswith(letter) and len(words[2]) > 2:
        return letter, 3
    if words[0] in _NOT_SPELLED:
        return "", 1
    if (value := number(words)) is not None:
        return (words[0] if words[0].isdecimal() else str(value[0])), value[1]
    return letter or words[0], 1
