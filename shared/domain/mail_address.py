"""E-mail addresses as people say them: "j dot smith at gmail dot com", "nora underscore q at g mail dot com".

It understands, judges by form and says back. Whether anybody reads the mail is not known here.
"""

import re
from collections.abc import Callable

from shared.domain.spelled import digits_of, is_number_word

LONGEST = 120
_SIGNS = {
    "dot": ".", "period": ".", "point": ".", "underscore": "_", "dash": "-", "hyphen": "-", "minus": "-",
    "plus": "+",
}  # fmt: skip
_SAID = {".": "dot", "_": "underscore", "-": "dash", "+": "plus", "%": "percent", "'": "apostrophe", "@": "at"}
_TIMES = {"double": 2, "triple": 3}
_BEGINNING = re.compile(r"^.*\b(?:is|it's|address)\s+", re.IGNORECASE)
_FORM = re.compile(
    r"[a-z0-9_](?:[a-z0-9._%+'-]{0,62}[a-z0-9_])?@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
)
_WHOLE_WORDS = frozenset(
    {
        "gmail", "yahoo", "hotmail", "outlook", "icloud", "aol", "comcast", "msn", "live", "verizon", "sbcglobal",
        "proton", "com", "net", "org", "edu", "gov",
    }
)  # fmt: skip


def understood(said: str) -> str | None:
    """The address, in small letters; None when what was said is none, or was heard doubtfully (`[?smith]`)."""
    if len(said) > LONGEST or "[?" in said:
        return None
    written = said.strip().lower().rstrip(".")
    address = written if _is_address(written) else _assembled(_BEGINNING.sub("", written))
    return address if _is_address(address) else None


def _in_english(sign: str) -> str:
    return _SAID.get(sign, sign)


def said_back(address: str, said: Callable[[str], str] = _in_english) -> str:
    """Letter by letter, so that every one can be objected to: "J, dot, S, M, I, T, H, at gmail dot com"; `said` gives
    the word for a capital or a sign."""
    local, domain = address.upper().split("@")
    host = f" {said('.')} ".join(_label(label, said) for label in domain.split("."))
    return f"{', '.join(said(c) for c in local)}, {said('@')} {host}"


def _label(label: str, said: Callable[[str], str]) -> str:
    return label.lower() if label.lower() in _WHOLE_WORDS else ", ".join(said(c) for c in label)


def _is_address(text: str) -> bool:
    return _FORM.fullmatch(text) is not None and ".." not in text and len(text) <= LONGEST


def _assembled(said: str) -> str:
    """The words put together, the last "at" taken for the sign."""
    before, at, after = said.replace("@", " at ").rpartition(" at ")
    return f"{_joined(before)}@{_joined(after)}" if at else ""


def _joined(said: str) -> str:
    words = re.sub(r"([._+-])", r" \1 ", said).replace(",", " ").split()
    pieces: list[str] = []
    place = 0
    while place < len(words):
        piece, taken = _piece(words, place)
        pieces.append(piece)
        place += taken
    return "".join(pieces)


def _piece(words: list[str], at: int) -> tuple[str, int]:
    """The characters that begin at one word, and how many words they took. A word of the spelling alphabet is a name
    unless it follows "as in"."""
    word, rest = words[at], words[at + 1 :]
    if rest[:2] == ["as", "in"] and len(rest) > 2:
        return word[:1], 4
    if word in _TIMES and rest and (len(rest[0]) == 1 or is_number_word(rest[0])):
        piece, taken = _piece(words, at + 1)
        return piece * _TIMES[word], taken + 1
    if word in _SIGNS:
        return _SIGNS[word], 1
    if is_number_word(word):
        run = 1
        while at + run < len(words) and is_number_word(words[at + run]):
            run += 1
        return digits_of(" ".join(words[at : at + run])), run
    return word, 1
