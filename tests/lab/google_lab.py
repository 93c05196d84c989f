"""The lab's Google in a thread of its own, with the vendor's own clients beside it (they are synchronous)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import google.auth.transport.requests
import requests
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build

from infra.local.google.app import GoogleAccount, make_app
from infra.local.google.scheduler.clock import Clock
from tests.lab.thread_serving import served

SCOPES = tuple(
    f"https://www.googleapis.com/auth/{name}"
    for name in ("calendar.events.owned", "calendar.freebusy", "calendar.calendars.readonly")
)


class GoogleLab:
    """Where the lab is, its account, and its control endpoints."""

    def __init__(self, url: str, account: GoogleAccount) -> None:
        self.url = url
        self.account = account

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """One of the lab's own endpoints; what it answers."""
        answer = requests.request(method, f"{self.url}/_lab/{path}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def complaint(self, method: str, path: str, body: Any = None) -> str:
        """What one of the lab's own endpoints says against a request."""
        answer = requests.request(method, f"{self.url}/_lab/{path}", json=body, timeout=10)
        assert answer.status_code == 400, answer.text
        return str(answer.json()["error"])

    def credentials(self, **changed: Any) -> Credentials:
        """google-auth's credentials of the account, made of the refresh token alone."""
        usual = {
            "refresh_token": self.account.refresh_token,
            "token_uri": f"{self.url}/token",
            "client_id": self.account.client_id,
            "client_secret": self.account.client_secret,
            "scopes": SCOPES,
        }
        return Credentials(None, **(usual | changed))  # type: ignore[no-untyped-call]

    def refreshed(self, **changed: Any) -> Credentials:
        credentials = self.credentials(**changed)
        with requests.Session() as session:
            credentials.refresh(google.auth.transport.requests.Request(session))  # type: ignore[no-untyped-call]
        return credentials

    @contextmanager
    def calendar(self, credentials: Credentials | None = None) -> Iterator[Any]:
        """Calendar v3 by its own client library and the discovery document in it."""
        options = {"api_endpoint": f"{self.url}/calendar/v3/"}
        with build(
            "calendar", "v3", credentials=credentials or self.credentials(), static_discovery=True,
            client_options=options,
        ) as service:  # fmt: skip
            yield service


@contextmanager
def serving(account: GoogleAccount | None = None, clock: Clock | None = None) -> Iterator[GoogleLab]:
    account = account or GoogleAccount()
    with served(lambda: make_app(account, clock)) as url:
        yield GoogleLab(url, account)
