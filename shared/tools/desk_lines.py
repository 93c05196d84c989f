"""The way to people and the way out: transfer, messages, goodbye."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from shared.domain import spoken
from shared.services import Services
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
        return told(
            "error", reason=f"Nobody is at the desk: {_opens_again(services, now)}", advice="Offer to take a message."
        )
    words = services.shop.texts.transfer
    return ToolResult(
        {"status": "transferring", "spoken": words}, spoken=words, ending="transfer", outcome="transferred"
    )


def _opens_again(services: Services, now: datetime) -> str:
    hours, zone = services.shop.hours, services.shop.zone
    local = now.astimezone(zone)
    for ahead in range(15):
        day = local.date() + timedelta(days=ahead)
        span = hours.on(day)
        if span is not None and (ahead or local.time() < span[0]):
            return f"we open on {spoken.date_words(day)} at {spoken.time_words(span[0])}."
    return "we are closed for the time being."


def take_message(ask: Request) -> ToolResult:
    services, call = ask.services, ask.call
    if ask.arguments["intent"] is not None:

        def write(connection: Connection, payload: Mapping[str, Any]) -> dict[str, Any]:
            callbacks.add(
                connection,
                phone=payload["phone"],
                customer_id=payload["customer"],
                reason="message",
                message=payload["message"],
                call_sid=call.call_sid,
                now=services.clock.now(),
            )
            words = "I've passed that on, and the service desk will call you back. Is there anything else I can do?"
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
