"""What a scenario is made of once its file has been read. It refuses to know files and how anything is played."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

VIEWS = (
    "customers", "vehicles", "service_history", "appointments", "callbacks", "consents", "opt_outs", "reminders",
    "staff_events",
)  # fmt: skip
"""What must stay as it is unless the scenario names it."""

DESKS = ("accepts", "declines", "voicemail", "no-answer", "busy", "failed")
SERVERS = ("postgres", "redis")
WEBHOOKS = "webhooks"
EMULATORS = ("twilio", "deepgram", "openai_chat", "vpic", "google")
LONGEST_SILENCE = 5.0

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Caller:
    """One who calls: the script as the carrier takes it, and when; `after_line` 0 is at once."""

    number: str
    script: Mapping[str, Any]
    network: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    after_line: int = 0


@dataclass(frozen=True)
class DeskCommand:
    """Words after `infra/desk`, what they must answer (patterns), and the code they must end with."""

    words: str
    told: tuple[str, ...] = ()
    ends: int = 0
    after_line: int = 0


@dataclass(frozen=True)
class TextMessage:
    """One who texts, and what they must be answered; no patterns: nothing."""

    number: str
    body: str
    answered: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reminders:
    """The dialler runs once, as the cloud's scheduler has it, and places so many calls."""

    calls: int


@dataclass(frozen=True)
class ClockSet:
    """The workshop's clock is moved."""

    to: datetime


Step = Caller | DeskCommand | TextMessage | Reminders | ClockSet


@dataclass(frozen=True)
class Trouble:
    """What goes wrong where, from the first caller's so-many-th utterance on, 0 is before the call, and until another:
    None is until the calls are over."""

    of: str
    fault: Mapping[str, Any]
    after_line: int = 0
    until_line: int | None = None


@dataclass(frozen=True)
class Expected:
    """What must be so when all is over."""

    rows: Mapping[str, Sequence[Row]]
    gone: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    outcomes: tuple[str | None, ...] = ()
    spoken: tuple[str, ...] = ()
    never_spoken: tuple[str, ...] = ()
    whispered: tuple[str, ...] = ()
    texted: tuple[str, ...] = ()
    never_texted: tuple[str, ...] = ()
    dialled: str | None = None
    silence: float = LONGEST_SILENCE


@dataclass(frozen=True)
class Scenario:
    """`steps` come one after the other; `others`, `troubles` and `meanwhile` go by the lines of the first call."""

    name: str
    title: str
    proves: tuple[str, ...]
    clock: datetime
    situation: Mapping[str, Sequence[Row]]
    steps: tuple[Step, ...]
    expected: Expected
    others: tuple[Caller, ...] = ()
    meanwhile: tuple[DeskCommand, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    phones: tuple[Mapping[str, Any], ...] = ()
    desk: str = DESKS[0]
    brain: Mapping[str, Any] = field(default_factory=lambda: {"name": "offline-desk"})
