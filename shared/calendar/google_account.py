"""The workshop's Google account: an access token made of the refresh token, renewed before anybody needs the next one.

Which requests are made with it is not known here. The transport of Google's library may be used by one thread at a
time, so each thread is given one of its own.
"""

import logging
import threading
from datetime import UTC, datetime, timedelta

import google_auth_httplib2
import httplib2
from google.auth import exceptions
from google.oauth2.credentials import Credentials

from shared.errors import ConfigurationError, Unavailable
from shared.log import fields

log = logging.getLogger(__name__)

SCOPES = tuple(f"https://www.googleapis.com/auth/{name}" for name in ("calendar.events.owned", "calendar.freebusy"))
# For each step on the wire; a whole request takes a few of them.
SECONDS = 5.0
_AHEAD = timedelta(minutes=5)
_TRY_AGAIN_SECONDS = 30.0

# https://developers.google.com/identity/protocols/oauth2#expiration: such a token also ends when its user revokes it,
# changes their password, or has been given fifty newer ones.
_REFUSED = (
    "Google refuses GOOGLE_REFRESH_TOKEN ({}): make a new one with infra/google_oauth and store it. While the OAuth "
    "consent screen is in testing, Google ends such tokens after seven days: publish it to keep them."
)


class _Credentials(Credentials):
    """Google's, renewed by one thread while the others wait for it."""

    _lock = threading.Lock()

    def refresh(self, request: google_auth_httplib2.Request) -> None:
        seen = self.token
        with self._lock:
            if self.token is seen:
                super().refresh(request)  # type: ignore[no-untyped-call]


class GoogleAccount:
    """One per process, for any number of threads."""

    def __init__(self, *, client_id: str, client_secret: str, refresh_token: str, token_url: str) -> None:
        self._credentials = _Credentials(  # type: ignore[no-untyped-call]
            None,
            refresh_token=refresh_token,
            token_uri=token_url,
            client_id=client_id,
            client_secret=client_secret,
            scopes=SCOPES,
        )
        self._threads = threading.local()
        self._opened: list[httplib2.Http] = []
        self._timer: threading.Timer | None = None
        self._closed = False
        self._lock = threading.Lock()

    def http(self) -> google_auth_httplib2.AuthorizedHttp:
        """This thread's transport. A token that Google calls invalid is renewed once."""
        mine: google_auth_httplib2.AuthorizedHttp | None = getattr(self._threads, "http", None)
        if mine is None:
            plain = httplib2.Http(timeout=SECONDS)
            mine = google_auth_httplib2.AuthorizedHttp(self._credentials, http=plain, max_refresh_attempts=1)
            self._threads.http = mine
            self._opened.append(plain)
        return mine

    def leave(self) -> None:
        """Closes this thread's transport, for a thread that is about to end."""
        mine = self._threads.__dict__.pop("http", None)
        if mine is not None:
            mine.close()
            self._opened.remove(mine.http)

    def keep_fresh(self) -> None:
        """From now on the token is renewed in a thread of its own before it ends, until `close`."""
        with self._lock:
            if self._timer is None:
                self._renew_in(0)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
        for http in self._opened:
            http.close()

    def _ends_at(self) -> datetime:
        """Google's library keeps it without a zone."""
        ends: datetime | None = self._credentials.expiry
        return ends.replace(tzinfo=UTC) if ends is not None else datetime.now(UTC)

    def _renew_in(self, seconds: float) -> None:
        if self._closed:
            return
        self._timer = threading.Timer(seconds, self._renew)
        self._timer.name, self._timer.daemon = "calendar-token", True
        self._timer.start()

    def _renew(self) -> None:
        http = httplib2.Http(timeout=SECONDS)
        try:
            self._credentials.refresh(google_auth_httplib2.Request(http))
            wait = (self._ends_at() - _AHEAD - datetime.now(UTC)).total_seconds()
        except (exceptions.GoogleAuthError, OSError) as why:
            log.error("google access token not renewed", extra=fields(why=str(refusal(why))))
            wait = _TRY_AGAIN_SECONDS
        finally:
            http.close()
        with self._lock:
            self._renew_in(max(wait, _TRY_AGAIN_SECONDS))


def refusal(why: Exception) -> ConfigurationError | Unavailable:
    """What it means that no access token could be had."""
    if isinstance(why, exceptions.RefreshError) and not why.retryable:
        said = str(why.args[0])
        code = said.partition(":")[0]
        if code == "invalid_client":
            return ConfigurationError(
                "Google refuses the OAuth client (invalid_client): GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET must be "
                "those of one client, as the console shows them."
            )
        if code in ("invalid_grant", "invalid_scope", "unauthorized_client"):
            return ConfigurationError(_REFUSED.format(code))
    return Unavailable("Google's token endpoint did not answer.")
