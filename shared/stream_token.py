"""The one-time token in the path of a media stream's URL.

Twilio drops query strings of stream URLs, so the token is a path segment: base64url of `call|epoch|expiry|nonce` and
an HMAC-SHA256 over it. It proves that our own webhook asked for this stream less than a minute ago. That it is used
once is kept elsewhere (`sessions`): this module is pure and knows neither clock nor Redis.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

LIFETIME_SECONDS = 60
# The clocks of the door that made it and of the process that checks it differ by less.
_CLOCKS_APART_SECONDS = 5
_MAC_BYTES = 32
_MAX_CHARACTERS = 512


@dataclass(frozen=True, slots=True)
class StreamToken:
    """What a token says. `leg` is the call's sid; `epoch` counts the streams of one call from 0; `expires` is Unix
    time in seconds."""

    leg: str
    epoch: int
    expires: int
    nonce: str


def issue(secret: str, leg: str, epoch: int, now: float, nonce: str) -> str:
    """A token good for LIFETIME_SECONDS from `now` (Unix seconds)."""
    body = f"{leg}|{epoch}|{int(now) + LIFETIME_SECONDS}|{nonce}".encode()
    return base64.urlsafe_b64encode(body + _mac(secret, body)).decode("ascii").rstrip("=")


def check(secrets: Iterable[str], token: str, now: float) -> StreamToken | None:
    """What the token says, or None when it is forged, malformed, has expired by `now` (Unix seconds) or is good for
    longer than any of ours."""
    if len(token) > _MAX_CHARACTERS:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if not any(hmac.compare_digest(mac, _mac(secret, body)) for secret in secrets):
        return None
    try:
        leg, epoch, expires, nonce = body.decode().split("|")
        said = StreamToken(leg, int(epoch), int(expires), nonce)
    except ValueError:
        return None
    return said if now < said.expires <= now + LIFETIME_SECONDS + _CLOCKS_APART_SECONDS else None


def _mac(secret: str, body: bytes) -> bytes:
    return hmac.digest(secret.encode(), b"stream-token\0" + body, "sha256")
