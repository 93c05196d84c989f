"""Runs the desk's tools for one call, off the event loop.

A tool that passes its deadline is answered for and goes on: what it did is told when it is known. The tools of one call
run one after another, in the order asked for, since they share what the call knows of its caller.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping

from media_service.conversation.events import ToolCall, ToolDone, ToolLate
from media_service.threads import Threads
from shared.log import call_sid, fields
from shared.tools.call import CallContext, ToolResult
from shared.tools.registry import Desk

log = logging.getLogger(__name__)

_DEADLINE_SECONDS = 2.0
# Tools that ask somebody outside the house: a slow one must not keep the appointment book waiting.
_OUTSIDE = frozenset({"decode_vin"})
# Tools whose answer says what is booked.
_LISTS = frozenset({"get_upcoming_appointments"})
_TOO_SLOW = {
    "status": "error",
    "reason": "The workshop's system took too long.",
    "advice": "Tell the caller that this takes longer than it should. Try once more, or offer a person or a message.",
}


class Toolbox:
    """One per call."""

    def __init__(self, desk: Desk, context: CallContext, threads: Threads) -> None:
        self._desk = desk
        self._context = context
        self._threads = threads
        self._turn = asyncio.Lock()

    async def run(self, call: ToolCall, answers: Mapping[str, str]) -> AsyncGenerator[ToolLate | ToolDone, None]:
        """The tool's answer; before it a ToolLate when the deadline passes first."""
        async with self._turn:
            pool = self._threads.lookups if call.name in _OUTSIDE else self._threads.tools
            work = asyncio.get_running_loop().run_in_executor(pool, self._run, call, answers)
            try:
                result = await asyncio.wait_for(asyncio.shield(work), _DEADLINE_SECONDS)
            except TimeoutError:
                log.warning("a tool passed its deadline", extra=fields(tool=call.name))
                yield ToolLate(call.id, _TOO_SLOW)
                result = await work
        yield ToolDone(
            call_id=call.id,
            content=result.content,
            spoken=result.spoken,
            intent=result.intent,
            changed=result.changed,
            listed=call.name in _LISTS and result.content["status"] == "ok",
            ending=result.ending,
            outcome=result.outcome,
        )

    def _run(self, call: ToolCall, answers: Mapping[str, str]) -> ToolResult:
        token = call_sid.set(self._context.call_sid)
        try:
            return self._desk.run(self._context, call.name, call.arguments, answers)
        finally:
            call_sid.reset(token)
