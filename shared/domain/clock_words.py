"""A clock time as it is said or recognised: "2 pm", "14:30", "half past two", "ten to ten", "noon".

It reads digits and the English words for them. Which half of the day is meant when nobody said is not known here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time

_ONES_IN_ORDER = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_ONES: Mapping[str, int] = {word: number for number, word in enumerate(_ONES_IN_ORDER.split())}
_TENS: Mapping[str, int] = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}
_NOT_SAID = re.compile(
    r"\b(at|around|about|roughly|approximately|like|maybe|say|exactly|right|sharp|o'? ?clock|or so|ish|the|a|an)\b"
)
_TWELVES = (
    (re.compile(r"\b(?:(?:12(?::00)?|twelve) )?(?:noon|midday)\b"), "12 pm"),
    (re.compile(r"\b(?:(?:12(?::00)?|twelve) )?midnight\b"), "12 am"),
)
_HALVES = (
    (re.compile(r"\b(in the morning|a ?m)\b"), "am"),
    (re.compile(r"\b(in the afternoon|in the evening|at night|p ?m)\b"), "pm"),
)
_DIGITS = re.compile(r"(\d{1,2})(?:[: h]?(\d{2}))?(?: hundred)?")
_FROM_THE_HOUR = re.compile(r"(\d{1,2}|half|quarter)(?: minutes?)? (past|after|to|till|before|of) (\d{1,2})")


@dataclass(frozen=True, slots=True)
class ClockTime:
    """With `certain` the time itself; without it the hour is one of twelve, given as the morning's."""

    at: time
    certain: bool


def read(said: str) -> ClockTime | None:
    """The time that was said; None when that is no time of day."""
    text = " ".join(said.lower().replace(".", "").split())
    text = re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", " ", re.sub(r"(?<=\w)ish\b", "", text))
    for pattern, twelve in _TWELVES:
        text = pattern.sub(twelve, text)
    text = re.sub(r"(\d)(am|pm)\b", r"\1 \2", text)
    half = next((name for pattern, name in _HALVES if pattern.search(text)), None)
    for pattern, _ in _HALVES:
        text = pattern.sub(" ", text)
    text = re.sub(r"^half (?=\d)", "half past ", _in_digits(_NOT_SAID.sub(" ", text)))
    spoken_from = _FROM_THE_HOUR.fullmatch(text)
    if spoken_from is not None:
        return _from_the_hour(spoken_from, half)
    digits = _DIGITS.fullmatch(text)
    if digits is None:
        return None
    return _placed(int(digits[1]), int(digits[2] or 0), half, written_out=digits[1].startswith("0"))


def _from_the_hour(said: re.Match[str], half: str | None) -> ClockTime | None:
    """ "ten to twelve PM" is in the other half of the day than twelve."""
    minute, hour = {"half": 30, "quarter": 15}.get(said[1]) or int(said[1]), int(said[3])
    if not 0 < minute < 60 or not 1 <= hour <= 12:
        return None
    if said[2] in ("past", "after"):
        return _placed(hour, minute, half, written_out=False)
    if half and hour == 12:
        half = "am" if half == "pm" else "pm"
    return _placed(hour - 1 or 12, 60 - minute, half, written_out=False)


def _placed(hour: int, minute: int, half: str | None, written_out: bool) -> ClockTime | None:
    if hour > 23 or minute > 59 or (half and not 1 <= hour <= 12):
        return None
    if half:
        return ClockTime(time(hour % 12 + (12 if half == "pm" else 0), minute), certain=True)
    # Twelve without more is noon: nobody brings a car at midnight.
    certain = written_out or not 1 <= hour <= 11
    return ClockTime(time(hour, minute), certain)


def _in_digits(text: str) -> str:
    """two thirty five -> 2 35; two oh five -> 2 05"""
    read: list[str] = []
    words = text.split()
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        if word in _ONES and before in _TENS and _ONES[word] < 10:
            read[-1] = str(_TENS[before] + _ONES[word])
        elif word in _ONES and before in ("oh", "o", "zero"):
            read[-1] = f"0{_ONES[word]}"
        else:
            read.append(str(_ONES.get(word, _TENS.get(word, word))))
    return " ".join(read)
