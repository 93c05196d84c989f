"""Whether a request was signed by Twilio.

The signed string is the full public URL with its query, then for a form POST each parameter's name and value, names
sorted, the values of one name de-duplicated and sorted (twilio.com/docs/usage/security). The header is base64 of
HMAC-SHA1 under the account's auth token, or of HMAC-SHA256 under a shared key when the settings header says so. What
this module refuses to know: Flask, websockets, where the URL comes from. It is our own because the SDK's check costs
80 µs and compares in Python; a test holds the two to the same answers.
"""

import base64
import hmac
from collections.abc import Iterable, Mapping, Sequence

SIGNATURE_HEADER = "X-Twilio-Signature"
SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"
_DIGESTS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}


def sign(secret: str, url: str, form: Mapping[str, Sequence[str]] | None = None, digest: str = "sha1") -> str:
    """The signature Twilio would send for this URL and form (name → all its values)."""
    text = url + "".join(name + value for name in sorted(form or {}) for value in sorted(set((form or {})[name])))
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), digest)).decode("ascii")


def is_signed(
    secrets: Iterable[str],
    url: str,
    signature: str | None,
    *,
    form: Mapping[str, Sequence[str]] | None = None,
    settings: str | None = None,
) -> bool:
    """Whether `signature` is right for this URL and form under any of the secrets.

    `settings` is the value of SETTINGS_HEADER, absent for the account's own token. An unknown algorithm is never right.
    """
    digest = _digest(settings)
    if not signature or digest is None:
        return False
    given = signature.encode("utf-8", "replace")
    # No early exit: the time taken does not tell which secret was nearly right.
    matches = [hmac.compare_digest(given, sign(secret, url, form, digest).encode()) for secret in secrets]
    return any(matches)


def _digest(settings: str | None) -> str | None:
    for part in (settings or "").split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return _DIGESTS.get(value.strip().upper())
    return "sha1"
