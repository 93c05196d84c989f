"""A world for the dialler: time that passes when somebody waits, and a carrier that is played."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.outbound_calls import NotTaken, Placed, Seen
from shared.reminders import Pass, Summary
from shared.shop import load_shop
from shared.storage import attempts
from shared.storage.database import Database
from shared.telephony import Sent
from tests.integration.reminder_rows import NOW

ANA, BEN = "+12175550142", "+12175550143"


class World:
    """Time that passes when somebody waits, and a carrier that takes every call and says nothing of it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.at = NOW
        self.calls: list[tuple[UUID, str]] = []
        self.queued = timedelta()
        self.cancelled: list[str] = []
        self.texts: list[str] = []

    def now(self) -> datetime:
        return self.at

    real = now

    def wait(self, seconds: float) -> bool:
        self.at += timedelta(seconds=max(0.0, seconds))
        return False

    def create(self, attempt: UUID, phone: str) -> Placed | NotTaken:
        self.calls.append((attempt, phone))
        return Placed(f"CA{len(self.calls)}", self.queued)

    def find(self, phone: str, since: datetime) -> Seen | None:
        return None

    def fetch(self, sid: str) -> Seen | None:
        return Seen(sid, "no-answer")

    def cancel(self, sid: str) -> None:
        self.cancelled.append(sid)

    def text(self, to: str, body: str, message: int) -> Sent:
        self.texts.append(to)
        return Sent("sent", sid=f"SM{len(self.texts)}")

    def dial(self, seconds: float | None = None) -> Summary:
        return Pass(self.database, self, self, self, load_shop(), 1, seconds).run()

    def told(self, status: str, call: int = 0, **more: Any) -> None:
        """What the carrier says of the newest call, or of that one."""
        attempt, sid = self.call(call)
        self.database.run(lambda c: attempts.told(c, attempt, sid, status, self.at, **more))

    def detected(self, verdict: str, call: int = 0) -> None:
        attempt, sid = self.call(call)
        self.database.run(lambda c: attempts.answered_by(c, attempt, sid, verdict, self.at))

    def call(self, number: int = 0) -> tuple[UUID, str]:
        """The newest call or that one, counted from 1, as the carrier names it."""
        number = number or len(self.calls)
        return self.calls[number - 1][0], f"CA{number}"

    @property
    def called(self) -> list[str]:
        return [phone for _, phone in self.calls]
