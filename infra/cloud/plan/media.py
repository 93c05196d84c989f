"""The media service: the image, with the time and the width that calls need."""

from collections.abc import Iterator, Mapping

from infra.cloud.failures import DeploymentFailed
from infra.cloud.parts import MEDIA
from infra.cloud.plan import release
from infra.cloud.site import Site
from infra.cloud.steps import Step
from shared.settings import Part

# A call's websocket is one request: the longest that Cloud Run allows. One process has one core's worth of Python.
_FLAGS: Mapping[str, str | int | bool] = {
    "timeout": 3600,
    "concurrency": 80,
    "memory": "1Gi",
    "min_instances": 1,
    "max_instances": 10,
    "no_use_http2": True,
    "execution_environment": "gen2",
    "liveness_probe": f"{release.HEALTH},periodSeconds=10,timeoutSeconds=5,failureThreshold=6",
}
_CPU = {"yes": "no_cpu_throttling", "no": "cpu_throttling"}


def steps(site: Site) -> Iterator[Step]:
    always_on = site.given.get("CPU_ALWAYS_ON", "yes")
    if always_on not in _CPU:
        raise DeploymentFailed(f"CPU_ALWAYS_ON is {always_on}: say yes or no.")

    def flags() -> Mapping[str, str | int | bool]:
        return {"image": site.image, **_FLAGS, _CPU[always_on]: True}

    return release.steps(
        site,
        release.Release(
            service=MEDIA,
            phase="media",
            part=Part.MEDIA,
            account="sophie-media",
            public=True,
            flags=flags,
        ),
    )
