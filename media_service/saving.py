"""Keeps what a second stream would need of one call in Redis, off the call's path. A call goes on without it.

At most one save is under way; whatever changes meanwhile is in the next one, which is made of the newest state at its
beginning. What a state holds is not known here.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from media_service.threads import Threads
from shared.log import call_sid
from shared.sessions.sessions import Sessions
from shared.sessions.state import SessionState

Result = TypeVar("Result")


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
        self._unsaved = False
        self._outcome: str | None = None
        self._wanted = asyncio.Event()

    def changed(self) -> None:
        """There is something new to be kept."""
        self._unsaved = True
        self._wanted.set()

    def ended(self, outcome: str) -> None:
        """Nothing will change any more; when all is saved, the outcome last, `save_all` comes to an end."""
        self._outcome = outcome
        self._wanted.set()

    async def save_all(self) -> bool:
        """Save what there is and what comes, to the call's end; False as soon as another stream holds the call."""
        held = True
        while held and (self._unsaved or self._outcome is None):
            await self._wanted.wait()
            self._wanted.clear()
            if self._unsaved:
                held = await self.save()
        if held and self._outcome is not None:
            await self._in_thread(partial(self._sessions.conclude, self._sid, self._epoch, self._outcome))
        return held

    async def save(self) -> bool:
        """Save the newest state; False when another stream holds the call."""
        self._unsaved = False
        self._revision += 1
        return await self._in_thread(partial(self._sessions.save, self._sid, self._epoch, self._revision, self._now()))

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        def traced() -> Result:
            told = call_sid.set(self._sid)
            try:
                return work()
            finally:
                call_sid.reset(told)

        return await asyncio.get_running_loop().run_in_executor(self._threads.saves, traced)
