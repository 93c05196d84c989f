"""One calendar of Google's, by its own client library: free/busy, our events, and what changed since last time.

What one can go on from (an id that is taken, an event that changed meanwhile) is an answer; anything else is one of
our errors. It repeats nothing by itself: who may wait, and how long, is known to those who ask. It blocks, and may be
shared by threads.
"""

import http.client
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

import httplib2
from google.auth import exceptions
from googleapiclient.discovery import build
from googleapiclient.errors import Error, HttpError

from shared.calendar import event
from shared.calendar.event import Event
from shared.calendar.google_account import GoogleAccount, refusal
from shared.domain.ranges import Range
from shared.errors import ConfigurationError, PeerError, ProtocolError, SophieError, Unavailable

Answer = TypeVar("Answer")
Fallback = TypeVar("Fallback")

# https://developers.google.com/workspace/calendar/api/guides/errors: these 403s are about pace, others about rights.
_PACE = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"})
_GONE, _TAKEN, _CHANGED, _NOT_THERE = 410, 409, 412, 404
_PAGE = 2500


@dataclass(frozen=True, slots=True)
class Changes:
    """What a list or an incremental one brought; with `token` the next one is asked for."""

    items: Sequence[object]
    token: str


class GoogleCalendar:
    """Raises ConfigurationError when a setting is wrong, Unavailable when Google does not answer or wants to be asked
    less, ProtocolError when it sends what makes no sense or refuses what we send."""

    def __init__(self, account: GoogleAccount, api_base_url: str, calendar_id: str) -> None:
        self._account = account
        self._base = api_base_url
        self.id = calendar_id

    def keep_fresh(self) -> None:
        """From now on no request waits for an access token."""
        self._account.keep_fresh()

    def leave(self) -> None:
        """To be called by a thread that asked and is about to end."""
        self._account.leave()

    def close(self) -> None:
        self._account.close()

    @cached_property
    def _service(self) -> Any:
        # A service is built with a transport that is never used: each request brings that of its thread.
        return build(
            "calendar",
            "v3",
            http=httplib2.Http(),
            static_discovery=True,
            client_options={"api_endpoint": f"{self._base}/calendar/v3/"},
        )

    @cached_property
    def _events(self) -> Any:
        return self._service.events()

    def busy(self, during: Range) -> Sequence[Range]:
        """The times that are taken, as free/busy shows them. A calendar's own error comes inside a 200."""
        asked = {
            "timeMin": during.start.isoformat(),
            "timeMax": during.end.isoformat(),
            "items": [{"id": self.id}],
        }
        answer = self._carry_out(self._service.freebusy().query(body=asked), _whole)
        found = _object(_object(answer, "calendars"), self.id)
        if errors := found.get("errors"):
            raise self._unreadable(errors)
        spans = [event.span(each.get("start"), each.get("end")) for each in _objects(found, "busy")]
        return [each for each in spans if each is not None]

    def get(self, event_id: str) -> Event | None:
        """The event, be it deleted; None for an id that was never used."""
        request = self._events.get(calendarId=self.id, eventId=event_id)
        return self._carry_out(request, _event, {_NOT_THERE: None})

    def insert(self, event_id: str, body: Mapping[str, Any]) -> bool:
        """False when the id is taken, and be it by a deleted event. Google does not promise to notice: whoever inserts
        twice at the same moment must not."""
        request = self._events.insert(calendarId=self.id, body={**body, "id": event_id})
        return self._carry_out(request, _done, {_TAKEN: False})

    def patch(self, seen: Event, body: Mapping[str, Any]) -> bool:
        """False when the event is no longer the one that was seen. A deleted one comes back."""
        request = self._events.patch(calendarId=self.id, eventId=seen.id, body=dict(body))
        request.headers["If-Match"] = seen.etag
        return self._carry_out(request, _done, {_CHANGED: False, _GONE: False, _NOT_THERE: False})

    def delete(self, seen: Event) -> bool:
        """False when the event is no longer the one that was seen; True also when it is gone already."""
        request = self._events.delete(calendarId=self.id, eventId=seen.id)
        request.headers["If-Match"] = seen.etag
        return self._carry_out(request, _done, {_CHANGED: False, _GONE: True, _NOT_THERE: True})

    def changes(self, token: str | None, since: datetime) -> Changes | None:
        """All that changed since the token was given; without one all that ends later than `since`. None when Google no
        longer knows the token: then everything must be read again."""
        items: list[object] = []
        following: str | None = None
        while True:
            narrowed = {"syncToken": token} if token else {"timeMin": since.isoformat()}
            request = self._events.list(
                calendarId=self.id, showDeleted=True, maxResults=_PAGE, pageToken=following, **narrowed
            )
            page = self._carry_out(request, _whole, {_GONE: None})
            if page is None:
                return None
            items.extend(_objects(page, "items"))
            following = page.get("nextPageToken")
            if following is None:
                return Changes(items, _text(page, "nextSyncToken"))

    def _carry_out(
        self,
        request: Any,
        read: Callable[[object], Answer],
        otherwise: Mapping[int, Fallback] | None = None,
    ) -> Answer | Fallback:
        """What Google answers, as `read` reads it; `otherwise` holds the answers that stand for a status."""
        try:
            return read(request.execute(http=self._account.http(), num_retries=0))
        except HttpError as why:
            if otherwise and why.status_code in otherwise:
                return otherwise[why.status_code]
            raise self._translated(why) from why
        except exceptions.GoogleAuthError as why:
            raise refusal(why) from why
        except (httplib2.HttpLib2Error, http.client.HTTPException, OSError) as why:
            raise Unavailable("Google Calendar did not answer.") from why
        except (Error, ValueError) as why:
            raise ProtocolError("Google Calendar's answer could not be read.") from why

    def _translated(self, why: HttpError) -> SophieError:
        status, reason = why.status_code, next(_reasons(why), "")
        if status == 429 or status >= 500 or (status == 403 and reason in _PACE):
            return Unavailable(f"Google Calendar cannot be asked now ({status} {reason}).")
        if status == 401:
            return Unavailable("Google Calendar does not take a new access token (401).")
        if reason == "insufficientPermissions":
            return ConfigurationError(
                "GOOGLE_REFRESH_TOKEN was given for too little (insufficientPermissions): make a new one with "
                "infra/google_oauth and allow everything it asks for."
            )
        if status in (403, _NOT_THERE):
            return ConfigurationError(
                f"The calendar of GOOGLE_CALENDAR_ID cannot be used ({status} {reason}): give the id from the "
                "calendar's settings, of a calendar that the account of GOOGLE_REFRESH_TOKEN owns."
            )
        return ProtocolError(f"Google Calendar refused what was sent ({status} {reason}).")

    def _unreadable(self, errors: object) -> PeerError | ConfigurationError:
        reasons = [str(each.get("reason")) for each in _objects({"errors": errors}, "errors")]
        if "notFound" in reasons:
            return ConfigurationError(
                "Google finds no calendar of the id in GOOGLE_CALENDAR_ID: give the one from the calendar's settings."
            )
        return Unavailable(f"Google cannot tell what is busy ({', '.join(reasons) or 'no reason given'}).")


def _reasons(why: HttpError) -> Iterator[str]:
    details = why.error_details
    for each in details if isinstance(details, list) else ():
        if isinstance(each, dict) and "reason" in each:
            yield str(each["reason"])


def _done(_answer: object) -> bool:
    return True


def _whole(answer: object) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise ValueError("no object")
    return answer


def _event(answer: object) -> Event:
    read = event.read(answer)
    if read is None:
        raise ValueError("no event")
    return read


def _object(of: object, name: str) -> dict[str, Any]:
    value = of.get(name) if isinstance(of, dict) else None
    if not isinstance(value, dict):
        raise ProtocolError(f"Google Calendar's answer has no {name}.")
    return value


def _objects(of: object, name: str) -> list[dict[str, Any]]:
    value = of.get(name, []) if isinstance(of, dict) else None
    if not isinstance(value, list):
        raise ProtocolError(f"Google Calendar's answer has no {name}.")
    return [each for each in value if isinstance(each, dict)]


def _text(of: Mapping[str, Any], name: str) -> str:
    value = of.get(name)
    if not isinstance(value, str):
        raise ProtocolError(f"Google Calendar's answer has no {name}.")
    return value
