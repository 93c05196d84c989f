"""Characters as people say them on a telephone: "two one seven", "double oh", "b as in bravo", "N as in November".

It turns words into letters and digits, and back into what is said of them, and judges nothing: whether the result is a
number, a name or a VIN is asked elsewhere.
"""

import re
import unicodedata

_DIGITS = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9",
}  # fmt: skip
_TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
    "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fifty": "5", "sixty": "6", "seventy": "7", "eighty": "8",
    "ninety": "9",
}  # fmt: skip
_ALPHABET_WORDS = (
    "Alpha Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliet Kilo Lima Mike November Oscar Papa Quebec Romeo "
    "Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu"
)
_WORD_OF = {word[0]: word for word in _ALPHABET_WORDS.split()}
_ALPHABET = frozenset({"alfa", "juliett", "whisky", "xray"} | {word.lower() for word in _WORD_OF.values()})
_REPEATS = {"double": 2, "triple": 3}
_FILLER_WORDS = "it's its is um uh er the a my number and dash hyphen space point then that's"
_FILLERS = frozenset(_FILLER_WORDS.split())


def without_accents(text: str) -> str:
    """In small letters."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))


def words_of(said: str) -> list[str]:
    """Lower-case words without accents; doubt marks such as `[?wexler]` are taken off, "x-ray" becomes "xray"."""
    plain = without_accents(said).replace("x-ray", "xray").replace("x ray", "xray")
    return re.findall(r"[a-z0-9']+", plain)


def spelling_word(character: str) -> str:
    """What is said for one capital or digit: "Bravo", "7"."""
    return _WORD_OF.get(character, character)


def as_in(character: str) -> str:
    """One capital or digit so that it is not taken for another: "B as in Bravo", "the digit 7"."""
    word = _WORD_OF.get(character)
    return f"{character} as in {word}" if word else f"the digit {character}"


def letters_apart(name: str) -> str:
    """A name as it is spelled out: "Q, U, I, L, L"."""
    return ", ".join(c.upper() for c in name if c.isalpha())


def is_number_word(word: str) -> bool:
    """Whether a word is of those that numbers are said with: "oh", "nine", "nineteen", "ninety"."""
    return word in _DIGITS or word in _TEENS or word in _TENS


def digits_of(said: str) -> str:
    """The digits of what was said; words that are no digits are passed over: "six two seven oh one" is 62701."""
    return "".join(piece for piece in _pieces(said) if piece.isdigit())


def characters_of(said: str) -> str:
    """Letters and digits in capitals: "one hotel golf, c as in charlie" is 1HGC. Words spelled by their first letter
    count only when they belong to the spelling alphabet or follow "as in"/"for"."""
    return "".join(_pieces(said)).upper()


def _pieces(said: str) -> list[str]:
    words, pieces, repeat, at = words_of(said), [], 1, 0
    while at < len(words):
        word = words[at]
        if word in _REPEATS:
            repeat = _REPEATS[word]
            at += 1
            continue
        piece, taken = _piece(words, at)
        pieces.append(piece * repeat)
        repeat = 1
        at += taken
    return [piece for piece in pieces if piece]


def _piece(words: list[str], at: int) -> tuple[str, int]:
    """The characters that begin at one word, and how many words they took."""
    word = words[at]
    if words[at + 1 : at + 3] == ["as", "in"] and len(words) > at + 3:
        return word[:1], 4
    if word in _TENS:
        following = words[at + 1] if at + 1 < len(words) else ""
        unit = _DIGITS.get(following, "")
        if unit and unit != "0":
            return _TENS[word] + unit, 2
        return _TENS[word] + "0", 1
    known = _DIGITS.get(word) or _TEENS.get(word)
    if known:
        return known, 1
    if word in _ALPHABET:
        return word[0], 1
    # A run such as "1hgcm82" or "62701", or one letter, is taken as it stands.
    if len(word) == 1 or any(c.isdigit() for c in word):
        return re.sub(r"[^a-z0-9]", "", word), 1
    return ("", 1) if word in _FILLERS or not _like_a_code(word) else (word, 1)


def _like_a_code(word: str) -> bool:
    """Letters that no English word would be made of, such as a piece of a VIN: no vowel at all."""
    return len(word) <= 6 and not re.search(r"[aeiouy']", word)
