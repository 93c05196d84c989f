"""What the conversation is told: edges of speech, words, answers of the model and the tools, the carrier's marks.

Frozen values without behaviour. Audio never becomes an event; times are not part of an event, they stand beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word and the recogniser's confidence in it, 0 to 1."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool the model asked for. `arguments` is JSON text exactly as the model wrote it."""

    id: str
    name: str
    arguments: str


# The carrier


@dataclass(frozen=True, slots=True)
class StreamStarted:
    """The line is open: what is said now is heard."""


@dataclass(frozen=True, slots=True)
class MarkReturned:
    """The carrier sent a mark back: all audio before it was played, or was cleared."""

    name: str


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key of the telephone: 0-9, * or #."""

    digit: str


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """The line is gone. `abnormal` when the socket broke without the carrier's `stop`."""

    abnormal: bool = False


@dataclass(frozen=True, slots=True)
class CallerOnFile:
    """The number that calls is a customer's."""


@dataclass(frozen=True, slots=True)
class DrainRequested:
    """This process must end within seconds: leave the call to another one where it can go on `elsewhere`, else finish
    politely."""

    elsewhere: bool = False


# The recogniser


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The caller began to speak; `transcript` is what was understood so far, perhaps nothing."""

    transcript: str


@dataclass(frozen=True, slots=True)
class Interim:
    """What the caller's unfinished turn sounds like so far."""

    transcript: str


@dataclass(frozen=True, slots=True)
class EagerEndOfTurn:
    """The turn may be over. A TurnEnded with the same words follows, or a TurnResumed first."""

    transcript: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnResumed:
    """The turn was not over after all."""


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The caller's turn is over. `words` may be empty: a sound that held no words. `languages` are those that a
    recogniser of several heard in it, the strongest first."""

    transcript: str
    words: tuple[Word, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecogniserLost:
    """Nobody listens any more and reconnecting failed."""


# The model


@dataclass(frozen=True, slots=True)
class ReplyText:
    """A piece of reply number `reply`, as it streams in."""

    reply: int
    text: str


@dataclass(frozen=True, slots=True)
class ReplyDone:
    """Reply number `reply` is complete; the tools it asks for, in order."""

    reply: int
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyFailed:
    """Reply number `reply` will not come, or not to its end."""

    reply: int


# The tools


@dataclass(frozen=True, slots=True)
class ToolDone:
    """A tool has answered.

    `content` is what the model sees. `spoken` is said to the caller word for word. `intent` names the write that
    `spoken` reads back. `changed`: a row was committed. `listed`: the answer says what is booked, so that the model
    may say so. `ending`: what becomes of the call after `spoken`.
    """

    call_id: str
    content: Mapping[str, Any]
    spoken: str | None = None
    intent: str | None = None
    changed: bool = False
    listed: bool = False
    ending: Literal["goodbye", "transfer"] | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class ToolLate:
    """A tool has passed its deadline and goes on: `content` is what the model sees until its ToolDone comes."""

    call_id: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OptOutKept:
    """Whether it was written down that the number is to be called no more."""

    kept: bool


@dataclass(frozen=True, slots=True)
class CallbackTaken:
    """What became of a TakeCallback."""

    taken: bool


# The voice


@dataclass(frozen=True, slots=True)
class SpeechFinished:
    """The voice has made all audio of an utterance: it is `ms` long, and nothing is to be heard in its `pauses`, which
    are given by their beginning and end in milliseconds."""

    utterance: int
    ms: int
    pauses: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SpeechFailed:
    """No voice could say the utterance, or the rest of it."""

    utterance: int


Event = (
    StreamStarted
    | MarkReturned
    | KeyPressed
    | StreamEnded
    | DrainRequested
    | CallerOnFile
    | SpeechStarted
    | Interim
    | EagerEndOfTurn
    | TurnResumed
    | TurnEnded
    | RecogniserLost
    | ReplyText
    | ReplyDone
    | ReplyFailed
    | ToolDone
    | ToolLate
    | CallbackTaken
    | OptOutKept
    | SpeechFinished
    | SpeechFailed
)
