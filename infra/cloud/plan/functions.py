"""One function: staged, built by Google out of its source, and served as a service of Cloud Run.

https://cloud.google.com/run/docs/deploy-functions
"""

from collections.abc import Iterator, Mapping
from functools import partial

from infra.cloud import staging
from infra.cloud.parts import BUILDER_ACCOUNT, Function
from infra.cloud.plan import release
from infra.cloud.site import ROOT, Site, fingerprint_of
from infra.cloud.steps import Call, Step

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
            public=function.public,
            flags=partial(_flags, function, site),
            source=partial(fingerprint_of, "functions", "shared"),
            staged=(staged,),
        ),
    )


def _stage(name: str) -> None:
    staging.stage(name, _BUILD)


def _flags(function: Function, site: Site) -> Mapping[str, str | int | bool]:
    return {
        "function": function.target,
        "base_image": "python312",
        "source": f"build/{function.target}",
        "image": f"{site.registry}/{function.service}",
        "build_service_account": site.account_path(BUILDER_ACCOUNT),
        "memory": "512Mi",
        # The framework has four threads for each core.
        "concurrency": 4 if function.public else 1,
        "min_instances": function.least,
        "max_instances": 20 if function.public else 1,
        "timeout": function.seconds,
    }
