"""Seals on what Redis keeps for us: proof that this house wrote it, about just this call or number.

HMAC-SHA256 with a key derived from the stream token's secret by a label, so that a seal is good for nothing else. While
a secret is being changed the previous one still opens. It knows neither Redis nor what is sealed; it hides nothing.
"""

import hmac
from collections.abc import Sequence

from shared.errors import Misuse

_CHARACTERS = 64


class Seal:
    """One per purpose; texts sealed for one purpose do not open for another."""

    def __init__(self, secrets: Sequence[str], purpose: str) -> None:
        self._keys = [hmac.digest(secret.encode(), f"seal\0{purpose}".encode(), "sha256") for secret in secrets]

    def close(self, about: str, text: str) -> str:
        """The text behind its seal; `about` must be given again to open it."""
        if not self._keys:
            raise Misuse("A process that writes sessions needs STREAM_TOKEN_SECRET.")
        return _mac(self._keys[0], about, text) + text

    def open(self, about: str, sealed: str) -> str | None:
        """The text, or None when it was not sealed here, was altered, or is about something else."""
        given, text = sealed[:_CHARACTERS], sealed[_CHARACTERS:]
        known = any(hmac.compare_digest(given.encode(), _mac(key, about, text).encode()) for key in self._keys)
        return text if known else None


def _mac(key: bytes, about: str, text: str) -> str:
    return hmac.digest(key, f"{len(about)}:{about}{text}".encode(), "sha256").hex()
