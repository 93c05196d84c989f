"""What a call of the lab is made of before it is placed. It refuses to know how any of it is carried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from infra.local.caller.ears import Ears
from infra.local.caller.script import Script
from infra.local.twilio.amd import Detection
from infra.local.twilio.callbacks import Callbacks, Delivery
from infra.local.twilio.leg import Leg
from infra.local.twilio.network import GOOD, Network
from infra.local.twilio.webhook import Webhooks

ANSWERS = ("human", "machine", "fax", "screening", "no-answer", "busy", "failed")
"""What may happen at a phone that is rung; the first four take the call."""

TAKES_THE_CALL = ANSWERS[:4]


@dataclass(frozen=True)
class Source:
    """Where the next document comes from: an address of the product (asked with `extra`), or the TwiML itself."""

    url: str = ""
    method: str = "POST"
    twiml: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Phone:
    """The person's end of the line.

    `opening` is what is heard there first: a person's hello, a machine's greeting, a screening's question; None is
    what such a one usually says. `answered_by` overrules what the detection would find. `talks` is how long one who
    was dialled by the product stays. `refused` is the number of the error that calling it is answered with, and
    `undelivered` that of a text message to it.
    """

    answers: str = "human"
    rings: float = 1.0
    script: Script = field(default_factory=Script)
    opening: str | None = None
    beeps: bool = True
    answered_by: str | None = None
    talks: float = 3.0
    network: Network = GOOD
    refused: int | None = None
    undelivered: int | None = None

    def ringing(self, patience: float) -> tuple[float, str | None]:
        """How many seconds it rings for one who waits so long, and how that ends; None when the call is taken."""
        if self.answers == "no-answer" or self.rings > patience:
            return patience, "no-answer"
        return self.rings, None if self.answers in TAKES_THE_CALL else self.answers


@dataclass
class Exchange:
    """What every call of an account shares. `speed` above 1 runs calls faster than real time; without `ears` callers
    hear Sophie's sounds, not her words."""

    account_sid: str
    session: aiohttp.ClientSession
    webhooks: Webhooks
    speed: float = 1.0
    ears: Ears | None = None
    delivery: Delivery = field(default_factory=Delivery)
    numbers: set[str] = field(default_factory=set)
    phones: dict[str, Phone] = field(default_factory=dict)
    legs: dict[str, Leg] = field(default_factory=dict)
    recordings: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """How a call is set up. `wait` is how long it stays in the queue; `time_limit` ends it after so many seconds."""

    leg: Leg
    source: Source
    fallback: Source | None
    callbacks: Callbacks
    phone: Phone
    timeout: int = 60
    time_limit: int | None = None
    wait: float = 0.0
    detection: Detection | None = None
    send_digits: str = ""
