"""Whether anybody is there to be talked to: silent callers, recordings, and strangers for whom nobody vouches.

A caller who falls silent is asked whether they are there, and said goodbye to in the end; a stranger sooner. Who has
the floor, and how a call ends, is decided elsewhere.
"""

from typing import Protocol

from media_service.conversation.common import Common
from media_service.conversation.recordings import is_recording
from media_service.conversation.timers import Timer

# A recording that has not shown itself by then is answered as a person is.
_TURNS_OF_A_RECORDING = 2


class Call(Protocol):
    """What becomes of the call."""

    @property
    def turn(self) -> int:
        """How many turns the caller has finished."""

    def say_goodbye(self, line: str, outcome: str) -> None:
        """Say the last line and end the call."""


class Presence:
    """One per call."""

    def __init__(self, call: Call, common: Common, stranger: bool) -> None:
        self._call = call
        self._common = common
        self._stranger = stranger
        self._asked = 0

    def vouched_for(self) -> None:
        """The number that calls is a customer's."""
        self._stranger = False

    def caller_said(self) -> None:
        self._asked = 0

    def watch(self, quiet: bool, cutting_in: bool) -> None:
        """Told after every event: `quiet` when it is the caller's turn and nobody speaks, `cutting_in` while they talk
        over what was being said."""
        timers, limits, now = self._common.timers, self._common.limits, self._common.now
        patience = limits.stranger_silence if self._unknown_yet else limits.caller_silence
        timers.keep(Timer.SILENCE, quiet, now + patience)
        timers.keep(Timer.RUN_ON, cutting_in and self._unknown_yet, now + limits.run_on)

    def nobody_speaks(self) -> None:
        lines = self._common.speaking.lines
        if self._asked < (1 if self._unknown_yet else len(lines.still_there)):
            self._asked += 1
            self._common.speaking.line(lines.still_there[self._asked - 1])
        else:
            self._call.say_goodbye(lines.goodbye, "answered" if self._call.turn else "abandoned")

    def is_recording(self, words: str, cut_in: bool) -> bool:
        """Whether the call begins with what only a machine says, so that no model is asked to answer it."""
        return self._call.turn <= _TURNS_OF_A_RECORDING and is_recording(words, cut_in)

    def end_recording(self) -> None:
        self._call.say_goodbye(self._common.speaking.lines.goodbye, "spam")

    @property
    def _unknown_yet(self) -> bool:
        """Whether nobody vouches for the caller, who has not finished a sentence yet."""
        return self._stranger and self._call.turn == 0
