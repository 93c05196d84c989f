"""The media service: a new revision beside the one that serves, without traffic, tried at its own address."""

from collections.abc import Iterator

from google.cloud import run_v2

from infra.cloud import clients, smoke
from infra.cloud.failures import DeploymentFailed
from infra.cloud.parts import MEDIA
from infra.cloud.plan.labels import LABEL, Labelled, labelled, told
from infra.cloud.plan.traffic import serves_newest
from infra.cloud.site import Site
from infra.cloud.steps import Call, Step
from shared.settings import Part

CANDIDATE = "candidate"
_PROBE = "httpGet.path=/health,httpGet.port=8080"
# A call's websocket is one request: the longest that Cloud Run allows. One process has one core's worth of Python.
_FLAGS: dict[str, str | int | bool] = {
    "allow_unauthenticated": True,
    "timeout": 3600,
    "concurrency": 80,
    "cpu": 1,
    "memory": "1Gi",
    "min_instances": 1,
    "max_instances": 10,
    "cpu_boost": True,
    "no_use_http2": True,
    "execution_environment": "gen2",
    "port": 8080,
    "startup_probe": f"{_PROBE},periodSeconds=1,timeoutSeconds=1,failureThreshold=60",
    "liveness_probe": f"{_PROBE},periodSeconds=10,timeoutSeconds=5,failureThreshold=6",
}
_NETWORK: dict[str, str | int | bool] = {
    "network": "default",
    "subnet": "default",
    "vpc_egress": "private-ranges-only",
}


def steps(site: Site) -> Iterator[Step]:
    yield _revision(site)
    yield _address(site)
    yield Step(
        name="the newest media service answers",
        phase="media",
        found=lambda: clients.service(site, MEDIA),
        right=serves_newest,
        make=lambda _: [Call(f"GET https://{CANDIDATE}---{MEDIA}…/health", lambda: smoke.media(candidate(site)))],
        advice="The revision that serves goes on serving. Mend the cause and run infra/deploy again.",
    )


def _revision(site: Site) -> Step:
    def wanted() -> Labelled:
        flags: dict[str, str | int | bool] = {
            "image": site.image,
            "region": site.region,
            "service_account": site.account("sophie-media"),
        }
        throttled = site.given.get("CPU_ALWAYS_ON", "yes") == "no"
        flags |= _FLAGS | {"cpu_throttling" if throttled else "no_cpu_throttling": True}
        flags |= _NETWORK if site.redis_is_private else {}
        return labelled(site, "run deploy", MEDIA, flags | told(site, Part.MEDIA))

    def command(now: run_v2.Service | None) -> Labelled:
        """The first revision of a service cannot be without traffic."""
        made = wanted()
        beside = ("--no-traffic",) if now is not None else ()
        return Labelled(type(made.command)((*made.command.words, f"--tag={CANDIDATE}", *beside)), made.label)

    return Step(
        name="media service",
        phase="media",
        found=lambda: clients.service(site, MEDIA),
        right=lambda now: now.labels.get(LABEL) == wanted().label and is_ready(now),
        make=lambda now: [command(now).command],
        undo=lambda _: [site.command("run services delete", MEDIA, region=site.region)],
        advice="Its log says why it did not start: gcloud run services logs read sophie-media. What serves goes on.",
    )


def _address(site: Site) -> Step:
    """Twilio signs the address of a stream: the service must know the one that it really has."""

    def fail() -> None:
        found = clients.service(site, MEDIA)
        real = ", ".join(url.replace("https://", "wss://") for url in found.urls) if found else "nowhere"
        raise DeploymentFailed(
            f"the media service is at {real}: set MEDIA_STREAM_URL to that and run infra/deploy again."
        )

    return Step(
        name="address of the media service",
        phase="media",
        found=lambda: clients.service(site, MEDIA),
        right=lambda now: bool(site.given.get("MEDIA_STREAM_URL")) or site.address(MEDIA) in now.urls,
        make=lambda _: [] if site.gcloud is None else [Call("read the address back", fail)],
    )


def is_ready(service: run_v2.Service) -> bool:
    """Whether the newest revision is the newest that started."""
    return bool(service.latest_ready_revision) and service.latest_ready_revision == service.latest_created_revision


def candidate(site: Site) -> str:
    """Where the newest revision answers without having any traffic."""
    found = clients.service(site, MEDIA)
    for each in found.traffic_statuses if found else ():
        if each.tag == CANDIDATE and each.uri:
            return str(each.uri)
    raise DeploymentFailed("Cloud Run names no address for the tag candidate: run infra/deploy --only=media again.")
