"""Clock times as people say them: "half past two", "nine fifteen", "2 pm", "noon".

The answer is text in the form the tools ask for ("2:30 pm", "9"): nothing is added that the caller did not say.
"""

from __future__ import annotations

import re

from infra.local.openai_chat.desk_policy.words import UNITS, Utterance, cardinal

_HOMOPHONES = {"to": 2, "too": 2, "for": 4, "ate": 8, "won": 1}
_HALVES = {"am": "am", "pm": "pm"}


def clock_time(utterance: Utterance, index: int, *, cued: bool) -> tuple[str, int] | None:
    """A clock time at ``index``: ``(text, index after it)``.

    ``cued`` says that a time is likely here ("at ...", or the question was when), so that a bare "nine" counts.
    """
    word = utterance.at(index)
    if word in ("noon", "midday"):
        return "12 pm", index + 1
    return _past_or_to(utterance, index) or _figures(utterance, index) or _hour_words(utterance, index, cued=cued)


def _half_day(utterance: Utterance, index: int) -> tuple[str, int]:
    """An am or pm at ``index``, also as "in the morning"; the index after it."""
    if utterance.at(index) == "oclock":
        index += 1
    if utterance.at(index) in _HALVES:
        return " " + utterance.at(index), index + 1
    if utterance.at(index) == "in" and utterance.at(index + 1) == "the":
        part = utterance.at(index + 2)
        if part == "morning":
            return " am", index + 3
        if part in ("afternoon", "evening"):
            return " pm", index + 3
    if utterance.at(index) == "at" and utterance.at(index + 1) == "night":
        return " pm", index + 2
    return "", index


def _past_or_to(utterance: Utterance, index: int) -> tuple[str, int] | None:
    word, start = utterance.at(index), index
    if word == "a" and utterance.at(index + 1) == "quarter":
        word, start = "quarter", index + 1
    minutes: int | None = {"half": 30, "quarter": 15}.get(word)
    after = start + 1
    if minutes is None:
        spoken = cardinal(utterance, start)
        if not spoken or spoken[0] not in (5, 10, 20, 25):
            return None
        minutes, after = spoken
    link = utterance.at(after)
    if link not in ("past", "after", "to", "til", "till", "of", "before"):
        return None
    hour = cardinal(utterance, after + 1)
    if not hour or not 1 <= hour[0] <= 12 or (word == "half" and link not in ("past", "after")):
        return None
    half, end = _half_day(utterance, hour[1])
    if link in ("past", "after"):
        return f"{hour[0]}:{minutes:02d}{half}", end
    return f"{(hour[0] - 2) % 12 + 1}:{60 - minutes:02d}{half}", end


def _figures(utterance: Utterance, index: int) -> tuple[str, int] | None:
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", utterance.at(index))
    if not match or int(match.group(1)) > 23 or int(match.group(2)) > 59:
        return None
    half, end = _half_day(utterance, index + 1)
    minutes = "" if match.group(2) == "00" and half else f":{match.group(2)}"
    return f"{match.group(1)}{minutes}{half}", end


def _hour_words(utterance: Utterance, index: int, *, cued: bool) -> tuple[str, int] | None:
    hour = cardinal(utterance, index)
    if hour and utterance.at(index) in ("twenty", "thirty", "forty", "fifty") and hour[0] > 23:
        return None
    if hour is None and cued and utterance.at(index) in _HOMOPHONES:
        hour = _HOMOPHONES[utterance.at(index)], index + 1
        if utterance.at(hour[1]) not in ("", "am", "pm", "oclock", "thirty", "fifteen", "on", "in"):
            return None
    if hour is None or not 1 <= hour[0] <= 23:
        return None
    minutes, after = _minutes(utterance, hour[1])
    half, end = _half_day(utterance, after)
    certain = minutes is not None or end > hour[1]
    if not (certain or (cued and _stands_alone(utterance, end))):
        return None
    if half and hour[0] > 12:
        return None
    if not half and minutes is None and hour[0] > 12:
        return None
    return (f"{hour[0]}:{minutes:02d}{half}" if minutes is not None else f"{hour[0]}{half}"), end


def _minutes(utterance: Utterance, index: int) -> tuple[int | None, int]:
    if utterance.at(index) in ("oh", "o") and 0 < UNITS.get(utterance.at(index + 1), 0) < 10:
        return UNITS[utterance.at(index + 1)], index + 2
    spoken = cardinal(utterance, index)
    if spoken and spoken[0] in (21, 31, 41, 51) and utterance.at(index - 2) == "the":
        spoken = spoken[0] - 1, index + 1  # "the two thirty one" is the one at two thirty
    if spoken and 10 <= spoken[0] <= 59 and utterance.at(spoken[1]) not in ("minutes", "dollars", "hundred"):
        return spoken[0], spoken[1]
    return None, index


def _stands_alone(utterance: Utterance, index: int) -> bool:
    """A bare number is an hour only when nothing counted follows it ("two tires" is no time)."""
    counted = (
        "minutes",
        "hours",
        "days",
        "weeks",
        "tires",
        "cars",
        "people",
        "of",
        "hundred",
        "thousand",
        "miles",
        "one",
        "door",
    )
    return utterance.at(index) not in counted


def minutes_of(text: str) -> tuple[int, bool] | None:
    """Minutes after midnight of a time text, and whether the half of the day was said."""
    match = re.fullmatch(r"(\d{1,2})(?::(\d{2}))?(?: ([ap]m))?", text)
    if not match:
        return None
    hour, minute, half = int(match.group(1)), int(match.group(2) or 0), match.group(3)
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return hour * 60 + minute, bool(half) or hour > 12


def same_time(one: str, other: str) -> bool:
    """Whether two time texts can mean the same time of day."""
    first, second = minutes_of(one), minutes_of(other)
    if first is None or second is None:
        return False
    if first[1] and second[1]:
        return first[0] == second[0]
    return first[0] % 720 == second[0] % 720
