"""What cloudbuild.yaml needs: an account that may release what stands and grants nobody anything, the image that its
steps run in, and the operator's settings as a secret.

Made when it is asked for (`--only=pipeline`), because who deploys by hand needs none.
https://cloud.google.com/build/docs/securing-builds/configure-user-specified-service-accounts
"""

from collections.abc import Iterator

from infra.cloud.parts import ACCOUNTS, PIPELINE_ACCOUNT
from infra.cloud.plan.access import BUILDER, account, granted, member
from infra.cloud.plan.image import built
from infra.cloud.plan.secret_store import kept
from infra.cloud.site import Site
from infra.cloud.steps import Step

PHASE = "pipeline"
_ACTS_AS = "roles/iam.serviceAccountUser"
_ROLES = (
    BUILDER,
    # Services and jobs, and those that Google builds out of their source.
    *("roles/run.developer", "roles/run.sourceDeveloper", "roles/serviceusage.serviceUsageConsumer"),
    # In the whole project: one that is not there must be told from one that may not be read.
    "roles/secretmanager.secretAccessor",
    *("roles/cloudscheduler.admin", "roles/monitoring.alertPolicyEditor"),
)


def steps(site: Site) -> Iterator[Step]:
    yield account(site, PHASE, PIPELINE_ACCOUNT)
    for role in _ROLES:
        yield granted(site, PHASE, PIPELINE_ACCOUNT, role)
    for name in ACCOUNTS:
        yield _acts_as(site, name)
    yield _tools(site)
    yield kept(site, PHASE, "SOPHIE_SETTINGS", "".join(f"{name}={value}\n" for name, value in site.given.items()))


def _tools(site: Site) -> Step:
    return Step(
        name="image of the tools",
        phase=PHASE,
        found=lambda: site.read("artifactregistry", f"v1/{site.repository_path}/packages/tools/tags/latest"),
        make=lambda _: [built(site, "infra/cloud/tools.Dockerfile", f"{site.registry}/tools:latest")],
        advice="The log of the build says what failed (gcloud builds list).",
    )


def _acts_as(site: Site, name: str) -> Step:
    """What is released runs as an account of its own, which is gone with all that is granted on it."""
    who = member(site, PIPELINE_ACCOUNT)
    return Step(
        name=f"{PIPELINE_ACCOUNT} acts as {name}",
        phase=PHASE,
        found=lambda: site.members("iam", f"v1/{site.account_path(name)}", _ACTS_AS, {}),
        right=lambda now: who in now,
        make=lambda _: [
            site.command("iam service-accounts add-iam-policy-binding", site.account(name), member=who, role=_ACTS_AS)
        ],
        advice="Your account needs the role Service Account Admin.",
    )
