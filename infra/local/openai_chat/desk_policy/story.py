"""What is known at a point of a call: the state that a history of messages folds into."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from infra.local.openai_chat.desk_policy.asks import Ask
from infra.local.openai_chat.desk_policy.briefing import Briefing
from infra.local.openai_chat.desk_policy.choosing import Offer
from infra.local.openai_chat.desk_policy.heard import Heard
from infra.local.openai_chat.desk_policy.moments import Moment
from infra.local.openai_chat.desk_policy.phrases import Answer, Wish
from infra.local.openai_chat.desk_policy.services import Service
from infra.local.openai_chat.desk_policy.suspects import Suspect
from infra.local.openai_chat.desk_policy.vehicles import Car
from infra.local.openai_chat.desk_policy.vin_answers import DoubtedVin


class Task(StrEnum):
    """What the call is about at the moment."""

    BOOK = "book"
    CANCEL = "cancel"
    MOVE = "move"
    LIST = "list"
    MESSAGE = "message"
    UPDATE = "update"
    RECALLS = "recalls"


@dataclass
class Pending:
    """A write that was read back and waits for the caller's word."""

    tool: str
    intent: str
    spoken: str
    answer: Answer | None = None


@dataclass
class Identity:
    """Who calls, as far as the tools told."""

    looked_up: bool = False
    known: bool = False
    verified: bool = False
    locked: bool = False
    first_name: str | None = None
    confirm_with: tuple[str, ...] = ()
    vehicles: tuple[tuple[str, str], ...] = ()
    tried: set[tuple[str, str]] = field(default_factory=set)
    phone: str | None = None
    phone_tried: str | None = None
    factor: tuple[str, str] | None = None
    asks_first_name: bool = False  # what was given fits several customers of that number


@dataclass
class Slots:
    """The search for a time."""

    moment: Moment = field(default_factory=Moment)
    asked: tuple[str, Moment, str | None] | None = None
    offers: tuple[Offer, ...] = ()
    chosen: Offer | None = None
    question: str | None = None
    reason: str | None = None

    def forget_offers(self) -> None:
        """Another wish: what was offered before is off the table."""
        self.asked, self.offers, self.chosen, self.question, self.reason = None, (), None, None, None


@dataclass
class Story:
    """Everything known at one point of the call."""

    briefing: Briefing
    task: Task | None = None
    turns: int = 0
    ask: Ask | None = None
    heard: Heard | None = None
    service: str | None = None
    service_options: tuple[str, ...] = ()
    mentioned: str | None = None  # a service that was only asked about
    learnt: bool = False
    looked: bool = False  # a tool has answered since the caller spoke
    mode: str | None = None
    concern: str | None = None
    slots: Slots = field(default_factory=Slots)
    identity: Identity = field(default_factory=Identity)
    first: str | None = None
    last: str | None = None
    car: Car = field(default_factory=Car)
    year_unknown: bool = False
    vehicle: str | None = None
    other_car: bool = False
    vin: str | None = None
    vin_decoded: str | None = None
    vin_doubted: DoubtedVin | None = None
    needs_phone: bool = False
    pending: Pending | None = None
    appointments: tuple[tuple[str, str, str], ...] | None = None
    appointment: str | None = None
    appointments_told: bool = False
    cancel_reason: str | None = None
    message: str | None = None
    detail: str | None = None  # what on file is to change
    new_value: str | None = None
    misses: Counter[str] = field(default_factory=Counter)
    doubts: set[str] = field(default_factory=set)
    suspect: Suspect | None = None
    spell_due: bool = False  # a name was heard unsurely and saying it again did not help
    odd_model: str | None = None
    model_unknown: bool = False
    day_lost: bool = False
    news: list[str] = field(default_factory=list)  # what was just understood, to be said back
    errors: Counter[str] = field(default_factory=Counter)
    failed: str | None = None  # why a tool gave nothing in this turn
    failures: Counter[str] = field(default_factory=Counter)
    person_declined: bool = False
    desk_closed: str | None = None  # why nobody can be put on the line
    offer_message: bool = False
    transfer: str | None = None
    transferring: bool = False
    ending: bool = False
    done: str | None = None
    remark: str | None = None
    repeated: bool = False
    questions: tuple[Wish, ...] = ()
    calls: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)

    @property
    def services(self) -> dict[str, Service]:
        """The prompt's services by code."""
        return {service.code: service for service in self.briefing.services}

    def start(self, task: Task | None) -> None:
        """Begin another matter; who the caller is and which car they drive stays known."""
        self.task = task
        self.service, self.service_options, self.mode, self.concern = None, (), None, None
        self.slots = Slots()
        self.pending, self.appointment, self.cancel_reason, self.message = None, None, None, None
        self.detail, self.new_value = None, None
        self.appointments, self.appointments_told = None, False
        self.misses.clear()
        self.suspect = None

    def facts(self) -> tuple[object, ...]:
        """All that a caller can tell; two of these differ when something was learnt."""
        return (
            self.task,
            self.service,
            self.service_options,
            self.mode,
            self.slots.moment,
            self.slots.chosen,
            self.slots.offers,
            self.first,
            self.last,
            self.car,
            self.vehicle,
            self.other_car,
            self.vin,
            self.identity.phone,
            self.identity.factor,
            self.appointment,
            self.message,
            self.detail,
            self.new_value,
            self.year_unknown,
            self.model_unknown,
        )
