"""How the carrier signs what it sends: webhooks, callbacks and the upgrade of a media stream.

Contract: HMAC over the address exactly as configured (with query, without fragment), followed by each form
parameter's name and value in the order of names; base64. SHA-1 with the account's token, or SHA-256 with a shared key
that a second header names. It refuses to know who is being asked.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

_HASHES = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}


@dataclass(frozen=True)
class SigningKey:
    """The secret in force. `key_id` belongs to a shared key and goes with HMAC_SHA256."""

    secret: str
    algorithm: str = "HMAC_SHA1"
    key_id: str | None = None

    def __post_init__(self) -> None:
        if self.algorithm not in _HASHES:
            raise ValueError(f"{self.algorithm!r} is no signing algorithm: use HMAC_SHA1 or HMAC_SHA256.")
        if (self.key_id is None) != (self.algorithm == "HMAC_SHA1"):
            raise ValueError("HMAC_SHA256 goes with a key_id, HMAC_SHA1 without one.")

    def headers(self, url: str, parameters: Mapping[str, str] | None = None) -> dict[str, str]:
        """The headers that sign a request to `url` (no fragment) with these form parameters."""
        signed = url + "".join(name + value for name, value in sorted((parameters or {}).items()))
        digest = hmac.digest(self.secret.encode(), signed.encode(), _HASHES[self.algorithm])
        found = {"X-Twilio-Signature": base64.b64encode(digest).decode()}
        if self.key_id is not None:
            found["X-Twilio-Webhooks-Signature-Settings"] = f"key={self.key_id},algorithm={self.algorithm}"
        return found
