"""The gcloud command line: one way to write a command and to run it; and what stands, read from Google's APIs with
gcloud's token and sent where gcloud is sent, because a question there costs no process.

gcloud's settings `CLOUDSDK_API_ENDPOINT_OVERRIDES_…` name other endpoints. It knows nothing of what is deployed.
https://cloud.google.com/sdk/gcloud/reference
"""

import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from google.auth.transport.requests import AuthorizedSession
from google.oauth2.credentials import Credentials
from requests import RequestException, Response

from infra.cloud.failures import DeploymentFailed, explained

ROOT = Path(__file__).resolve().parents[2]
# What these say, only commands that begin so change: a deployment reads its secrets over and over.
_APART = {"cloudresourcemanager": "projects", "secretmanager": "secrets"}
# gcloud gives a token that is good for an hour.
_TOKEN_LIFE = timedelta(minutes=30)
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Command:
    """One gcloud command; `given` goes to its standard input and is never shown."""

    words: tuple[str, ...]
    given: str = field(default="", repr=False)

    @property
    def line(self) -> str:
        return shlex.join(("gcloud", *self.words))


def command(name: str, *arguments: str, **flags: str | int | bool) -> Command:
    """`command("run deploy", "media", no_traffic=True, cpu=1)`: gcloud run deploy media --no-traffic --cpu=1."""
    said = [f"--{flag.replace('_', '-')}{'' if value is True else f'={value}'}" for flag, value in flags.items()]
    return Command((*name.split(), *arguments, *said, "--quiet"))


def endpoint(api: str) -> str:
    """Where an API is asked: `run` is https://run.googleapis.com, unless gcloud is sent elsewhere."""
    given = os.environ.get(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api.upper()}")
    return (given or f"https://{api}.googleapis.com").rstrip("/")


class Gcloud:
    """Runs commands and reads what stands, with the account and the settings that gcloud has."""

    def __init__(self) -> None:
        self.credentials = Credentials(None, refresh_handler=self._token)  # type: ignore[no-untyped-call]
        self._session = AuthorizedSession(self.credentials)  # type: ignore[no-untyped-call]
        self._read: dict[tuple[str, str], Any] = {}

    def run(self, one: Command) -> str:
        """What the command printed. Raises DeploymentFailed with gcloud's own words."""
        changed = {api for api, noun in _APART.items() if noun == one.words[0]}
        kept = _APART.keys() - changed
        self._read = {asked: found for asked, found in self._read.items() if asked[0] in kept}
        return _printed(one)

    def read(self, api: str, path: str, posted: Mapping[str, Any] | None = None) -> Any:
        """What an API answers of something, None where nothing of the name stands; asked once until something is run
        that may change it. Raises DeploymentFailed with Google's own words."""
        if (api, path) not in self._read:
            self._read[api, path] = self._asked(f"{endpoint(api)}/{path}", posted)
        return self._read[api, path]

    def _asked(self, url: str, posted: Mapping[str, Any] | None) -> Any:
        method = "GET" if posted is None else "POST"
        try:
            answer: Response = self._session.request(  # type: ignore[no-untyped-call]
                method, url, json=posted, timeout=_SECONDS
            )
            if answer.status_code == 404:
                return None
            if answer.ok:
                return answer.json()
        except RequestException as why:
            raise DeploymentFailed(f"{url} cannot be read ({why}): is the network there?") from why
        raise DeploymentFailed(explained(f"{method} {url}\nanswered {answer.status_code}:\n{answer.text.strip()}"))

    def _token(self, _request: Any, scopes: Any) -> tuple[str, datetime]:  # noqa: ARG002 - google-auth passes them
        token = _printed(command("auth print-access-token")).strip()
        return token, datetime.now(UTC).replace(tzinfo=None) + _TOKEN_LIFE


def _printed(one: Command) -> str:
    try:
        ran = subprocess.run(
            ["gcloud", *one.words], cwd=ROOT, check=False, input=one.given, capture_output=True, text=True
        )
    except FileNotFoundError as why:
        raise DeploymentFailed("gcloud is not installed: see https://cloud.google.com/sdk/docs/install.") from why
    if ran.returncode:
        raise DeploymentFailed(explained(f"{one.line}\nended with code {ran.returncode}:\n{ran.stderr.strip()}"))
    return ran.stdout
