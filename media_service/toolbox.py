"""Runs the desk's tools for one call, off the event loop.

A tool that passes its deadline is answered for and goes on: what it did is told when it is known. The tools of one call
run one after another, in the order asked for, since they share what the call knows of its caller.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace

from media_service.conversation.events import ToolCall, ToolDone, ToolLate
from media_service.conversation.keypad import PLACEHOLDER
from media_service.threads import Threads
from shared.domain.wording.wording import Language
from shared.log import call_sid, fields
from shared.tools.call import CallContext, ToolResult
from shared.tools.registry import Desk

log = logging.getLogger(__name__)

_DEADLINE_SECONDS = 2.0
# Tools that ask somebody outside the house: a slow one must not keep the appointment book waiting.
_OUTSIDE = frozenset({"decode_vin", "get_recalls"})
# Tools for which secret digits are typed.
_MAY_SEE_TYPED = frozenset({"verify_caller", "update_details"})
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
        self._known = context.copy()
        self._threads = threads
        self._turn = asyncio.Lock()

    @property
    def known(self) -> CallContext:
        """What the tools knew of the call when the last of them ended; a running one may be changing it."""
        return self._known

    def speak(self, language: Language) -> None:
        """From now on the tools' words are of this language."""
        self._context.language = self._known.language = language

    async def look_ahead(self) -> bool:
        """Look up who calls, so that the first tool that asks finds the cache filled; whether the number is on file is
        all that is told."""
        if (caller := self._context.caller) is None:
            return False
        nobody = CallContext(self._context.call_sid, self._context.direction, caller)
        lookup = ToolCall("", "lookup_customer", '{"phone": null}')
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads.lookups, self._run, nobody, lookup, {})
        return bool(found.content["status"] == "known")

    async def run(
        self, call: ToolCall, answers: Mapping[str, str], typed: str | None = None
    ) -> AsyncGenerator[ToolLate | ToolDone, None]:
        """The tool's answer; before it a ToolLate when the deadline passes first. `typed` are the digits that the
        keypad's placeholder stands for."""
        if typed is not None and call.name in _MAY_SEE_TYPED:
            call = replace(call, arguments=call.arguments.replace(PLACEHOLDER, typed))
        async with self._turn:
            pool = self._threads.lookups if call.name in _OUTSIDE else self._threads.tools
            work = asyncio.get_running_loop().run_in_executor(pool, self._run, self._context, call, answers)
            try:
                result = await asyncio.wait_for(asyncio.shield(work), _DEADLINE_SECONDS)
            except TimeoutError:
                log.warning("a tool passed its deadline", extra=fields(tool=call.name))
                yield ToolLate(call.id, _TOO_SLOW)
                result = await work
            self._known = self._context.copy()
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

    def _run(self, context: CallContext, call: ToolCall, answers: Mapping[str, str]) -> ToolResult:
        token = call_sid.set(context.call_sid)
        try:
            return self._desk.run(context, call.name, call.arguments, answers)
        finally:
            call_sid.reset(token)
