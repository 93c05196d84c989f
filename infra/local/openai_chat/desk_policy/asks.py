"""The questions that the desk can have in the air, and the fact that each is after."""

from __future__ import annotations

from enum import StrEnum


class Ask(StrEnum):
    """What the last question was about."""

    OPEN = "open"
    ELSE = "else"
    SERVICE = "service"
    SERVICE_CHOICE = "service_choice"
    WHEN = "when"
    OFFER = "offer"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    SPELL_FIRST = "spell_first"
    SPELL_LAST = "spell_last"
    CAR = "car"
    YEAR = "year"
    WHICH_CAR = "which_car"
    VIN = "vin"
    VIN_CHARACTER = "vin_character"
    CONFIRM = "confirm"
    CHANGE = "change"
    PHONE = "phone"
    VERIFY = "verify"
    WHICH_APPOINTMENT = "which_appointment"
    MESSAGE = "message"
    PERSON = "person"
    MODEL = "model"
    HEARD = "heard"  # is what was heard unsurely right?
    LEAVE_MESSAGE = "leave_message"
    DETAIL = "detail"
    NEW_VALUE = "new_value"


NAME_ASKS = {
    Ask.NAME: "full",
    Ask.FIRST_NAME: "first",
    Ask.LAST_NAME: "last",
    Ask.SPELL_FIRST: "spell_first",
    Ask.SPELL_LAST: "spell_last",
    Ask.VERIFY: "last",
}
CAR_ASKS = frozenset({Ask.CAR, Ask.YEAR, Ask.WHICH_CAR, Ask.VIN, Ask.MODEL})
WHEN_ASKS = frozenset({Ask.WHEN, Ask.OFFER})

_FACTS = {
    Ask.ELSE: "open", Ask.SERVICE_CHOICE: "service", Ask.OFFER: "when", Ask.FIRST_NAME: "name", Ask.LAST_NAME: "name",
    Ask.SPELL_FIRST: "name", Ask.SPELL_LAST: "name", Ask.YEAR: "car", Ask.WHICH_CAR: "car", Ask.VIN: "car",
    Ask.MODEL: "car", Ask.VIN_CHARACTER: "car", Ask.CHANGE: "confirm",
}  # fmt: skip


def fact_of(ask: Ask) -> str:
    """The fact that a question is after; several questions can be after one."""
    return _FACTS.get(ask, ask.value)
