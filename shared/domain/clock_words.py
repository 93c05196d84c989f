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
_NOT_SAID = re.compile(r"\b(at|around|about|roughly|approximately|like|maybe|say|exactly|sharp|o'?clock|the|a|an)\b")
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
    if text in ("noon", "midday", "12 noon", "twelve noon"):
        return ClockTime(time(12), certain=True)
    if text in ("midnight", "12 midnight", "twelve midnight"):
        return ClockTime(time(0), certain=True)
    text = re.sub(r"(\d)(am|pm)\b", r"\1 \2", text)
    half = next((name for pattern, name in _HALVES if pattern.search(text)), None)
    for pattern, _ in _HALVES:
        text = pattern.sub(" ", text)
    text = _in_digits(re.sub(r"(?<=\w)ish\b", "", _NOT_SAID.sub(" ", text)))
    spoken_from = _FROM_THE_HOUR.fullmatch(text)
    if spoken_from is not None:
        minute = {"half": 30, "quarter": 15}.get(spoken_from[1]) or int(spoken_from[1])
        ahead = spoken_from[2] in ("past", "after")
        hour = int(spoken_from[3]) - (not ahead)
        if not 0 < minute < 60 or not 1 <= int(spoken_from[3]) <= 12:
            return None
        return _placed(hour or 12, minute if ahead else 60 - minute, half, written_out=False)
    digits = _DIGITS.fullmatch(text)
    if digits is None:
        return None
    return _placed(int(digits[1]), int(digits[2] or 0), half, written_out=digits[1].startswith("0"))


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
    words = text.replace("-", " ").split()
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        if word in _ONES and before in _TENS and _ONES[word] < 10:
            read[-1] = str(_TENS[before] + _ONES[word])
        elif word in _ONES and before in ("oh", "o", "zero"):
            read[-1] = f"0{_ONES[word]}"
        else:
            read.append(str(_ONES.get(word, _TENS.get(word, word))))
    return " ".join(read)
