"""The gcloud command line: one way to write a command, to run it, and to read what stands.

It knows nothing of what is deployed. https://cloud.google.com/sdk/gcloud/reference
"""

import json
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.cloud.failures import DeploymentFailed

ROOT = Path(__file__).resolve().parents[2]
# What these say, nobody else's commands change: a deployment reads its secrets over and over.
_APART = ("projects", "secrets")
_ABSENT = ("NOT_FOUND", "Cannot find", "could not be found", "was not found")


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


class Gcloud:
    """Runs commands with the account and the settings that gcloud has."""

    def __init__(self) -> None:
        self._read: dict[Command, Any] = {}

    def run(self, one: Command) -> str:
        """What the command printed. Raises DeploymentFailed with gcloud's own words."""
        kept = {*_APART} - {one.words[0]}
        self._read = {asked: found for asked, found in self._read.items() if asked.words[0] in kept}
        return self._run(one)

    def read(self, name: str, *arguments: str, **flags: str | int | bool) -> Any:
        """What the command prints as JSON, None where nothing of the name stands; asked once until something
        is run that may change it."""
        one = command(name, *arguments, format="json", **flags)
        if one not in self._read:
            self._read[one] = self._found(one)
        return self._read[one]

    def _found(self, one: Command) -> Any:
        try:
            return json.loads(self._run(one) or "null")
        except DeploymentFailed as why:
            if any(sign in str(why) for sign in _ABSENT):
                return None
            raise

    def _run(self, one: Command) -> str:
        try:
            ran = subprocess.run(
                ["gcloud", *one.words], cwd=ROOT, check=False, input=one.given, capture_output=True, text=True
            )
        except FileNotFoundError as why:
            raise DeploymentFailed("gcloud is not installed: see https://cloud.google.com/sdk/docs/install.") from why
        if ran.returncode:
            raise DeploymentFailed(f"{one.line}\nended with code {ran.returncode}:\n{ran.stderr.strip()}")
        return ran.stdout
