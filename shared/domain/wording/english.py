"""English: what is said word for word to most callers."""

from collections.abc import Mapping, Sequence
from datetime import date, time

from shared.domain import mail_address, spoken, vin
from shared.domain.said import ORDINAL_WORDS
from shared.domain.spelled import as_in, letters_apart
from shared.domain.spoken import with_article

weekday_words = spoken.weekday_words
date_words = spoken.date_words
short_date_words = spoken.short_date_words
time_words = spoken.time_words
moment_words = spoken.moment_words
offer_words = spoken.offer_words
duration_words = spoken.duration_words
digits_words = spoken.digits_words
car_words = spoken.car_words


def characters_words(characters: str) -> str:
    """1 Hotel Golf, Charlie Mike 8, …"""
    return vin.said_back(characters)


def mail_words(address: str) -> str:
    """J, dot, S, M, I, T, H, at gmail dot com"""
    return mail_address.said_back(address)


def name_words(name: str) -> str:
    """Quill, Q, U, I, L, L"""
    return f"{name}, {letters_apart(name)}"


def in_figures(said: str) -> str:
    """English words are what the readers take."""
    return said


in_characters = in_mail = in_figures


# Times


def has_passed(day: date) -> str:
    return f"{date_words(day)} has passed."


def too_far(last: date, day: date | None) -> str:
    return f"We book up to {date_words(last)}; {date_words(day) if day else 'that'} is too far ahead."


def no_month(month: int) -> str:
    return f"There is no month {month}."


def no_weekday_left(weekday: str) -> str:
    return f"There is no {weekday.capitalize()} left then."


def no_day(day: int) -> str:
    return f"No month has a day {day}."


def no_such_day(month: date, day: int) -> str:
    return f"{short_date_words(month).split()[0]} has no day {day}."


def no_leap_day(year: int, leap: int) -> str:
    return f"There is no February 29 in {year}: the next one is in {leap}."


def today_is(tomorrow: bool, meant: date) -> str:
    return f"{'Tomorrow' if tomorrow else 'Today'} is {date_words(meant)}. Which day do you mean?"


def falls_on(found: date, near: date) -> str:
    return f"{short_date_words(found)} is a {weekday_words(found)}. {either_day(found, near)}"


def either_day(sooner: date, later: date) -> str:
    return _either(date_words(sooner), later)


def this_or(sooner: date, later: date) -> str:
    return _either(f"this {date_words(sooner)}", later)


def today_or(later: date) -> str:
    return _either("today", later)


def _either(sooner: str, later: date) -> str:
    return f"Do you mean {sooner}, or {date_words(later)}?"


def not_a_time() -> str:
    return "That is not a time of day."


def no_time_between(after: time, before: time) -> str:
    return f"After {time_words(after)} and before {time_words(before)} leaves no time. Which time would suit you?"


def which_half(morning: time, evening: time) -> str:
    return f"Do you mean {time_words(morning)} or {time_words(evening)}?"


def closed_between(first: date, last: date) -> str:
    return f"We are closed from {date_words(first)} to {date_words(last)}."


def never_open_then() -> str:
    return "We are never open at that time of day."


def closed_for_today() -> str:
    return "We have closed for today."


def open_only(day: date, opens: time, closes: time) -> str:
    return f"On {weekday_words(day)}s we are open from {time_words(opens)} to {time_words(closes)}."


def already(at: time) -> str:
    return f"It is already {time_words(at)}."


def skipped_hour(day: date, at: time) -> str:
    return f"The clocks go forward on {date_words(day)}: there is no {time_words(at)}."


def closed_on(day: date, why: str | None) -> str:
    """Without a reason it is the weekday on which the shop is always closed."""
    if why is None:
        return f"We are closed on {weekday_words(day)}s."
    return f"We are closed on {date_words(day)}{f': {why}' if why else ''}."


def too_soon(lead_minutes: int) -> str:
    return f"That is too soon: an appointment begins {duration_words(lead_minutes)} from now or later."


def not_done_by_closing(minutes: int) -> str:
    return f"It takes about {duration_words(minutes)} and would not be done by closing."


def off_grid(minutes: int, at: time | None) -> str:
    return f"Appointments begin every {minutes} minutes, and none{_at(at)}."


def shuttle_times(first: time, last: time) -> str:
    span = f"from {time_words(first)} to {time_words(last)}"
    return f"The shuttle is only for appointments that begin {span}."


def no_chair(may_drop_off: bool) -> str:
    return f"All places to wait are taken then.{' The car can be dropped off instead.' if may_drop_off else ''}"


def nothing_free(day: date | None, at: time | None) -> str:
    return f"Nothing is free{f' on {date_words(day)}' if day else ' then'}{_at(at)}."


def _at(at: time | None) -> str:
    return f" at {time_words(at)}" if at is not None else ""


PLAIN_REASONS: Mapping[str, str] = {
    "closed": "We are closed then.",
    "past": "That has passed.",
    "too_far": "That is further ahead than we book.",
    "outside": "No appointment begins at that time of day.",
    "staff_event": "The workshop takes no cars at that time.",
    "loaners": "All loaner cars are taken then.",
    "shuttle_seats": "The shuttle is full then.",
}
INSTEAD_OF: Mapping[str, str] = {
    "wait": "The car has to stay: this is not done while waiting.",
    "drop_off": "This is done while the caller waits.",
    "shuttle": "There is no shuttle for this.",
    "loaner": "There is no loaner car for this.",
}
RIDES: Mapping[str, str] = {"shuttle": "with the shuttle", "loaner": "with a loaner car"}


# The service desk

_ANYTHING_ELSE = "Is there anything else I can do?"


def visit(service: str, car: str, when: str) -> str:
    return f"{with_article(service)} for your {car} on {when}"


def described(service: str, car: str, when: str, name: str) -> str:
    return f"{service} for your {car} on {when}, under the name {name}"


def may_book(service: str, car: str, when: str, name: str) -> str:
    return f"That's {visit(service, car, when)}, under the name {name}. Shall I book it?"


def booked(described: str) -> str:
    return f"You're booked: {with_article(described)}. {_ANYTHING_ELSE}"


def may_cancel(described: str) -> str:
    return f"You want to cancel the {described}. Shall I cancel it?"


def cancelled(described: str) -> str:
    return f"I've cancelled the {described}. {_ANYTHING_ELSE}"


def may_move(described: str, when: str) -> str:
    return f"You want to move the {described}, to {when}. Shall I move it?"


def moved(described: str) -> str:
    return f"I've moved it. You now have the {described}. {_ANYTHING_ELSE}"


def may_pass_on(message: str, number: str) -> str:
    return f"Your message is: {message}. The service desk will call {digits_words(number)}. Shall I pass that on?"


def passed_on(when: str) -> str:
    return f"I've passed that on, and the service desk will call you back {when}. Is there anything else?"


def back_soon() -> str:
    return "as soon as somebody is free"


def back_on_opening(opens: str | None) -> str:
    return f"when we open on {opens}" if opens else "as soon as we can"


def nobody_at_desk(opens: str | None) -> str:
    again = f"we open on {opens}." if opens else "we are closed for the time being."
    return f"Nobody is at the desk: {again}"


FIELDS: Mapping[str, str] = {
    "first_name": "first name",
    "last_name": "last name",
    "zip": "ZIP code",
    "email": "e-mail address",
    "phone": "telephone number",
}


def field_as(field: str, words: str) -> str:
    return f"your {FIELDS[field]} as {words}"


def may_put_down(parts: Sequence[str]) -> str:
    return f"I'll put down {', and '.join(parts)}. Is that right?"


def updated(fields: Sequence[str], car: bool) -> str:
    changed = [f"your {FIELDS[each]}" for each in fields] + (["your car"] if car else [])
    return f"I've updated {' and '.join(changed)}. {_ANYTHING_ELSE}"


def car_with(car: str, own: bool, number: str | None, plate: str | None, miles: int | None) -> str:
    extras = [
        f"the VIN {characters_words(number)}" if number else "",
        f"the license plate {characters_words(plate)}" if plate else "",
        f"{miles:,} miles" if miles is not None else "",
    ]
    with_extras = ", and ".join(each for each in extras if each)
    return f"{'your' if own else 'a new car, a'} {car}{f' with {with_extras}' if with_extras else ''}"


def is_vin(characters: str, car: str) -> str:
    return f"I have {characters_words(characters)}{f', for a {car}' if car else ''}. Is that right?"


def vin_again() -> str:
    return "Could you read me the VIN again, slowly, in groups of three or four?"


def which_group(number: str, heard: int | None) -> str:
    """`heard` is how many characters there were, where those were too few or too many."""
    why = f"I heard {heard} characters, and a VIN has {vin.LENGTH}." if heard else "One of the characters does not fit."
    return f"{why} I have {characters_words(number)}. Which of these groups is wrong?"


def which_characters(choices: Mapping[int, Sequence[str]]) -> str:
    """By its place, counted from 0, the characters that each may be."""
    asked = (
        f"the {ORDINAL_WORDS[place + 1]} character {', or '.join(as_in(c) for c in characters)}?"
        for place, characters in choices.items()
    )
    return f"I may have misheard a character. Is {' And is '.join(asked)} Please say it with its word."


# Calls that we make


def question_for(names: str) -> str:
    return f"Am I speaking with {names}?"


def may_confirm(visits: Sequence[str]) -> str:
    return f"Thank you. You have {' and '.join(visits)}. Can you make it?"


def confirmed() -> str:
    return f"Great, that's confirmed. {_ANYTHING_ELSE}"


def wrong_number() -> str:
    return "I'm sorry for the mistake. We won't call this number about it again. Goodbye."


def try_later() -> str:
    return "Thank you, I'll try again later. Goodbye."


def call_again() -> str:
    return "All right, I'll call again then. Goodbye."
