"""The container's image, and the jobs that run out of it: the schema before each release, forgetting each night."""

from collections.abc import Iterable, Iterator
from typing import Any

from infra.cloud.parts import IMAGE_JOBS
from infra.cloud.plan.labels import LABEL, Labelled, labelled, told
from infra.cloud.site import Site, fingerprint
from infra.cloud.steps import Action, Step
from shared.settings import Part

_DONE = "sophie-done"


def steps(site: Site) -> Iterator[Step]:
    repository, _, tag = site.image.rpartition(":")
    if site.built:
        return
    yield Step(
        name=f"image {tag}",
        phase="image",
        found=lambda: _tag(site, repository, tag),
        make=lambda _: [
            site.command(
                "builds submit",
                ".",
                config="infra/cloud/image.yaml",
                substitutions=f"_IMAGE={site.image}",
                region=site.region,
            )
        ],
        advice="The log of the build says what failed; the same build runs locally as tests/cloud/test_media_image.py.",
    )


def _tag(site: Site, repository: str, tag: str) -> Any:
    """The tags of an image by name; gcloud shows them as `…/tags/NAME`."""
    return site.listed("artifacts docker tags list " + repository, "tag", tag)


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
        right=lambda now: now["metadata"].get("labels", {}).get(LABEL) == wanted().label,
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
        right=lambda now: now["metadata"].get("labels", {}).get(_DONE) == done(),
        make=make,
        advice="The job's log says why: gcloud run jobs executions list --job=sophie-migrate.",
    )


def _standing(site: Site, job: str) -> Any:
    return site.listed("run jobs list", "metadata.name", job, region=site.region)
