"""What is written down about one call: its row, its turns, its end. A call goes on without its record.

Rows are written one after the other, in the order in which they came to be; when the database is away the rest of them
is dropped, so that a call that is over keeps nothing waiting.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, cast

from sqlalchemy import Connection

from media_service.conversation import commands as do
from media_service.threads import Threads
from shared.errors import SophieError
from shared.log import call_sid, fields
from shared.services import Services
from shared.storage import calls

log = logging.getLogger(__name__)

Write = Callable[[Connection], None]


class Records:
    """One per call. Nothing here waits but `write_all`."""

    def __init__(self, services: Services, threads: Threads, sid: str) -> None:
        self._services = services
        self._threads = threads
        self._sid = sid
        self._waiting: deque[Write] = deque()
        self._wanted = asyncio.Event()
        self._ended = False

    def opened(self, caller: str | None) -> None:
        now = self._services.clock.now()
        self._put(lambda c: calls.open_call(c, call_sid=self._sid, direction="inbound", caller=caller, now=now))

    def turn(self, kept: do.KeepTurn, tools: list[Mapping[str, Any]], stages: Mapping[str, float]) -> None:
        self._put(
            lambda c: calls.add_turn(
                c,
                call_sid=self._sid,
                turn=kept.turn,
                caller_said=kept.caller_said,
                sophie_said=kept.sophie_said,
                tools=tools,
                latencies=stages,
                barged_in=kept.barged_in,
            )
        )

    def closed(self, outcome: str, handed_over: bool) -> None:
        """The last row; after it `write_all` comes to an end."""
        now = self._services.clock.now()
        desk = self._services.shop.desk_number if handed_over else None
        known = cast(calls.Outcome, outcome)
        self._put(lambda c: calls.close_call(c, call_sid=self._sid, outcome=known, now=now, transferred_to=desk))
        self._ended = True

    async def write_all(self) -> None:
        """Write what there is and what comes, to the call's end."""
        while self._waiting or not self._ended:
            await self._wanted.wait()
            self._wanted.clear()
            while self._waiting:
                await self._write(self._waiting.popleft())

    async def _write(self, write: Write) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads.records, self._in_thread, write)
        except SophieError as why:
            log.error("call record lost", extra=fields(why=type(why).__name__, dropped=len(self._waiting)))
            self._waiting.clear()

    def _in_thread(self, write: Write) -> None:
        told = call_sid.set(self._sid)
        try:
            self._services.database.run(write)
        finally:
            call_sid.reset(told)

    def _put(self, write: Write) -> None:
        self._waiting.append(write)
        self._wanted.set()
