"""The rules of reminder calls: whom to call now, what becomes of an attempt, and when it is tried again.

    an attempt is   and then                                        it is
    -------------   ---------------------------------------------   -------
    dialing         the carrier took it (an answer or a callback)   placed
    dialing         the carrier refused it                          ended
    dialing         nobody knows whether the carrier took it        unknown
    unknown         a callback or the carrier's list shows it       placed
    unknown         the carrier's list does not show it             ended
    placed          its outcome is known                            ended
    ended           anything                                        ended

It is `dialing` before the carrier is asked, so that a process that dies leaves a trace; a call that is answered for an
attempt that has ended is hung up. Everything here is pure: rows, clocks and carriers are elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Literal
from zoneinfo import ZoneInfo

from shared.domain.calling_hours import texts_window, window
from shared.domain.zones import zones_of

State = Literal["dialing", "placed", "ended", "unknown"]
Outcome = Literal[
    "confirmed", "rescheduled", "cancelled", "voicemail", "wrong_number", "opted_out", "no_answer", "failed", "skipped"
]
AnsweredBy = Literal["human", "machine", "fax", "unknown"]
Event = Enum("Event", "TAKEN REFUSED UNCLEAR SEEN MISSING SETTLED")

_NEXT: Mapping[tuple[State, Event], State] = {
    ("dialing", Event.TAKEN): "placed",
    ("dialing", Event.SEEN): "placed",
    ("dialing", Event.REFUSED): "ended",
    ("dialing", Event.UNCLEAR): "unknown",
    ("dialing", Event.MISSING): "ended",
    ("dialing", Event.SETTLED): "ended",
    ("unknown", Event.TAKEN): "placed",
    ("unknown", Event.SEEN): "placed",
    ("unknown", Event.REFUSED): "ended",
    ("unknown", Event.MISSING): "ended",
    ("unknown", Event.SETTLED): "ended",
    ("placed", Event.MISSING): "ended",
    ("placed", Event.SETTLED): "ended",
}


def after(state: State, event: Event) -> State:
    """The next state of an attempt; what the table does not name changes nothing."""
    return _NEXT.get((state, event), state)


# Called about no later than this before it begins: then they are on their way.
LAST_CALL = timedelta(hours=2)
# Appointments of one number that begin within this time are named in one call.
TOGETHER = timedelta(hours=36)
# Carriers take more for nuisance; without consent the law allows three to a landline in thirty days.
MOST_A_DAY, MOST_IN_A_MONTH = 2, 3
MONTH = timedelta(days=30)
_RETRY: Mapping[Outcome, timedelta] = {"no_answer": timedelta(hours=2), "failed": timedelta(hours=2)}
_BUSY_RETRY = timedelta(minutes=30)
_MOST_SPOKEN: frozenset[Outcome] = frozenset({"confirmed", "rescheduled", "cancelled", "voicemail"})


def tried_again_after(outcome: Outcome, status: str | None = None) -> timedelta | None:
    """How long to wait before the next attempt; None when there is to be none."""
    return _BUSY_RETRY if status == "busy" else _RETRY.get(outcome)


def outcome_of(status: str, answered_by: str | None) -> Outcome | None:
    """What the carrier's last word says of a call; None where only the conversation can say it."""
    match status:
        case "busy" | "no-answer" | "canceled":
            return "no_answer"
        case "failed":
            return "failed"
        case "completed" if answered_by == "fax":
            return "wrong_number"
    return None


_OF_CALL: Mapping[str, Outcome] = {
    "confirmed": "confirmed",
    "moved": "rescheduled",
    "cancelled": "cancelled",
    "voicemail": "voicemail",
    "wrong_number": "wrong_number",
    "opted_out": "opted_out",
    "failed": "failed",
}


def outcome_of_call(outcome: str) -> tuple[Outcome, bool]:
    """What a conversation that ended so means for its attempt, and whether the number is to be tried again by itself:
    not when somebody was there and talked with us, whatever they said."""
    return _OF_CALL.get(outcome, "no_answer"), outcome in ("abandoned", "failed")


def call_outcome(outcome: Outcome) -> str:
    """What an attempt came to, in the words for calls."""
    return {"rescheduled": "moved", "skipped": "abandoned"}.get(outcome, outcome)


def heard_as(answered_by: str) -> AnsweredBy:
    """The carrier's verdict in the words of the ledger: machine_end_beep and its like are machines."""
    if answered_by.startswith("machine"):
        return "machine"
    return answered_by if answered_by in ("human", "fax") else "unknown"  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder that is due, beside its appointment as it is now. `planned` is when that began when it was made."""

    id: int
    planned: datetime
    due_at: datetime
    attempts: int
    appointment_id: int
    status: str
    starts_at: datetime
    zip: str | None
    zone: str

    @property
    def stands(self) -> bool:
        """Whether there is still something to remind of."""
        return self.status == "booked" and self.starts_at == self.planned


@dataclass(frozen=True, slots=True)
class Earlier:
    """An attempt at the same number within the last month."""

    dialed_at: datetime
    local_day: date
    state: State
    outcome: Outcome | None
    reached_carrier: bool


@dataclass(frozen=True, slots=True)
class Number:
    """What is known of a number at the moment of dialling, all its reminders that are not settled included."""

    phone: str
    consent: int | None
    opted_out: bool
    earlier: Sequence[Earlier]
    reminders: Sequence[Reminder]


@dataclass(frozen=True, slots=True)
class Dial:
    """Call now, about these; all times of the ledger are those of `zone`."""

    reminders: tuple[int, ...]
    zone: str
    local_day: date
    number: int
    window_ends_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a number's reminders: some are over, the others are called about now or wait until later. Of
    those over, `uncalled` still stand, and nobody is to be called about them any more."""

    over: tuple[int, ...] = ()
    uncalled: tuple[int, ...] = ()
    dial: Dial | None = None
    later: tuple[int, ...] = ()
    until: datetime | None = None


def judge(number: Number, now: datetime) -> Verdict:
    """Whether to call this number at this moment; everything that could forbid it is looked at again. Who is written to
    instead is not woken by that either; what begins before then goes without."""
    verdict = _judged(number, now)
    decent = texts_window(now, _where(number)[0]) if verdict.uncalled else None
    if decent is None or decent.start <= now:
        return verdict
    starts = {each.id: each.starts_at for each in number.reminders}
    waiting = tuple(each for each in verdict.uncalled if decent.start < starts[each])
    over = tuple(each for each in verdict.over if each not in waiting)
    return replace(verdict, over=over, uncalled=(), later=verdict.later + waiting, until=decent.start)


def _judged(number: Number, now: datetime) -> Verdict:
    open_ones = tuple(each.id for each in number.reminders if each.stands and now < each.starts_at - LAST_CALL)
    over = tuple(each.id for each in number.reminders if each.id not in open_ones)
    if not open_ones:
        return Verdict(over=over)
    if number.consent is None or number.opted_out:
        return Verdict(over=over + open_ones, uncalled=open_ones)
    if any(each.state != "ended" for each in number.earlier):
        return Verdict(over=over, later=open_ones, until=now + _BUSY_RETRY)
    reached = [each for each in number.earlier if each.reached_carrier]
    if len(reached) >= MOST_IN_A_MONTH:
        return Verdict(over=over + open_ones, uncalled=open_ones)
    zones, zone = _where(number)
    allowed = window(now, zones)
    if allowed is None:
        return Verdict(over=over + open_ones, uncalled=open_ones)
    local_day = now.astimezone(ZoneInfo(zone)).date()
    today = [each for each in number.earlier if each.local_day == local_day]
    enough = len([each for each in today if each.reached_carrier]) >= MOST_A_DAY
    if enough or any(each.outcome in _MOST_SPOKEN for each in today):
        tomorrow = window(allowed.end + timedelta(minutes=1), zones)
        return _wait(number, open_ones, over, tomorrow.start if tomorrow else now + MONTH)
    if now < allowed.start:
        return _wait(number, open_ones, over, allowed.start)
    return Verdict(over=over, dial=Dial(open_ones, zone, local_day, len(today) + 1, allowed.end))


def _wait(number: Number, waiting: tuple[int, ...], over: tuple[int, ...], until: datetime) -> Verdict:
    """Those that would then be too late are over at once."""
    starts = {each.id: each.starts_at for each in number.reminders}
    later = tuple(each for each in waiting if until < starts[each] - LAST_CALL)
    late = tuple(each for each in waiting if each not in later)
    return Verdict(over=over + late, uncalled=late, later=later, until=until if later else None)


def _where(number: Number) -> tuple[tuple[str, ...], str]:
    """All zones that must allow a call to the number, and the one that the ledger's times are of: what is on file of
    each customer counts beside where ZIP code or area say that they may be."""
    likely = [zones_of(each.zip, number.phone) for each in number.reminders]
    on_file = [each.zone for each in number.reminders]
    first = likely[0]
    zone = first[0] if len(first) == 1 else on_file[0]
    return tuple(dict.fromkeys([*(zone for zones in likely for zone in zones), *on_file])), zone
