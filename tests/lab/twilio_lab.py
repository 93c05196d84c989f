"""The lab's Twilio in a thread of its own, for whoever asks it without a loop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from infra.local.twilio.account import Credentials
from infra.local.twilio.app import make_app
from tests.lab.thread_serving import served


class TwilioLab:
    """Where the lab is, what it knows, and its control endpoints."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, path: str, **body: Any) -> Any:
        answer = requests.post(f"{self.url}/_lab/{path}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, **about: Any) -> None:
        assert requests.post(f"{self.url}/_lab/faults", json=about, timeout=10).ok

    @property
    def struck(self) -> list[str]:
        """The kinds of the faults that have struck so far."""
        return [each["kind"] for each in requests.get(f"{self.url}/_lab/faults", timeout=10).json()["struck"]]

    def forget_faults(self) -> None:
        assert requests.delete(f"{self.url}/_lab/faults", timeout=10).ok

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Whom the account has texted, and what."""
        told = requests.get(f"{self.url}/_lab/messages", timeout=10).json()["messages"]
        return [(each["to"], each["body"]) for each in told if each["direction"] == "outbound-api"]

    @property
    def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = requests.get(f"{self.url}/_lab/calls", timeout=10).json()["calls"]
        return found


@contextmanager
def twilio_serving(account_sid: str, auth_token: str) -> Iterator[TwilioLab]:
    with served(lambda: make_app(Credentials(account_sid, auth_token), speed=20.0, calls_per_second=50)) as url:
        yield TwilioLab(url)
