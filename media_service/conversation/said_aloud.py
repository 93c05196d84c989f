"""Written forms as a person says them: times, dates, prices, telephone numbers, VINs, addresses, units, abbreviations.

Plain text in and out. What a form could mean besides, it reads the way a car workshop's front desk would.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, time

from shared.domain import spoken, vin

Match = re.Match[str]
Rule = tuple[re.Pattern[str], str | Callable[[Match], str]]


def said_aloud(text: str) -> str:
    """The text with every written form that is known here replaced by what is said for it."""
    for hint, rules in _GROUPS:
        if hint.search(text):
            text = applied(rules, text)
    return text


def applied(rules: Iterable[Rule], text: str) -> str:
    """The text after each rule, in their order."""
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text


# The full stop of an abbreviation, unless it also ends the sentence.
_STOP = r"\b(?:\.(?!\s*$|\s+[A-Z]))?"


def rule(pattern: str, replacement: str | Callable[[Match], str], flags: int = 0) -> Rule:
    return re.compile(pattern, flags), replacement


# Addresses on the net


def _web(match: Match) -> str:
    return f"{_dots(match[1])} slash {_dots(match[2])}" if match[2] else _dots(match[1])


def _mail(match: Match) -> str:
    return f"{_dots(match[1])} at {_dots(match[2])}"


def _dots(name: str) -> str:
    for sign, word in ((".", "dot"), ("_", "underscore"), ("-", "dash"), ("+", "plus"), ("/", "slash")):
        name = name.replace(sign, f" {word} ")
    return " ".join(re.sub(r"[^\w ]", " ", name).split())


_NET: tuple[Rule, ...] = (
    rule(r"\b([\w.+-]+)@((?:[\w-]+\.)+[a-z]{2,})\b", _mail, re.I),
    rule(r"\b(?:https?://)(?:www\.)?([\w.-]+\w)(?::\d+)?/?([\w./-]*\w)?/?(?:[?#][^\s,;)]*[\w/=])?", _web, re.I),
    rule(r"\b(?:www\.)?((?:[\w-]+\.)+(?:com|org|net|gov|edu|shop|auto))\b/?([\w/-]*\w)?", _web, re.I),
)


# Money


def _dollars(amount: str) -> str:
    whole, _, cents = amount.partition(".")
    coins = "1 cent" if cents == "01" else f"{int(cents)} cents" if cents and int(cents) else ""
    notes = "1 dollar" if whole == "1" else f"{whole} dollars"
    if coins and int(whole.replace(",", "")) == 0:
        return coins
    return f"{notes} and {coins}" if coins else notes


def _price(match: Match) -> str:
    least, most = match[1], match[2]
    if not most:
        return _dollars(least)
    if "." in least.removesuffix(".00"):
        return f"{_dollars(least)} to {_dollars(most)}"
    return f"{least.removesuffix('.00')} to {_dollars(most)}"


_AMOUNT = r"(\d{1,3}(?:,\d{3})+(?:\.\d\d)?|\d+(?:\.\d\d)?)"
_MONEY: tuple[Rule, ...] = (
    rule(rf"\$\s?{_AMOUNT}(?:\s?(?:-|to)\s?\$?\s?{_AMOUNT})?(?!\d)(?: dollars)?", _price),
    rule(rf"\bUSD\s?{_AMOUNT}(?!\d)()|\b{_AMOUNT} ?USD\b()", lambda m: _dollars(m[1] or m[3])),
    rule(r"(dollars)\s?\+", r"\1 and up"),
    rule(r"(dollars|cents)\s?/\s?(?:hr|hour)\b", r"\1 an hour"),
    rule(r"(dollars|cents)\s?/\s?(\w+)", r"\1 per \2"),
)


# Days and hours

_DAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Weds": "Wednesday", "Thu": "Thursday",
    "Thur": "Thursday", "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip
_MONTHS = {
    "Jan": "January", "Feb": "February", "Mar": "March", "Apr": "April", "Jun": "June", "Jul": "July",
    "Aug": "August", "Sep": "September", "Sept": "September", "Oct": "October", "Nov": "November", "Dec": "December",
}  # fmt: skip
_ALL_DAYS = "|".join(sorted({*_DAYS, *_DAYS.values()}, key=len, reverse=True))


def _day(year: int, month: int, day: int, otherwise: str) -> str:
    try:
        return spoken.date_words(date(year, month, day))
    except ValueError:
        return otherwise


def _iso(match: Match) -> str:
    day = _day(int(match[1]), int(match[2]), int(match[3]), "")
    if not day:
        return match[0]
    hour = match[4]
    return f"{day} at {_clock(int(hour), int(match[5]))}" if hour and int(hour) < 24 and int(match[5]) < 60 else day


def _us_date(match: Match) -> str:
    month, day, year = int(match[1]), int(match[2]), match[3]
    if year:
        return _day(int(year) if len(year) == 4 else 2000 + int(year), month, day, match[0])
    # A leap year, so that February has all its days.
    return spoken.short_date_words(date(2000, month, day)) if _day(2000, month, day, "") else match[0]


def _clock(hour: int, minute: int) -> str:
    return "midnight" if (hour, minute) == (0, 0) else spoken.time_words(time(hour, minute))


def _twelve_hours(match: Match) -> str:
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3].lower()
    if not 1 <= hour <= 12:
        return match[0]
    return _clock(hour % 12 + (12 if half == "p" else 0), minute)


def _bare_clock(match: Match) -> str:
    hour, minute = int(match[1]), int(match[2])
    if 13 <= hour < 24 or hour == 0:
        return _clock(hour, minute)
    return f"{hour} o'clock" if not minute else match[0]


_MINUTE = r":([0-5]\d)"
_TIMES: tuple[Rule, ...] = (
    rule(r"\b(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?(?!\d)", _iso),
    rule(r"\b(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])/(\d{4}|\d\d)\b", _us_date),
    rule(r"\b(0?[1-9]|1[0-2])/(1\d|2\d|3[01]|0[1-9])()\b(?!/)", _us_date),
    rule(rf"\b({'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?(?=\s+\d)", lambda m: _MONTHS[m[1]]),
    rule(r"(\d|[ap]\.?m\b\.?)\s?-\s?(?=\d{1,2}(?::\d\d)?\s?[ap]\.?m\b)", r"\1 to ", re.I),
    rule(rf"(\d{{1,2}}{_MINUTE})\s?-\s?(?=\d{{1,2}}:\d\d)", r"\1 to "),
    rule(rf"\b(\d{{1,2}})(?:{_MINUTE})?\s?([apAP])(?:\.[mM]{_STOP}|[mM]\b)", _twelve_hours),
    rule(rf"(?<![\d:])(\d{{1,2}}){_MINUTE}(?![\d:]| [AP]M)", _bare_clock),
    rule(r"\b24\s?/\s?7\b", "around the clock"),
)


# Numbers that are said digit by digit


def _digits(match: Match) -> str:
    return spoken.digits_words(match[0])


def _ending(match: Match) -> str:
    return f"{match[1]} {' '.join(match[2].upper())}"


def _plate(match: Match) -> str:
    groups = re.findall(r"[A-Z]+|\d+", match[2])
    return f"{match[1]} {', '.join(' '.join(group) for group in groups)}" if match[2] != match[2].lower() else match[0]


def _vin(match: Match) -> str:
    return vin.said_back(match[0])


def in_threes(match: Match) -> str:
    return ", ".join(" ".join(match[0][at : at + 3]) for at in range(0, len(match[0]), 3))


_SPELLED: tuple[Rule, ...] = (
    rule(r"\b(?=\w*\d)(?=\w*[A-Z])[A-HJ-NPR-Z0-9]{17}\b", _vin),
    rule(r"(?<![\w.])(?:\+?1[-. ]?)?\(?\d{3}\)?[-. ]?\d{3}[-. ]?\d{4}(?!\w)", _digits),
    rule(r"(?<![\w.,-])\d{3}[-.]\d{4}(?!\w)", lambda m: f"{' '.join(m[0][:3])}, {' '.join(m[0][4:])}"),
    rule(r"\b(\d{5})-(\d{4})\b", lambda m: f"{' '.join(m[1])}, {' '.join(m[2])}"),
    rule(r"(\bzip(?: code)?(?: is)?:?|[A-Z][a-z]{3,},?|\b[A-Z]{2}) (\d{5})\b(?=[\s.,;:!?)]*(?:$|[A-Z]|[.,;!?)]))",
         lambda m: f"{m[1]} {' '.join(m[2])}", re.ASCII),
    rule(r"(?i:\b(zip(?: code)?(?: is)?):? )(\d{5})\b", lambda m: f"{m[1]} {' '.join(m[2])}"),
    rule(r"(?i:\b(plate(?: number)?(?: is)?):? )((?=[A-Z0-9 -]*\d)[A-Z0-9]{1,4}(?:[- ]?[A-Z0-9]{1,5}))\b", _plate),
    rule(r"(?i:\b(ending in|ends in|ends with|last four(?: digits| characters)?(?: are| is)?))[: ]+([A-Z0-9]{4})\b",
         _ending),
    rule(r"(?<![\w.,])\d{7,}(?!\w)", in_threes),
)  # fmt: skip


# Words

_ORDINALS = (
    "", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth", "twenty-first", "twenty-second", "twenty-third", "twenty-fourth", "twenty-fifth", "twenty-sixth",
    "twenty-seventh", "twenty-eighth", "twenty-ninth", "thirtieth", "thirty-first",
)  # fmt: skip


def _ordinal(match: Match) -> str:
    number = int(match[1])
    return _ORDINALS[number] if 0 < number < len(_ORDINALS) else match[0]


def _thousands(match: Match) -> str:
    return f"{round(float(match[1]) * 1000):,}"


def unit(one: str, many: str) -> Callable[[Match], str]:
    return lambda m: f"{m[1]} {one if m[1] == '1' else many}"


_NUMBER = r"(\d[\d,]*(?:\.\d+)?)"
_UNITS: tuple[Rule, ...] = (
    rule(r"\b(\d{1,3}(?:\.\d)?)[kK]\b", _thousands),
    rule(rf"{_NUMBER}\s?-\s?(?={_NUMBER}(?:[\s.,;!?%]|$|[a-z]{{2,}}\b))", r"\1 to "),
    rule(rf"(?<!\w){_NUMBER}[ -]?mins?{_STOP}", unit("minute", "minutes")),
    rule(rf"(?<!\w){_NUMBER}[ -]?(?:hrs?|h){_STOP}(?! ?\d)", unit("hour", "hours")),
    rule(rf"(?<!\w){_NUMBER} ?secs?{_STOP}", unit("second", "seconds")),
    rule(rf"(?<!\w){_NUMBER} ?mi{_STOP}", unit("mile", "miles")),
    rule(rf"(?<!\w){_NUMBER} ?lbs?{_STOP}", unit("pound", "pounds")),
    rule(rf"(?<!\w){_NUMBER} ?qts?{_STOP}", unit("quart", "quarts")),
    rule(rf"(?<!\w){_NUMBER} ?mph\b", r"\1 miles per hour"),
    rule(rf"(?<!\w){_NUMBER} ?mpg\b", r"\1 miles per gallon"),
    rule(rf"(?<!\w){_NUMBER} ?%", r"\1 percent"),
    rule(rf"(?<!\w){_NUMBER} ?° ?F\b", r"\1 degrees Fahrenheit"),
    rule(rf"(?<!\w){_NUMBER} ?° ?C\b", r"\1 degrees Celsius"),
    rule(rf"(?<!\w){_NUMBER} ?°", r"\1 degrees"),
    rule(r"\b(\d+) 1/2\b", r"\1 and a half"),
    rule(r"(?<![\d/])\s?\b1/2\b(?!/)", " half"),
    rule(r"(?<![\d/])\s?\b1/4\b(?!/)", " a quarter"),
    rule(r"(?<![\d/])\s?\b3/4\b(?!/)", " three quarters"),
    rule(r"\b(\d{1,2})(?:st|nd|rd|th)\b", _ordinal),
)
_STREETS = {
    "St": "Street", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Dr": "Drive", "Ln": "Lane", "Ct": "Court",
    "Hwy": "Highway", "Pkwy": "Parkway",
}  # fmt: skip
_SHORT = {
    "approx": "approximately", "appt": "appointment", "appts": "appointments", "etc": "and so on", "vs": "versus",
    "dept": "department", "ext": "extension", "incl": "including", "min": "minimum", "max": "maximum",
    "misc": "miscellaneous", "hrs": "hours", "mins": "minutes", "tel": "telephone", "temp": "temperature",
}  # fmt: skip
_WORDS: tuple[Rule, ...] = (
    rule(rf"\b({_ALL_DAYS})\b\.?\s?-\s?({_ALL_DAYS})\b", r"\1 to \2"),
    rule(rf"\b({'|'.join(sorted(_DAYS, key=len, reverse=True))}){_STOP}", lambda m: _DAYS[m[1]]),
    rule(r"\be\.\s?g\.,?", "for example"),
    rule(r"\bi\.\s?e\.,?", "that is"),
    rule(rf"\b(\d+ (?:[NSEW]\.? )?[A-Z]\w+(?: [A-Z]\w+)?) ({'|'.join(_STREETS)}){_STOP}",
         lambda m: f"{m[1]} {_STREETS[m[2]]}"),
    rule(r"\bSt\. (?=[A-Z])", "Saint "),
    rule(r"\bDr\. (?=[A-Z])", "Doctor "),
    rule(r"\b(Mr|Mrs|Ms)\. (?=[A-Z])", r"\1 "),
    rule(rf"\b((?i:{'|'.join(_SHORT)})){_STOP}", lambda m: _SHORT[m[1].lower()]),
    rule(r"\bA/C\b|\ba/c\b|\bAC\b", "A C"),
    rule(r"\bASAP\b", "as soon as possible", re.I),
    rule(r"\bO\.?K\.?(?=\W|$)", "okay"),
    rule(r"\bw/o\b", "without"),
    rule(r"\bw/ ?", "with "),
    rule(r"\b(?:No|Nr)\. ?(?=\d)|#\s?(?=\d)", "number "),
    rule(r"(?<=\w) ?#", " number"),
    rule(r"\band/or\b", "or"),
    rule(r"(?<=\w) ?/ ?(?=\w)", " or "),
    rule(r"\s*&\s*", " and "),
    rule(r"[~≈] ?(?=\d)", "about "),
    rule(r"(?<=\d)\+(?=\s|$|[.,;!?])", " or more"),
    rule(r"(?<=\w) \+ (?=\w)", " plus "),
    rule(r"(?<=\w) ?= ?(?=\w)", " equals "),
    rule(r"(?<=\w) ?@ ?(?=\w)", " at "),
)  # fmt: skip
_ABBREVIATED = "|".join(
    (*_SHORT, *_STREETS, *_DAYS, r"e\.\s?g", r"i\.\s?e", "mrs?", "ms", "no", "nr", "ac", "asap", r"o\.?k")
)
# Without its hint a text has nothing that a group's rules would change.
_GROUPS = (
    (re.compile(r"@|//|\w\.\w"), _NET),
    (re.compile(r"\d"), (*_MONEY, *_SPELLED, *_TIMES, *_UNITS)),
    (re.compile(rf"[/#&+=@~≈]|day\s?-|\b(?:{_ABBREVIATED})\b", re.I), _WORDS),
)
