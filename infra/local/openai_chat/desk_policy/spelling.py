"""Letters and digits said one by one: spelled names, NATO words, telephone numbers, ZIP codes, VINs."""

from __future__ import annotations

from dataclasses import dataclass

from infra.local.openai_chat.desk_policy.words import TENS, UNITS, Utterance, cardinal

NATO = {
    "alpha": "a",
    "alfa": "a",
    "bravo": "b",
    "charlie": "c",
    "delta": "d",
    "echo": "e",
    "foxtrot": "f",
    "golf": "g",
    "hotel": "h",
    "india": "i",
    "juliet": "j",
    "juliett": "j",
    "kilo": "k",
    "lima": "l",
    "mike": "m",
    "november": "n",
    "oscar": "o",
    "papa": "p",
    "quebec": "q",
    "romeo": "r",
    "sierra": "s",
    "tango": "t",
    "uniform": "u",
    "victor": "v",
    "whiskey": "w",
    "whisky": "w",
    "xray": "x",
    "yankee": "y",
    "zulu": "z",
}
_LETTER_NAMES = {
    "bee": "b",
    "cee": "c",
    "dee": "d",
    "eff": "f",
    "gee": "g",
    "aitch": "h",
    "jay": "j",
    "kay": "k",
    "el": "l",
    "em": "m",
    "en": "n",
    "pee": "p",
    "cue": "q",
    "queue": "q",
    "ar": "r",
    "ess": "s",
    "tee": "t",
    "vee": "v",
    "ex": "x",
    "zee": "z",
    "zed": "z",
}
# Heard in the place of a letter only between other letters: alone they are ordinary words.
_AMONG_LETTERS = {
    "be": "b",
    "see": "c",
    "sea": "c",
    "are": "r",
    "you": "u",
    "why": "y",
    "oh": "o",
    "eye": "i",
    "tea": "t",
    "ay": "a",
}
_REPEATS = {"double": 2, "triple": 3}


@dataclass(frozen=True)
class Spelled:
    """A run of letters: the text, where it stands, and whether a letter of it was heard unsurely."""

    text: str
    start: int
    end: int
    doubtful: bool


def _letter(utterance: Utterance, index: int, *, among: bool) -> tuple[str, int] | None:
    """One letter at ``index``, also as "m as in mary": ``(letter, index after it)``."""
    word = utterance.at(index)
    if word == "double" and utterance.at(index + 1) in ("u", "you"):
        return "w", index + 2
    if word in _REPEATS:
        inner = _letter(utterance, index + 1, among=True)
        return (inner[0] * _REPEATS[word], inner[1]) if inner else None
    if word in ("capital", "letter"):
        return _letter(utterance, index + 1, among=among)
    letter = word if len(word) == 1 and word.isalpha() else NATO.get(word) or _LETTER_NAMES.get(word)
    if letter is None and among:
        letter = _AMONG_LETTERS.get(word)
    if letter is None:
        return None
    return _as_in(utterance, index + 1, letter)


def _as_in(utterance: Utterance, index: int, letter: str) -> tuple[str, int]:
    """The example word is heard better than the letter, so its first letter wins."""
    example = ""
    if utterance.at(index) == "as" and utterance.at(index + 1) in ("in", "and"):
        example, index = utterance.at(index + 2), index + 3
    elif utterance.at(index) in ("for", "like") and len(utterance.at(index + 1)) > 2:
        example, index = utterance.at(index + 1), index + 2
    return (example[0] if example and example[0].isalpha() else letter), index


def read_spelled(utterance: Utterance, *, asked: bool) -> list[Spelled]:
    """Every run of letters. Unasked, a run needs three letters, so that "oscar victor" stays a name."""
    runs: list[Spelled] = []
    index = 0
    while index < len(utterance.words):
        run = _run(utterance, index)
        if run and len(run.text) >= (2 if asked else 3):
            runs.append(run)
            index = run.end
        else:
            index += 1
    return runs


def _run(utterance: Utterance, start: int) -> Spelled | None:
    text, index = "", start
    while index not in utterance.used:
        letter = _letter(utterance, index, among=bool(text))
        if (
            letter is None
            and text
            and utterance.at(index) in ("and", "then", "hyphen", "dash", "apostrophe")
            and _letter(utterance, index + 1, among=True)
        ):
            index += 1
            continue
        if letter is None:
            break
        text, index = text + letter[0], letter[1]
    while index > start and utterance.at(index - 1) in _AMONG_LETTERS:
        index, text = index - 1, text[:-1]
    return Spelled(text, start, index, utterance.doubtful(start, index)) if text else None


@dataclass(frozen=True)
class Digits:
    """A run of digits as said, or of a VIN's characters, and whether one of them was heard unsurely."""

    text: str
    doubtful: bool


def read_digits(utterance: Utterance, *, least: int) -> Digits | None:
    """The longest run of digits of at least ``least`` figures ("five five five twelve thirty four")."""
    best: tuple[str, int, int] | None = None
    index = 0
    while index < len(utterance.words):
        text, end = _digit_run(utterance, index)
        if len(text) >= least and (best is None or len(text) > len(best[0])):
            best = text, index, end
        index = max(end, index + 1)
    if best is None:
        return None
    utterance.use(best[1], best[2])
    return Digits(best[0], utterance.doubtful(best[1], best[2]))


def _digit_run(utterance: Utterance, index: int) -> tuple[str, int]:
    text = ""
    while index < len(utterance.words) and index not in utterance.used:
        word = utterance.at(index)
        repeat = _REPEATS.get(word, 1)
        at = index + 1 if word in _REPEATS else index
        piece = _digits_at(utterance, at)
        if piece is None:
            if text and word in ("area", "code", "then", "dash", "and"):
                index += 1
                continue
            break
        text, index = text + piece[0] * repeat, piece[1]
    return text, index


def _digits_at(utterance: Utterance, index: int) -> tuple[str, int] | None:
    word = utterance.at(index)
    if word.isdigit():
        return word, index + 1
    if word in ("oh", "o"):
        return "0", index + 1
    if word in ("for", "to", "too", "won", "ate") and _neighbours_are_digits(utterance, index):
        return {"for": "4", "to": "2", "too": "2", "won": "1", "ate": "8"}[word], index + 1
    if word == "hundred":
        return "00", index + 1
    number = cardinal(utterance, index)
    return (str(number[0]), number[1]) if number else None


def _neighbours_are_digits(utterance: Utterance, index: int) -> bool:
    digits = {*UNITS, *TENS, "oh"}
    return utterance.at(index - 1) in digits and utterance.at(index + 1) in digits


def read_vin(utterance: Utterance, *, least: int = 11) -> Digits | None:
    """Letters and digits in a row, long enough to be a VIN and mixed; each that was heard unsurely keeps its mark."""
    index = 0
    while index < len(utterance.words):
        pieces, end = _mixed_run(utterance, index)
        text = "".join(piece for piece, _ in pieces)
        if len(text) >= least and any(one.isdigit() for one in text) and any(one.isalpha() for one in text):
            utterance.use(index, end)
            marked = "".join(f"[?{piece}]" if doubtful else piece for piece, doubtful in pieces)
            return Digits(marked.upper(), any(doubtful for _, doubtful in pieces))
        index = max(end, index + 1)
    return None


def _mixed_run(utterance: Utterance, index: int) -> tuple[list[tuple[str, bool]], int]:
    """Signs in a row, each with whether it was heard unsurely, and the index after them."""
    pieces: list[tuple[str, bool]] = []
    while index < len(utterance.words):
        word = utterance.at(index)
        piece = _letter(utterance, index, among=False) if word not in ("o", "oh") else None
        if piece is None and len(word) > 1 and word.isalnum() and any(one.isdigit() for one in word):
            piece = word, index + 1
        piece = piece or _digits_at(utterance, index)
        if piece is None:
            if pieces and word in ("and", "then", "dash"):
                index += 1
                continue
            break
        pieces.append((piece[0], utterance.doubtful(index, piece[1])))
        index = piece[1]
    return pieces, index
