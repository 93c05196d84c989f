"""What everything else stands on: the project's services, one account for each part, the registry."""

from collections.abc import Iterator

from infra.cloud.parts import ACCOUNTS
from infra.cloud.site import Site
from infra.cloud.steps import Step

_SERVICES = (
    *("artifactregistry", "cloudbuild", "cloudscheduler", "iam", "logging", "monitoring"),
    *("run", "secretmanager"),
)
# What has a network of its own to reach Redis in: https://cloud.google.com/run/docs/configuring/vpc-direct-vpc
_NETWORK = ("compute",)


def steps(site: Site) -> Iterator[Step]:
    yield _services(site)
    for name in ACCOUNTS:
        yield _account(site, name)
    yield _registry(site)


def _services(site: Site) -> Step:
    names = (*_SERVICES, *_NETWORK) if site.redis_is_private else _SERVICES
    wanted = [f"{name}.googleapis.com" for name in names]

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
