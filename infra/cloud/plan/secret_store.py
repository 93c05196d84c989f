"""Secret Manager: each secret once, its newest version the one that is given, read by the parts that need it and no
other.

A value that is not given stays what it is; one that is new becomes a new version, and the parts that read it are
replaced by the steps that follow, because they name the version.
"""

import secrets as chance
from collections.abc import Iterable, Iterator
from dataclasses import replace

from infra.cloud import parts
from infra.cloud.parts import ACCOUNTS
from infra.cloud.site import Secret, Site
from infra.cloud.steps import Action, Step

_READER = "roles/secretmanager.secretAccessor"


def steps(site: Site) -> Iterator[Step]:
    for setting in parts.secrets():
        given = site.given.get(setting, "")
        stands = site.secret(setting) is not None
        if given or stands or setting in parts.GENERATED:
            yield kept(site, "secrets", setting, given)
            yield _readers(site, setting)


def kept(site: Site, phase: str, setting: str, given: str) -> Step:
    """A secret that holds what is given; something random when nothing is, and nothing was before."""
    name = parts.secret_id(setting)

    def make(_: Secret | None) -> Iterable[Action]:
        if site.read("secretmanager", f"v1/{site.secret_path(setting)}") is None:
            made = site.command("secrets create", name, replication_policy="automatic", data_file="-")
        else:
            made = site.command("secrets versions add", name, data_file="-")
        yield replace(made, given=given or chance.token_urlsafe(32))

    return Step(
        name=f"secret {name}",
        phase=phase,
        found=lambda: site.secret(setting),
        right=lambda now: not given or now.value == given,
        make=make,
        undo=lambda _: [site.command("secrets delete", name)],
        advice="Your account needs the roles Secret Manager Admin and Secret Manager Secret Accessor.",
    )


def _readers(site: Site, setting: str) -> Step:
    name = parts.secret_id(setting)
    wanted = {
        f"serviceAccount:{site.account(account)}"
        for account, part in ACCOUNTS.items()
        if part is not None and setting in parts.taken(part)
    }

    def make(now: set[str] | None) -> Iterable[Action]:
        for member in sorted(wanted - (now or set())):
            yield site.command("secrets add-iam-policy-binding", name, member=member, role=_READER)

    return Step(
        name=f"readers of {name}",
        phase="secrets",
        found=lambda: site.members("secretmanager", f"v1/{site.secret_path(setting)}", _READER),
        right=lambda now: now >= wanted,
        make=make,
        advice="Your account needs the role Secret Manager Admin.",
    )
