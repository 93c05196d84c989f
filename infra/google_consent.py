"""`infra/google_oauth`: a person's consent, turned into the refresh token that the calendar's settings need.

The flow of an installed application: https://developers.google.com/identity/protocols/oauth2/native-app, with a
loopback redirect and PKCE (RFC 8252, RFC 7636). The token goes to a file that only its owner can read, and never to the
screen. What it is used for is not known here.
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import secrets
import sys
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

_AUTH_URL = "https://accounts.google.com/o/oauth2/v2/auth"
_TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105
# Events of calendars that the account owns, and when it is busy. Nothing else of the account can be seen.
_SCOPES = tuple(f"https://www.googleapis.com/auth/{name}" for name in ("calendar.events.owned", "calendar.freebusy"))
_WAIT_SECONDS = 300.0


class ConsentFailed(Exception):
    """A sentence that says what to do."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """The operator's OAuth client, of the kind "Desktop app"."""

    client_id: str
    client_secret: str = field(repr=False)
    auth_url: str
    token_url: str


class _Redirect(HTTPServer):
    """Listens on the loopback for the one request that Google's page sends the browser back with."""

    answer: Mapping[str, list[str]] | None = None
    timeout = _WAIT_SECONDS

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def wait(self) -> Mapping[str, list[str]]:
        """What came back; browsers ask for other things too."""
        while self.answer is None:
            self.handle_request()
        return self.answer

    def handle_timeout(self) -> None:
        raise ConsentFailed("Nobody gave consent within five minutes: run infra/google_oauth again.")


class _Page(BaseHTTPRequestHandler):
    server: _Redirect

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        known = "state" in asked
        if known:
            self.server.answer = asked
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"Thank you. This page can be closed.\n" if known else b"There is nothing here.\n")

    def log_message(self, *_: object) -> None:
        """The address holds the code: it is written nowhere."""


def consent(client: Client, *, browser: bool) -> str:
    """The refresh token. Raises ConsentFailed."""
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(64)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    with _Redirect() as redirect:
        asked = {
            "client_id": client.client_id,
            "redirect_uri": redirect.url,
            "response_type": "code",
            "scope": " ".join(_SCOPES),
            "access_type": "offline",  # a refresh token,
            "prompt": "consent",  # also for who was asked before
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        page = f"{client.auth_url}?{urlencode(asked)}"
        print(f"Open this page as the owner of the workshop's calendar, on this machine:\n{page}", flush=True)
        if browser:
            webbrowser.open(page)
        came = {name: values[-1] for name, values in redirect.wait().items()}
        if not hmac.compare_digest(came.get("state", ""), state):
            raise ConsentFailed("What came back belongs to another request: run infra/google_oauth again.")
        if "code" not in came:
            raise ConsentFailed(
                f"Google gave no consent ({came.get('error', 'no reason given')}): allow all that is asked."
            )
        return _exchanged(client, came["code"], verifier, redirect.url)


def _exchanged(client: Client, code: str, verifier: str, redirect: str) -> str:
    given = {
        "grant_type": "authorization_code",
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": redirect,
    }
    answer = _posted(client.token_url, given)
    token, allowed = answer.get("refresh_token"), str(answer.get("scope", "")).split()
    if not isinstance(token, str) or not token:
        raise ConsentFailed(
            "Google gave no refresh token: take the app's access away in the account, and run this again."
        )
    if missing := [scope.rsplit("/", 1)[1] for scope in _SCOPES if scope not in allowed]:
        raise ConsentFailed(f"{' and '.join(missing)} was not allowed: run infra/google_oauth again and allow both.")
    if "refresh_token_expires_in" in answer:
        print("Google ends this token after seven days, because the consent screen is in testing: publish it first.")
    return token


def _posted(url: str, given: Mapping[str, str]) -> dict[str, Any]:
    request = urllib.request.Request(url, urlencode(given).encode())  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            found: dict[str, Any] = json.loads(answer.read())
            return found
    except urllib.error.HTTPError as refused:
        with refused:
            said = json.loads(refused.read() or b"{}")
        raise ConsentFailed(
            f"Google refuses ({said.get('error')}: {said.get('error_description')}): GOOGLE_CLIENT_ID and "
            "GOOGLE_CLIENT_SECRET must be those of one client of the kind 'Desktop app'."
        ) from None
    except (OSError, ValueError):
        raise ConsentFailed("Google's token endpoint does not answer: try again.") from None


def keep(token: str, path: Path) -> None:
    """Readable by its owner alone, from the beginning."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(token)
    path.chmod(0o600)


def _client() -> Client:
    missing = [name for name in ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET") if not os.environ.get(name)]
    if missing:
        raise ConsentFailed(
            f"Set {' and '.join(missing)}: the console's page 'Clients' shows them for a client of the kind 'Desktop "
            "app', in a project where the Google Calendar API is enabled."
        )
    return Client(
        client_id=os.environ["GOOGLE_CLIENT_ID"],
        client_secret=os.environ["GOOGLE_CLIENT_SECRET"],
        auth_url=os.environ.get("GOOGLE_AUTH_URL", _AUTH_URL),
        token_url=os.environ.get("GOOGLE_TOKEN_URL", _TOKEN_URL),
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="infra/google_oauth", description="A refresh token for GOOGLE_REFRESH_TOKEN.")
    parser.add_argument("--no-browser", action="store_true", help="only print the page's address")
    given = parser.parse_args()
    to = Path.home() / "google_refresh_token"  # not in the tree, where it might be committed
    try:
        keep(consent(_client(), browser=not given.no_browser), to)
    except ConsentFailed as why:
        print(why, file=sys.stderr)
        return 1
    print(
        f"The refresh token is in {to}. Store it and take the file away:\n"
        f"  gcloud secrets versions add GOOGLE_REFRESH_TOKEN --data-file={to} && shred -u {to}\n"
        f'or, on this machine:  export GOOGLE_REFRESH_TOKEN="$(cat {to})"'
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
