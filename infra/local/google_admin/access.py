"""Who is let in: Google's refusals of a login that has expired, of another project or region, of an API that is off,
and of an account that has no role for what it asks.

A bearer token is what it says: an account of the project is its address and has the roles that it was granted,
`expired` is an old login, anything else the project's owner. An API is told by the first word of the host
(`secretmanager.anything`, `us-central1-run.anything`).
https://cloud.google.com/iam/docs/roles-permissions
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from aiohttp import web

from infra.local.google_admin.shapes import Json, Policies, error
from infra.local.google_admin.store import REGIONS, Store

# On in every project; the others are off until somebody enables them.
_ALWAYS_ON = {"serviceusage", "cloudresourcemanager", "storage"}
# Google's own tools may ask it with a person's login; of an account's project it must be on.
_ON_FOR_ACCOUNTS = _ALWAYS_ON - {"cloudresourcemanager"}
_APIS = _ALWAYS_ON | {"artifactregistry", "cloudbuild", "iam", "monitoring", "run", "secretmanager"}

_ACTS_AS = "roles/iam.serviceAccountUser"
_ROLES = {
    "roles/run.builder": ("storage.objects.get", "logging.logEntries.create"),
    "roles/run.developer": (
        *("run.*.get", "run.*.create", "run.*.update", "run.*.delete", "run.*.run", "run.*.getIamPolicy"),
        "resourcemanager.projects.get",
    ),
    "roles/run.sourceDeveloper": ("cloudbuild.builds.*", "storage.buckets.*", "storage.objects.*", "run.services.get"),
    "roles/serviceusage.serviceUsageConsumer": ("serviceusage.services.get",),
    "roles/secretmanager.secretAccessor": ("secretmanager.versions.access",),
    "roles/monitoring.alertPolicyEditor": ("monitoring.alertPolicies.*",),
}
_VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}
# What is asked, by the path; the verb follows from the method unless the path ends in one.
_ASKED = {
    r"/v1/projects/[^/:]+(:\w+)?": "resourcemanager.projects",
    r"/(v1|v2|apis)/.*/(namespaces|locations)/.*\bservices(/[^/]+)?": "run.services",
    r"/v2/.*/services/[^/]+/revisions/[^/]+": "run.revisions",
    r"/(v1|v2|apis)/.*/(namespaces|locations)/.*\bjobs(/[^/]+)?": "run.jobs",
    r"/apis/.*/executions/[^/]+": "run.executions",
    r"/v1/.*/secrets/[^/]+/versions/\w+:access": "secretmanager.versions",
    r"/v1/.*/secrets(/.*)?": "secretmanager.secrets",
    r"/v[12]/.*/(builds(:submit|/[^/]+)?|operations/[^/]+|defaultServiceAccount)": "cloudbuild.builds",
    r"(/.*)?/storage/v1/b/[^/]+/o(/.*)?": "storage.objects",
    r"/storage/v1/b(/[^/]+)?": "storage.buckets",
    r"/v3/.*/alertPolicies(/[^/]+)?": "monitoring.alertPolicies",
    r"/v1/projects/[^/]+/services(/[^/]+|:\w+)?": "serviceusage.services",
}


_NOBODY = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential."
)


async def refusal(request: web.Request, store: Store) -> web.Response | None:
    """What Google answers instead of doing it, None when it does."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token == "expired":  # noqa: S105 - the name of a lab's login
        return error(401, "UNAUTHENTICATED", _NOBODY)
    account = token if "@" in token else ""
    if elsewhere := _elsewhere(request.path, store):
        return _denied(elsewhere)
    if off := _off(request.host, store, account):
        return _disabled(off, store.project)
    wanted = _permission(request)
    if account and not any(fnmatchcase(wanted, one) for one in _permissions(account, store.policies)):
        return _denied(f"Permission '{wanted}' denied on resource (or it may not exist).")
    for other in _acted_as(await request.read(), store.project):
        bound = store.policies.members(f"serviceAccounts/{other}", _ACTS_AS)
        if other not in store.accounts or (account and f"serviceAccount:{account}" not in bound):
            return _denied(
                f"Permission 'iam.serviceaccounts.actAs' denied on service account {other} (or it may not exist)."
            )
    return None


def _denied(said: str) -> web.Response:
    return error(403, "PERMISSION_DENIED", said)


def _elsewhere(path: str, store: Store) -> str:
    """Google does not tell what is not there from what may not be seen."""
    project = re.search(r"/(?:projects|namespaces)/([^/:]+)", path)
    if project and project[1] not in (store.project, store.number, "-"):
        return "The caller does not have permission"
    region = re.search(r"/locations/([^/:]+)", path)
    if region and region[1] not in (*REGIONS, "global"):
        return f"Permission denied on 'locations/{region[1]}' (or it may not exist)."
    return ""


def _off(host: str, store: Store, account: str) -> str:
    """The API that is asked and is not on."""
    api = host.partition(".")[0].rpartition("-")[2]
    on = _ON_FOR_ACCOUNTS if account else _ALWAYS_ON
    return api if api in _APIS - on and f"{api}.googleapis.com" not in store.enabled else ""


def _disabled(api: str, project: str) -> web.Response:
    name = f"{api}.googleapis.com"
    said = (
        f"{name} API has not been used in project {project} before or it is disabled. Enable it by visiting "
        f"https://console.developers.google.com/apis/api/{name}/overview?project={project} then retry. If you enabled "
        "this API recently, wait a few minutes for the action to propagate to our systems and retry."
    )
    why = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"}
    told = {"code": 403, "status": "PERMISSION_DENIED", "message": said, "details": [why]}
    return web.json_response({"error": told}, status=403)


def _permission(request: web.Request) -> str:
    noun = next((noun for path, noun in _ASKED.items() if re.fullmatch(path, request.path)), "unknown.unknown")
    verb = re.search(r":(getIamPolicy|setIamPolicy|access|run)$", request.path)
    return f"{noun}.{verb[1] if verb else _VERBS[request.method]}"


def _permissions(account: str, policies: Policies) -> Iterator[str]:
    for role, permissions in _ROLES.items():
        if f"serviceAccount:{account}" in policies.members("project", role):
            yield from permissions


def _acted_as(body: bytes, project: str) -> Iterator[str]:
    """The accounts that what is given shall run as; a build's may be told by the project's name that is filled in."""
    try:
        given: Any = json.loads(body)
    except ValueError:
        return
    template: Json = given.get("spec", {}).get("template", {}).get("spec", {}) if isinstance(given, dict) else {}
    inner: Json = template.get("template", {}).get("spec", template)
    for name in (inner.get("serviceAccountName"), given.get("serviceAccount") if isinstance(given, dict) else None):
        if isinstance(name, str) and "@" in name:
            yield name.rpartition("/")[2].replace("${PROJECT_ID}", project)
