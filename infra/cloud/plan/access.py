"""Who may do what: an account for each who does something, the roles that it has, and who may ask something on Cloud
Run: Cloud Scheduler's account alone, or everybody where Twilio is the one who asks.

https://cloud.google.com/run/docs/authenticating/overview
"""

from infra.cloud.gcloud import Command, command
from infra.cloud.parts import SCHEDULER_ACCOUNT
from infra.cloud.site import Site
from infra.cloud.steps import Step

_INVOKER = "roles/run.invoker"
# Fetches the sources, writes the image and the log: https://cloud.google.com/run/docs/configuring/services/build-service-account
BUILDER = "roles/run.builder"
EVERYBODY = "allUsers"


def member(site: Site, account: str) -> str:
    return f"serviceAccount:{site.account(account)}"


def scheduler(site: Site) -> str:
    return member(site, SCHEDULER_ACCOUNT)


def account(site: Site, phase: str, name: str) -> Step:
    address = site.account(name)
    return Step(
        name=f"account {name}",
        phase=phase,
        found=lambda: site.read("iam", f"v1/{site.account_path(name)}"),
        make=lambda _: [site.command("iam service-accounts create", name, display_name=f"Sophie: {name}")],
        undo=lambda _: [site.command("iam service-accounts delete", address)],
        advice="Your account needs the role Service Account Admin.",
    )


def granted(site: Site, phase: str, name: str, role: str) -> Step:
    """An account that has a role in the whole project."""
    who = member(site, name)

    def binding(verb: str) -> Command:
        words = (f"projects {verb}-iam-policy-binding", site.project)
        return command(*words, member=who, role=role, condition="None")

    return Step(
        name=f"{name} has {role}",
        phase=phase,
        found=lambda: who in site.members("cloudresourcemanager", f"v1/{site.project_path}", role, {}) or None,
        make=lambda _: [binding("add")],
        undo=lambda _: [binding("remove")],
        advice="Your account needs the role Project IAM Admin. An account that was made just now may not be known yet.",
    )


def invoked(site: Site, phase: str, kind: str, name: str, who: str) -> Step:
    """A service or a job that somebody may ask.

    gcloud does this after a service stands, and only warns where it is not allowed to: so it is a step of its own.
    """

    return Step(
        name=f"who may ask {name}",
        phase=phase,
        found=lambda: site.members("run", f"v2/{site.place}/{kind}/{name}", _INVOKER),
        right=lambda now: who in now,
        make=lambda _: [
            site.command(f"run {kind} add-iam-policy-binding", name, region=site.region, member=who, role=_INVOKER)
        ],
        advice="Your account needs the role Cloud Run Admin, and the organisation must let allUsers be a member "
        "(constraint iam.allowedPolicyMemberDomains): Twilio has no account at Google.",
    )
