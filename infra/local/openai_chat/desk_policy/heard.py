"""Everything that one utterance says, read in the light of the question that was asked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from infra.local.openai_chat.desk_policy import phrases
from infra.local.openai_chat.desk_policy.asks import CAR_ASKS, NAME_ASKS, WHEN_ASKS, Ask
from infra.local.openai_chat.desk_policy.briefing import Briefing
from infra.local.openai_chat.desk_policy.moments import HeardMoment, read_moment
from infra.local.openai_chat.desk_policy.names import HeardName, read_name
from infra.local.openai_chat.desk_policy.services import HeardService, read_service
from infra.local.openai_chat.desk_policy.spelling import Digits, read_digits, read_vin
from infra.local.openai_chat.desk_policy.vehicles import Car, HeardCar, read_car
from infra.local.openai_chat.desk_policy.words import Utterance, split_words

_CHOICES = (
    (
        "first",
        r"\b(the )?first( one)?\b(?! (name|thing|available))|\bformer\b|the (earlier|earliest|sooner)( one)?\b|"
        r"number one|option one",
    ),
    ("second", r"\b(the )?second( one)?\b(?! name)|number two|option two|the middle( one)?"),
    ("third", r"\b(the )?third( one)?\b|number three|option three"),
    ("last", r"\bthe last( one)?\b(?! name)|\blatter\b|the (later|latest)( one)?\b"),
    ("any", r"\b(either|any of (them|those)|whichever|you (pick|choose)|doesn't matter)\b"),
    ("that", r"\b(that one|this one)\b"),
)


@dataclass(frozen=True)
class Heard:
    """What was said. Parts that were not said are empty; parts heard unsurely say so themselves."""

    text: str
    wishes: tuple[phrases.Wish, ...]
    transfer_reason: str | None
    answer: phrases.Answer | None
    does_not_know: bool
    service: HeardService
    moment: HeardMoment
    name: HeardName
    car: HeardCar
    vin: Digits | None
    digits: Digits | None
    typed: str | None  # what stands for a number that was typed and is not shown
    mode: str | None
    choice: str | None
    cancel_reason: str | None
    unsure_choice: str | None
    leans_to_yes: bool  # a yes, if only an unsure one: enough where nothing is done upon it
    words: Utterance


def listen(text: str, briefing: Briefing, ask: Ask | None) -> Heard:
    """Read a transcript; what was asked decides which reading comes first, not what may be heard."""
    utterance = split_words(text)
    vin, digits = _numbers(utterance, ask)
    name = read_name(utterance, asked=NAME_ASKS[ask]) if ask in NAME_ASKS else HeardName()
    car = read_car(utterance, asked_car=ask in CAR_ASKS) if not vin else HeardCar(Car())
    asked_when = ask in WHEN_ASKS or (ask is Ask.CHANGE)
    moment = read_moment(utterance, asked_when=asked_when)
    if not name and not name.doubts and ask not in NAME_ASKS:
        name = read_name(utterance, asked=None)
    return Heard(
        text=utterance.text,
        wishes=tuple(phrases.wishes(utterance)),
        transfer_reason=phrases.transfer_reason(utterance),
        answer=phrases.answer(utterance),
        does_not_know=phrases.does_not_know(utterance),
        service=read_service(utterance, briefing.services, asked=ask in (Ask.SERVICE, Ask.SERVICE_CHOICE)),
        moment=moment,
        name=name,
        car=car,
        vin=vin,
        digits=digits,
        typed=next(iter(re.findall(r"\[(?!\?)[^\]]+\]", text)), None),
        mode=phrases.mode(utterance),
        choice=_choice(" ".join(word.text for word in utterance.words if not word.doubtful)),
        unsure_choice=_choice(utterance.text),
        cancel_reason=phrases.cancel_reason(utterance),
        leans_to_yes=phrases.leans_to_yes(utterance),
        words=utterance,
    )


def _choice(text: str) -> str | None:
    return next((kind for kind, pattern in _CHOICES if re.search(pattern, text)), None)


def _numbers(utterance: Utterance, ask: Ask | None) -> tuple[Digits | None, Digits | None]:
    vin = (
        read_vin(utterance)
        if ask in CAR_ASKS or "vin" in utterance.text or "identification" in utterance.text
        else None
    )
    if ask is Ask.VERIFY:
        return vin, _short_code(utterance)
    return vin, read_digits(utterance, least=7)


def _short_code(utterance: Utterance) -> Digits | None:
    """A ZIP code, or four characters of a VIN."""
    digits = read_digits(utterance, least=4)
    if digits or not re.search(r"\d|one|two|three|four|five|six|seven|eight|nine|zero", utterance.text):
        return digits
    return read_vin(utterance, least=4)
