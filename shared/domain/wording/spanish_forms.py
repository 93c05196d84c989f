"""How dates, times, durations, numbers, cars and characters are said in Spanish, in words that a voice reads well."""

import re
import unicodedata
from datetime import date, datetime, time

from shared.domain import mail_address
from shared.domain.spanish_figures import figures
from shared.domain.spanish_letters import character_words, letter_words
from shared.domain.spelled import without_accents
from shared.domain.vin import grouped

DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
_SIGNS = {
    ".": "punto", "_": "guion bajo", "-": "guion", "+": "más", "%": "por ciento", "'": "apóstrofo", "@": "arroba",
}  # fmt: skip
_MAIL_SIGNS = (("guion bajo", "underscore"), ("guion", "dash"), ("arroba", "at"), ("punto", "dot"), ("mas", "plus"))
_ABOUT_A_TIME = (
    "a al un como sobre alrededor de del eso hacia por ahi mas o menos en punto el hasta desde despues antes horas hora"
)
_ROUNDABOUT = frozenset(_ABOUT_A_TIME.split())


def weekday_words(day: date) -> str:
    return DAYS[day.weekday()]


def date_words(day: date) -> str:
    """jueves 26 de noviembre"""
    return f"{DAYS[day.weekday()]} {short_date_words(day)}"


def short_date_words(day: date) -> str:
    """26 de noviembre, 1 de diciembre"""
    return f"{day.day} de {MONTHS[day.month - 1]}"


def time_words(at: time) -> str:
    """las 2 de la tarde, la 1 y cuarto de la tarde, las 12 del mediodía, las 12 y media de la noche"""
    if (at.hour, at.minute) == (12, 0):
        return "las 12 del mediodía"
    hour = at.hour % 12 or 12
    part = "la mañana" if 0 < at.hour < 12 else "la tarde" if 12 <= at.hour < 19 else "la noche"
    return f"{'la' if hour == 1 else 'las'} {hour}{minutes_words(at.minute)} de {part}"


def minutes_words(minute: int) -> str:
    """After the hour: " y cuarto", " y 20", nothing."""
    return {0: "", 15: " y cuarto", 30: " y media"}.get(minute, f" y {minute}")


def moment_words(local: datetime) -> str:
    """el jueves 26 de noviembre a las 2 de la tarde, of an instant already in the shop's zone"""
    return f"el {date_words(local.date())} a {time_words(local.time())}"


offer_words = moment_words


def duration_words(minutes: int) -> str:
    """45 minutos, media hora, una hora, una hora y media, 2 horas y 15 minutos"""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return "media hora" if rest == 30 else f"{rest} minutos"
    whole = "una hora" if hours == 1 else f"{hours} horas"
    if rest == 30:
        return f"{whole} y media"
    return f"{whole} y {rest} minutos" if rest else whole


def car_words(year: int | None, make: str, model: str | None) -> str:
    """Honda Civic 2019"""
    return " ".join(str(part) for part in (make, model, year) if part)


def characters_words(characters: str) -> str:
    """1 hache ge, ce de casa eme de María 8, …: in the groups in which a VIN is read"""
    return ", ".join(" ".join(character_words(c) for c in group) for group in grouped(characters))


def name_words(name: str) -> str:
    """Quiroga, cu, u, i, erre, o, ge, a"""
    plain = unicodedata.normalize("NFC", name).upper()
    return f"{name}, {', '.join(_letter(c) for c in plain if c.isalpha())}"


def _letter(character: str) -> str:
    if character == "Ñ":
        return "eñe"
    return letter_words(unicodedata.normalize("NFKD", character)[0])


def mail_words(address: str) -> str:
    """jota, punto, ese, arroba gmail punto com"""
    return mail_address.said_back(address, lambda c: _SIGNS.get(c) or letter_words(c))


def in_mail(said: str) -> str:
    """ "ana guion bajo ruiz arroba gmail punto com" becomes "ana underscore ruiz at gmail dot com"."""
    read = without_accents(said)
    for sign, word in _MAIL_SIGNS:
        read = re.sub(rf"\b{sign}\b", word, read)
    return read


def in_figures(said: str) -> str:
    """ "como a las dos y media de la tarde" becomes "at 2 30 pm"; what holds no Spanish word stays as it is"""
    read = [word for word in figures(said).split() if word not in _ROUNDABOUT]
    return " ".join(read).replace("[? ", "[?").replace(" ]", "]") if any(c.isalpha() for c in said) else said
