"""Google's OAuth 2: the consent page's redirect, the token endpoint and its refusals, and who an access token lets in.

Tokens live in real time; the lab can end them at once. It refuses to know what the tokens are used for. Source of the
shapes: https://developers.google.com/identity/protocols/oauth2/native-app and recorded answers.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from infra.local.google.refusals import OAuthRefused, Refused

_SCOPE = "https://www.googleapis.com/auth/"
_SEVEN_DAYS = 7 * 24 * 3600


@dataclass(frozen=True, kw_only=True)
class OAuthClient:
    """The operator's own OAuth client, as the console shows it."""

    client_id: str
    client_secret: str


@dataclass(kw_only=True)
class Grant:
    """What a person allowed once; `over` when it was revoked or its time has passed."""

    scopes: frozenset[str]
    over: bool = False
    since: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, kw_only=True)
class Code:
    """An authorization code on its way back to the client."""

    grant: Grant
    redirect_uri: str
    challenge: str
    offline: bool


@dataclass(kw_only=True)
class Consent:
    """One person's account and one client: grants by refresh token, codes and access tokens.

    `testing` is a consent screen that was never published: its refresh tokens end after seven days. `declined` makes
    the person say no from now on; `lifetime` is that of access tokens, in seconds.
    """

    client: OAuthClient
    testing: bool = False
    declined: bool = False
    lifetime: int = 3599
    grants: dict[str, Grant] = field(default_factory=dict)
    _codes: dict[str, Code] = field(default_factory=dict)
    _access: dict[str, tuple[float, Grant, frozenset[str]]] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/o/oauth2/v2/auth", self._page), web.post("/token", self._token)]

    def check(self, authorization: str | None, scopes: frozenset[str]) -> None:
        """Raises Refused unless the header bears a valid token with one of these scopes (their last words)."""
        if not authorization:
            raise Refused(401, "required", "Login Required.")
        expires, grant, granted = self._access.get(authorization.removeprefix("Bearer "), (0.0, None, frozenset()))
        if grant is None or grant.over or expires <= time.monotonic():
            raise Refused(401, "authError")
        if not {_SCOPE + scope for scope in scopes} & granted:
            raise Refused(403, "insufficientPermissions")

    def expire_access_tokens(self) -> None:
        """Ends every access token that was given out."""
        self._access.clear()

    def end_grants(self) -> None:
        """Ends every refresh token: revoked, or seven days after consent on a screen in testing."""
        for grant in self.grants.values():
            grant.over = True

    async def _page(self, request: web.Request) -> web.Response:
        """The page of a person who clicks at once: back to the loopback with a code, or with `access_denied`."""
        asked = request.query
        redirect = asked.get("redirect_uri", "")
        if asked.get("client_id") != self.client.client_id:
            return _error_page(401, "invalid_client", "The OAuth client was not found.")
        if urlsplit(redirect).hostname not in ("127.0.0.1", "localhost", "::1"):
            return _error_page(400, "redirect_uri_mismatch", f"The redirect {redirect} is not a loopback address.")
        if asked.get("response_type") != "code" or not asked.get("scope"):
            return _error_page(400, "invalid_request", "Required parameter is missing: response_type=code and scope")
        state = {"state": asked["state"]} if "state" in asked else {}
        if self.declined:
            return _redirect(redirect, state | {"error": "access_denied"})
        challenge = asked.get("code_challenge", "")
        if challenge and asked.get("code_challenge_method") != "S256":
            challenge = f"plain:{challenge}"
        code = f"4/0A{secrets.token_urlsafe(40)}"
        grant = Grant(scopes=frozenset(asked["scope"].split()))
        offline = asked.get("access_type") == "offline"
        self._codes[code] = Code(grant=grant, redirect_uri=redirect, challenge=challenge, offline=offline)
        return _redirect(redirect, state | {"code": code, "scope": asked["scope"]})

    async def _token(self, request: web.Request) -> web.Response:
        given = {name: str(value) for name, value in (await request.post()).items()}
        try:
            return web.json_response(self._granted(given), headers={"Cache-Control": "no-store"})
        except OAuthRefused as refused:
            return refused.answer()

    def _granted(self, given: Mapping[str, str]) -> dict[str, Any]:
        kinds = {"refresh_token": self._refreshed, "authorization_code": self._exchanged}
        kind = _needed(given, "grant_type")
        if kind not in kinds:
            raise OAuthRefused(400, "unsupported_grant_type", f"Invalid grant_type: {kind}")
        if _needed(given, "client_id") != self.client.client_id:
            raise OAuthRefused(401, "invalid_client", "The OAuth client was not found.")
        if given.get("client_secret") != self.client.client_secret:
            raise OAuthRefused(401, "invalid_client", "Unauthorized")
        return kinds[kind](given)

    def _refreshed(self, given: Mapping[str, str]) -> dict[str, Any]:
        grant = self.grants.get(_needed(given, "refresh_token"))
        if grant is None:
            raise OAuthRefused(400, "invalid_grant", "Bad Request")
        if grant.over:
            raise OAuthRefused(400, "invalid_grant", "Token has been expired or revoked.")
        scopes = frozenset(given.get("scope", "").split()) or grant.scopes
        if not scopes <= grant.scopes:
            raise OAuthRefused(400, "invalid_scope", "Bad Request")
        answer = self._access_token(grant, scopes)
        if self.testing:
            answer["refresh_token_expires_in"] = int(grant.since + _SEVEN_DAYS - time.monotonic())
        return answer

    def _exchanged(self, given: Mapping[str, str]) -> dict[str, Any]:
        code = self._codes.pop(_needed(given, "code"), None)
        if code is None:
            raise OAuthRefused(400, "invalid_grant", "Malformed auth code.")
        if given.get("redirect_uri") != code.redirect_uri:
            raise OAuthRefused(400, "redirect_uri_mismatch", "Bad Request")
        if code.challenge and code.challenge != _challenge_of(given.get("code_verifier", ""), code.challenge):
            raise OAuthRefused(400, "invalid_grant", "Invalid code verifier.")
        answer = self._access_token(code.grant, code.grant.scopes)
        if code.offline:
            answer["refresh_token"] = f"1//0{secrets.token_urlsafe(48)}"
            self.grants[answer["refresh_token"]] = code.grant
            if self.testing:
                answer["refresh_token_expires_in"] = _SEVEN_DAYS
        return answer

    def _access_token(self, grant: Grant, scopes: frozenset[str]) -> dict[str, Any]:
        token = f"ya29.{secrets.token_urlsafe(60)}"
        self._access[token] = (time.monotonic() + self.lifetime, grant, scopes)
        said = {"scope": " ".join(sorted(scopes)), "token_type": "Bearer"}
        return {"access_token": token, "expires_in": self.lifetime, **said}


def scope_urls(words: str) -> frozenset[str]:
    """Scopes by their last words (`calendar.freebusy`) or whole, as the whole."""
    return frozenset(word if "://" in word else _SCOPE + word for word in words.split())


def _needed(given: Mapping[str, str], name: str) -> str:
    if not given.get(name):
        raise OAuthRefused(400, "invalid_request", f"Missing required parameter: {name}")
    return given[name]


def _challenge_of(verifier: str, challenge: str) -> str:
    if challenge.startswith("plain:"):
        return f"plain:{verifier}"
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _redirect(to: str, query: Mapping[str, str]) -> web.Response:
    return web.Response(status=302, headers={"Location": f"{to}{'&' if '?' in to else '?'}{urlencode(query)}"})


def _error_page(status: int, error: str, words: str) -> web.Response:
    page = f"<html><body><h1>Access blocked</h1><p>{words}</p><p>Error {status}: {error}</p></body></html>"
    return web.Response(status=status, text=page, content_type="text/html")
