"""A tiny workshop for the offline desk's suite: a prompt, a table of tool answers, and a caller who types.

It keeps the contract of the tools (handles, read-backs, commits) in a few lines and resolves no dates.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.openai_chat.desk_policy.desk import next_move

TOOLS = json.loads((Path(__file__).parents[2] / "shared" / "tools" / "schemas.json").read_text())
NAMES = frozenset(tool["function"]["name"] for tool in TOOLS)
PROMPT = """You are Sophie, the automated assistant who answers the telephone of Harbor Lane Motors, a car workshop\
 at 88 Harbor Lane, Duluth, Minnesota.
Ask one question at a time. Never say that something is booked unless a tool's answer said so.
Services (code: what it is; promised time; price):
- oil_change: oil and filter change; about 60 minutes; $59 to $89
- tire_rotation: tire rotation; about 45 minutes; $29 to $39
- brake_inspection: brake inspection; about 90 minutes; $49 to $79
- brake_pads: brake pad replacement, one axle; half a day; $249 to $399
- battery: battery test and replacement; about 45 minutes; $0 to $229
- ac_service: air conditioning service; about 2 hours; $129 to $199
- diagnosis: engine light and noise diagnosis; same or next day; $129
Opening hours: Monday to Friday 7:30 a.m. to 6:00 p.m.; closed on Saturday and Sunday."""
FACTS = (
    "It is Monday, November 23, 2026, 10:05 a.m. at the workshop, which is open. The caller rang in. "
    "The call comes from a number that can be looked up."
)
GREETING = "Thanks for calling Harbor Lane Motors. This is Sophie, the automated assistant. How can I help?"
THREE = ("Thursday, November 26 at 9:00 AM", "Thursday, November 26 at 2:00 PM", "Friday, November 27 at 10:30 AM")
ANA = {"status": "known", "verified": False, "confirm_with": ["last_name", "zip", "vin_last4"]}
ANAS_CARS = [{"vehicle": "car_1", "description": "2019 Honda Civic"}]


@dataclass
class Workshop:
    """The table of tool answers; ``rows`` is what was written, ``asked`` every call."""

    whens: tuple[str, ...] = THREE
    known: bool = False
    appointments: tuple[dict[str, str], ...] = ()
    last_name: str = "moreno"
    answers: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    prepared: dict[str, dict[str, Any]] = field(default_factory=dict)
    verified: bool = False

    def answer(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """One tool's answer."""
        self.asked.append((name, arguments))
        told = self.answers[name](arguments) if name in self.answers else None
        return told if told is not None else getattr(self, f"_{name}")(arguments)

    def _lookup_customer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return ANA if self.known or arguments["phone"] else {"status": "unknown"}

    def _verify_caller(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments["value"].lower() not in (self.last_name, "55802"):
            return {"status": "not_verified", "tries_left": 2}
        self.verified = True
        return {"status": "verified", "first_name": "Ana", "vehicles": ANAS_CARS}

    def _get_available_slots(self, arguments: dict[str, Any]) -> dict[str, Any]:
        offers = [{"slot": f"slot_{at}", "when": when} for at, when in enumerate(self.whens, 1)]
        if not offers:
            return {"status": "none", "reason": "We are closed on Sundays.", "offers": []}
        return {"status": "offers", "service": arguments["service"], "offers": offers, "note": None}

    def _write(self, kind: str, done: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments["intent"]:
            assert all(value is None for key, value in arguments.items() if key != "intent"), (
                "a commit carries the intent alone"
            )
            self.rows.append({"kind": kind, **self.prepared.pop(arguments["intent"])})
            return {"status": done, "spoken": "That's done. Is there anything else I can do?"}
        intent = f"intent_{len(self.asked)}"
        self.prepared = {intent: arguments}
        return {"status": "read_back", "intent": intent, "spoken": "Let me read that back. Shall I do it?"}

    def _book_appointment(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return self._write("book", "booked", arguments)

    def _cancel_appointment(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return self._write("cancel", "cancelled", arguments) if self.verified else {"status": "verify_first"}

    def _reschedule_appointment(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return self._write("move", "moved", arguments) if self.verified else {"status": "verify_first"}

    def _take_message(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return self._write("message", "taken_down", arguments)

    def _get_upcoming_appointments(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return (
            {"status": "ok", "appointments": list(self.appointments)} if self.verified else {"status": "verify_first"}
        )

    def _decode_vin(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"status": "ok", "year": 2003, "make": "HONDA", "model": "Accord"}

    def _update_details(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return self._write("update", "updated", arguments) if self.verified else {"status": "verify_first"}

    def _get_recalls(self, arguments: dict[str, Any]) -> dict[str, Any]:
        found = [{"component": "AIR BAGS:FRONTAL", "summary": "It may break apart.", "do_not_drive": True}]
        return {"status": "ok", "count": 1, "recalls": found}

    def _transfer_call(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"status": "transferring", "spoken": "One moment, I'll put you through."}

    def _end_call(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"status": "goodbye", "spoken": "Thanks for calling. Goodbye."}


class Dialogue:
    """A call in text: what the caller says goes in, what Sophie says comes out."""

    def __init__(self, workshop: Workshop | None = None, facts: str = FACTS, prompt: str = PROMPT) -> None:
        self.workshop = workshop or Workshop()
        self.messages: list[dict[str, Any]] = [
            {"role": "system", "content": prompt},
            {"role": "system", "content": facts},
        ]
        self.messages.append({"role": "assistant", "content": GREETING})
        self.calls = 0
        self.over = False

    def say(self, words: str) -> str:
        """One utterance of the caller, and Sophie's spoken answer to it."""
        self.messages.append({"role": "user", "content": words})
        for _ in range(8):
            move = next_move(self.messages, NAMES)
            if not move.calls:
                self.messages.append({"role": "assistant", "content": move.text})
                return move.text or ""
            spoken = self._run(move.calls)
            if spoken:
                self.messages.append({"role": "assistant", "content": spoken})
                return spoken
        raise AssertionError("the desk called tools eight times without a word to the caller")

    def talk(self, *lines: str) -> str:
        """Several utterances; the last answer."""
        last = ""
        for line in lines:
            last = self.say(line)
        return last

    def _run(self, calls: tuple[tuple[str, dict[str, Any]], ...]) -> str | None:
        ids = [f"call_{self.calls + at}" for at in range(len(calls))]
        self.calls += len(calls)
        written = [
            {"id": one, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
            for one, (name, arguments) in zip(ids, calls, strict=True)
        ]
        self.messages.append({"role": "assistant", "content": None, "tool_calls": written})
        spoken = None
        for one, (name, arguments) in zip(ids, calls, strict=True):
            answer = self.workshop.answer(name, arguments)
            self.messages.append({"role": "tool", "tool_call_id": one, "content": json.dumps(answer)})
            spoken = answer.get("spoken") or spoken
            self.over = self.over or name in ("end_call", "transfer_call")
        return spoken

    def asked(self, tool: str) -> list[dict[str, Any]]:
        """Every call of one tool."""
        return [arguments for name, arguments in self.workshop.asked if name == tool]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What was written."""
        return self.workshop.rows
