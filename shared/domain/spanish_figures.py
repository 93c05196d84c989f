"""Spanish days, times and numbers in the notation that this house's readers share: English names and figures.

"el jueves veintiséis de noviembre a las dos y media de la tarde" becomes "el thursday 26th november a at 2 30 pm".
Every other word stays, without accents. What the words are for is not known here.
"""

import re
from collections.abc import Callable, Sequence

from shared.domain.spelled import without_accents

_SMALL = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete "
    "veintiocho veintinueve"
)
_BELOW_THIRTY = {word: n for n, word in enumerate(_SMALL.split())} | {"veintiun": 21, "veintiuna": 21}
_UNITS = {word: n for word, n in _BELOW_THIRTY.items() if n < 10}
_TENS = {
    "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90,
}  # fmt: skip
_HUNDREDS = {
    "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400, "quinientos": 500,
    "seiscientos": 600, "setecientos": 700, "ochocientos": 800, "novecientos": 900,
}  # fmt: skip
_DAYS = {
    "lunes": "monday", "martes": "tuesday", "miercoles": "wednesday", "jueves": "thursday", "viernes": "friday",
    "sabado": "saturday", "domingo": "sunday", "hoy": "today",
}  # fmt: skip
_MONTHS = {
    "enero": "january", "febrero": "february", "marzo": "march", "abril": "april", "mayo": "may", "junio": "june",
    "julio": "july", "agosto": "august", "septiembre": "september", "setiembre": "september", "octubre": "october",
    "noviembre": "november", "diciembre": "december",
}  # fmt: skip
_PARTS = {"manana": "morning", "madrugada": "morning", "tarde": "afternoon", "noche": "evening"}
_HALVES = {"manana": "am", "madrugada": "am", "tarde": "pm", "noche": "pm", "mediodia": "pm", "dia": "pm"}
# "Las doce de la noche" is midnight, "las nueve de la noche" is not.
_AFTER_MIDNIGHT = frozenset({"12", "1", "2", "3"})
_FIRST = frozenset({"primero", "primer"})
_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:'[^\W\d_]+)*|\[\?|[|?\]]")


def figures(text: str) -> str:
    """The text as described above, one space between words; "?", "|" and the marks of doubt stay."""
    return " ".join(_Reading(tokens(text)).all())


def tokens(text: str) -> list[str]:
    """Small letters without accents; "a.m." is one word, "2:00" is 2."""
    plain = re.sub(r"\b([ap])\.? ?m\b\.?", r" \1m ", without_accents(text))
    return _TOKEN.findall(re.sub(r"\b(\d{1,2}):00\b", r"\1", plain))


def number(words: Sequence[str]) -> tuple[int, int] | None:
    """The number that the words begin with, and how many of them it takes; None where they begin with none."""
    if not words:
        return None
    if words[0].isdecimal():
        return int(words[0]), 1
    value, taken = _below_thousand(words)
    if taken < len(words) and words[taken] == "mil":
        rest, more = _below_thousand(words[taken + 1 :])
        return (value or 1) * 1000 + rest, taken + 1 + more
    return (value, taken) if taken else None


def _below_thousand(words: Sequence[str]) -> tuple[int, int]:
    """With 0 words taken where there is no number."""
    value, taken = (_HUNDREDS[words[0]], 1) if words and words[0] in _HUNDREDS else (0, 0)
    rest = words[taken:]
    if rest and rest[0] in _TENS:
        compound = len(rest) > 2 and rest[1] == "y" and _UNITS.get(rest[2], 0) > 0
        return value + _TENS[rest[0]] + (_UNITS[rest[2]] if compound else 0), taken + (3 if compound else 1)
    if rest and rest[0] in _BELOW_THIRTY:
        return value + _BELOW_THIRTY[rest[0]], taken + 1
    return value, taken


class _Reading:
    """One text while it is read from left to right."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._at = 0
        self._out: list[str] = []

    def all(self) -> list[str]:
        rules: tuple[Callable[[], int], ...] = (
            self._to_the_hour, self._clock, self._date, self._half_of_day, self._part_of_day, self._day, self._number,
        )  # fmt: skip
        while self._at < len(self._words):
            taken = next((taken for rule in rules if (taken := rule())), 0)
            if not taken:
                self._out.append(self._words[self._at])
            self._at += taken or 1
        return self._out

    def _word(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._words[at] if 0 <= at < len(self._words) else ""

    def _number_at(self, ahead: int) -> tuple[int, int]:
        """The number there and how many words it takes: none where there is none."""
        return number(self._words[self._at + ahead :]) or (0, 0)

    def _hour_at(self, ahead: int) -> tuple[int, int]:
        """An hour after its article: "las dos", "la una"."""
        if self._word(ahead) == "la" and self._word(ahead + 1) in ("una", "1"):
            return 1, 2
        hour, taken = self._number_at(ahead + 1) if self._word(ahead) == "las" else (0, 0)
        return (hour, taken + 1) if taken and 1 <= hour <= 24 else (0, 0)

    @property
    def _hour_said(self) -> str:
        """Of the time that was said last, "12" of "12 30"."""
        return self._out[-2] if len(self._out) > 1 and self._out[-2].isdecimal() else self._out[-1]

    # Each rule answers how many words it took.

    def _to_the_hour(self) -> int:
        """ "cuarto para las tres", "diez para la una": minutes before an hour."""
        minutes, taken = (15, 1) if self._word() == "cuarto" else self._number_at(0)
        if not taken or not 0 < minutes < 60 or self._word(taken) not in ("para", "pa"):
            return 0
        hour, more = self._hour_at(taken + 1)
        if more:
            self._say_time((hour - 2) % 12 + 1, 60 - minutes)
        return taken + 1 + more if more else 0

    def _clock(self) -> int:
        """ "las dos", "la una y cuarto", "las tres menos diez"; without article "dos y media"."""
        hour, taken = self._hour_at(0)
        with_article = bool(taken)
        if not taken:
            hour, taken = self._number_at(0)
            if not 1 <= hour <= 24:
                return 0
        minutes, more = self._minutes_at(taken)
        if not (with_article or more):
            return 0
        if minutes < 0:
            hour, minutes = (hour - 2) % 12 + 1, minutes + 60
        self._say_time(hour, minutes, named=with_article)
        return taken + more

    def _minutes_at(self, ahead: int) -> tuple[int, int]:
        """Minutes past the hour, below 0 before it, and how many words they take."""
        joint = self._word(ahead)
        if joint not in ("y", "con", "menos"):
            return 0, 0
        known = {"media": 30, "cuarto": 15}.get(self._word(ahead + 1))
        minutes, taken = (known, 1) if known else self._number_at(ahead + 1)
        if not taken or not 0 < minutes < 60:
            return 0, 0
        return (-minutes if joint == "menos" else minutes), taken + 1

    def _say_time(self, hour: int, minutes: int, *, named: bool = True) -> None:
        late = hour > 12
        self._out += ["at"] if named else []
        self._out.append(str(hour - 12 if late else hour))
        self._out += [f"{minutes:02d}"] if minutes else []
        self._out += ["pm" if hour < 24 else "am"] if late else []

    def _date(self) -> int:
        """ "26 de noviembre", "el veintiséis", "jueves 26", "primero de mayo"."""
        day, taken = (1, 1) if self._word() in _FIRST else self._number_at(0)
        if not taken or not 1 <= day <= 31:
            return 0
        if self._word(taken) == "de" and (month := _MONTHS.get(self._word(taken + 1))):
            self._out += [f"{day}th", month]
            return taken + 2
        before = self._word(-1)
        follows = self._word(taken) in ("am", "pm", "horas", "hrs") or self._word(taken).isdecimal()
        follows = follows or (self._word(taken) == "de" and self._word(taken + 1) == "la")
        if follows or not (before in ("el", "dia") or before in _DAYS):
            return 0
        self._out.append(f"{day}th")
        return taken

    def _half_of_day(self) -> int:
        """ "de la tarde" after a time; "del mediodía"."""
        after_time = bool(self._out) and self._out[-1].isdecimal()
        if after_time and self._word() == "de" and self._word(1) == "la" and (half := _HALVES.get(self._word(2))):
            self._out.append("am" if self._word(2) == "noche" and self._hour_said in _AFTER_MIDNIGHT else half)
            return 3
        if after_time and self._word() == "del" and self._word(1) in ("mediodia", "dia"):
            self._out.append("pm")
            return 2
        if self._word() in ("mediodia", "medianoche"):
            half = "pm" if self._word() == "mediodia" else "am"
            self._out += [half] if after_time else ["12", half]
            return 1
        return 0

    def _part_of_day(self) -> int:
        """ "por la mañana", "esta noche"; "mañana" by itself is the next day, "más tarde" no time at all."""
        part = _PARTS.get(self._word(1)) if self._word() in ("la", "las", "esta") else None
        if part is None:
            return 0
        self._out += ["today", part] if self._word() == "esta" else [part]
        return 2

    def _day(self) -> int:
        word = self._word()
        named = "tomorrow" if word == "manana" else _DAYS.get(word) or _MONTHS.get(word)
        if named is None and word == "tarde" and self._word(-1) != "mas":
            named = "afternoon"
        if named is None and word in ("mananas", "tardes", "noches") and self._word(-1) in ("buenas", "las"):
            return 0
        self._out += [named] if named else []
        return 1 if named else 0

    def _number(self) -> int:
        value, taken = self._number_at(0)
        if taken:
            written = self._word()
            self._out.append(written if written.isdecimal() else str(value))
        return taken
