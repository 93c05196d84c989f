"""`infra/doctor calendar [--settings FILE]`: one event is made in the calendar of the settings, moved and taken away,
as a booking's is.

It stands there for a second, the day after tomorrow at four in the morning, and keeps nobody busy. It needs the four
GOOGLE_ settings of the calendar alone, and knows no appointment.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from infra.cloud.deploy import settings_of
from infra.cloud.failures import DeploymentFailed
from shared.calendar import event
from shared.calendar.event import Booking, Event, Key, Mirrored
from shared.calendar.google_account import GoogleAccount
from shared.calendar.google_calendar import GoogleCalendar
from shared.domain.ranges import Range
from shared.errors import ConfigurationError, ProtocolError, SophieError

_NEEDED = ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_REFRESH_TOKEN", "GOOGLE_CALENDAR_ID")
_UTC = ZoneInfo("UTC")
_LENGTH = timedelta(minutes=15)


def check(calendar: GoogleCalendar, now: datetime, say: Callable[[str], None]) -> None:
    """Raises ConfigurationError or PeerError for what does not work."""
    at = (now + timedelta(days=2)).replace(hour=4, minute=0, second=0, microsecond=0)
    first, second = (Range(at + early, at + early + _LENGTH) for early in (timedelta(), _LENGTH))
    both = Range(first.start, second.end)
    made, moved = _event(1, now, first), _event(2, now, second)
    busy = calendar.busy(both)
    say(f"free/busy can be read ({len(busy)} times are taken then)")
    _is(calendar.insert(made.key.event_id, event.body(made, _UTC)), "an event can be made")
    say("an event was made")
    _is(calendar.patch(_seen(calendar, made), event.body(moved, _UTC)), "it can be moved")
    _is(_seen(calendar, made).during == second, "it is where it was moved to")
    say("it was moved")
    _is(len(calendar.busy(both)) == len(busy), "it keeps nobody busy")
    _is(calendar.delete(_seen(calendar, made)), "it can be taken away")
    _is(_seen(calendar, made).deleted, "it is gone")
    say("it was taken away")


def _event(version: int, now: datetime, during: Range) -> Mirrored:
    """Of an appointment that is in no database: the mirror leaves it alone."""
    shown = Booking(during, "Sophie's check", first_name="nobody", car="no car", bay=1, mode="drop_off")
    return Mirrored(Key("appointment", 1, now), version, shown)


def _seen(calendar: GoogleCalendar, made: Mirrored) -> Event:
    seen = calendar.get(made.key.event_id)
    if seen is None:
        raise ProtocolError("The event that was made cannot be found.")
    return seen


def _is(so: bool, what: str) -> None:
    if not so:
        raise ProtocolError(f"Google does not keep to this: {what}.")


def _calendar(values: Mapping[str, str]) -> GoogleCalendar:
    if missing := [name for name in _NEEDED if not values.get(name)]:
        raise ConfigurationError(f"Set {', '.join(missing)} (infra/google_oauth makes the refresh token).")
    client_id, client_secret, refresh_token, calendar_id = (values[name] for name in _NEEDED)
    account = GoogleAccount(
        client_id=client_id,
        client_secret=client_secret,
        refresh_token=refresh_token,
        token_url=values.get("GOOGLE_TOKEN_URL", "https://oauth2.googleapis.com/token"),
    )
    return GoogleCalendar(account, values.get("GOOGLE_API_BASE_URL", "https://www.googleapis.com"), calendar_id)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="infra/doctor calendar", description=__doc__)
    parser.add_argument("--settings", type=Path, help="file of settings, as .env.example; without it, the environment")
    file = parser.parse_args(arguments).settings
    try:
        with closing(_calendar(settings_of(file) if file else os.environ)) as calendar:
            check(calendar, datetime.now(UTC), lambda said: print(f"  {said}", flush=True))
    except (SophieError, DeploymentFailed) as why:
        print(why, file=sys.stderr)
        return 1
    print("Google Calendar does what is needed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
