"""One function: staged, built by Google out of its source, and served as a service of Cloud Run; who may ask it.

https://cloud.google.com/run/docs/deploy-functions
"""

from collections.abc import Iterator, Mapping
from functools import partial

from infra.cloud import staging
from infra.cloud.parts import SCHEDULER_ACCOUNT, Function
from infra.cloud.plan import release
from infra.cloud.site import ROOT, Site, fingerprint_of
from infra.cloud.steps import Call, Step

_INVOKER = "roles/run.invoker"
_BUILD = ROOT / "build"


def steps(function: Function, site: Site) -> Iterator[Step]:
    name = function.target
    staged = Call(f"python -m infra.cloud.staging build  # {name}", partial(_stage, name))
    yield from release.steps(
        site,
        release.Release(
            service=function.service,
            phase=name,
            part=function.part,
            account=function.account,
            flags=partial(_flags, function, site),
            source=partial(fingerprint_of, "functions", "shared"),
            staged=(staged,),
        ),
    )
    if not function.public:
        yield invoked(site, name, "services", function.service)


def _stage(name: str) -> None:
    staging.stage(name, _BUILD)


def _flags(function: Function, site: Site) -> Mapping[str, str | int | bool]:
    return {
        "function": function.target,
        "base_image": "python312",
        "source": f"build/{function.target}",
        "image": f"{site.registry}/{function.service}",
        "allow_unauthenticated" if function.public else "no_allow_unauthenticated": True,
        "memory": "512Mi",
        # The framework has four threads for each core.
        "concurrency": 4 if function.public else 1,
        "min_instances": function.least,
        "max_instances": 20 if function.public else 1,
        "timeout": function.seconds,
    }


def invoked(site: Site, phase: str, kind: str, name: str) -> Step:
    """Cloud Scheduler's account, and nobody else, may ask what is not public."""
    member = f"serviceAccount:{site.account(SCHEDULER_ACCOUNT)}"

    def members() -> set[str]:
        policy = site.read(f"run {kind} get-iam-policy", name, region=site.region) or {}
        bound = (each["members"] for each in policy.get("bindings", ()) if each["role"] == _INVOKER)
        return {each for members in bound for each in members}

    return Step(
        name=f"who may ask {name}",
        phase=phase,
        found=members,
        right=lambda now: member in now,
        make=lambda _: [
            site.command(f"run {kind} add-iam-policy-binding", name, region=site.region, member=member, role=_INVOKER)
        ],
        advice="Your account needs the role Cloud Run Admin.",
    )
