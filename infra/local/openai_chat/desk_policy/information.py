"""Answers to questions about the workshop, out of the prompt alone."""

from __future__ import annotations

from infra.local.openai_chat.desk_policy.phrases import Wish
from infra.local.openai_chat.desk_policy.services import Service
from infra.local.openai_chat.desk_policy.story import Story


def inform(wish: Wish, story: Story) -> str:
    """The answer to one question, or an honest "I don't know"."""
    briefing = story.briefing
    if wish is Wish.HOURS:
        return f"We're open {briefing.hours}." if briefing.hours else "I don't have the hours to hand."
    if wish is Wish.ADDRESS:
        return f"We're at {briefing.address}." if briefing.address else "I don't have the address to hand."
    if wish is Wish.SERVICES:
        return f"We do {', '.join(service.name for service in briefing.services[:6])}, among others."
    if wish is Wish.ROBOT:
        return "I'm an automated assistant."
    return _about_service(wish, _meant(story))


def _meant(story: Story) -> Service | None:
    heard = story.heard.service.code if story.heard else None
    return story.services.get(heard or story.service or "")


def _about_service(wish: Wish, service: Service | None) -> str:
    if service is None:
        return "That depends on what the car needs."
    told = service.price if wish is Wish.PRICE else service.duration
    if not told:
        return f"I don't have that for {service.name}."
    if wish is Wish.DURATION:
        return f"The {service.name} takes {told}."
    return f"The {service.name} is {told}."
