"""Whether Cloud Scheduler sent a request: a token that Google signed for this function and our service account.

https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken: signature, issuer, audience
and expiry; the account is the one that the jobs were made with. Headers that name a job prove nothing.
"""

import json
import logging
import re
import threading
import time
from collections.abc import Mapping
from functools import cache

import httplib2
from flask import Request
from flask.typing import ResponseReturnValue
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError

from shared.errors import Unavailable
from shared.log import fields
from shared.settings import Settings

log = logging.getLogger(__name__)

_ISSUERS = ("https://accounts.google.com", "accounts.google.com")
_SKEW_SECONDS = 10
_FETCH_SECONDS = 3.0
# Google changes its keys every few days; whoever makes key ids up must not make us ask for each.
_ASK_AGAIN_SECONDS = 60.0


def refused(request: Request, audience: str, settings: Settings) -> ResponseReturnValue | None:
    """The answer to a request that Google did not send for us; None for one that it did."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        return _no("no token", 401)
    try:
        claims = _claims(token.strip(), audience, settings.google_certs_url)
    except Unavailable as why:
        log.error("request not checked", extra=fields(why=str(why)))
        return {"error": str(why)}, 503
    except (GoogleAuthError, ValueError):
        return _no("no token of Google's for this function, or no longer", 401)
    if claims.get("iss") not in _ISSUERS:
        return _no("not issued by Google's accounts", 401)
    if claims.get("email") != settings.oidc_service_account or claims.get("email_verified") is not True:
        return _no("not our service account", 403)
    return None


def _no(why: str, status: int) -> ResponseReturnValue:
    log.warning("request refused", extra=fields(why=why))
    return {"error": f"This is for Cloud Scheduler: {why}."}, status


def _claims(token: str, audience: str, certs_url: str) -> Mapping[str, object]:
    header = jwt.decode_header(token)  # type: ignore[no-untyped-call]
    certificates = _certificates(certs_url).having(str(header.get("kid")))
    claims: Mapping[str, object] = jwt.decode(  # type: ignore[no-untyped-call]
        token, certs=certificates, audience=audience, clock_skew_in_seconds=_SKEW_SECONDS
    )
    return claims


class _Certificates:
    """Google's, by key id, for as long as it says that they may be kept."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._known: Mapping[str, str] = {}
        self._until = 0.0
        self._asked = float("-inf")

    def having(self, key_id: str) -> Mapping[str, str]:
        """Those that are published, asked for again when this key is not among them. Raises Unavailable."""
        with self._lock:
            now = time.monotonic()
            new = key_id not in self._known and now - self._asked > _ASK_AGAIN_SECONDS
            if now >= self._until or new:
                self._fetch(now)
            return self._known

    def _fetch(self, now: float) -> None:
        http = httplib2.Http(timeout=_FETCH_SECONDS)
        try:
            answer, body = http.request(self._url)
            known = json.loads(body) if answer.status == 200 else None
        except (httplib2.HttpLib2Error, OSError, ValueError) as why:
            raise Unavailable("Google's certificates cannot be read.") from why
        finally:
            http.close()
        if not isinstance(known, dict) or not known:
            raise Unavailable("Google's certificates cannot be read.")
        kept = re.search(r"max-age=(\d+)", answer.get("cache-control", ""))
        self._known, self._asked = known, now
        self._until = now + (int(kept[1]) if kept else _ASK_AGAIN_SECONDS)


@cache
def _certificates(url: str) -> _Certificates:
    return _Certificates(url)
