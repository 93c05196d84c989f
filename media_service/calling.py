"""What a call that we made has of its own: lines, a prompt, a model with a reminder's tools, and whom it is for, as the
doors say in the stream's parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from media_service.conversation.called import Person
from media_service.conversation.lines import CalledLines
from media_service.peers.llm import LanguageModel
from shared.domain.wording.wording import wording


@dataclass(frozen=True, slots=True)
class CalledEquipment:
    """What all calls that a process made share."""

    lines: CalledLines
    static_prompt: str
    model: LanguageModel


@dataclass(frozen=True, slots=True)
class CalledFor:
    """Why a call was made: the reminder's attempt, and the names of those it is for."""

    attempt: UUID
    names: str

    @property
    def person(self) -> Person:
        return Person(wording("en").question_for(self.names))


def called_for(parameters: Mapping[str, str]) -> CalledFor | None:
    """None for a call that somebody made to us."""
    attempt, names = parameters.get("attempt"), parameters.get("person")
    return CalledFor(UUID(attempt), names) if attempt and names else None
