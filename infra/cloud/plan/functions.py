"""One function: staged, built and served by Google; who may ask it."""

from collections.abc import Iterator
from typing import Any

from infra.cloud import staging
from infra.cloud.parts import SCHEDULER_ACCOUNT, Function
from infra.cloud.plan.labels import LABEL, Labelled, labelled, told
from infra.cloud.site import ROOT, Site, fingerprint_of
from infra.cloud.steps import Call, Step

_INVOKER = "roles/run.invoker"
_BUILD = ROOT / "build"


def steps(function: Function, site: Site) -> Iterator[Step]:
    yield _deployed(function, site)
    if not function.public:
        yield invoked(site, function.target, "services", function.service)


def _deployed(function: Function, site: Site) -> Step:
    def wanted() -> Labelled:
        flags: dict[str, str | int | bool] = {
            "gen2": True,
            "region": site.region,
            "runtime": "python312",
            "source": f"build/{function.target}",
            "entry_point": function.target,
            "trigger_http": True,
            "allow_unauthenticated" if function.public else "no_allow_unauthenticated": True,
            "service_account": site.account(function.account),
            "memory": "512Mi",
            "cpu": 1,
            # The framework has four threads for each core.
            "concurrency": 4 if function.public else 1,
            "min_instances": function.least,
            "max_instances": 20 if function.public else 1,
            "timeout": f"{function.seconds}s",
            "ingress_settings": "all",
            "serve_all_traffic_latest_revision": True,
        }
        if site.redis_is_private:
            flags |= {"vpc_connector": "sophie", "egress_settings": "private-ranges-only"}
        flags |= told(site, function.part)
        return labelled(site, "functions deploy", function.service, flags, fingerprint_of("functions", "shared"))

    def right(now: Any) -> bool:
        return bool(now["state"] == "ACTIVE" and now.get("labels", {}).get(LABEL) == wanted().label)

    staged = f"python -m infra.cloud.staging build  # {function.target}"
    return Step(
        name=f"function {function.target}",
        phase=function.target,
        found=lambda: site.listed("functions list", "name", function.service, v2=True, regions=site.region),
        right=right,
        make=lambda _: [Call(staged, lambda: _stage(function)), wanted().command],
        undo=lambda _: [site.command("functions delete", function.service, gen2=True, region=site.region)],
        advice="The build's log says why; the account that builds needs the role Cloud Build Service Account.",
    )


def _stage(function: Function) -> None:
    staging.stage(function.target, _BUILD)


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
