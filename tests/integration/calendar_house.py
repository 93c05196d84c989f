"""A service desk whose calendar is the lab's Google, and what the tests ask of both."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from shared import settings
from shared.calendar.mirror import Mirror, Tally
from shared.clock import Clock
from shared.services import Services, connect
from shared.storage import appointments, callbacks
from shared.storage.callbacks import Reason
from shared.tools.call import CallContext
from shared.tools.registry import Desk
from tests.integration.desk_calls import Caller, StillClock, rows
from tests.lab.google_lab import GoogleLab

PHONE = "+12175550123"


class LeapingClock(Clock):
    """Real time that a test can move on."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead

    def leap(self, **by: float) -> None:
        object.__setattr__(self, "ahead", self.ahead + timedelta(**by))


def google_settings(lab: GoogleLab) -> dict[str, str]:
    account = lab.account
    return {
        "GOOGLE_API_BASE_URL": lab.url,
        "GOOGLE_TOKEN_URL": f"{lab.url}/token",
        "GOOGLE_CERTS_URL": f"{lab.url}/oauth2/v1/certs",
        "GOOGLE_CLIENT_ID": account.client_id,
        "GOOGLE_CLIENT_SECRET": account.client_secret,
        "GOOGLE_REFRESH_TOKEN": account.refresh_token,
        "GOOGLE_CALENDAR_ID": account.calendar_id,
    }


def behind_the_back_is_done() -> None:
    """Waits for what nobody waits for: what was begun in other threads about the calendar."""
    for thread in threading.enumerate():
        if thread.name.startswith(("calendar-", "staff-times")):
            thread.join(20)


@contextmanager
def connected(database_url: str, redis_url: str, lab: GoogleLab, **changed: str) -> Iterator[Services]:
    environ = {
        "SOPHIE_ENV": "local",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "STREAM_TOKEN_SECRET": "t" * 32,
        **google_settings(lab),
        **changed,
    }
    services = replace(connect(settings.read(environ, settings.Part.DATA)), clock=StillClock())
    yield services
    lab.control("DELETE", "faults")
    assert services.calendar is not None
    services.calendar.close()
    services.staff_times.close()
    behind_the_back_is_done()
    services.close()


@dataclass
class House:
    """Everything at once: the desk, the mirror and the calendar as a person sees it."""

    services: Services
    lab: GoogleLab
    clock: LeapingClock

    @property
    def mirror(self) -> Mirror:
        assert self.services.calendar is not None
        return Mirror(self.services, self.services.calendar, self.clock)

    def sync(self) -> Tally:
        return self.mirror.sync(30)

    def caller(self, number: str = PHONE) -> Caller:
        """A call whose changes nudge nobody: the test says when the calendar is written."""
        quiet = replace(self.services, calendar=None)
        return Caller(Desk(quiet), CallContext(f"CA{id(object()):032d}", "inbound", number))

    def book(self, **moment: Any) -> int:
        """The id of a new appointment, an oil change where nothing else is said."""
        caller = self.caller()
        service = moment.pop("service", "oil_change")
        offers = caller.slots(service, **(moment or {"weekday": "wednesday", "time": "9:00"}))["offers"]
        asked = caller.prepare(offers[0]["slot"])
        booked = caller.book(intent=caller.say(asked, "yes"))
        assert booked.content["status"] == "booked", booked.content
        return int(rows(self.services, "SELECT max(id) FROM appointments")[0][0])

    def move(self, appointment: int, **by: float) -> None:
        """As the customer would have it: a new version, and its row in the outbox."""
        with self.services.database.transaction() as connection:
            row = appointments.by_id(connection, appointment)
            assert row is not None
            starts_at, ends_at = (each + timedelta(**by) for each in (row.starts_at, row.ends_at))
            appointments.move(
                connection, row.id, row.version, bay=row.bay, starts_at=starts_at, ends_at=ends_at, mode=row.mode,
                needs_review=False, now=self.services.clock.now(),
            )  # fmt: skip

    def cancel(self, appointment: int) -> None:
        with self.services.database.transaction() as connection:
            row = appointments.by_id(connection, appointment)
            assert row is not None
            appointments.cancel(connection, row.id, row.version, reason="other", now=self.services.clock.now())

    def until_written(self) -> None:
        """Passes, and the waits between them, until nothing is pending."""
        for _ in range(10):
            if self.sync().waiting == 0:
                return
            self.clock.leap(hours=2)
        raise AssertionError(self.outbox())

    def ask_back(self, reason: Reason = "message", phone: str = PHONE, **more: Any) -> int:
        """The id of a new call-back."""
        with self.services.database.transaction() as connection:
            now = self.services.clock.now()
            return callbacks.add(connection, phone=phone, reason=reason, call_sid=None, now=now, **more)

    def events(self, *, deleted: bool = False) -> list[dict[str, Any]]:
        """The appointments in the calendar, or with the `deleted` ones what ever was."""
        return [each for each in self._all(deleted) if not each["id"].startswith("sophieback")]

    def calls(self, *, deleted: bool = False) -> list[dict[str, Any]]:
        """The call-backs in the calendar."""
        return [each for each in self._all(deleted) if each["id"].startswith("sophieback")]

    def _all(self, deleted: bool) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.lab.control("GET", f"{self._path}/events")
        return [each for each in found if deleted or each.get("status") != "cancelled"]

    def by_hand(self, method: str, event_id: str = "", body: Any = None, *, unchecked: bool = False) -> Any:
        """What a member of staff does in the calendar."""
        path = f"{self._path}/events" + (f"/{event_id}" if event_id else "")
        return self.lab.control(method, path + ("?unchecked=true" if unchecked else ""), body)

    def by_hand_everything_expires(self) -> None:
        self.lab.control("POST", f"{self._path}/expire-sync-tokens")

    def spoil(self, **fault: Any) -> None:
        self.lab.control("POST", "faults", fault)

    def requests(self, operation: str = "calendar.") -> list[str]:
        log: list[dict[str, str]] = self.lab.control("GET", "log")
        return [each["request"] for each in log if each["operation"].startswith(operation)]

    def outbox(self) -> list[tuple[Any, ...]]:
        return rows(self.services, "SELECT version, action, state FROM calendar_outbox ORDER BY id")

    def states(self) -> list[tuple[Any, ...]]:
        return rows(self.services, "SELECT status, version, calendar_state FROM appointments ORDER BY id")

    def callbacks(self, reason: Reason = "calendar") -> list[str]:
        query = f"SELECT message FROM callbacks WHERE reason = '{reason}' ORDER BY id"  # noqa: S608
        return [row[0] for row in rows(self.services, query)]

    @property
    def _path(self) -> str:
        return f"calendar/{quote(self.lab.account.calendar_id, safe='')}"
