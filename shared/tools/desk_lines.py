"""The way to people and the way out: transfer, messages, goodbye."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from shared.domain.line import called_back, next_opening
from shared.storage import callbacks
from shared.tools import slots, two_steps
from shared.tools.call import Request, ToolResult, told

_LONGEST_MESSAGE = 300


def transfer_call(ask: Request) -> ToolResult:
    services, words = ask.services, ask.call.words
    now = services.clock.now()
    with services.database.transaction() as connection:
        hours = slots.workshop_now(services, connection, now).hours
    if not hours.open_at(now):
        reason = words.nobody_at_desk(next_opening(hours, now, words))
        return told("error", reason=reason, advice="Offer to take a message.")
    line = ask.texts.transfer
    return ToolResult({"status": "transferring", "spoken": line}, spoken=line, ending="transfer", outcome="transferred")


def take_message(ask: Request) -> ToolResult:
    services, call, now = ask.services, ask.call, ask.services.clock.now()
    if ask.arguments["intent"] is not None:

        def write(connection: Connection, payload: Mapping[str, Any]) -> dict[str, Any]:
            callbacks.add(
                connection,
                phone=payload["phone"],
                customer_id=payload["customer"],
                reason="message",
                message=call.for_the_desk(payload["message"]),
                call_sid=call.call_sid,
                now=now,
            )
            when = called_back(slots.workshop_now(services, connection, now).hours, now, call.words)
            return {"status": "taken_down", "spoken": call.words.passed_on(when)}

        return two_steps.commit(services, call, "message", ask.arguments["intent"], ask.answers, write)
    message = " ".join((ask.arguments["message"] or "").split())[:_LONGEST_MESSAGE].rstrip(" .")
    needs = [] if message else ["the message in the caller's words"]
    if call.number is None:
        needs.append("a telephone number to reach the caller (give it to lookup_customer)")
    if needs:
        return two_steps.missing(needs)
    payload = {"message": message, "phone": call.number, "customer": call.verified}
    sentence = call.words.may_pass_on(message, call.number or "")
    return two_steps.read_back(services, call, "message", payload, sentence)


def end_call(ask: Request) -> ToolResult:
    line = ask.texts.goodbye
    return ToolResult({"status": "goodbye", "spoken": line}, spoken=line, ending="goodbye")
