"""What the desk is told of a call that comes from Sophie: who, what about, what was done. Three sentences.

Made of the call's signed session, with the names from the database; without either it says what it knows.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shared.domain import spoken

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from shared.sessions.sessions import Session
    from shared.sessions.state import SessionState

_LONGEST_WORDS = 160
_WANTS: Mapping[str, str] = {
    "asked_for_person": "They asked for a person",
    "complaint": "They have a complaint",
    "status_of_car": "They want to know how their car is",
    "billing": "It is about a bill",
    "parts": "It is about parts",
    "technical_question": "They have a technical question",
    "emergency": "It is an emergency",
    "cannot_help": "I could not help them",
}
_DONE: Mapping[str, str] = {
    "booked": "An appointment was booked in this call.",
    "moved": "An appointment was moved in this call.",
    "cancelled": "An appointment was cancelled in this call.",
    "confirmed": "An appointment was confirmed in this call.",
    "message": "A message was taken in this call.",
}
_NOTHING = "Nothing was booked or changed."


def sentences(session: "Session | None", connection: "Connection | None") -> str:
    """Without a connection the names are missing."""
    state = session.state if session else None
    if state is None:
        return f"A caller from Sophie, of whom nothing more is known. They wanted a person. {_NOTHING}"
    done = _DONE.get(state.outcome or "", _NOTHING)
    return f"{_who(state, connection)} {_what(state.dialogue)} {done}"


def _who(state: "SessionState", connection: "Connection | None") -> str:
    number = spoken.digits_words(state.context.number) if state.context.number else None
    name, car = _on_file(connection, state.context.verified)
    if name is None:
        return f"A caller from {number}, not confirmed." if number else "A caller whose number is withheld."
    where = f", {number}" if number else ""
    return f"{name}{where}, with a {car}." if car else f"{name}{where}."


def _on_file(connection: "Connection | None", customer_id: int | None) -> tuple[str | None, str | None]:
    """Name and, where there is just one, car of a customer who was confirmed."""
    if connection is None or customer_id is None:
        return None, None
    from shared.storage import customers

    people = customers.by_ids(connection, [customer_id])
    cars = customers.vehicles_of(connection, [customer_id])
    names = [" ".join(str(part) for part in (car.year, car.make, car.model) if part) for car in cars]
    return (people[0].name if people else None), (names[0] if len(names) == 1 else None)


def _what(dialogue: Sequence[Mapping[str, Any]]) -> str:
    wants = next((wish for message in reversed(dialogue) if (wish := _reason(message))), "They wanted a person")
    said = next((str(each["content"]) for each in reversed(dialogue) if each["role"] == "user"), "")
    words = " ".join(said.replace("[?", "").replace("]", "").split())[:_LONGEST_WORDS].rstrip(" .?!")
    return f"{wants}, and last said: {words}." if words else f"{wants}."


def _reason(message: Mapping[str, Any]) -> str | None:
    """Why Sophie put them through, if this message is where she did."""
    for call in message.get("tool_calls", ()):
        if call["function"]["name"] == "transfer_call":
            try:
                return _WANTS.get(json.loads(call["function"]["arguments"]).get("reason"))
            except (ValueError, AttributeError, TypeError):
                return None
    return None
