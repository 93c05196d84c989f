"""One project that the product is deployed to: its name, the operator's settings, and what is known of it by asking.

Without gcloud it is imagined: then nothing is asked and what Google would make up has a name in capitals.
"""

import base64
import hashlib
import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.cloud import parts
from infra.cloud.failures import DeploymentFailed
from infra.cloud.gcloud import Command, Gcloud, command
from shared.settings import Part

ROOT = Path(__file__).resolve().parents[2]
_IN_THE_IMAGE = ("shared", "media_service")


@dataclass(frozen=True, slots=True)
class Secret:
    version: str
    value: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Site:
    """`given` holds the operator's settings by name, `built` an image that was made elsewhere."""

    project: str
    region: str
    given: Mapping[str, str] = field(repr=False)
    built: str = ""
    gcloud: Gcloud | None

    def command(self, name: str, *arguments: str, **flags: str | int | bool) -> Command:
        return command(name, *arguments, project=self.project, **flags)

    def read(self, name: str, *arguments: str, **flags: str | int | bool) -> Any:
        """What stands, as gcloud tells it; None when there is nothing, or nobody to ask."""
        return self.gcloud and self.gcloud.read(name, *arguments, project=self.project, **flags)

    def listed(self, name: str, key: str, wanted: str, **flags: str | int | bool) -> Any:
        """The one of a list whose `key` (dots go deeper) ends in the wanted name."""
        for each in self.read(name, **flags) or ():
            if str(_at(each, key)).rpartition("/")[2] == wanted:
                return each
        return None

    @property
    def number(self) -> str:
        about = self.read("projects describe", self.project) if self.gcloud else {"projectNumber": "PROJECT_NUMBER"}
        if about is None:
            raise DeploymentFailed(f"There is no project {self.project}, or this account may not see it.")
        return str(about["projectNumber"])

    def address(self, service: str) -> str:
        """The URL that a service has before it stands.

        https://cloud.google.com/run/docs/triggering/https-request#deterministic
        """
        return f"https://{service}-{self.number}.{self.region}.run.app"

    def account(self, name: str) -> str:
        return f"{name}@{self.project}.iam.gserviceaccount.com"

    @property
    def registry(self) -> str:
        return f"{self.region}-docker.pkg.dev/{self.project}/sophie"

    @property
    def image(self) -> str:
        """The image, named by what goes into it: the same files are never built twice."""
        return self.built or f"{self.registry}/media:{fingerprint_of(*_IN_THE_IMAGE)}"

    # Settings

    def secret(self, setting: str) -> Secret | None:
        """What is kept in Secret Manager now; imagined, the first version of what is given."""
        if self.gcloud is None:
            return Secret("1", "") if self.given.get(setting) or setting in parts.GENERATED else None
        found = self.read("secrets versions access", "latest", secret=parts.secret_id(setting))
        if found is None:
            return None
        value = base64.urlsafe_b64decode(found["payload"]["data"]).decode()
        return Secret(found["name"].rpartition("/")[2], value)

    def plain(self, part: Part) -> dict[str, str]:
        """The settings of a part that are no secrets. Raises DeploymentFailed naming all that are missing."""
        values = {name: value for name, value in (dict(self.given) | self._made()).items() if value}
        names = [name for name in parts.taken(part) if name not in parts.secrets()]
        if missing := [name for name in parts.needed(part) if name in names and name not in values]:
            raise DeploymentFailed(f"Put {', '.join(missing)} into the file of settings (see .env.example).")
        own = {"SOPHIE_ENV": "cloud", "GOOGLE_CLOUD_PROJECT": self.project}
        return own | {name: values[name] for name in names if name in values}

    def _made(self) -> dict[str, str]:
        values = {name: self.address(service) for service, name in parts.ADDRESSES.items()}
        values["MEDIA_STREAM_URL"] = values["MEDIA_STREAM_URL"].replace("https://", "wss://")
        values["OIDC_SERVICE_ACCOUNT"] = self.account(parts.SCHEDULER_ACCOUNT)
        return {name: self.given.get(name) or value for name, value in values.items()}

    def secrets_of(self, part: Part) -> Iterator[tuple[str, Secret]]:
        """The secrets that a part may read, with the version that stands. Raises DeploymentFailed for one missing."""
        names = [name for name in dict.fromkeys(parts.taken(part)) if name in parts.secrets()]
        for name in names:
            if (kept := self.secret(name)) is not None:
                yield name, kept
            elif name in parts.needed(part):
                raise DeploymentFailed(
                    f"{name} is neither given nor kept in Secret Manager: put it into the file of settings."
                )

    @property
    def redis_is_private(self) -> bool:
        """Whether Redis has an address that only the project's own network reaches."""
        kept = self.given.get("REDIS_URL") or (s.value if (s := self.secret("REDIS_URL")) else "")
        try:
            return ipaddress.ip_address(urlsplit(kept).hostname or "").is_private
        except ValueError:
            return False


def fingerprint(*said: str) -> str:
    """Sixteen characters that stand for these words; a label's value may hold them."""
    return hashlib.sha256("\0".join(said).encode()).hexdigest()[:16]


def fingerprint_of(*rooms: str) -> str:
    """The same for all files of some folders of the project."""
    files = sorted(
        path
        for room in rooms
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    return fingerprint(*(f"{path.relative_to(ROOT)}:{hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files))


def _at(tree: Any, key: str) -> Any:
    for name in key.split("."):
        tree = (tree or {}).get(name)
    return tree
