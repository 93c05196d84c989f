"""The project that a key belongs to: which keys are good, how many streams it may have open, and how refusals look.

Sources: Deepgram's "Errors" and "API Rate Limits" (streams are limited per project and product; one more is answered
429 at the handshake). It refuses to know what a stream carries.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from infra.local.faults import Fault

FLUSHES_PER_MINUTE = 20
_CODES = {401: "INVALID_AUTH", 413: "PAYLOAD_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE", 429: "TOO_MANY_REQUESTS"}
_MESSAGES = {
    401: "Invalid credentials.",
    402: "Project does not have enough credits for this request.",
    429: "Too many requests. Please try again later.",
    500: "Internal server error.",
    503: "Service unavailable. Please try again later.",
}


class TooManyStreams(Exception):
    """The project has as many streams of that product open as it may."""


def refusal(status: int, message: str = "", code: str = "") -> web.Response:
    """Deepgram's error body, with the header that a client sees when an upgrade is refused."""
    request_id = str(uuid.uuid4())
    message = message or _MESSAGES.get(status, "Bad Request.")
    body = {
        "err_code": code or _CODES.get(status, "Bad Request" if status < 500 else "INTERNAL_SERVER_ERROR"),
        "err_msg": message,
        "request_id": request_id,
    }
    return web.json_response(body, status=status, headers={"dg-error": message, "dg-request-id": request_id})


def ordered_refusal(fault: Fault) -> web.Response:
    """The body of a status that a fault orders."""
    return refusal(fault.code, fault.reason)


def is_authorised(header: str) -> bool:
    """A key after `Token`, or an access token after `Bearer`; one that begins with `bad` is a wrong one."""
    scheme, _, key = header.partition(" ")
    return scheme.lower() in ("token", "bearer") and bool(key.strip()) and not key.strip().startswith("bad")


@dataclass
class Project:
    """The limits in force. `listen` and `speak` are streams open at once, as of pay-as-you-go; `idle_seconds` is how
    long a listening stream may send nothing."""

    listen: int = 150
    speak: int = 45
    idle_seconds: float = 10.0
    flushes: int = FLUSHES_PER_MINUTE
    open: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def stream(self, product: str) -> Iterator[None]:
        """One stream of `listen` or `speak` for as long as the context lasts."""
        if self.open[product] >= getattr(self, product):
            raise TooManyStreams
        self.open[product] += 1
        try:
            yield
        finally:
            self.open[product] -= 1

    def change(self, wanted: dict[str, Any]) -> None:
        """New limits by name; ValueError says which is wrong."""
        for name, value in wanted.items():
            if name not in ("listen", "speak", "flushes", "idle_seconds"):
                raise ValueError(f"There is no limit {name}; there are listen, speak, flushes and idle_seconds.")
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ValueError(f"{name} must be a number of 0 or more.")
            setattr(self, name, value)

    def as_json(self) -> dict[str, Any]:
        """The limits, and what is open now."""
        return {
            "listen": self.listen,
            "speak": self.speak,
            "flushes": self.flushes,
            "idle_seconds": self.idle_seconds,
            "open": {product: count for product, count in self.open.items() if count},
        }
