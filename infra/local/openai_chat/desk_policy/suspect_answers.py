"""The caller's word on what was heard unsurely: a yes makes it known, anything else leaves it unknown."""

from __future__ import annotations

from infra.local.openai_chat.desk_policy.asks import Ask
from infra.local.openai_chat.desk_policy.choosing import on_their_day
from infra.local.openai_chat.desk_policy.heard import Heard
from infra.local.openai_chat.desk_policy.story import Story
from infra.local.openai_chat.desk_policy.suspects import Suspect


def plain_ask(suspect: Suspect) -> Ask:
    """The plain question that the suspicion stands for, so that an answer in other words is read as one to that."""
    if suspect.fact == "name":
        if suspect.first and suspect.last:
            return Ask.NAME
        return Ask.LAST_NAME if suspect.last else Ask.FIRST_NAME
    return Ask.CAR if suspect.fact == "car" else Ask.WHEN


def settle_suspect(story: Story, suspect: Suspect, heard: Heard) -> None:
    """Take what was suspected if the caller agrees and says nothing else about it."""
    agreed = heard.leans_to_yes and not heard.unsure_choice and not _about_something_else(suspect, heard)
    if suspect.fact == "name" and not heard.name and not heard.name.doubts:
        if agreed:
            story.first, story.last = suspect.first or story.first, suspect.last or story.last
        story.spell_due = not agreed
    elif suspect.fact == "car" and agreed and not heard.car.car and not heard.car.unsure:
        story.car = story.car.merged(suspect.car)
        story.other_car = False
    elif suspect.fact == "when" and agreed and not heard.moment.moment and not heard.moment.unsure:
        _take_moment(story, suspect)
    elif suspect.fact == "when" and suspect.moment.names_day and not story.slots.offers:
        story.day_lost = not story.slots.moment.names_day


def _about_something_else(suspect: Suspect, heard: Heard) -> bool:
    """A caller who names another thing has not answered, whatever word of it sounds like a yes."""
    car = bool(heard.car.car or heard.car.unsure)
    moment = bool(heard.moment.moment or heard.moment.unsure)
    name = bool(heard.name or heard.name.doubts)
    others = {"name": car or moment, "car": name or moment, "when": name or car}
    return others[suspect.fact]


def _take_moment(story: Story, suspect: Suspect) -> None:
    slots = story.slots
    fitting = [offer for offer in slots.offers if suspect.moment.fits(offer.moment)]
    if len(fitting) == 1:
        slots.chosen = fitting[0]
        return
    moment = slots.moment.merged(suspect.moment)
    shown = slots.offers
    slots.forget_offers()
    slots.moment = moment if suspect.moment.names_day else on_their_day(moment, shown)
