"""What everything else stands on: the project's services, one account for each part, the registry, the way to Redis."""

from collections.abc import Iterator

from infra.cloud.parts import ACCOUNTS
from infra.cloud.site import Site
from infra.cloud.steps import Step

_SERVICES = (
    *("artifactregistry", "cloudbuild", "cloudfunctions", "cloudscheduler", "iam", "logging", "monitoring"),
    *("run", "secretmanager", "vpcaccess"),
)
_RANGE = "10.8.0.0/28"


def steps(site: Site) -> Iterator[Step]:
    yield _services(site)
    for name in ACCOUNTS:
        yield _account(site, name)
    yield _registry(site)
    if site.redis_is_private:
        yield _connector(site)


def _services(site: Site) -> Step:
    wanted = [f"{name}.googleapis.com" for name in _SERVICES]

    def enabled() -> set[str]:
        listed = site.read("services list", enabled=True) or ()
        return {str(each["config"]["name"]) for each in listed}

    return Step(
        name="services of the project",
        phase="project",
        found=enabled,
        right=lambda on: on >= set(wanted),
        make=lambda _: [site.command("services enable", *wanted)],
        advice="The project must exist and have billing, and your account must be its owner or editor.",
    )


def _account(site: Site, name: str) -> Step:
    address = site.account(name)
    return Step(
        name=f"account {name}",
        phase="project",
        found=lambda: site.listed("iam service-accounts list", "email", address),
        make=lambda _: [site.command("iam service-accounts create", name, display_name=f"Sophie: {name}")],
        undo=lambda _: [site.command("iam service-accounts delete", address)],
        advice="Your account needs the role Service Account Admin.",
    )


def _registry(site: Site) -> Step:
    at = {"location": site.region}
    return Step(
        name="registry of images",
        phase="project",
        found=lambda: site.listed("artifacts repositories list", "name", "sophie", **at),
        make=lambda _: [site.command("artifacts repositories create", "sophie", repository_format="docker", **at)],
        undo=lambda _: [site.command("artifacts repositories delete", "sophie", **at)],
        advice="Your account needs the role Artifact Registry Administrator.",
    )


def _connector(site: Site) -> Step:
    """Functions reach a private address through a connector only; the container goes there directly."""
    name, at = "compute networks vpc-access connectors", {"region": site.region}
    return Step(
        name="connector to the network of Redis",
        phase="project",
        found=lambda: site.listed(f"{name} list", "name", "sophie", **at),
        make=lambda _: [site.command(f"{name} create", "sophie", network="default", range=_RANGE, **at)],
        undo=lambda _: [site.command(f"{name} delete", "sophie", **at)],
        advice=f"The range {_RANGE} must be free in the project's default network.",
    )
