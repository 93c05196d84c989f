"""Who may ask something on Cloud Run: Cloud Scheduler's account alone, or everybody where Twilio is the one who asks.

https://cloud.google.com/run/docs/authenticating/overview
"""

from infra.cloud.parts import SCHEDULER_ACCOUNT
from infra.cloud.site import Site
from infra.cloud.steps import Step

_INVOKER = "roles/run.invoker"
EVERYBODY = "allUsers"


def scheduler(site: Site) -> str:
    return f"serviceAccount:{site.account(SCHEDULER_ACCOUNT)}"


def invoked(site: Site, phase: str, kind: str, name: str, member: str) -> Step:
    """A service or a job that the member may ask.

    gcloud does this after a service stands, and only warns where it is not allowed to: so it is a step of its own.
    """

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
        advice="Your account needs the role Cloud Run Admin, and the organisation must let allUsers be a member "
        "(constraint iam.allowedPolicyMemberDomains): Twilio has no account at Google.",
    )
