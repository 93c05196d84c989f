"""Taking a name, a car, a code or a time out of what was heard: what is doubtful is noted as such and not taken."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from infra.local.openai_chat.desk_policy import wording
from infra.local.openai_chat.desk_policy.asks import Ask
from infra.local.openai_chat.desk_policy.choosing import Offer, choose, on_their_day
from infra.local.openai_chat.desk_policy.heard import Heard
from infra.local.openai_chat.desk_policy.moments import Moment, read_moment
from infra.local.openai_chat.desk_policy.phrases import Answer, Wish
from infra.local.openai_chat.desk_policy.story import Story
from infra.local.openai_chat.desk_policy.suspects import car_words, unsure_car, unsure_moment, unsure_name
from infra.local.openai_chat.desk_policy.vehicles import Car, matches, read_model
from infra.local.openai_chat.desk_policy.words import split_words

_SAME_NAME = 75


@dataclass(frozen=True)
class Known:
    """Name, car, service and time at one moment, so that what is new can be said back to the caller."""

    name: tuple[str | None, str | None]
    car: Car
    service: str | None
    chosen: Offer | None

    @classmethod
    def of(cls, story: Story) -> Known:
        """As the story stands."""
        return cls((story.first, story.last), story.car, story.service, story.slots.chosen)

    def news(self, story: Story) -> list[str]:
        """What has been understood since, in words that a listener can correct."""
        new: list[str] = []
        name = " ".join(part for part in (story.first, story.last) if part)
        if story.first and (story.first, story.last) != self.name:
            new.append(f"Thanks, {name}.")
        if story.service and story.service != self.service and story.service in story.services:
            new.append(f"{wording.article(story.services[story.service].name).capitalize()}.")
        if story.slots.chosen and story.slots.chosen != self.chosen:
            new.append(f"{story.slots.chosen.when}.")
        if story.car and story.car != self.car:
            new += [f"A {car_words(story.car)}."] if story.car.make else []
        return new


def take_name(story: Story, heard: Heard) -> None:
    """First and last name, each on its own; a doubtful part stays unknown."""
    name = heard.name
    if name.doubts:
        story.doubts.add("name")
        story.suspect = None if story.spell_due else unsure_name(name)
        story.spell_due = story.spell_due or story.suspect is None or story.misses["name"] > 0
        story.suspect = None if story.spell_due else story.suspect
        if "first" in name.doubts and not name.spelled:
            story.first = None
        if "last" in name.doubts and not name.spelled:
            story.last = None
    if name.first and not name.last and story.last and _is_the_last_name(story, name.first):
        name = replace(name, first=None, last=name.first)
    if name.first:
        story.first = name.first
    if name.last:
        story.last = name.last
    if name and not name.doubts:
        story.spell_due = False
    if story.ask is Ask.VERIFY and name.last and not heard.digits:
        story.identity.factor = ("last_name", name.last)


def _is_the_last_name(story: Story, said: str) -> bool:
    """The first name was asked for, and what came is the last name again, perhaps heard better."""
    asked = story.ask in (Ask.FIRST_NAME, Ask.SPELL_FIRST)
    return asked and fuzz.ratio(said.lower(), (story.last or "").lower()) >= _SAME_NAME


def take_codes(story: Story, heard: Heard) -> None:
    """A telephone number, a ZIP code, the end of a VIN, a whole VIN."""
    if heard.typed and story.ask is Ask.VERIFY:
        story.identity.factor = ("zip", heard.typed)
        story.identity.tried.discard(story.identity.factor)
    elif heard.digits and heard.digits.doubtful:
        story.doubts.add("phone" if story.ask is Ask.PHONE else "verify")
    elif heard.digits and story.ask is Ask.VERIFY:
        text = heard.digits.text
        if len(text) == 5:
            story.identity.factor = ("zip", text)
        elif len(text) == 4:
            story.identity.factor = ("vin_last4", text)
    elif heard.digits and len(heard.digits.text) in (7, 10, 11):
        story.identity.phone = heard.digits.text
    if story.ask is Ask.VIN_CHARACTER and story.vin_doubted:
        story.vin = story.vin_doubted.corrected(heard.words)
        story.vin_doubted = None if story.vin else story.vin_doubted
    elif heard.vin:
        story.vin = heard.vin.text


def take_car(story: Story, heard: Heard) -> None:
    """The car: one on file if the words name one, otherwise its year, make and model."""
    said = heard.car.car
    vehicles = story.identity.vehicles
    if story.ask is Ask.WHICH_CAR and vehicles and not said:
        _pick_car(story, heard)
    if story.ask is Ask.MODEL:
        _take_model(story, heard)
    if heard.car.doubtful and not _same_car(story, heard):
        story.doubts.add("car")
        story.suspect = story.suspect or unsure_car(heard)
    _take_odd_model(story, heard)
    if said:
        story.car = story.car.merged(said)
        story.vehicle = None
        if said.make:
            story.other_car = False
    if story.ask in (Ask.YEAR, Ask.CAR) and heard.does_not_know and story.car.make:
        story.year_unknown = True


def _same_car(story: Story, heard: Heard) -> bool:
    """Words heard unsurely that only say again what is known."""
    return bool(story.car) and story.car.merged(heard.car.unsure) == story.car


def _take_model(story: Story, heard: Heard) -> None:
    """The model was asked for: it is asked for once, and the car is taken without one if it stays unclear."""
    if {Wish.REPEAT, Wish.WAIT} & set(heard.wishes):
        return
    model = read_model(heard.words, story.car.make) if story.car.make else None
    if model is None and story.odd_model and story.odd_model.lower() in heard.text.split():
        model = story.odd_model
    if model:
        story.car = replace(story.car, model=model)
    elif not heard.car.car.model:
        story.model_unknown = True
        story.remark = "All right, we'll leave the model open."


def _take_odd_model(story: Story, heard: Heard) -> None:
    """A model that no table holds is believed when it is said twice."""
    odd = heard.car.odd_model
    if odd and odd == story.odd_model and story.car.make:
        story.car = replace(story.car, model=odd)
    story.odd_model = odd or story.odd_model


def _pick_car(story: Story, heard: Heard) -> None:
    vehicles = story.identity.vehicles
    place = {"first": 0, "second": 1, "third": 2, "last": len(vehicles) - 1}.get(heard.choice or "")
    if place is not None and place < len(vehicles):
        story.vehicle = vehicles[place][0]
    elif len(vehicles) == 1 and heard.leans_to_yes:
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
    if story.ask in _NUMBERS_ELSEWHERE:
        return
    if heard.moment.doubtful and (story.ask in _OPEN_TO_TIMES or not slots.chosen):
        _doubt_when(story, heard)
        return
    story.day_lost = heard.moment.day_lost and not (slots.moment.names_day or slots.offers or slots.chosen)
    if slots.chosen and story.ask is not Ask.OFFER:
        if wanted and not wanted.fits(slots.chosen.moment):
            _wish_anew(story, wanted, (slots.chosen,))
        elif re.search(r"\b(no|not|meant|mean|said|actually|wrong|instead)\b", heard.text) and heard.choice:
            _choose_again(story, heard)
        return
    if slots.offers and (story.ask is Ask.OFFER or wanted):
        _answer_offers(story, heard)
        return
    if slots.question and story.ask is Ask.WHEN:
        wanted = wanted or _alternative(slots.question, heard)
    if not wanted and story.ask is Ask.WHEN and (_takes_first(story, heard) or heard.choice in ("first", "any")):
        wanted = Moment(earliest=True)
    if wanted:
        _wish_anew(story, wanted)


# Answers to these questions hold numbers and days that are no wish for a time.
_NUMBERS_ELSEWHERE = frozenset({Ask.PHONE, Ask.VERIFY, Ask.VIN, Ask.WHICH_APPOINTMENT})
_OPEN_TO_TIMES = frozenset({None, Ask.OPEN, Ask.ELSE, Ask.WHEN, Ask.OFFER, Ask.CHANGE, Ask.CONFIRM})


def _doubt_when(story: Story, heard: Heard) -> None:
    slots = story.slots
    story.doubts.add("when")
    story.suspect = story.suspect or unsure_moment(heard)
    if heard.moment.moment and not slots.offers and not slots.chosen:
        slots.moment = slots.moment.merged(heard.moment.moment)


def _takes_first(story: Story, heard: Heard) -> bool:
    """A yes to "shall I look for the first free time?", which is the third way the time is asked for."""
    return story.misses["when"] >= 2 and heard.leans_to_yes and not story.slots.question


def _choose_again(story: Story, heard: Heard) -> None:
    left = choose(heard, story.slots.offers)
    if len(left) == 1:
        story.slots.chosen = left[0]


def _wish_anew(story: Story, wanted: Moment, shown: tuple[Offer, ...] = ()) -> None:
    """Search again. A time without a day, after offers that are all on one day, is meant for that day."""
    moment = on_their_day(story.slots.moment.merged(wanted), () if wanted.names_day else shown)
    story.slots.forget_offers()
    story.slots.moment = moment


def _answer_offers(story: Story, heard: Heard) -> None:
    slots = story.slots
    wanted = heard.moment.moment
    shifted = _shifted(story, heard)
    if shifted:
        _wish_anew(story, shifted, slots.offers)
        return
    if heard.unsure_choice and not heard.choice and not wanted:
        story.doubts.add("when")
        return
    left = choose(heard, slots.offers)
    if len(left) == 1:
        slots.chosen = left[0]
    elif len(left) > 1:
        slots.offers = left[:1] if heard.answer is Answer.YES and not wanted else left  # a yes to several: this one?
    elif wanted:
        _wish_anew(story, wanted, slots.offers)
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
