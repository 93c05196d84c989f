"""`infra/doctor calendar`: one event is made in the calendar of the settings, moved and taken away, as a booking's is.

It stands there for a second, the day after tomorrow at four in the morning, and keeps nobody busy. It needs the four
GOOGLE_ settings of the calendar alone, and knows no appointment.
"""

import os
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.calendar import event
from shared.calendar.event import Event, Mirrored
from shared.calendar.google_account import GoogleAccount
from shared.calendar.google_calendar import GoogleCalendar
from shared.domain.ranges import Range
from shared.errors import ConfigurationError, ProtocolError, SophieError

_NEEDED = ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_REFRESH_TOKEN", "GOOGLE_CALENDAR_ID")
_UTC = ZoneInfo("UTC")


def check(calendar: GoogleCalendar, now: datetime, say: Callable[[str], None]) -> None:
    """Raises ConfigurationError or PeerError for what does not work."""
    at = (now + timedelta(days=2)).replace(hour=4, minute=0, second=0, microsecond=0)
    made = _event(now, Range(at, at + timedelta(minutes=15)))
    busy = calendar.busy(made.during)
    say(f"free/busy can be read ({len(busy)} times are taken then)")
    _is(calendar.insert(made.event_id, event.body(made, _UTC)), "an event can be made")
    say("an event was made")
    moved = replace(made, version=2, during=Range(made.during.start, made.during.end + timedelta(minutes=15)))
    _is(calendar.patch(_seen(calendar, made), event.body(moved, _UTC)), "it can be moved")
    _is(_seen(calendar, made).during == moved.during, "it is where it was moved to")
    say("it was moved")
    _is(len(calendar.busy(made.during)) == len(busy), "it keeps nobody busy")
    _is(calendar.delete(_seen(calendar, made)), "it can be taken away")
    _is(_seen(calendar, made).deleted, "it is gone")
    say("it was taken away")


def _event(now: datetime, during: Range) -> Mirrored:
    """Of an appointment that is in no database: the mirror leaves it alone."""
    return Mirrored(
        appointment_id=1,
        version=1,
        created_at=now,
        during=during,
        service_name="Sophie's check",
        first_name="nobody",
        car="no car",
        bay=1,
        mode="drop_off",
    )


def _seen(calendar: GoogleCalendar, made: Mirrored) -> Event:
    seen = calendar.get(made.event_id)
    if seen is None:
        raise ProtocolError("The event that was made cannot be found.")
    return seen


def _is(so: bool, what: str) -> None:
    if not so:
        raise ProtocolError(f"Google does not keep to this: {what}.")


def _calendar() -> GoogleCalendar:
    if missing := [name for name in _NEEDED if not os.environ.get(name)]:
        raise ConfigurationError(f"Set {', '.join(missing)} (infra/google_oauth makes the refresh token).")
    client_id, client_secret, refresh_token, calendar_id = (os.environ[name] for name in _NEEDED)
    account = GoogleAccount(
        client_id=client_id,
        client_secret=client_secret,
        refresh_token=refresh_token,
        token_url=os.environ.get("GOOGLE_TOKEN_URL", "https://oauth2.googleapis.com/token"),
    )
    return GoogleCalendar(account, os.environ.get("GOOGLE_API_BASE_URL", "https://www.googleapis.com"), calendar_id)


def main() -> int:
    try:
        with closing(_calendar()) as calendar:
            check(calendar, datetime.now(UTC), lambda said: print(f"  {said}", flush=True))
    except SophieError as why:
        print(why, file=sys.stderr)
        return 1
    print("Google Calendar does what is needed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
