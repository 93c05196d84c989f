"""What a call of the lab is made of before it is placed. It refuses to know how any of it is carried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from infra.local.caller.ears import Ears
from infra.local.caller.script import Script
from infra.local.twilio.webhook import Webhooks

ENDED = ("completed", "busy", "failed", "no-answer", "canceled")
"""The statuses that a call does not leave any more."""


@dataclass(frozen=True)
class Exchange:
    """What every call of an account shares. `speed` above 1 runs calls faster than real time; without `ears` callers
    hear Sophie's sounds, not her words."""

    account_sid: str
    session: aiohttp.ClientSession
    webhooks: Webhooks
    speed: float = 1.0
    ears: Ears | None = None


@dataclass(frozen=True)
class Source:
    """Where the next document comes from: an address of the product (asked with `extra`), or the TwiML itself."""

    url: str = ""
    method: str = "POST"
    twiml: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Callbacks:
    """Where the product wants to hear of which of initiated, ringing, answered and completed."""

    url: str | None = None
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True)
class Phone:
    """The person's end of the line; `answers` (outbound) is human, no-answer, busy or failed."""

    answers: str = "human"
    rings: float = 1.0
    script: Script = field(default_factory=Script)


@dataclass(frozen=True)
class Plan:
    """How a call is set up. `parameters` are added to (and win over) those of every webhook."""

    direction: str
    from_number: str
    to_number: str
    source: Source
    fallback: Source | None
    callbacks: Callbacks
    phone: Phone
    timeout: int = 60
    parameters: Mapping[str, str] = field(default_factory=dict)
