"""What is true of one leg of a call: who, where it stands, since when; as REST shows it and as webhooks tell it.

A call that the product answers or creates is a leg; each number that `<Dial>` rings is another, a child of the first.
It refuses to know what moves a leg on, and who is told.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

API_VERSION = "2010-04-01"
ENDED = ("completed", "busy", "failed", "no-answer", "canceled")
"""The statuses that a leg does not leave any more."""

_PARTIES = ("From", "To", "Caller", "Called")


def sid(prefix: str) -> str:
    return f"{prefix}{uuid.uuid4().hex}"


@dataclass
class Leg:
    """`started` is when it was dialled, so that calls which nobody answered have it too; `answered_by` is in the words
    of AnsweredBy. `parameters` are added to (and win over) those of every webhook. Samples are of the line's clock."""

    account_sid: str
    direction: str
    from_number: str
    to_number: str
    status: str
    parent_sid: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    sid: str = field(default_factory=lambda: sid("CA"))
    queued_ms: int = 0
    answered_by: str | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: datetime | None = None
    answered: datetime | None = None
    ended: datetime | None = None
    _answered_at: int = 0
    _ended_at: int = 0

    @property
    def seconds(self) -> int | None:
        """Billed seconds, once the leg has ended; 0 when nobody took the call."""
        return None if self.ended is None else math.ceil((self._ended_at - self._answered_at) / 8_000)

    def since_answer(self, sample: int) -> float:
        """Seconds of talk so far, of a leg that was answered."""
        return (sample - self._answered_at) / 8_000

    def start(self) -> None:
        """It rings: for an inbound call that is where it begins."""
        self.started = datetime.now(UTC)

    def answer(self, sample: int) -> None:
        self.answered, self._answered_at = datetime.now(UTC), sample

    def end(self, sample: int) -> None:
        self.ended, self._ended_at = datetime.now(UTC), sample
        if self.answered is None:
            self._answered_at = sample

    def form(self, extra: Mapping[str, str]) -> dict[str, str]:
        """The form of a voice webhook. Places are blank, as for most numbers: a blank value is signed too."""
        form = {
            "AccountSid": self.account_sid,
            "ApiVersion": API_VERSION,
            "CallSid": self.sid,
            "CallStatus": self.status,
            "Direction": self.direction,
            "From": self.from_number,
            "Caller": self.from_number,
            "To": self.to_number,
            "Called": self.to_number,
        }
        form |= {f"{party}{part}": "" for party in _PARTIES for part in ("City", "State", "Zip")}
        form |= {f"{party}Country": "US" for party in _PARTIES}
        if self.direction == "inbound":
            form["CallToken"] = f"lab-{self.sid}"
        if self.parent_sid is not None:
            form["ParentCallSid"] = self.parent_sid
        return {**form, **self.parameters, **extra}
