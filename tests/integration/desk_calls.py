"""A caller of the service desk's tools, and the moment at which the tests' clock stands."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from shared.clock import Clock
from shared.domain.meanings import Moment
from shared.services import Services
from shared.tools.call import CallContext, ToolResult
from shared.tools.registry import Desk

# A Monday, 10:05 in the morning at the workshop; no holiday within a week.
MONDAY = datetime(2026, 11, 30, 16, 5, tzinfo=UTC)
NOTHING_SAID = dict.fromkeys(each.name for each in fields(Moment))
NOTHING_BOOKED = dict.fromkeys(("slot", "vehicle", "new_vehicle", "new_customer", "concern", "intent"))


class StillClock(Clock):
    """Shop time that does not move by itself."""

    def now(self) -> datetime:
        return MONDAY


@dataclass
class Caller:
    """One call's side of the desk: runs tools with their arguments as keywords, answers read-backs."""

    desk: Desk
    call: CallContext
    answers: dict[str, str] = field(default_factory=dict)

    def ask(self, tool: str, **arguments: Any) -> ToolResult:
        return self.desk.run(self.call, tool, json.dumps(arguments), self.answers)

    def slots(self, service: str = "oil_change", mode: str | None = None, **moment: Any) -> dict[str, Any]:
        return self.ask("get_available_slots", service=service, moment={**NOTHING_SAID, **moment}, mode=mode).content

    def book(self, **arguments: Any) -> ToolResult:
        return self.ask("book_appointment", **{**NOTHING_BOOKED, **arguments})

    def prepare(self, slot: str, first_name: str = "Nora", last_name: str = "Quill") -> ToolResult:
        return self.book(
            slot=slot,
            new_vehicle={"year": 2018, "make": "Mazda", "model": "CX-5", "vin": None},
            new_customer={"first_name": first_name, "last_name": last_name},
        )

    def say(self, result: ToolResult, words: str) -> str:
        """The caller's answer to a read-back that was heard; the intent that it answers."""
        assert result.intent is not None, result.content
        self.answers[result.intent] = words
        return result.intent


NewCaller = Callable[..., Caller]


def rows(services: Services, query: str) -> list[tuple[Any, ...]]:
    """What a second connection reads."""
    with services.database.transaction() as connection:
        return [tuple(row) for row in connection.execute(text(query))]
