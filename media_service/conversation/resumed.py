"""What a conversation begins with that goes on where another stream of the same call broke off.

The caller hears what happened instead of a greeting; the model is told so, and what was said before. Where the state
was kept is not known here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from media_service.conversation.commands import Message
from shared.domain.wording.wording import Language


@dataclass(frozen=True, slots=True)
class SoFar:
    """What a conversation that goes on elsewhere must know of this one."""

    turn: int = 0
    dialogue: Sequence[Message] = ()
    read_backs: Mapping[str, str] = field(default_factory=dict)
    outcome: str | None = None
    language: Language = "en"


@dataclass(frozen=True, slots=True)
class Resumed:
    """`opening` is what the caller hears first, `note` what the model is told. `owed`: the model speaks next, after the
    opening; else it is the caller's turn."""

    so_far: SoFar
    opening: str
    note: str
    owed: bool
