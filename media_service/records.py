"""What is written down about one call: its row, its turns, its end. A call goes on without its record.

Rows are written one after the other, in the order in which they came to be; when the database is away the rest of them
is dropped, so that a call that is over keeps nothing waiting.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection

from media_service.conversation import commands as do
from media_service.threads import Threads
from shared.domain.costs import Usage
from shared.domain.reminders import outcome_of_call
from shared.errors import SophieError
from shared.log import call_sid, fields
from shared.services import Services
from shared.storage import attempts, calls

log = logging.getLogger(__name__)

Write = Callable[[Connection], None]


class Records:
    """One per call. Nothing here waits but `write_all`."""

    def __init__(self, services: Services, threads: Threads, sid: str, attempt: UUID | None = None) -> None:
        self._services = services
        self._threads = threads
        self._sid = sid
        self._attempt = attempt
        self._direction: calls.Direction = "inbound" if attempt is None else "outbound"
        self._waiting: deque[Write] = deque()
        self._wanted = asyncio.Event()
        self._ended = False
        self._cost = Decimal(0)

    def opened(self, caller: str | None, attestation: str | None) -> None:
        now, proven = self._services.clock.now(), calls.attestation_of(attestation)
        self._put(
            lambda c: calls.open_call(
                c,
                call_sid=self._sid,
                direction=self._direction,
                flow="service" if self._attempt is None else "reminder",
                caller=caller,
                now=now,
                attestation=proven,
            )
        )

    def opening_heard(self) -> None:
        """Of a call that we made: the person has heard who calls and why."""
        if (attempt := self._attempt) is not None:
            now = self._services.clock.now()
            self._put(lambda c: attempts.opening_played(c, attempt, now))

    def turn(
        self, kept: do.KeepTurn, tools: list[Mapping[str, Any]], stages: Mapping[str, float], usage: Usage
    ) -> None:
        """A finished exchange; its words only where the shop keeps them at all."""
        now, keeps_words = self._services.clock.now(), self._services.shop.retention.transcript_days > 0
        cost = self._priced(usage)
        self._put(
            lambda c: calls.add_turn(
                c,
                call_sid=self._sid,
                turn=kept.turn,
                now=now,
                caller_said=kept.caller_said if keeps_words else None,
                sophie_said=kept.sophie_said if keeps_words else None,
                tools=tools,
                latencies=stages,
                barged_in=kept.barged_in,
                usage=usage,
                cost=cost,
            )
        )

    def closed(self, outcome: str, handed_over: bool, usage: Usage) -> None:
        """The last row, with what was used since the last exchange; after it `write_all` comes to an end."""
        self._priced(usage)
        cost, minute = self._cost, self._services.prices.of_line_minute(self._direction, self._today)
        now = self._services.clock.now()
        desk = self._services.shop.desk_number if handed_over else None
        known = cast(calls.Outcome, outcome)
        if (attempt := self._attempt) is not None:
            reached, tried_again = outcome_of_call(outcome)
            self._put(lambda c: attempts.settle(c, attempt, reached, now, tried_again=tried_again))
        self._put(
            lambda c: calls.close_call(
                c,
                call_sid=self._sid,
                outcome=known,
                now=now,
                transferred_to=desk,
                providers_cost=cost,
                minute_price=minute,
            )
        )
        self._ended = True

    async def note_goodbye(self) -> None:
        """At once: the webhook that is asked next finds no word in Redis."""
        now = self._services.clock.now()
        await self._write(lambda c: calls.note_goodbye(c, self._sid, now))

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

    @property
    def _today(self) -> date:
        return self._services.clock.now().astimezone(self._services.shop.zone).date()

    def _priced(self, usage: Usage) -> Decimal:
        """What the providers ask for this; added to what they ask for the call."""
        services = self._services
        models = services.settings.deepgram_stt_model, services.voice
        cost = services.prices.of_usage(usage, *models, self._today)
        self._cost += cost
        return cost

    def _put(self, write: Write) -> None:
        self._waiting.append(write)
        self._wanted.set()
