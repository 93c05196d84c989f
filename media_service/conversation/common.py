"""What all parts of one conversation share: what was said, what is being said, the time, and what is to be done."""

from dataclasses import dataclass, field

from media_service.conversation.commands import Command
from media_service.conversation.history import History
from media_service.conversation.lines import Limits, Lines
from media_service.conversation.outcome import Outcome
from media_service.conversation.speaking import Speaking
from media_service.conversation.timers import Timers


@dataclass(slots=True)
class Common:
    """One per call. `now` is the moment of the event that is being taken in, `out` the commands that it has led to."""

    limits: Limits
    history: History
    speaking: Speaking
    out: list[Command]
    timers: Timers = field(default_factory=Timers)
    outcome: Outcome = field(default_factory=Outcome)
    now: float = 0.0


def in_common(lines: Lines, limits: Limits) -> Common:
    history, out = History(), list[Command]()
    return Common(limits, history, Speaking(lines, history, out), out)
