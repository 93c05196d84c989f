"""Where documents are performed: one leg with its line, and what the verbs need around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from infra.local.caller.script import Desk
from infra.local.twilio.callbacks import Courier
from infra.local.twilio.clock import LineClock
from infra.local.twilio.documents import Documents
from infra.local.twilio.leg import Leg
from infra.local.twilio.line import Line
from infra.local.twilio.network import Network
from infra.local.twilio.plan import Exchange
from infra.local.twilio.record import CallRecord


@dataclass(frozen=True)
class Scene:
    """`answer` takes the call, once; `desk` is what happens at numbers that the lab was told nothing about."""

    exchange: Exchange
    leg: Leg
    line: Line
    documents: Documents
    courier: Courier
    clock: LineClock
    record: CallRecord
    answer: Callable[[], None]
    network: Network
    desk: Desk
