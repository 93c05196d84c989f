"""What the conversation wants done. The shell carries these out and decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from media_service.conversation.endpointing import Patience
from media_service.conversation.events import ToolCall
from media_service.conversation.outcome import Ending
from shared.domain.wording.wording import Language

Message = dict[str, Any]
Model = Literal["first", "fallback"]


@dataclass(frozen=True, slots=True)
class StartReply:
    """Ask the model. `messages` is what follows the system prompt, in the shapes of chat completions."""

    reply: int
    messages: list[Message]
    model: Model
    ahead: bool = False
    """Begun before the caller's turn is surely over."""


@dataclass(frozen=True, slots=True)
class CancelReply:
    """Nobody wants reply number `reply` any more."""

    reply: int


@dataclass(frozen=True, slots=True)
class Say:
    """Speak an utterance after all that is already being spoken. Marks of its audio are named by
    `playback.mark_name`."""

    utterance: int
    epoch: int
    text: str


@dataclass(frozen=True, slots=True)
class StopTalking:
    """Stop at once: drop what is queued, stop the voice, clear the carrier's buffer. Of what is said from now on no
    more than `playback.SEND_AHEAD_MS` goes to the carrier until a LetThrough."""


@dataclass(frozen=True, slots=True)
class LetThrough:
    """As much audio as this, counted since the last StopTalking, may go to the carrier; None for all there is."""

    ms: int | None


@dataclass(frozen=True, slots=True)
class RunTool:
    """Run a tool to its end whatever happens meanwhile.

    `answers` maps each intent whose read-back the caller has heard to what the caller has said since. `typed` are the
    digits that stand behind the keypad's placeholder in the call's arguments; it is to be written down nowhere.
    """

    call: ToolCall
    answers: Mapping[str, str]
    typed: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SetPatience:
    """How patient the recogniser is to be with the caller's next turn."""

    patience: Patience


@dataclass(frozen=True, slots=True)
class KeepTurn:
    """One exchange is over: what the caller said (None before the first words) and what of the answer was heard."""

    turn: int
    caller_said: str | None
    sophie_said: str
    barged_in: bool


@dataclass(frozen=True, slots=True)
class ChangeLanguage:
    """From now on the call is held in this language: what hears, writes, looks up and speaks does so in it."""

    language: Language


@dataclass(frozen=True, slots=True)
class TakeCallback:
    """Write down that the caller is to be called back by somebody who speaks this language; a CallbackTaken answers."""

    language: str


@dataclass(frozen=True, slots=True)
class EndCall:
    """Close the line: everything that must be heard was heard. `ending` is left for whoever answers the call next."""

    ending: Ending


@dataclass(frozen=True, slots=True)
class MoveCall:
    """Close the line so that the call goes on in another process, from what is kept of it now."""


@dataclass(frozen=True, slots=True)
class KeepOpening:
    """Of a call that we made: the person has heard who calls and why."""


@dataclass(frozen=True, slots=True)
class KeepOptOut:
    """Write down that the number is to be called no more, then tell so with an OptOutKept."""

    source: Literal["keypad", "voice"]


@dataclass(frozen=True, slots=True)
class CallOver:
    """The call has ended with this outcome; nothing more will be asked for."""

    outcome: str
    handed_over: bool


Command = (
    StartReply
    | CancelReply
    | Say
    | StopTalking
    | LetThrough
    | RunTool
    | SetPatience
    | KeepTurn
    | ChangeLanguage
    | TakeCallback
    | EndCall
    | MoveCall
    | KeepOpening
    | KeepOptOut
    | CallOver
)
