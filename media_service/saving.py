"""Keeps what a second stream would need of one call in Redis, off the call's path. A call goes on without it.

At most one save is under way; whatever changes meanwhile is in the next one, which is made of the newest state at its
beginning. What a state holds is not known here.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from media_service.threads import Threads
from shared.log import call_sid
from shared.sessions.sessions import Sessions
from shared.sessions.state import SessionState


class Saving:
    """One per call. Nothing here waits but `save_all`; `now` gives the state at the moment it is asked."""

    def __init__(
        self, sessions: Sessions, threads: Threads, sid: str, epoch: int, now: Callable[[], SessionState]
    ) -> None:
        self._sessions = sessions
        self._threads = threads
        self._sid = sid
        self._epoch = epoch
        self._now = now
        self._revision = 0
        self._unsaved = self._ended = False
        self._wanted = asyncio.Event()

    def changed(self) -> None:
        """There is something new to be kept."""
        self._unsaved = True
        self._wanted.set()

    def ended(self) -> None:
        """Nothing will change any more; when all is saved `save_all` comes to an end."""
        self._ended = True
        self._wanted.set()

    async def save_all(self) -> bool:
        """Save what there is and what comes, to the call's end; False as soon as another stream holds the call."""
        held = True
        while held and (self._unsaved or not self._ended):
            await self._wanted.wait()
            self._wanted.clear()
            if self._unsaved:
                self._unsaved = False
                self._revision += 1
                save = partial(self._in_thread, self._revision, self._now())
                held = await asyncio.get_running_loop().run_in_executor(self._threads.saves, save)
        return held

    def _in_thread(self, revision: int, state: SessionState) -> bool:
        told = call_sid.set(self._sid)
        try:
            return self._sessions.save(self._sid, self._epoch, revision, state)
        finally:
            call_sid.reset(told)
