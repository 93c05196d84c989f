"""Which revision callers reach: the newest once it has answered, or, rolled back, the one before."""

from collections.abc import Iterator
from typing import Any

from infra.cloud import clients
from infra.cloud.failures import DeploymentFailed
from infra.cloud.plan.release import BEFORE, candidate, serves_newest, serving, short, trial
from infra.cloud.site import Site
from infra.cloud.smoke import TRIALS
from infra.cloud.steps import Action, Step

SERVICES = tuple(TRIALS)


def steps(site: Site) -> Iterator[Step]:
    for name in SERVICES:
        yield _newest(site, name)


def _newest(site: Site, name: str) -> Step:
    def make(now: Any) -> Iterator[Action]:
        tried = candidate(now) if now else None
        newest = short(tried.revision) if tried else "NEWEST_REVISION"
        yield trial(site, name)
        yield site.command("run services update-traffic", name, region=site.region, to_revisions=f"{newest}=100")

    return Step(
        name=f"traffic of {name}",
        phase="traffic",
        found=lambda: clients.service(site, name),
        right=serves_newest,
        make=make,
        advice="Callers still reach the revision that they reached before.",
    )


def back(site: Site, name: str) -> Iterator[Step]:
    """One service back to the revision that callers reached before the one that serves now, whatever was tried between.
    A release may have left the other services alone."""
    now, before = _now_and_before(site, name)
    move = site.command("run services update-traffic", name, region=site.region, to_revisions=f"{before}=100")
    yield Step(name=f"{name}: from {now} to {before}", phase="traffic", found=lambda: None, make=lambda _: [move])


def _now_and_before(site: Site, name: str) -> tuple[str, str]:
    if site.gcloud is None:
        return "SERVING_REVISION", "REVISION_BEFORE"
    found = clients.service(site, name)
    if found is None:
        raise DeploymentFailed(f"{name} does not stand in {site.region}: if it is elsewhere, say so with --region.")
    now = max(serving(found), default="")
    if not now:
        raise DeploymentFailed(f"No revision of {name} has ever started, so there is none to go back to.")
    before = clients.revision(site, name, now).labels.get(BEFORE)
    if not before:
        raise DeploymentFailed(f"{name} has no revision before {now}.")
    return now, before
