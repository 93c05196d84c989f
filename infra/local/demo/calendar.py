"""The booked appointment's event in the workshop's calendar, read by a client of its own with a token of its own.

The mirror is brought up to date behind the caller's back, so the event may come some seconds after the row. It refuses
to know how events are named: it looks where a person would, at the time of the appointment.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from infra.local.house.lab import Addresses

_APPEARS_SECONDS = 20.0

Event = dict[str, Any]


def find_event(at: Addresses, row: Mapping[str, Any]) -> Event | None:
    """The event at the time of a booked row that names its customer and car; None when there is none in time."""
    token = _access_token(at)
    deadline = time.monotonic() + _APPEARS_SECONDS
    while True:
        found = next((event for event in _events_at(at, token, row["starts_at"]) if _is_of(event, row)), None)
        if found is not None or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


def _is_of(event: Event, row: Mapping[str, Any]) -> bool:
    summary = str(event.get("summary", ""))
    starts = datetime.fromisoformat(event["start"].get("dateTime", "1970-01-01T00:00:00+00:00"))
    return starts == row["starts_at"] and str(row["first_name"]) in summary and str(row["vehicle"]) in summary


def _events_at(at: Addresses, token: str, moment: datetime) -> list[Event]:
    about = {
        "timeMin": moment.isoformat(),
        "timeMax": (moment + timedelta(minutes=1)).isoformat(),
        "singleEvents": "true",
    }
    url = f"{at.google}/calendar/v3/calendars/{quote(at.calendar_id, safe='')}/events?{urlencode(about)}"
    found: list[Event] = _answer(urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"}))["items"]  # noqa: S310
    return found


def _access_token(at: Addresses) -> str:
    given = {
        "grant_type": "refresh_token",
        "client_id": at.google_client_id,
        "client_secret": at.google_client_secret,
        "refresh_token": at.google_refresh_token,
    }
    return str(_answer(urllib.request.Request(f"{at.google}/token", urlencode(given).encode()))["access_token"])  # noqa: S310


def _answer(request: urllib.request.Request) -> Any:
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)
