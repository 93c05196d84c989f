"""Taking a name, a car, a code or a time out of what was heard: what is doubtful is noted as such and not taken."""

from __future__ import annotations

import re
from dataclasses import replace

from infra.local.desk_policy.asks import Ask
from infra.local.desk_policy.choosing import choose
from infra.local.desk_policy.heard import Heard
from infra.local.desk_policy.moments import Moment, read_moment
from infra.local.desk_policy.phrases import Answer
from infra.local.desk_policy.story import Story
from infra.local.desk_policy.vehicles import matches
from infra.local.desk_policy.words import split_words


def take_name(story: Story, heard: Heard) -> None:
    """First and last name, each on its own; a doubtful part stays unknown."""
    name = heard.name
    if name.doubts:
        story.doubts.add("name")
        if "first" in name.doubts and not name.spelled:
            story.first = None
        if "last" in name.doubts and not name.spelled:
            story.last = None
    if name.first:
        story.first = name.first
    if name.last:
        story.last = name.last
    if story.ask is Ask.VERIFY and name.last and not heard.digits:
        story.identity.factor = ("last_name", name.last)


def take_codes(story: Story, heard: Heard) -> None:
    """A telephone number, a ZIP code, the end of a VIN, a whole VIN."""
    if heard.digits and heard.digits.doubtful:
        story.doubts.add("phone" if story.ask is Ask.PHONE else "verify")
    elif heard.digits and story.ask is Ask.VERIFY:
        text = heard.digits.text
        if len(text) == 5:
            story.identity.factor = ("zip", text)
        elif len(text) == 4:
            story.identity.factor = ("vin_last4", text)
    elif heard.digits and len(heard.digits.text) in (7, 10, 11):
        story.identity.phone = heard.digits.text
    if heard.vin and not heard.vin.doubtful:
        story.vin = heard.vin.text
    elif heard.vin:
        story.doubts.add("car")


def take_car(story: Story, heard: Heard) -> None:
    """The car: one on file if the words name one, otherwise its year, make and model."""
    said = heard.car.car
    vehicles = story.identity.vehicles
    if story.ask is Ask.WHICH_CAR and vehicles and not said:
        _pick_car(story, heard)
    if heard.car.doubtful:
        story.doubts.add("car")
        return
    if said:
        story.car = story.car.merged(said)
        story.vehicle = None
        if said.make:
            story.other_car = False
    if story.ask in (Ask.YEAR, Ask.CAR) and heard.does_not_know and story.car.make:
        story.year_unknown = True


def _pick_car(story: Story, heard: Heard) -> None:
    vehicles = story.identity.vehicles
    place = {"first": 0, "second": 1, "third": 2, "last": len(vehicles) - 1}.get(heard.choice or "")
    if place is not None and place < len(vehicles):
        story.vehicle = vehicles[place][0]
    elif len(vehicles) == 1 and heard.answer is Answer.YES:
        story.vehicle = vehicles[0][0]
    elif heard.answer is Answer.NO or re.search(r"\b(other|another|different|new|neither)\b", heard.text):
        story.other_car = True


def car_on_file(story: Story) -> str | None:
    """The handle of the one car on file that the words name."""
    if story.vehicle:
        return story.vehicle
    named = [handle for handle, description in story.identity.vehicles if matches(description, story.car)]
    return named[0] if len(named) == 1 else None


def take_when(story: Story, heard: Heard) -> None:
    """A choice among the offers on the table, or another wish for a time."""
    slots = story.slots
    wanted = heard.moment.moment
    if heard.moment.doubtful:
        story.doubts.add("when")
        if wanted and not slots.offers and not slots.chosen:
            slots.moment = slots.moment.merged(wanted)
        return
    if slots.chosen and story.ask is not Ask.OFFER:
        if wanted and not wanted.fits(slots.chosen.moment):
            _wish_anew(story, wanted)
        return
    if slots.offers and (story.ask is Ask.OFFER or wanted):
        _answer_offers(story, heard)
        return
    if slots.question and story.ask is Ask.WHEN:
        wanted = wanted or _alternative(slots.question, heard)
    if wanted and story.ask not in _NUMBERS_ELSEWHERE:
        _wish_anew(story, wanted)


# Answers to these questions hold numbers and days that are no wish for a time.
_NUMBERS_ELSEWHERE = frozenset({Ask.PHONE, Ask.VERIFY, Ask.VIN, Ask.WHICH_APPOINTMENT})


def _wish_anew(story: Story, wanted: Moment) -> None:
    moment = story.slots.moment.merged(wanted)
    story.slots.forget_offers()
    story.slots.moment = moment


def _answer_offers(story: Story, heard: Heard) -> None:
    slots = story.slots
    wanted = heard.moment.moment
    shifted = _shifted(story, heard)
    if shifted:
        _wish_anew(story, shifted)
        return
    left = choose(heard, slots.offers)
    if len(left) == 1:
        slots.chosen = left[0]
    elif len(left) > 1:
        slots.offers = left[:1] if heard.answer is Answer.YES and story.misses["when"] else left
    elif wanted:
        _wish_anew(story, wanted)
    elif heard.answer is Answer.NO or re.search(
        r"\b(something|anything) else|another (day|time)|different (day|time)|other (days|times)\b", heard.text
    ):
        slots.forget_offers()
        slots.moment = Moment()


def _shifted(story: Story, heard: Heard) -> Moment | None:
    """ "Anything later?" asks beyond the offers, by the offers' own words."""
    match = re.search(
        r"\b(anything|something|any|bit|little|much|have|got|even)( \w+)? (later|earlier|sooner)\b", heard.text
    )
    if not match or heard.moment.moment.names_time:
        return None
    offers = story.slots.offers
    if match.group(3) == "later":
        return replace(
            story.slots.moment, time=None, part_of_day=None, before=None, after=offers[-1].moment.time, earliest=None
        )
    return replace(
        story.slots.moment, time=None, part_of_day=None, after=None, before=offers[0].moment.time, earliest=None
    )


def _alternative(question: str, heard: Heard) -> Moment:
    """ "The second one" after "this Friday or next?": the words of that half of the question."""
    halves = [read_moment(split_words(half), asked_when=False).moment for half in re.split(r",? or ", question)]
    halves = [half for half in halves if half]
    place = {"first": 0, "second": 1, "last": len(halves) - 1}.get(heard.choice or "")
    return halves[place] if place is not None and place < len(halves) else Moment()
