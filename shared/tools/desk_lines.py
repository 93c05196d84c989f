"""The way to people and the way out: transfer, messages, goodbye."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from shared.domain import spoken
from shared.domain.line import called_back, next_opening
from shared.storage import callbacks
from shared.tools import slots, two_steps
from shared.tools.call import Request, ToolResult, told

_LONGEST_MESSAGE = 300


def transfer_call(ask: Request) -> ToolResult:
    services = ask.services
    now = services.clock.now()
    with services.database.transaction() as connection:
        hours = slots.workshop_now(services, connection, now).hours
    if not hours.open_at(now):
        opens = next_opening(hours, now)
        again = f"we open on {opens}." if opens else "we are closed for the time being."
        return told("error", reason=f"Nobody is at the desk: {again}", advice="Offer to take a message.")
    words = services.shop.texts.transfer
    return ToolResult(
        {"status": "transferring", "spoken": words}, spoken=words, ending="transfer", outcome="transferred"
    )


def take_message(ask: Request) -> ToolResult:
    services, call, now = ask.services, ask.call, ask.services.clock.now()
    if ask.arguments["intent"] is not None:

        def write(connection: Connection, payload: Mapping[str, Any]) -> dict[str, Any]:
            callbacks.add(
                connection,
                phone=payload["phone"],
                customer_id=payload["customer"],
                reason="message",
                message=payload["message"],
                call_sid=call.call_sid,
                now=now,
            )
            when = called_back(slots.workshop_now(services, connection, now).hours, now)
            words = f"I've passed that on, and the service desk will call you back {when}. Is there anything else?"
            return {"status": "taken_down", "spoken": words}

        return two_steps.commit(services, call, "message", ask.arguments["intent"], ask.answers, write)
    message = " ".join((ask.arguments["message"] or "").split())[:_LONGEST_MESSAGE].rstrip(" .")
    needs = [] if message else ["the message in the caller's words"]
    if call.number is None:
        needs.append("a telephone number to reach the caller (give it to lookup_customer)")
    if needs:
        return two_steps.missing(needs)
    payload = {"message": message, "phone": call.number, "customer": call.verified}
    number = spoken.digits_words(call.number or "")
    sentence = f"Your message is: {message}. The service desk will call {number}. Shall I pass that on?"
    return two_steps.read_back(services, call, "message", payload, sentence)


def end_call(ask: Request) -> ToolResult:
    services = ask.services
    words = services.shop.texts.goodbye
    return ToolResult({"status": "goodbye", "spoken": words}, spoken=words, ending="goodbye")
