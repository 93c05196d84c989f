"""The two steps of every write: a read-back that the caller hears, then the commit of exactly what was read back.

The rule stands here and in no prompt: nothing is committed unless the caller has heard the read-back and agreed to it,
and an intent is spent once and keeps its answer. A doubt spends nothing: the read-back is said again. What is written
is not known here.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from shared.domain.consent import Answer, judge
from shared.services import Services
from shared.storage import intents
from shared.storage.intents import Intent, Kind
from shared.tools.call import CallContext, ToolResult, not_found, told

# The statuses of a write that was carried out, and the outcome that the call gets by it, if any.
_DONE: Mapping[str, str | None] = {
    "booked": "booked",
    "moved": "moved",
    "cancelled": "cancelled",
    "taken_down": "message",
    "updated": None,
    "confirmed": "confirmed",
}

CarryOut = Callable[[Connection, Mapping[str, Any]], dict[str, Any]]


def read_back(services: Services, call: CallContext, kind: Kind, payload: Mapping[str, Any], words: str) -> ToolResult:
    """Keeps the payload under a new intent and has the words said."""
    intent_id = uuid4()

    def keep(connection: Connection) -> None:
        intents.prepare(
            connection,
            intent_id=intent_id,
            call_sid=call.call_sid,
            kind=kind,
            payload=payload,
            read_back=words,
            now=services.clock.now(),
        )

    services.database.run(keep)
    handle = call.issue("intent", {"id": str(intent_id), "language": call.language})
    return ToolResult({"status": "read_back", "intent": handle, "spoken": words}, spoken=words, intent=handle)


def commit(
    services: Services, call: CallContext, kind: Kind, handle: str, answers: Mapping[str, str], carry_out: CarryOut
) -> ToolResult:
    """Carries out an intent, or says why not. `answers` holds what the caller said after hearing each read-back."""
    bound = call.bound("intent", handle)
    if bound is None:
        return not_found("intent")

    def settle(connection: Connection) -> ToolResult:
        intent = intents.locked(connection, UUID(bound["id"]), call.call_sid)
        if intent is None or intent.kind != kind:
            return not_found("intent")
        if intent.answer is not None:
            return _result(intent.answer)
        if bound["language"] != call.language:
            return _result(_OTHER_LANGUAGE)
        if handle not in answers:
            return _once_more(intent, handle, "The caller has not answered the read-back yet")
        agreed = judge(answers[handle], intent.read_back, call.language)
        if agreed is Answer.UNCLEAR:
            # A handle of its own for each time it is said: what was answered before answers nothing now.
            again = call.issue("intent", {**bound, "said_after": handle})
            return _once_more(intent, again, "It is not clear that the caller agreed to just what was read back")
        answer = _REFUSED if agreed is Answer.REFUSES else carry_out(connection, intent.payload)
        intents.spend(connection, intent.id, answer, services.clock.now())
        return _result(answer)

    return services.database.run(settle)


_REFUSED: dict[str, Any] = {
    "status": "refused",
    "reason": "The caller said no to what was read back or named another day, time or number; nothing was changed.",
    "advice": "Ask what should be different, then give the details again.",
}


_OTHER_LANGUAGE: dict[str, Any] = {
    "status": "refused",
    "reason": "The call has changed its language since this was read back; nothing was changed.",
    "advice": "Give the details again, so that they are read back in the caller's language.",
}


def _once_more(intent: Intent, handle: str, why: str) -> ToolResult:
    content = {
        "status": "refused",
        "reason": f"{why}, so nothing was changed.",
        "intent": handle,
        "spoken": intent.read_back,
    }
    return ToolResult(content, spoken=intent.read_back, intent=handle)


def _result(answer: dict[str, Any]) -> ToolResult:
    status = answer["status"]
    return ToolResult(answer, spoken=answer.get("spoken"), changed=status in _DONE, outcome=_DONE.get(status))


def missing(needs: list[str]) -> ToolResult:
    """What must still be asked before anything can be read back."""
    return told("missing", needs=needs)
