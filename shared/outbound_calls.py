"""Calls that we make, through the carrier's REST interface: created once, looked up, called off.

Nothing is created twice here: the carrier knows no request that was made before, so an answer that is lost leaves open
whether there is a call. Each call's addresses name its attempt. Whom to call is not known here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeVar
from uuid import UUID

from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioRestException

from shared import webhook_limits
from shared.errors import Unavailable
from shared.settings import Settings
from shared.telephony import rest_client

NotTaken = Enum("NotTaken", "TOO_MANY NUMBER STOP")
"""Why the carrier did not take a call: too many requests, something about this number, or something about us."""

Answer = TypeVar("Answer")

_RING_SECONDS, _LONGEST_SECONDS = 30, 600
_PROGRESS = ["initiated", "ringing", "answered", "completed"]
# Never processed, and safe to ask again.
_TOO_MANY = {20429}
# Invalid, unreachable, forbidden or blocked: calling again would end in the same way.
_NUMBER = {13223, 13224, 13225, 13226, 13227, 21211, 21214, 21215, 21216, 21217, 21219, 32203}
_NOT_FOUND = 404
_NEWEST = 20


@dataclass(frozen=True, slots=True)
class Placed:
    """The carrier's call, and how long it stays in the carrier's queue."""

    sid: str
    queued: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Seen:
    """A call as the carrier lists it."""

    sid: str
    status: str
    answered_by: str | None = None


class OutboundCalls:
    """Safe to share between threads. All raise Unavailable when nobody knows how the carrier answered."""

    def __init__(self, settings: Settings) -> None:
        self._client = rest_client(settings)
        self._from = settings.twilio_phone_number
        self._base = settings.public_base_url

    def create(self, attempt: UUID, phone: str) -> Placed | NotTaken:
        try:
            call = self._client.calls.create(
                to=phone,
                from_=self._from,
                url=self._at("voice", attempt, webhook_limits.VOICE),
                fallback_url=self._at("fallback", attempt, webhook_limits.VOICE),
                status_callback=self._at("status", attempt, webhook_limits.REPORT),
                status_callback_event=_PROGRESS,
                timeout=_RING_SECONDS,
                time_limit=_LONGEST_SECONDS,
                machine_detection="DetectMessageEnd",
                async_amd="true",
                async_amd_status_callback=self._at("amd", attempt, webhook_limits.REPORT),
            )
        except TwilioRestException as refusal:
            return _why(refusal)
        except (RequestException, ValueError) as why:
            raise Unavailable("The carrier did not answer.") from why
        return Placed(str(call.sid), timedelta(milliseconds=int(call.queue_time or 0)))

    def find(self, phone: str, since: datetime) -> Seen | None:
        """The newest call to that number since then (real time). Not by StartTime: a call in the queue has none."""
        calls = self._asked(lambda: self._client.calls.list(to=phone, from_=self._from, limit=_NEWEST))
        recent = [call for call in calls if call.date_created >= since]
        return Seen(recent[0].sid, recent[0].status, recent[0].answered_by) if recent else None

    def fetch(self, sid: str) -> Seen | None:
        try:
            call = self._asked(lambda: self._client.calls(sid).fetch())
        except TwilioRestException:
            return None
        return Seen(sid, call.status, call.answered_by)

    def cancel(self, sid: str) -> None:
        """End a call that was not answered yet; one that is over stays as it is."""
        try:
            self._asked(lambda: self._client.calls(sid).update(status="canceled"))
        except TwilioRestException:
            return

    def close(self) -> None:
        session = getattr(self._client.http_client, "session", None)
        if session is not None:
            session.close()

    def _at(self, door: str, attempt: UUID, limits: str) -> str:
        return f"{self._base}/{door}?attempt={attempt}{limits}"

    def _asked(self, question: Callable[[], Answer]) -> Answer:
        """Raises TwilioRestException for a call that is not there, or not in a state to be changed."""
        try:
            return question()
        except TwilioRestException as refusal:
            if refusal.status == _NOT_FOUND or refusal.code == _OVER:
                raise
            raise Unavailable(f"The carrier answered {refusal.code or refusal.status}.") from refusal
        except (RequestException, ValueError) as why:
            raise Unavailable("The carrier did not answer.") from why


_OVER = 21220


def _why(refusal: TwilioRestException) -> NotTaken:
    """Raises Unavailable for the carrier's own failures, after which there may or may not be a call."""
    if refusal.code in _TOO_MANY or refusal.status == 429:
        return NotTaken.TOO_MANY
    if refusal.status >= 500:
        raise Unavailable(f"The carrier failed with {refusal.code or refusal.status}.") from refusal
    return NotTaken.NUMBER if refusal.code in _NUMBER else NotTaken.STOP
