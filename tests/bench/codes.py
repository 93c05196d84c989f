"""A number that can be carried by a caller's words, by a reply's text and by its sound alike.

The benches follow one turn through the service under test with it: recogniser, model, voice and caller each read the
number in the form they are given and note when they saw it. It refuses to know who carries it where.
"""

from __future__ import annotations

_SIXTEEN = "amber basil cedar denim ember fennel garnet hazel indigo jasper kelp linen maple nutmeg olive pepper"
_WORDS = _SIXTEEN.split()
_DIGITS = 4
LOUD = b"\x00\x80" * 80  # one 20 ms frame of the loudest square wave in µ-law
QUIET = b"\xff" * 160


def words(code: int) -> str:
    """Four plain words that hold the number (0 to 65535)."""
    return " ".join(_WORDS[code >> shift & 15] for shift in (12, 8, 4, 0))


def in_words(text: str) -> int | None:
    """The number in a text, None when there is none."""
    digits = [_WORDS.index(word) for word in text.lower().replace(".", " ").replace(",", " ").split() if word in _WORDS]
    if len(digits) != _DIGITS:
        return None
    return digits[0] << 12 | digits[1] << 8 | digits[2] << 4 | digits[3]


def sound(code: int, milliseconds: int) -> bytes:
    """Loud µ-law that repeats the number every five bytes, so that any frame of it can be read."""
    return bytes([0x00, *(0x80 | code >> shift & 15 for shift in (12, 8, 4, 0))]) * (8 * milliseconds // 5)


def in_sound(frame: bytes) -> int | None:
    """The number in a frame of at least ten bytes, None for other sound."""
    at = frame.find(b"\x00")
    digits = frame[at + 1 : at + 5]
    if at < 0 or len(digits) < _DIGITS or any(not 0x80 <= digit < 0x90 for digit in digits):
        return None
    return (digits[0] & 15) << 12 | (digits[1] & 15) << 8 | (digits[2] & 15) << 4 | digits[3] & 15
