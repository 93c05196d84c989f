"""The container's image, and the jobs that run out of it: the schema before each release, forgetting each night."""

from collections.abc import Iterable, Iterator
from typing import Any

from infra.cloud.gcloud import Command
from infra.cloud.parts import BUILDER_ACCOUNT, IMAGE_JOBS
from infra.cloud.plan.labels import LABEL, Labelled, labelled, told
from infra.cloud.site import Site, fingerprint
from infra.cloud.steps import Action, Step
from shared.settings import Part

_DONE = "sophie-done"


def steps(site: Site) -> Iterator[Step]:
    tag = site.image.rpartition(":")[2]
    if site.built:
        return
    yield Step(
        name=f"image {tag}",
        phase="image",
        found=lambda: site.read("artifactregistry", f"v1/{site.repository_path}/packages/media/tags/{tag}"),
        make=lambda _: [built(site, "media_service/Dockerfile", site.image)],
        advice="The log of the build says what failed (gcloud builds list); what its account may do takes some minutes "
        "to be known, when it has just been made. The same build runs locally as tests/cloud/test_media_image.py.",
    )


def built(site: Site, dockerfile: str, image: str) -> Command:
    return site.command(
        "builds submit",
        ".",
        config="infra/cloud/image.yaml",
        substitutions=f"_DOCKERFILE={dockerfile},_IMAGE={image}",
        service_account=site.account_path(BUILDER_ACCOUNT),
        region=site.region,
    )


def job_steps(site: Site) -> Iterator[Step]:
    for job, module in IMAGE_JOBS.items():
        yield _job(site, job, module)
    yield _migrated(site)


def _job(site: Site, job: str, module: str) -> Step:
    def wanted() -> Labelled:
        flags: dict[str, str | int | bool] = {
            "image": site.image,
            "region": site.region,
            "command": "python",
            "args": f"-m,{module}",
            "service_account": site.account("sophie-data"),
            "max_retries": 1,
            "task_timeout": "900s",
            **told(site, Part.DATA),
        }
        return labelled(site, "run jobs deploy", job, flags)

    return Step(
        name=f"job {job}",
        phase="schema",
        found=lambda: _standing(site, job),
        right=lambda now: now.get("labels", {}).get(LABEL) == wanted().label,
        make=lambda _: [wanted().command],
        undo=lambda _: [site.command("run jobs delete", job, region=site.region)],
        advice="The image must be in the registry: run infra/deploy without --only.",
    )


def _migrated(site: Site) -> Step:
    """Run for each image and database; the job keeps a label that says for which it has."""
    job, at = "sophie-migrate", {"region": site.region}

    def done() -> str:
        return fingerprint(site.image, dict(site.secrets_of(Part.DATA))["NEON_DATABASE_URL"].version)

    def make(_: Any) -> Iterable[Action]:
        yield site.command("run jobs execute", job, wait=True, **at)
        yield site.command("run jobs update", job, update_labels=f"{_DONE}={done()}", **at)

    return Step(
        name="schema of the database",
        phase="schema",
        found=lambda: _standing(site, job),
        right=lambda now: now.get("labels", {}).get(_DONE) == done(),
        make=make,
        advice="The job's log says why: gcloud run jobs executions list --job=sophie-migrate.",
    )


def _standing(site: Site, job: str) -> Any:
    return site.read("run", f"v2/{site.place}/jobs/{job}")
