"""What a step of the policy can come to: words with a question, or tools to call; and the way out of trouble."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from infra.local.openai_chat.desk_policy import wording
from infra.local.openai_chat.desk_policy.asks import Ask
from infra.local.openai_chat.desk_policy.story import Story


@dataclass(frozen=True)
class Move:
    """The next step: words with the question they put, or tools to call."""

    text: str | None = None
    ask: Ask | None = None
    calls: tuple[tuple[str, dict[str, Any]], ...] = field(default=())


def call(name: str, **arguments: Any) -> Move:
    """One tool."""
    return Move(calls=((name, arguments),))


def ask(story: Story, about: Ask) -> Move:
    """A plain question."""
    return Move(wording.question(about, story.turns), about)


def offer_person(story: Story) -> Move:
    """A person at the desk, or a message for them when nobody is there."""
    nobody = story.desk_closed is not None or story.briefing.closed_now or story.person_declined
    return ask(story, Ask.LEAVE_MESSAGE if nobody else Ask.PERSON)


def give_up(story: Story, why: str) -> Move:
    """Say what does not work, and offer what does."""
    offer = offer_person(story)
    return Move(f"{why} {offer.text}", offer.ask)
