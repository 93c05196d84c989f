"""Which revision callers reach: the newest once it has answered, or, rolled back, the one before."""

from collections.abc import Iterator

from google.cloud import run_v2

from infra.cloud import clients, smoke
from infra.cloud.failures import DeploymentFailed
from infra.cloud.parts import FUNCTIONS, MEDIA
from infra.cloud.site import Site
from infra.cloud.steps import Call, Step

SERVICES = (MEDIA, *(function.service for function in FUNCTIONS))


def steps(site: Site) -> Iterator[Step]:
    for name in SERVICES:
        yield _newest(site, name)


def _newest(site: Site, name: str) -> Step:
    def tried() -> None:
        found = clients.service(site, name)
        if found is None:
            raise DeploymentFailed(f"{name} does not stand: run infra/deploy without --only.")
        if name == "sophie-telephony":
            smoke.telephony(found.uri)

    return Step(
        name=f"traffic of {name}",
        phase="traffic",
        found=lambda: clients.service(site, name),
        right=serves_newest,
        make=lambda now: [
            Call(f"GET {name}/health", tried),
            site.command(
                "run services update-traffic", name, region=site.region, to_revisions=f"{_newest_of(now)}=100"
            ),
        ],
        advice="Callers still reach the revision that they reached before.",
    )


def serves_newest(service: run_v2.Service) -> bool:
    """Whether all traffic goes to the newest revision that started."""
    newest = short(service.latest_ready_revision)
    shares = [each for each in service.traffic_statuses if each.percent]
    return bool(newest) and {_revision(each, newest) for each in shares} == {newest}


def _newest_of(service: run_v2.Service | None) -> str:
    return short(service.latest_ready_revision) if service else "NEWEST_REVISION"


def _revision(share: run_v2.TrafficTargetStatus, newest: str) -> str:
    return short(share.revision) or newest


def short(revision: str) -> str:
    return revision.rpartition("/")[2]


def back(site: Site, name: str) -> Iterator[Step]:
    """One service back to the revision before the one that serves now. A release may have left the others alone."""
    now, before = _now_and_before(site, name)
    move = site.command("run services update-traffic", name, region=site.region, to_revisions=f"{before}=100")
    yield Step(name=f"{name}: from {now} to {before}", phase="traffic", found=lambda: None, make=lambda _: [move])


def _now_and_before(site: Site, name: str) -> tuple[str, str]:
    found = clients.service(site, name)
    if found is None:
        raise DeploymentFailed(f"{name} does not stand, so there is nothing to go back to.")
    newest = short(found.latest_ready_revision)
    serving = {_revision(each, newest) for each in found.traffic_statuses if each.percent}
    names = [short(each.name) for each in clients.revisions(site, name)]
    older = names[max(names.index(each) for each in serving) + 1 :]
    if not older:
        raise DeploymentFailed(f"{name} has no revision before {', '.join(sorted(serving))}.")
    return ", ".join(sorted(serving)), older[0]
