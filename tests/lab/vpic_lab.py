"""The lab's vehicle registry in a thread of its own, for whoever asks it without a loop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from infra.local.vpic.app import make_app
from tests.lab.thread_serving import served


class VpicLab:
    """Where the lab is, what it was asked, and its control endpoints."""

    def __init__(self, url: str) -> None:
        self.url = url

    def says(self, vin: str, **fields: str) -> None:
        """What is said of that VIN, over what the lab's table would say."""
        assert requests.post(f"{self.url}/_lab/records", json={"vin": vin, "fields": fields}, timeout=10).ok

    def fault(self, **about: Any) -> None:
        assert requests.post(f"{self.url}/_lab/faults", json=about, timeout=10).ok

    @property
    def struck(self) -> list[str]:
        """The kinds of the faults that have struck so far."""
        return [each["kind"] for each in requests.get(f"{self.url}/_lab/faults", timeout=10).json()["struck"]]

    def forget_faults(self) -> None:
        assert requests.delete(f"{self.url}/_lab/faults", timeout=10).ok

    @property
    def asked(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = requests.get(f"{self.url}/_lab/log", timeout=10).json()
        return found


@contextmanager
def vpic_serving() -> Iterator[VpicLab]:
    with served(make_app) as url:
        yield VpicLab(url)
