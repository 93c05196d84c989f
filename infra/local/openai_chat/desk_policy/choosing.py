"""Which of the offered times the caller takes, if any."""

from __future__ import annotations

from dataclasses import dataclass, replace

from infra.local.openai_chat.desk_policy.heard import Heard
from infra.local.openai_chat.desk_policy.moments import Moment, read_moment
from infra.local.openai_chat.desk_policy.phrases import Answer
from infra.local.openai_chat.desk_policy.words import split_words


@dataclass(frozen=True)
class Offer:
    """A time that a tool offered: its handle and its words."""

    slot: str
    when: str

    @property
    def moment(self) -> Moment:
        """What its words say."""
        return read_moment(split_words(self.when), asked_when=True).moment


def choose(heard: Heard, offers: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """The offers that the caller's words leave: one is a choice, several a narrower question, none another wish."""
    wanted = heard.moment.moment
    left = offers
    if wanted and not (wanted.earliest and not (wanted.names_day or wanted.names_time)):
        if wanted.weekday in ("today", "tomorrow") or wanted.which_week:
            return ()
        left = tuple(offer for offer in offers if wanted.fits(offer.moment))
        if len(left) > 1 and heard.choice is None:
            return left
    elif wanted.earliest:
        return offers[:1]
    return _by_choice(heard, left) if left else ()


def _by_choice(heard: Heard, offers: tuple[Offer, ...]) -> tuple[Offer, ...]:
    places = {"first": 0, "second": 1, "third": 2, "last": len(offers) - 1, "any": 0}
    if heard.choice in places and (len(offers) > 1 or heard.answer is not Answer.NO):
        at = places[heard.choice] if len(offers) > 1 else 0
        return offers[at : at + 1]
    if len(offers) == 1 and (heard.moment.moment or heard.choice == "that" or heard.answer is Answer.YES):
        return offers
    return () if heard.answer is Answer.NO else offers if heard.answer is Answer.YES else ()


def exact(wanted: Moment, offers: tuple[Offer, ...]) -> Offer | None:
    """The one offer that is just what was asked for: the day and the clock time that the caller named. Which day
    "tomorrow" is, the tool knew when it made the offers."""
    if not (wanted.time and wanted.names_day):
        return None
    weekday = None if wanted.weekday in ("today", "tomorrow") else wanted.weekday
    named = Moment(weekday=weekday, day=wanted.day, month=wanted.month, time=wanted.time)
    fitting = [offer for offer in offers if named.fits(offer.moment)]
    return fitting[0] if len(fitting) == 1 else None


def on_their_day(moment: Moment, offers: tuple[Offer, ...]) -> Moment:
    """A time without a day, said of offers that are all on one day, is meant for that day."""
    days = {(offer.moment.month, offer.moment.day) for offer in offers}
    if len(days) != 1 or not moment.names_time:
        return moment
    month, day = days.pop()
    return replace(moment, weekday=None, which_week=None, month=month, day=day)
