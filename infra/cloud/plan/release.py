"""A release of a service: a new revision beside the one that serves, without traffic, tried at its own address.

A function is a service of Cloud Run as well, so both go the same way. What a service is made of is not known here.
https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from google.cloud import run_v2

from infra.cloud import clients, smoke
from infra.cloud.failures import DeploymentFailed
from infra.cloud.gcloud import Command
from infra.cloud.parts import ADDRESSES
from infra.cloud.plan.access import EVERYBODY, invoked, scheduler
from infra.cloud.plan.labels import LABEL, Labelled, labelled, told
from infra.cloud.site import Site
from infra.cloud.steps import Action, Call, Step
from shared.settings import Part

CANDIDATE = "candidate"
BEFORE = "sophie-before"
HEALTH = "httpGet.path=/health,httpGet.port=8080"
# A revision is ready, and can be given traffic, only when it has answered /health.
_FLAGS: Mapping[str, str | int | bool] = {
    "cpu": 1,
    "cpu_boost": True,
    "port": 8080,
    "ingress": "all",
    "startup_probe": f"{HEALTH},periodSeconds=1,timeoutSeconds=1,failureThreshold=60",
}
# https://cloud.google.com/run/docs/configuring/vpc-direct-vpc
_NETWORK: Mapping[str, str | int | bool] = {
    "network": "default",
    "subnet": "default",
    "vpc_egress": "private-ranges-only",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """`source` stands for the files that a command sends, which `staged` puts there first."""

    service: str
    phase: str
    part: Part
    account: str
    public: bool
    flags: Callable[[], Mapping[str, str | int | bool]]
    source: Callable[[], str] = str
    staged: tuple[Action, ...] = ()


def steps(site: Site, release: Release) -> Iterator[Step]:
    yield _revision(site, release)
    yield _address(site, release)
    asker = EVERYBODY if release.public else scheduler(site)
    yield invoked(site, release.phase, "services", release.service, asker)
    yield _answers(site, release)


def _revision(site: Site, release: Release) -> Step:
    name = release.service

    def wanted(beside: str = "") -> Labelled:
        flags = {"region": site.region, "service_account": site.account(release.account), **_FLAGS, **release.flags()}
        flags |= _NETWORK if site.redis_is_private else {}
        flags["allow_unauthenticated" if release.public else "no_allow_unauthenticated"] = True
        return labelled(site, "run deploy", name, flags | told(site, release.part), release.source(), beside)

    def command(now: run_v2.Service | None) -> Action:
        """Beside what serves, with a label that says which that was; the first of all cannot be without traffic."""
        served = max(serving(now), default="") if now else ""
        made = wanted(f"{BEFORE}={served}" if served else "").command
        return Command((*made.words, f"--tag={CANDIDATE}", *(("--no-traffic",) if served else ())))

    return Step(
        name=f"release of {name}",
        phase=release.phase,
        found=lambda: clients.service(site, name),
        right=lambda now: now.labels.get(LABEL) == wanted().label and is_ready(now),
        make=lambda now: [*release.staged, command(now)],
        undo=lambda _: [site.command("run services delete", name, region=site.region)],
        advice=f"Its log says why it did not start: gcloud run services logs read {name}. What serves goes on.",
    )


def _address(site: Site, release: Release) -> Step:
    """Twilio signs the address that it asks, and a token is for one address: a service must know its real one."""
    name, setting = release.service, ADDRESSES[release.service]

    def fail() -> None:
        found = clients.service(site, name)
        real = ", ".join(found.urls) if found else "nowhere"
        raise DeploymentFailed(f"{name} is at {real}: set {setting} to that (wss:// for a stream) and deploy again.")

    return Step(
        name=f"address of {name}",
        phase=release.phase,
        found=lambda: clients.service(site, name),
        right=lambda now: bool(site.given.get(setting)) or site.address(name) in now.urls,
        make=lambda _: [] if site.gcloud is None else [Call("read the address back", fail)],
    )


def _answers(site: Site, release: Release) -> Step:
    """Asked in every run: it changes nothing, and the first release of all has its traffic at once."""
    asked = trial(site, release.service)

    def found() -> bool:
        asked.do()
        return True

    return Step(
        name=f"the newest {release.service} answers",
        phase=release.phase,
        found=found,
        make=lambda _: [asked],
        advice="The revision that serves goes on serving. Mend the cause and run infra/deploy again.",
    )


def trial(site: Site, name: str) -> Call:
    """Asks the newest revision at its own address, whoever serves."""
    return Call(f"try https://{CANDIDATE}---{name}…", lambda: smoke.TRIALS[name](_own_address(site, name)))


def _own_address(site: Site, name: str) -> str:
    found = clients.service(site, name)
    if found is not None and (tagged := candidate(found)) is not None and tagged.uri:
        return str(tagged.uri)
    raise DeploymentFailed(f"Cloud Run names no address for the newest {name}: run infra/deploy without --only.")


def candidate(service: run_v2.Service) -> run_v2.TrafficTargetStatus | None:
    """The newest revision, as the place that it is tried at has it."""
    return next((each for each in service.traffic_statuses if each.tag == CANDIDATE), None)


def is_ready(service: run_v2.Service) -> bool:
    """Whether the newest revision is the newest that started."""
    return bool(service.latest_ready_revision) and service.latest_ready_revision == service.latest_created_revision


def serves_newest(service: run_v2.Service) -> bool:
    """Whether all traffic goes to the newest revision that started."""
    newest = short(service.latest_ready_revision)
    return bool(newest) and serving(service) == {newest}


def serving(service: run_v2.Service) -> set[str]:
    """The revisions that have traffic; none when none has ever started."""
    shares = [each for each in service.traffic_statuses if each.percent]
    return {short(each.revision) or short(service.latest_ready_revision) for each in shares} - {""}


def short(revision: str) -> str:
    return revision.rpartition("/")[2]
