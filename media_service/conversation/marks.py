"""Marks and sound that come late or never: speech goes on without them, and so does the call.

What a mark tells is playback's; here is only how long one is waited for, and how long the voice.
"""

from media_service.conversation.common import Common
from media_service.conversation.playback import SEND_AHEAD_MS
from media_service.conversation.timers import Timer

# So long after the last of what was sent must have been played, its marks are lost: the rest goes out without them.
LATE_MARK_SECONDS = 1.0


class Marks:
    """One per call."""

    def __init__(self, common: Common) -> None:
        self._common = common
        self._playback = common.speaking.playback
        self._awaited: tuple[int, int | None] = (0, None)

    def returned(self, name: str) -> None:
        if self._playback.returned(name, self._common.now):
            self._common.timers.drop(Timer.LATE_MARK, Timer.VOICE)

    def watch(self) -> None:
        """Told after every event: what is held back is sent some time after a mark was due, and speech that was all
        made is over some time after it must have been played."""
        playback, timers, now = self._playback, self._common.timers, self._common.now
        owed = playback.owed
        if (playback.epoch, owed) != self._awaited or not playback.talking:
            self._awaited = playback.epoch, owed
            timers.drop(Timer.LATE_MARK, Timer.VOICE, Timer.MARKS)
        if not playback.talking:
            return
        timers.keep(Timer.LATE_MARK, playback.holds_back, now + SEND_AHEAD_MS / 1000 + LATE_MARK_SECONDS)
        if owed is not None:
            timers.keep(Timer.VOICE, True, now + self._common.limits.lost_voice)
        elif not timers.running(Timer.MARKS):
            timers.set(Timer.MARKS, now + playback.unheard_ms / 1000 + self._common.limits.lost_marks)
