"""The end of a call: its last line is heard to the end and then the line is closed, or the call goes on elsewhere.

Tools at work are waited for, within bounds: what they have changed is still told, or is part of what is kept. Who wants
the call to end, and why, is not known here.
"""

from media_service.conversation import commands as do
from media_service.conversation.common import Common
from media_service.conversation.outcome import Ending
from media_service.conversation.timers import Timer


class Closing:
    """One per call. `line_gone` says whether the carrier has let go of the line."""

    def __init__(self, common: Common) -> None:
        self._common = common
        self._ending: Ending | None = None
        self._leaves = False
        self._waited_for_tools = False
        self._closed = False
        self._over = False
        self.line_gone = False

    @property
    def begun(self) -> bool:
        """Whether the last line is being heard, or was, or none will be."""
        return self._ending is not None or self._leaves

    @property
    def line_closed(self) -> bool:
        """Whether nothing can be heard any more."""
        return self._closed or self.line_gone or self._leaves

    @property
    def last_line(self) -> bool:
        """Whether a last line is being heard, or was."""
        return self._ending is not None

    @property
    def closed_by_us(self) -> bool:
        return self._closed

    @property
    def over(self) -> bool:
        """Whether nothing will be asked for any more."""
        return self._over

    def after_this(self, ending: Ending) -> None:
        """What is being said is the last line."""
        self._ending = ending

    def leave(self) -> None:
        """Nothing more is said: the call goes on elsewhere."""
        self._leaves = True

    def waited(self) -> None:
        """Tools have had their time."""
        self._waited_for_tools = True

    def settle(self, tools_run: bool) -> None:
        """Told after every event once it has begun: close the line as soon as what must be heard was."""
        speaking = self._common.speaking
        if self._closed or self.line_gone:
            return
        if not self._leaves and (speaking.talking or speaking.paused):
            return
        if tools_run and not self._waited_for_tools:
            self._common.timers.keep(Timer.CLOSING, True, self._common.now + self._common.limits.closing)
            return
        self._closed = True
        self._common.out.append(do.MoveCall() if self._ending is None else do.EndCall(self._ending))
        self._common.timers.clear()

    def end(self) -> None:
        """The line is gone and the last answer is in: what was done is part of the outcome."""
        self._over = True
        handed_over = self._closed and self._ending == "transfer"
        self._common.out.append(do.CallOver(self._common.outcome.final(), handed_over))
