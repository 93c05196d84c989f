"""Written forms as a Spanish speaker says them: times, dates, prices, telephone numbers, VINs, units, abbreviations.

Plain text in and out, for what a model writes in Spanish in the United States.
"""

import re
from datetime import date, time
from decimal import Decimal

from media_service.conversation.said_aloud import Match, Rule, applied, in_threes, rule, unit
from shared.domain import spoken
from shared.domain.wording import spanish_forms as forms


def said_aloud(text: str) -> str:
    """The text with every written form that is known here replaced by what is said for it."""
    if re.search(r"\d", text):
        text = applied((*_MONEY, *_SPELLED, *_TIMES, *_UNITS), text)
    return applied(_WORDS, text)


# The full stop of an abbreviation, unless it also ends the sentence.
_STOP = r"\b(?:\.(?!\s*$|\s+[A-ZÁÉÍÓÚÑ¿¡]))?"


# Money


def _dollars(amount: str) -> str:
    notes, cents = divmod(int(Decimal(amount.replace(",", "")) * 100), 100)
    said = [f"{notes} {'dólar' if notes == 1 else 'dólares'}"] if notes or not cents else []
    return " con ".join([*said, *([f"{cents} {'centavo' if cents == 1 else 'centavos'}"] if cents else [])])


def _price(match: Match) -> str:
    least, most = match[1], match[2]
    if not most:
        return _dollars(least)
    return f"{least.replace(',', '').removesuffix('.00')} a {_dollars(most)}"


_AMOUNT = r"(\d{1,3}(?:,\d{3})+(?:\.\d\d)?|\d+(?:\.\d\d)?)"
_MONEY: tuple[Rule, ...] = (
    rule(rf"\$\s?{_AMOUNT}(?:\s?(?:-|a)\s?\$?\s?{_AMOUNT})?(?!\d)(?: d[óo]lares)?", _price),
    rule(rf"\b{_AMOUNT} ?USD\b", lambda m: _dollars(m[1])),
)


# Days and hours


def _clock(hour: int, minute: int) -> str:
    """Without its article, which stands before it."""
    return forms.time_words(time(hour, minute)).partition(" ")[2]


def _twelve_hours(match: Match) -> str:
    hour, minute, late = int(match[1]), int(match[2] or 0), match[3].lower() == "p"
    return _clock(hour % 12 + 12 * late, minute) if 1 <= hour <= 12 else match[0]


def _bare_clock(match: Match) -> str:
    hour, minute = int(match[1]), int(match[2])
    if hour == 0 or 13 <= hour < 24:
        return _clock(hour, minute)
    return f"{hour}{forms.minutes_words(minute)}" if 1 <= hour <= 12 else match[0]


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
    rule(r"\b(\d{4})-(\d\d)-(\d\d)\b", _iso),
    rule(r"\b(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])(?:/(?:\d{4}|\d\d))?\b(?!/)", _month_first),
    rule(rf"\b(\d{{1,2}})(?::([0-5]\d))?\s?([apAP])(?:\.\s?[mM]{_STOP}|[mM]\b)", _twelve_hours),
    rule(r"(?<![\d:])(\d{1,2}):([0-5]\d)(?![\d:])", _bare_clock),
)


# Numbers that are said digit by digit


_SPELLED: tuple[Rule, ...] = (
    rule(r"\b(?=\w*\d)(?=\w*[A-Z])[A-HJ-NPR-Z0-9]{17}\b", lambda m: forms.characters_words(m[0])),
    rule(r"(?<![\w.])(?:\+?1[-. ]?)?\(?\d{3}\)?[-. ]?\d{3}[-. ]?\d{4}(?!\w)", lambda m: spoken.digits_words(m[0])),
    rule(r"(c[óo]digo postal(?: es)?:? )(\d{5})\b", lambda m: f"{m[1]}{' '.join(m[2])}", re.I),
    rule(r"(placas?(?: es)?:? )((?=[A-Z0-9]*\d)[A-Z0-9]{4,8})\b", lambda m: m[1] + forms.characters_words(m[2])),
    rule(r"(?<![\w.,])\d{7,}(?!\w)", in_threes),
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
    rule(r"\b(\d{1,3}),000\b", lambda m: "mil" if m[1] == "1" else f"{m[1]} mil"),
    rule(r"\b(\d{1,3}),(\d{3})\b", r"\1\2"),
    rule(rf"{_NUMBER}\s?-\s?(?=\d)", r"\1 a "),
    rule(rf"(?<!\w){_NUMBER} ?mins?{_STOP}", unit("minuto", "minutos")),
    rule(rf"(?<!\w){_NUMBER} ?(?:hrs?|h){_STOP}", unit("hora", "horas")),
    rule(rf"(?<!\w){_NUMBER} ?mi{_STOP}(?! )", unit("milla", "millas")),
    rule(rf"(?<!\w){_NUMBER} ?%", r"\1 por ciento"),
    rule(rf"(?<!\w){_NUMBER} ?°(?: ?F\b)?", r"\1 grados"),
)
_WORDS: tuple[Rule, ...] = (
    rule(r"\b([\w.+-]+@(?:[\w-]+\.)+[a-z]{2,})\b", _on_the_net, re.I),
    rule(r"\b(?:https?://)?(?:www\.)?((?:[\w-]+\.)+(?:com|org|net|gov|edu))\b/?", _on_the_net),
    rule(r"\bp\. ?ej\.,?", "por ejemplo"),
    rule(r"\bEE\. ?UU\.", "Estados Unidos"),
    rule(rf"\b((?i:{'|'.join(_SHORT)}))\.(?=\s)", lambda m: _SHORT[m[1].lower()]),
    rule(r"\bA/C\b|\ba/c\b|\bAC\b", "aire acondicionado"),
    rule(r"\b(?:No|Nr)\. ?(?=\d)|#\s?(?=\d)", "número "),
    rule(r"\by/o\b", "o"),
    rule(r"(?<=\w) ?/ ?(?=\w)", " o "),
    rule(r"\s*&\s*", " y "),
    rule(r"[~≈] ?(?=\d)", "unos "),
    rule(r"(?<=\w) \+ (?=\w)", " más "),
)
