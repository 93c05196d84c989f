"""The moments at which a conversation wants to be woken, by name. One number, the earliest, leaves the machine."""

from enum import IntEnum

# An IntEnum is hashed in C, a plain one in Python: timers are looked up several times an event.
Timer = IntEnum(
    "Timer",
    "FILLER HEDGE FALLBACK GIVE_UP SILENCE LOST_TURN SOUND INCOMPLETE LATE_MARK MARKS VOICE KEYS CLOSING WARNING CALL "
    "HELLO RUN_ON",
)


class Timers:
    """Times in the seconds of the machine's `now`."""

    def __init__(self) -> None:
        self._at: dict[Timer, float] = {}

    @property
    def next(self) -> float | None:
        return min(self._at.values(), default=None)

    def set(self, timer: Timer, at: float) -> None:
        self._at[timer] = at

    def running(self, timer: Timer) -> bool:
        return timer in self._at

    def keep(self, timer: Timer, wanted: bool, at: float) -> None:
        """Let it run while it is wanted: one that runs already keeps its moment."""
        if not wanted:
            self._at.pop(timer, None)
        elif timer not in self._at:
            self._at[timer] = at

    def drop(self, *timers: Timer) -> None:
        for timer in timers:
            self._at.pop(timer, None)

    def clear(self) -> None:
        self._at.clear()

    def pop_due(self, now: float) -> Timer | None:
        """The earliest of the timers whose moment has come; it runs no more. What it leads to may end the others."""
        timer = min(self._at, key=lambda each: self._at[each], default=None)
        if timer is None or self._at[timer] > now:
            return None
        del self._at[timer]
        return timer
