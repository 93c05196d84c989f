"""Written forms as a Spanish speaker says them: times, dates, prices, telephone numbers, VINs, units, abbreviations.

Plain text in and out, for what a model writes in Spanish in the United States.
"""

import re
from collections.abc import Callable
from datetime import date, time

from media_service.conversation.said_aloud import Match, Rule, applied
from shared.domain import spoken
from shared.domain.wording import spanish_forms as forms


def said_aloud(text: str) -> str:
    """The text with every written form that is known here replaced by what is said for it."""
    if re.search(r"\d", text):
        text = applied((*_MONEY, *_SPELLED, *_TIMES, *_UNITS), text)
    return applied(_WORDS, text)


def _rule(pattern: str, replacement: str | Callable[[Match], str], flags: int = 0) -> Rule:
    return re.compile(pattern, flags), replacement


# The full stop of an abbreviation, unless it also ends the sentence.
_STOP = r"\b(?:\.(?!\s*$|\s+[A-ZÁÉÍÓÚÑ¿¡]))?"


# Money


def _dollars(amount: str) -> str:
    whole, _, cents = amount.replace(",", "").partition(".")
    notes = "1 dólar" if whole == "1" else f"{whole} dólares"
    return f"{notes} con {int(cents)} centavos" if cents and int(cents) else notes


def _price(match: Match) -> str:
    least, most = match[1], match[2]
    if not most:
        return _dollars(least)
    return f"{least.replace(',', '').removesuffix('.00')} a {_dollars(most)}"


_AMOUNT = r"(\d{1,3}(?:,\d{3})+(?:\.\d\d)?|\d+(?:\.\d\d)?)"
_MONEY: tuple[Rule, ...] = (
    _rule(rf"\$\s?{_AMOUNT}(?:\s?(?:-|a)\s?\$?\s?{_AMOUNT})?(?!\d)(?: d[óo]lares)?", _price),
    _rule(rf"\b{_AMOUNT} ?USD\b", lambda m: _dollars(m[1])),
)


# Days and hours


def _clock(hour: int, minute: int) -> str:
    """Without its article, which stands before it."""
    if (hour, minute) == (0, 0):
        return "12 de la noche"
    return forms.time_words(time(hour, minute)).partition(" ")[2]


def _twelve_hours(match: Match) -> str:
    hour, minute, late = int(match[1]), int(match[2] or 0), match[3].lower() == "p"
    return _clock(hour % 12 + 12 * late, minute) if 1 <= hour <= 12 else match[0]


def _bare_clock(match: Match) -> str:
    hour, minute = int(match[1]), int(match[2])
    if hour == 0 or 13 <= hour < 24:
        return _clock(hour, minute)
    return f"{hour}{_MINUTES.get(minute, f' y {minute}')}" if 1 <= hour <= 12 else match[0]


_MINUTES = {0: "", 15: " y cuarto", 30: " y media"}


def _iso(match: Match) -> str:
    try:
        return forms.date_words(date(int(match[1]), int(match[2]), int(match[3])))
    except ValueError:
        return match[0]


def _month_first(match: Match) -> str:
    try:
        return forms.short_date_words(date(2000, int(match[1]), int(match[2])))  # a leap year has all days
    except ValueError:
        return match[0]


_TIMES: tuple[Rule, ...] = (
    _rule(r"\b(\d{4})-(\d\d)-(\d\d)\b", _iso),
    _rule(r"\b(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])(?:/(?:\d{4}|\d\d))?\b(?!/)", _month_first),
    _rule(rf"\b(\d{{1,2}})(?::([0-5]\d))?\s?([apAP])(?:\.\s?[mM]{_STOP}|[mM]\b)", _twelve_hours),
    _rule(r"(?<![\d:])(\d{1,2}):([0-5]\d)(?![\d:])", _bare_clock),
)


# Numbers that are said digit by digit


def _in_threes(match: Match) -> str:
    return ", ".join(" ".join(match[0][at : at + 3]) for at in range(0, len(match[0]), 3))


_SPELLED: tuple[Rule, ...] = (
    _rule(r"\b(?=\w*\d)(?=\w*[A-Z])[A-HJ-NPR-Z0-9]{17}\b", lambda m: forms.characters_words(m[0])),
    _rule(r"(?<![\w.])(?:\+?1[-. ]?)?\(?\d{3}\)?[-. ]?\d{3}[-. ]?\d{4}(?!\w)", lambda m: spoken.digits_words(m[0])),
    _rule(r"(c[óo]digo postal(?: es)?:? )(\d{5})\b", lambda m: f"{m[1]}{' '.join(m[2])}", re.I),
    _rule(r"(placas?(?: es)?:? )((?=[A-Z0-9]*\d)[A-Z0-9]{4,8})\b", lambda m: m[1] + forms.characters_words(m[2])),
    _rule(r"(?<![\w.,])\d{7,}(?!\w)", _in_threes),
)


# Words

_NUMBER = r"(\d[\d,]*(?:\.\d+)?)"
_SHORT = {
    "sr": "señor", "sra": "señora", "srta": "señorita", "dr": "doctor", "dra": "doctora", "aprox": "aproximadamente",
    "etc": "etcétera", "tel": "teléfono", "núm": "número", "ud": "usted", "uds": "ustedes", "máx": "máximo",
    "mín": "mínimo", "lun": "lunes", "mié": "miércoles", "jue": "jueves", "vie": "viernes", "sáb": "sábado",
    "dom": "domingo",
}  # fmt: skip


def _on_the_net(match: Match) -> str:
    return match[1].replace("@", " arroba ").replace(".", " punto ")


_UNITS: tuple[Rule, ...] = (
    _rule(r"\b(\d{1,3}),000\b", r"\1 mil"),
    _rule(r"\b(\d{1,3}),(\d{3})\b", r"\1\2"),
    _rule(rf"{_NUMBER}\s?-\s?(?=\d)", r"\1 a "),
    _rule(rf"(?<!\w){_NUMBER} ?mins?{_STOP}", r"\1 minutos"),
    _rule(rf"(?<!\w){_NUMBER} ?(?:hrs?|h){_STOP}", r"\1 horas"),
    _rule(rf"(?<!\w){_NUMBER} ?mi{_STOP}(?! )", r"\1 millas"),
    _rule(rf"(?<!\w){_NUMBER} ?%", r"\1 por ciento"),
    _rule(rf"(?<!\w){_NUMBER} ?°(?: ?F\b)?", r"\1 grados"),
)
_WORDS: tuple[Rule, ...] = (
    _rule(r"\b([\w.+-]+@(?:[\w-]+\.)+[a-z]{2,})\b", _on_the_net, re.I),
    _rule(r"\b(?:https?://)?(?:www\.)?((?:[\w-]+\.)+(?:com|org|net|gov|edu))\b/?", _on_the_net),
    _rule(r"\bp\. ?ej\.,?", "por ejemplo"),
    _rule(r"\bEE\. ?UU\.", "Estados Unidos"),
    _rule(rf"\b((?i:{'|'.join(_SHORT)}))\.(?=\s)", lambda m: _SHORT[m[1].lower()]),
    _rule(r"\bA/C\b|\ba/c\b|\bAC\b", "aire acondicionado"),
    _rule(r"\b(?:No|Nr)\. ?(?=\d)|#\s?(?=\d)", "número "),
    _rule(r"\by/o\b", "o"),
    _rule(r"(?<=\w) ?/ ?(?=\w)", " o "),
    _rule(r"\s*&\s*", " y "),
    _rule(r"[~≈] ?(?=\d)", "unos "),
    _rule(r"(?<=\w) \+ (?=\w)", " más "),
)
