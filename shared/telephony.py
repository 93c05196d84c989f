"""The carrier's REST interface: text messages. It refuses to know who may be texted and what is written down about it.

The vendor's SDK, told our base URL and a time-out. Nothing is tried twice: the carrier knows no request that was made
before, so an answer that is lost leaves open whether a message went out.
"""

import logging
from dataclasses import dataclass
from typing import Literal

from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from shared import webhook_limits
from shared.settings import Settings

# It writes a dozen lines for each request, with whom it is about.
logging.getLogger("twilio.http_client").setLevel(logging.WARNING)

_SECONDS = 4.0
# "Never processed, and always safe to retry."
_TOO_MANY_REQUESTS = 20429


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message: 'pending' was surely not taken and may be tried again, 'sending' nobody knows."""

    state: Literal["sent", "failed", "pending", "sending"]
    sid: str | None = None
    code: int | None = None


def rest_client(settings: Settings) -> Client:
    """The vendor's client, which tries nothing twice and waits for no answer longer than a few seconds."""
    account, secret = settings.twilio_account_sid, settings.twilio_auth_token
    client = Client(account, secret, http_client=TwilioHttpClient(timeout=_SECONDS))
    client.api.base_url = settings.twilio_api_base_url
    return client


class Telephony:
    """Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._client = rest_client(settings)
        self._from = settings.twilio_phone_number
        self._reports = f"{settings.public_base_url}/sms"

    def text(self, to: str, body: str, message: int) -> Sent:
        """The carrier's reports name the `message`: its sender may die before it hears what the carrier calls it."""
        reports = f"{self._reports}?message={message}{webhook_limits.REPORT}"
        try:
            taken = self._client.messages.create(to=to, from_=self._from, body=body, status_callback=reports)
        except TwilioRestException as refusal:
            if refusal.code == _TOO_MANY_REQUESTS or refusal.status == 429:
                return Sent("pending", code=refusal.code)
            return Sent("failed" if refusal.status < 500 else "sending", code=refusal.code)
        except ConnectTimeout:
            return Sent("pending")
        except NotConnected as why:
            reason = getattr(why.args[0], "reason", None) if why.args else None
            return Sent("pending" if isinstance(reason, NewConnectionError) else "sending")
        except (RequestException, ValueError):
            return Sent("sending")
        return Sent("sent", sid=taken.sid)

    def close(self) -> None:
        session = getattr(self._client.http_client, "session", None)
        if session is not None:
            session.close()
