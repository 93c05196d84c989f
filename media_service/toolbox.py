"""Runs the desk's tools for one call, off the event loop and within a deadline.

A tool that passes its deadline goes on in its thread: a write is settled by its intent, whatever the call does
meanwhile. The tools of one call run one after another, for they share what the call knows of its caller.
"""

import asyncio
import logging
import threading
from collections.abc import Mapping
from concurrent.futures import Executor

from media_service.conversation.events import ToolCall, ToolDone
from shared import log as structured
from shared.log import fields
from shared.tools.call import CallContext, ToolResult
from shared.tools.registry import Desk

log = logging.getLogger(__name__)

_DEADLINE_SECONDS = 2.0
_TOO_SLOW = {
    "status": "error",
    "reason": "The workshop's system took too long.",
    "advice": "Tell the caller that this takes longer than it should. Try once more, or offer a person or a message.",
}


class Toolbox:
    """One per call."""

    def __init__(self, desk: Desk, context: CallContext, pool: Executor) -> None:
        self._desk = desk
        self._context = context
        self._pool = pool
        self._turn = threading.Lock()

    async def run(self, call: ToolCall, answers: Mapping[str, str]) -> ToolDone:
        """The tool's answer, or one that says it is late."""
        work = asyncio.get_running_loop().run_in_executor(self._pool, self._run, call, answers)
        try:
            result = await asyncio.wait_for(asyncio.shield(work), _DEADLINE_SECONDS)
        except TimeoutError:
            log.warning("a tool passed its deadline", extra=fields(tool=call.name))
            return ToolDone(call.id, _TOO_SLOW)
        return ToolDone(
            call_id=call.id,
            content=result.content,
            spoken=result.spoken,
            intent=result.intent,
            changed=result.changed,
            ending=result.ending,
            outcome=result.outcome,
        )

    def _run(self, call: ToolCall, answers: Mapping[str, str]) -> ToolResult:
        token = structured.call_sid.set(self._context.call_sid)
        try:
            with self._turn:
                return self._desk.run(self._context, call.name, call.arguments, answers)
        finally:
            structured.call_sid.reset(token)
