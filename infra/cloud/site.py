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

    def read(self, api: str, path: str, posted: Mapping[str, Any] | None = None) -> Any:
        """What stands, as the API tells it; None when there is nothing, or nobody to ask."""
        return self.gcloud and self.gcloud.read(api, path, posted)

    def members(self, api: str, what: str, role: str, posted: Mapping[str, Any] | None = None) -> set[str]:
        """Who has the role on something."""
        policy = self.read(api, f"{what}:getIamPolicy", posted) or {}
        bound = (each["members"] for each in policy.get("bindings", ()) if each["role"] == role)
        return {member for members in bound for member in members}

    @property
    def project_path(self) -> str:
        return f"projects/{self.project}"

    @property
    def place(self) -> str:
        return f"{self.project_path}/locations/{self.region}"

    @property
    def repository_path(self) -> str:
        return f"{self.place}/repositories/sophie"

    @property
    def number(self) -> str:
        if self.gcloud is None:
            return "PROJECT_NUMBER"
        about = self.read("cloudresourcemanager", f"v1/{self.project_path}")
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

    def account_path(self, name: str) -> str:
        return f"{self.project_path}/serviceAccounts/{self.account(name)}"

    @property
    def registry(self) -> str:
        return f"{self.region}-docker.pkg.dev/{self.project}/sophie"

    @property
    def image(self) -> str:
        """The image, named by what goes into it: the same files are never built twice."""
        return self.built or f"{self.registry}/media:{fingerprint_of(*_IN_THE_IMAGE)}"

    # Settings

    def secret_path(self, setting: str) -> str:
        return f"{self.project_path}/secrets/{parts.secret_id(setting)}"

    def secret(self, setting: str) -> Secret | None:
        """What is kept in Secret Manager now; imagined, the first version of what is given."""
        if self.gcloud is None:
            return Secret("1", "") if self.given.get(setting) or setting in parts.GENERATED else None
        found = self.read("secretmanager", f"v1/{self.secret_path(setting)}/versions/latest:access")
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

    def told(self, part: Part) -> dict[str, str]:
        """All settings of a part, the secrets as they are kept now. Raises DeploymentFailed naming what is missing."""
        return self.plain(part) | {name: kept.value for name, kept in self.secrets_of(part)}

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
