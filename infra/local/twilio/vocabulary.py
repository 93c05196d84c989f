"""The TwiML verbs that the lab performs, as a document says them, with addresses made absolute."""

from __future__ import annotations

from dataclasses import dataclass, field

from infra.local.twilio.amd import Detection
from infra.local.twilio.frames import Fault


@dataclass(frozen=True)
class Stream:
    url: str
    name: str
    parameters: dict[str, str]
    status_callback: str | None
    status_callback_method: str


@dataclass(frozen=True)
class Connect:
    stream: Stream | None
    action: str | None
    method: str


@dataclass(frozen=True)
class Say:
    """`loop` 0 is endless."""

    text: str
    loop: int = 1


@dataclass(frozen=True)
class Play:
    """Audio at `url`, or keypad tones."""

    url: str | None
    digits: str = ""
    loop: int = 1


@dataclass(frozen=True)
class Pause:
    seconds: int


Prompt = Say | Play | Pause
"""What may stand inside `<Gather>`."""


@dataclass(frozen=True)
class Gather:
    """Words are taken when the sentence ends (`speechTimeout` auto)."""

    prompts: tuple[Prompt, ...]
    action: str
    method: str = "POST"
    dtmf: bool = True
    speech: bool = False
    timeout: int = 5
    num_digits: int | None = None
    finish_on_key: str = "#"
    action_on_empty_result: bool = False


@dataclass(frozen=True)
class Record:
    action: str
    method: str = "POST"
    timeout: int = 5
    max_length: int = 3600
    finish_on_key: str = "1234567890*#"
    beeps: bool = True
    status_callback: str | None = None
    status_callback_method: str = "POST"


@dataclass(frozen=True)
class DialledNumber:
    """`url` gives the document that is performed for the one who answers, before the two are joined; `detection`
    listens to him meanwhile and tells its own callback."""

    number: str
    url: str | None
    method: str
    status_callback: str | None = None
    status_callback_method: str = "POST"
    status_callback_events: frozenset[str] = field(default_factory=lambda: frozenset({"completed"}))
    detection: Detection | None = None


@dataclass(frozen=True)
class Dial:
    """`time_limit` is the seconds after which the two are parted."""

    numbers: tuple[DialledNumber, ...]
    action: str | None
    method: str
    timeout: int
    caller_id: str | None
    answer_on_bridge: bool = False
    time_limit: int = 14_400


@dataclass(frozen=True)
class Redirect:
    url: str
    method: str


@dataclass(frozen=True)
class Hangup:
    pass


@dataclass(frozen=True)
class Reject:
    reason: str


Verb = Connect | Say | Play | Pause | Gather | Record | Dial | Redirect | Hangup | Reject


@dataclass(frozen=True)
class Document:
    """A document as fetched from `url` (relative addresses in it are already absolute)."""

    url: str
    text: str
    verbs: tuple[Verb, ...]
    faults: tuple[Fault, ...]
