"""What everything else stands on: the project and its region, its services, one account for each part, the registry."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from infra.cloud.failures import DeploymentFailed
from infra.cloud.parts import ACCOUNTS, BUILDER_ACCOUNT
from infra.cloud.plan.access import BUILDER, account, granted
from infra.cloud.site import Site
from infra.cloud.steps import Call, Step

_SERVICES = (
    *("artifactregistry", "cloudbuild", "cloudresourcemanager", "cloudscheduler", "iam", "logging", "monitoring"),
    *("run", "secretmanager"),
)
# What has a network of its own to reach Redis in: https://cloud.google.com/run/docs/configuring/vpc-direct-vpc
_NETWORK = ("compute",)


def steps(site: Site) -> Iterator[Step]:
    yield _project(site)
    yield _services(site)
    yield _region(site)
    for name in ACCOUNTS:
        yield account(site, "project", name)
    yield granted(site, "project", BUILDER_ACCOUNT, BUILDER)
    yield _registry(site)


def _project(site: Site) -> Step:
    return _given(
        site,
        f"project {site.project}",
        found=lambda: site.read("cloudresourcemanager", f"v1/{site.project_path}"),
        right=lambda now: now["lifecycleState"] == "ACTIVE",
        otherwise=f"There is no project {site.project}, or your account may not see it: gcloud projects list names "
        "those that it may.",
    )


def _region(site: Site) -> Step:
    def regions() -> set[str]:
        found = site.read("run", f"v1/{site.project_path}/locations?pageSize=100") or {}
        return {str(each["locationId"]) for each in found.get("locations", ())}

    return _given(
        site,
        f"region {site.region}",
        found=regions,
        right=lambda there: site.region in there,
        otherwise=f"Cloud Run has no region {site.region}: gcloud run regions list names them.",
    )


def _given(site: Site, name: str, found: Callable[[], Any], right: Callable[[Any], bool], otherwise: str) -> Step:
    """What no deployment makes."""

    def fail() -> None:
        raise DeploymentFailed("it is not there.")

    return Step(
        name=name,
        phase="project",
        found=found,
        right=right,
        make=lambda _: [Call(f"look for {name}", fail)] if site.gcloud else [],
        advice=otherwise,
    )


def _services(site: Site) -> Step:
    names = (*_SERVICES, *_NETWORK) if site.redis_is_private else _SERVICES
    wanted = [f"{name}.googleapis.com" for name in names]

    def enabled() -> set[str]:
        asked = urlencode({"names": [f"{site.project_path}/services/{name}" for name in wanted]}, doseq=True)
        found = site.read("serviceusage", f"v1/{site.project_path}/services:batchGet?{asked}") or {}
        return {str(each["config"]["name"]) for each in found.get("services", ()) if each["state"] == "ENABLED"}

    return Step(
        name="services of the project",
        phase="project",
        found=enabled,
        right=lambda on: on >= set(wanted),
        make=lambda _: [site.command("services enable", *wanted)],
        advice="The project must have billing, and your account must be its owner or editor.",
    )


def _registry(site: Site) -> Step:
    at = {"location": site.region}
    return Step(
        name="registry of images",
        phase="project",
        found=lambda: site.read("artifactregistry", f"v1/{site.repository_path}"),
        make=lambda _: [site.command("artifacts repositories create", "sophie", repository_format="docker", **at)],
        undo=lambda _: [site.command("artifacts repositories delete", "sophie", **at)],
        advice="Your account needs the role Artifact Registry Administrator.",
    )
