"""The line of a lab, for scenarios: callers who ring in, people who are rung, texts; each until it is over.

On a line that goes `speed` times as fast as a person, callers hum and are signed, so that the recogniser can be told
their words. It refuses to know what is said.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from infra.local.house.lab import Lab, fetch_json
from infra.local.scenarios.model import Caller, TextMessage

Event = dict[str, Any]

_AUDIENCE = "https://dial-reminders.lab"
_USUAL = {"patience_s": 1.5}
_HUM = {"voice": "tone", "rate": 400}
_REAL_PATIENCE = {"moves_on_s": 8.0, "gives_up_s": 15.0}
"""These wait for the product, which does not go faster."""
_MOST_SECONDS = 420.0


@dataclass
class Telephone:
    lab: Lab
    speed: float
    _signatures: Iterator[int] = field(default_factory=lambda: count(1))

    def ring_in(self, caller: Caller) -> Event:
        """The call, as the lab answers it."""
        told = {
            "from": caller.number,
            "to": self.lab.addresses.number,
            "script": self._at_speed(caller.script),
            "parameters": dict(caller.parameters),
            "network": dict(caller.network),
        }
        return self._post("calls", told)

    def put_phone(self, phone: Mapping[str, Any]) -> None:
        """Who answers at a number."""
        self._post("phones", {**phone, "script": self._at_speed(phone.get("script", {}))})

    def follow(self, call: Event) -> Iterator[Event]:
        """What happens in a call, as it happens, until it is over. Raises ProgramFailed when the house has fallen."""
        url = f"{self.lab.addresses.twilio}/_lab/calls/{call['call_sid']}/events"
        with urllib.request.urlopen(url, timeout=_MOST_SECONDS) as stream:  # noqa: S310
            for raw in stream:
                self.lab.check()
                yield json.loads(raw)

    def record(self, call: Event) -> Event:
        return self._get(f"calls/{call['call_sid']}")

    def rung(self, known: set[str]) -> list[Event]:
        """The calls that the product has placed, beside those already known; by number."""
        calls = self._get("calls")["calls"]
        made = [each for each in calls if each["direction"] != "inbound" and each["call_sid"] not in known]
        return sorted(made, key=lambda each: str(each["to"]))

    def remind(self) -> Event:
        """The dialler runs, asked as Cloud Scheduler asks; its summary."""
        at = self.lab.addresses
        token = fetch_json(f"{at.google}/_lab/oidc-token", {"audience": _AUDIENCE})["token"]
        request = urllib.request.Request(  # noqa: S310
            f"{at.dial_reminders}/", data=b"", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request, timeout=_MOST_SECONDS) as answer:  # noqa: S310
            summary: Event = json.loads(answer.read())
            return summary

    def text_in(self, text: TextMessage) -> None:
        self._post("messages", {"from": text.number, "to": self.lab.addresses.number, "body": text.body})

    def texts(self) -> list[Event]:
        """All there were on this line, in order."""
        found: list[Event] = self._get("messages")["messages"]
        return found

    def until_taken(self, before: int) -> list[Event]:
        """The texts after the first so many, once none is under way any more."""
        found = self.texts()[before:]
        while not all(each["over"] for each in found):
            time.sleep(0.02)  # the lab tells of calls as they go, and not of texts
            found = self.texts()[before:]
        return found

    def _at_speed(self, script: Mapping[str, Any]) -> dict[str, Any]:
        if self.speed == 1:
            return dict(script)
        patience = {key: float(script.get(key, usual)) * self.speed for key, usual in _REAL_PATIENCE.items()}
        return _USUAL | dict(script) | _HUM | patience | {"signed": next(self._signatures)}

    def _post(self, what: str, told: Mapping[str, Any]) -> Event:
        answer: Event = fetch_json(f"{self.lab.addresses.twilio}/_lab/{what}", told)
        return answer

    def _get(self, what: str) -> Event:
        answer: Event = fetch_json(f"{self.lab.addresses.twilio}/_lab/{what}")
        return answer
