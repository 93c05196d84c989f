"""Spanish, as it is spoken in the United States: what is said word for word to callers whose calls are held in it."""

from collections.abc import Mapping, Sequence
from datetime import date, time

from shared.domain import spanish_letters, spoken
from shared.domain.spanish_letters import as_in
from shared.domain.vin import LENGTH
from shared.domain.wording import spanish_forms
from shared.domain.wording.spanish_forms import DAYS, MONTHS

weekday_words = spanish_forms.weekday_words
date_words = spanish_forms.date_words
short_date_words = spanish_forms.short_date_words
time_words = spanish_forms.time_words
moment_words = spanish_forms.moment_words
offer_words = spanish_forms.offer_words
duration_words = spanish_forms.duration_words
digits_words = spoken.digits_words
car_words = spanish_forms.car_words
characters_words = spanish_forms.characters_words
name_words = spanish_forms.name_words
mail_words = spanish_forms.mail_words
in_figures = spanish_forms.in_figures
in_mail = spanish_forms.in_mail
in_characters = spanish_letters.in_characters

_PLACES = (
    "primer", "segundo", "tercer", "cuarto", "quinto", "sexto", "séptimo", "octavo", "noveno", "décimo", "undécimo",
    "duodécimo", "decimotercer", "decimocuarto", "decimoquinto", "decimosexto", "decimoséptimo",
)  # fmt: skip
_HOLIDAYS = {
    "new year's": "Año Nuevo",
    "martin luther king jr.": "el Día de Martin Luther King",
    "presidents'": "el Día de los Presidentes",
    "good friday": "Viernes Santo",
    "memorial": "el Día de los Caídos",
    "juneteenth": "Juneteenth",
    "independence": "el Día de la Independencia",
    "labor": "el Día del Trabajo",
    "columbus": "el Día de la Raza",
    "veterans": "el Día de los Veteranos",
    "thanksgiving": "el Día de Acción de Gracias",
    "christmas eve": "Nochebuena",
    "christmas": "Navidad",
    "new year's eve": "fin de año",
}
"""As they stand in English in a shop file, without "Day"."""
_DAYS_IN_ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


# Times


def has_passed(day: date) -> str:
    return f"El {date_words(day)} ya pasó."


def too_far(last: date, day: date | None) -> str:
    what = f"el {date_words(day)}" if day else "esas fechas"
    return f"Damos citas hasta el {date_words(last)}; para {what} todavía no."


def no_month(month: int) -> str:
    return f"No hay ningún mes {month}."


def no_weekday_left(weekday: str) -> str:
    return f"Ya no queda ningún {DAYS[_DAYS_IN_ENGLISH.index(weekday)]} en esas fechas."


def no_day(day: int) -> str:
    return f"Ningún mes tiene día {day}."


def no_such_day(month: date, day: int) -> str:
    return f"{MONTHS[month.month - 1].capitalize()} no tiene día {day}."


def no_leap_day(year: int, leap: int) -> str:
    return f"En {year} no hay 29 de febrero: el próximo es en {leap}."


def today_is(tomorrow: bool, meant: date) -> str:
    return f"{'Mañana' if tomorrow else 'Hoy'} es {date_words(meant)}. ¿Qué día quiere decir?"


def falls_on(found: date, near: date) -> str:
    return f"El {short_date_words(found)} es {weekday_words(found)}. {either_day(found, near)}"


def either_day(sooner: date, later: date) -> str:
    return _either(f"el {date_words(sooner)}", later)


def this_or(sooner: date, later: date) -> str:
    return _either(f"este {date_words(sooner)}", later)


def today_or(later: date) -> str:
    return _either("hoy", later)


def _either(sooner: str, later: date) -> str:
    return f"¿Quiere decir {sooner} o el {date_words(later)}?"


def not_a_time() -> str:
    return "Eso no es una hora del día."


def no_time_between(after: time, before: time) -> str:
    span = f"después de {time_words(after)} y antes de {time_words(before)}"
    return f"No queda tiempo {span}. ¿A qué hora le conviene?"


def which_half(morning: time, evening: time) -> str:
    return f"¿Quiere decir a {time_words(morning)} o a {time_words(evening)}?"


def closed_between(first: date, last: date) -> str:
    return f"Estamos cerrados del {date_words(first)} al {date_words(last)}."


def never_open_then() -> str:
    return "Nunca abrimos a esa hora."


def closed_for_today() -> str:
    return "Por hoy ya cerramos."


def open_only(day: date, opens: time, closes: time) -> str:
    return f"Los {_every(day)} abrimos de {time_words(opens)} a {time_words(closes)}."


def already(at: time) -> str:
    return f"Ya {'es' if at.hour % 12 == 1 else 'son'} {time_words(at)}."


def skipped_hour(day: date, at: time) -> str:
    return f"El {date_words(day)} se adelantan los relojes: no existen {time_words(at)}."


def closed_on(day: date, why: str | None) -> str:
    """As in English; a reason that staff wrote in English is not read out."""
    if why is None:
        return f"Los {_every(day)} estamos cerrados."
    holiday = _HOLIDAYS.get(why.strip().lower().removesuffix(" day"))
    return f"El {date_words(day)} estamos cerrados{f': es {holiday}' if holiday else ''}."


def _every(day: date) -> str:
    """los lunes, los sábados"""
    name = weekday_words(day)
    return name if name.endswith("s") else f"{name}s"


def too_soon(lead_minutes: int) -> str:
    return f"Eso es demasiado pronto: lo más pronto es dentro de {duration_words(lead_minutes)}."


def not_done_by_closing(minutes: int) -> str:
    return f"Toma más o menos {duration_words(minutes)} y no estaría listo antes de cerrar."


def off_grid(minutes: int, at: time | None) -> str:
    return f"Las citas empiezan cada {minutes} minutos, y ninguna empieza{_at(at)}."


def shuttle_times(first: time, last: time) -> str:
    return f"El transporte es solo para citas que empiezan de {time_words(first)} a {time_words(last)}."


def no_chair(may_drop_off: bool) -> str:
    instead = " Puede dejar el carro." if may_drop_off else ""
    return f"A esa hora ya no hay lugar para esperar.{instead}"


def nothing_free(day: date | None, at: time | None) -> str:
    return f"No hay nada libre{f' el {date_words(day)}' if day else ' entonces'}{_at(at)}."


def _at(at: time | None) -> str:
    return f" a {time_words(at)}" if at is not None else ""


PLAIN_REASONS: Mapping[str, str] = {
    "closed": "A esa hora estamos cerrados.",
    "past": "Eso ya pasó.",
    "too_far": "Para esas fechas todavía no damos citas.",
    "outside": "A esa hora no empieza ninguna cita.",
    "staff_event": "A esa hora el taller no recibe carros.",
    "loaners": "Todos los carros de préstamo están ocupados entonces.",
    "shuttle_seats": "El transporte va lleno a esa hora.",
}
INSTEAD_OF: Mapping[str, str] = {
    "wait": "El carro tiene que quedarse: esto no se hace mientras espera.",
    "drop_off": "Esto se hace mientras espera.",
    "shuttle": "Para esto no hay transporte.",
    "loaner": "Para esto no hay carro de préstamo.",
}
RIDES: Mapping[str, str] = {"shuttle": "con transporte", "loaner": "con carro de préstamo"}


# The service desk

_ANYTHING_ELSE = "¿Le puedo ayudar en algo más?"


def visit(service: str, car: str, when: str) -> str:
    return f"cita para {service} de su {car}, {when}"


def described(service: str, car: str, when: str, name: str) -> str:
    return f"{visit(service, car, when)}, a nombre de {name}"


def may_book(service: str, car: str, when: str, name: str) -> str:
    return f"Sería una {described(service, car, when, name)}. ¿La reservo?"


def booked(described: str) -> str:
    return f"Listo, quedó reservada su {described}. {_ANYTHING_ELSE}"


def may_cancel(described: str) -> str:
    return f"Quiere cancelar su {described}. ¿La cancelo?"


def cancelled(described: str) -> str:
    return f"Ya cancelé su {described}. {_ANYTHING_ELSE}"


def may_move(described: str, when: str) -> str:
    return f"Quiere mover su {described}. La nueva fecha sería {when}. ¿La muevo?"


def moved(described: str) -> str:
    return f"Ya la moví. Ahora tiene una {described}. {_ANYTHING_ELSE}"


def may_pass_on(message: str, number: str) -> str:
    return f"Su mensaje es: {message}. El taller le llamará al {digits_words(number)}. ¿Lo paso?"


def passed_on(when: str) -> str:
    return f"Ya pasé su mensaje, y el taller le devolverá la llamada {when}. ¿Algo más?"


def back_soon() -> str:
    return "en cuanto alguien esté libre"


def back_on_opening(opens: str | None) -> str:
    return f"cuando abramos {opens}" if opens else "lo antes posible"


def nobody_at_desk(opens: str | None) -> str:
    again = f"abrimos {opens}." if opens else "por ahora estamos cerrados."
    return f"No hay nadie en el taller: {again}"


FIELDS: Mapping[str, str] = {
    "first_name": "nombre",
    "last_name": "apellido",
    "zip": "código postal",
    "email": "correo electrónico",
    "phone": "número de teléfono",
}


def field_as(field: str, words: str) -> str:
    return f"su {FIELDS[field]} como {words}"


def may_put_down(parts: Sequence[str]) -> str:
    return f"Voy a anotar {', y '.join(parts)}. ¿Es correcto?"


def updated(fields: Sequence[str], car: bool) -> str:
    changed = [f"su {FIELDS[each]}" for each in fields] + (["su carro"] if car else [])
    return f"Ya actualicé {' y '.join(changed)}. {_ANYTHING_ELSE}"


def car_with(car: str, own: bool, number: str | None, plate: str | None, miles: int | None) -> str:
    extras = [
        f"el VIN {characters_words(number)}" if number else "",
        f"la placa {characters_words(plate)}" if plate else "",
        f"{miles} millas" if miles is not None else "",
    ]
    with_extras = ", y ".join(each for each in extras if each)
    return f"{'su' if own else 'otro carro, un'} {car}{f' con {with_extras}' if with_extras else ''}"


def is_vin(characters: str, car: str) -> str:
    return f"Tengo {characters_words(characters)}{f', de un {car}' if car else ''}. ¿Es correcto?"


def vin_again() -> str:
    return "¿Me puede leer el VIN otra vez, despacio, en grupos de tres o cuatro?"


def which_group(number: str, heard: int | None) -> str:
    """`heard` is how many characters there were, where those were too few or too many."""
    why = f"Oí {heard} caracteres, y un VIN tiene {LENGTH}." if heard else "Uno de los caracteres no cuadra."
    return f"{why} Tengo {characters_words(number)}. ¿Cuál de estos grupos está mal?"


def which_characters(choices: Mapping[int, Sequence[str]]) -> str:
    """By its place, counted from 0, the characters that each may be."""
    asked = (
        f"¿el {_PLACES[place]} carácter es {', o '.join(as_in(c) for c in characters)}?"
        for place, characters in choices.items()
    )
    return f"Puede que haya oído mal: {' Y '.join(asked)} Dígamelo con su palabra, por favor."


# Calls that we make


def question_for(names: str) -> str:
    return f"¿Hablo con {names}?"


def may_confirm(visits: Sequence[str]) -> str:
    return f"Gracias. Tiene {' y '.join(visits)}. ¿Puede venir?"


def confirmed() -> str:
    return f"Muy bien, queda confirmado. {_ANYTHING_ELSE}"


def wrong_number() -> str:
    return "Disculpe el error. No volveremos a llamar a este número por este asunto. Adiós."


def try_later() -> str:
    return "Gracias, lo intentaré más tarde. Adiós."


def call_again() -> str:
    return "De acuerdo, entonces vuelvo a llamar. Adiós."
