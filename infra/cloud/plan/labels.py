"""How a deployed thing tells what it was made of: a label that stands for its whole command and its source."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.cloud.gcloud import Command
from infra.cloud.parts import secret_id
from infra.cloud.site import Site, fingerprint
from shared.settings import Part

LABEL = "sophie-made-of"


def told(site: Site, part: Part) -> dict[str, str | int | bool]:
    """The flags that give a part its settings: secrets by name and version, the others as they are."""
    secrets = ",".join(f"{name}={secret_id(name)}:{kept.version}" for name, kept in site.secrets_of(part))
    # A value may hold commas: `gcloud topic escaping`.
    plain = "^|^" + "|".join(f"{name}={value}" for name, value in site.plain(part).items())
    return {"set_secrets": secrets, "set_env_vars": plain}


@dataclass(frozen=True, slots=True)
class Labelled:
    command: Command
    label: str


def labelled(
    site: Site, name: str, what: str, flags: Mapping[str, str | int | bool], source: str = "", beside: str = ""
) -> Labelled:
    """The command with a label that changes when the command or its source does, and perhaps with one `beside` it."""
    label = fingerprint(site.command(name, what, **flags).line, source)
    flag = "labels" if name == "run jobs deploy" else "update_labels"  # the one that each has
    said = ",".join(each for each in (f"{LABEL}={label}", beside) if each)
    return Labelled(site.command(name, what, **flags, **{flag: said}), label)
