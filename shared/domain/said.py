"""What a sentence holds, made comparable: its words, and the days, times and numbers in it.

"the twenty-sixth" and "November 26" are one day, "two thirty" and "2:30" one number, "noon" is 12 PM. Nothing is known
here of agreeing or of any appointment.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
ORDINAL_WORDS = (
    *("zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    *("eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth"),
    *("nineteenth", "twentieth"),
)
_UNITS = "|".join(_SMALL.split()[1:10])
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_CARDINALS = {word: n for n, word in enumerate(_SMALL.split())} | _TENS
_ORDINALS = {word: n for n, word in enumerate(ORDINAL_WORDS)} | {"thirtieth": 30}
_DAY_NAMES = "monday tuesday wednesday thursday friday saturday sunday"
_MONTH_NAMES = "january february march april may june july august september october november december"
_WEEKDAYS, _MONTHS = frozenset(_DAY_NAMES.split()), frozenset(_MONTH_NAMES.split())
_TIMES = frozenset({"am", "pm", "morning", "afternoon", "evening", "tonight", "today", "tomorrow"})
_EVENING_FROM = 5  # PM
_AFTER_AN_HOUR = frozenset({"am", "pm", "o'clock", "oclock"})
_HOUR = re.compile(r"(?:1[0-2]|[1-9])(?::[0-5]\d|:0:\d)?")  # alone or with minutes: thirty, or oh five
_TOKEN = re.compile(r"\d+(?:st|nd|rd|th)\b|\d+|[^\W\d_]+(?:'[^\W\d_]+)*|[|?]")


# What a word or a number may stand for; one of these in a read-back is enough.
Fact = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """`facts` are days, times and numbers; `words` is everything else."""

    words: frozenset[str]
    facts: frozenset[Fact]

    def facts_beyond(self, known: Set[str]) -> bool:
        return any(known.isdisjoint(each) for each in self.facts)


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What may be said of a read-back: its words, its facts, and the facts of the time that is to be left."""

    words: frozenset[str]
    facts: frozenset[str]
    left: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Run:
    """Digits that stand next to each other, and the words around them."""

    before: str
    digits: tuple[str, ...]
    after: str

    @property
    def is_time(self) -> bool:
        return self.before == "at" or self.after in _AFTER_AN_HOUR

    @property
    def may_be_time(self) -> bool:
        return _HOUR.fullmatch(":".join(self.digits)) is not None


def plain(text: str) -> str:
    """Lower case without accents and stops, letters and digits apart, one space between words; "?" and "|" stay, the
    latter parting what must not be read together."""
    text = unicodedata.normalize("NFKD", text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")).lower()
    text = "".join(each for each in text if not unicodedata.combining(each))
    text = re.sub(r"\b([ap])[. ]m\b", r"\1m", re.sub(r"(\d)([ap]\.?m)\b", r"\1 \2", text))
    text = re.sub(r"\b(\d{1,2}):00\b", r"\1", text)
    text = re.sub(rf"\btwo thousand(?: and)? (?=(?:{_UNITS})\b)", "twenty oh ", text)
    text = re.sub(r"\btwo thousand(?: and)?\b", "twenty", text)
    return " ".join(_TOKEN.findall(text))


def said(text: str) -> Said:
    """What an answer holds, of plain text."""
    tokens = _numbered(text)
    facts = {_meanings(run) for run in _runs(tokens)} | {(each,) for each in _named(tokens)}
    return Said(_words(tokens), frozenset(facts))


def _meanings(run: _Run) -> Fact:
    """The five of "at five" is a time. That of "yes, five" is too, unless it stands beside its own word: "CX five"."""
    digits = "".join(run.digits)
    if run.is_time:
        return (f"at {digits}",)
    return f"at {digits}", f"{run.before} {digits}" if run.may_be_time else f"# {digits}"


def read_back(text: str) -> ReadBack:
    """What a read-back holds, of plain text. Where it names two times, it is the last that is agreed to: an appointment
    leaves the first."""
    tokens = _numbered(text)
    weekdays = [place for place, each in enumerate(tokens) if each in _WEEKDAYS] or [len(tokens)]
    facts = _known_facts([*tokens[: weekdays[0]], "|", *tokens[weekdays[-1] :]])
    return ReadBack(_words(tokens), facts, _known_facts(tokens[weekdays[0] : weekdays[-1]]) - facts)


def _known_facts(tokens: Sequence[str]) -> frozenset[str]:
    """Times stand whole ("two" is not 2:30); of other numbers, parts may be said: a telephone number's last four."""
    known = _named(tokens)
    for run in _runs(tokens):
        known |= _parts_of_day(run)
        whole = "".join(run.digits)
        if run.is_time:
            known.add(f"at {whole}")
            continue
        known.add(f"{run.before} {whole}")
        ends = range(1, len(run.digits) + 1)
        known |= {f"# {''.join(run.digits[first:last])}" for last in ends for first in range(last)}
    return frozenset(known)


def _parts_of_day(run: _Run) -> set[str]:
    """What the half of the day that an hour stands in may be called as well."""
    if run.after == "am":
        return {"morning"}
    if run.after != "pm":
        return set()
    return {"afternoon", "evening"} if _EVENING_FROM <= int(run.digits[0]) < 12 else {"afternoon"}


def _named(tokens: Iterable[str]) -> set[str]:
    return {each for each in tokens if each.startswith("day ") or each in _WEEKDAYS | _MONTHS | _TIMES}


def _words(tokens: Iterable[str]) -> frozenset[str]:
    return frozenset(tokens) - _named(tokens) - {each for each in tokens if each.isdecimal()} - {"|", "?"}


def _runs(tokens: Sequence[str]) -> Iterator[_Run]:
    before, digits = "", list[str]()
    for each in [*tokens, "|"]:
        if each.isdecimal():
            digits.append(each)
            continue
        if digits:
            yield _Run(before, tuple(digits), each)
        before, digits = each, []


def _numbered(text: str) -> list[str]:
    """The tokens with every number in digits and every day of a month as "day 26"."""
    found: list[str] = []
    tokens = text.split()
    place = 0
    while place < len(tokens):
        word, following = tokens[place], tokens[place + 1] if place + 1 < len(tokens) else ""
        before = found[-1] if found else ""
        compound = word in _TENS and (0 < _CARDINALS.get(following, 0) < 10 or 0 < _ORDINALS.get(following, 0) < 10)
        number, is_day = _number(word, following if compound else "")
        place += 2 if compound else 1
        after = tokens[place] if place < len(tokens) else ""
        if word in ("noon", "midday"):
            found.extend(["pm"] if before == "12" else ["12", "pm"])
        elif word == "oh" and before.isdecimal() and (after.isdecimal() or after in _CARDINALS):
            found.append("0")
        elif number is None:
            found.append(word)
        elif word == "one" and before in ("that", "this", "the", "other") and after not in _AFTER_AN_HOUR:
            continue  # "that one" is no time
        elif is_day or _is_date(number, before, after):
            found.append(f"day {int(number)}")
        else:
            found.append(number)
    return found


def _number(word: str, unit: str) -> tuple[str | None, bool]:
    """The digits of a token, with the unit that goes with its tens; and whether it is an ordinal."""
    if word[0].isdecimal():
        return (word, False) if word.isdecimal() else (word[:-2], True)
    if unit:
        return str(_TENS[word] + (_CARDINALS.get(unit) or _ORDINALS[unit])), unit in _ORDINALS
    if word in _ORDINALS:
        return str(_ORDINALS[word]), True
    return (str(_CARDINALS[word]), False) if word in _CARDINALS else (None, False)


def _is_date(number: str, before: str, after: str) -> bool:
    """ "November 26", "the 26", but neither "the 2 PM slot" nor "the twenty nineteen Honda"."""
    goes_on = after in _AFTER_AN_HOUR or after in _CARDINALS or after.isdecimal()
    return int(number) <= 31 and (before in _MONTHS or (before == "the" and not goes_on))
