"""The smaller APIs of a deployment: enabled services, accounts, secrets, images, builds, alert policies."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from aiohttp import web

from infra.local.google_admin.shapes import Json, Operations, Policies, absent, body_of, error, exists, place_of

REGIONS = ("europe-west1", "us-central1", "us-east4")


@dataclass
class Store:
    project: str
    number: str
    policies: Policies
    operations: Operations
    enabled: set[str] = field(default_factory=set)
    accounts: dict[str, Json] = field(default_factory=dict)
    secrets: dict[str, list[Json]] = field(default_factory=dict)
    repositories: dict[str, Json] = field(default_factory=dict)
    images: set[str] = field(default_factory=set)
    builds: list[Json] = field(default_factory=list)
    alerts: dict[str, Json] = field(default_factory=dict)
    billing: bool = True

    def routes(self) -> list[web.RouteDef]:
        project, place = "/v1/projects/{project:[^/:]+}", "/v1/projects/{project}/locations/{region}"
        secret = f"{project}/secrets/{{name:[^/:]+}}"
        account = f"{project}/serviceAccounts/{{email:[^/:]+}}"
        repository = f"{place}/repositories/{{repository}}"
        return [
            web.get(project, self._project),
            web.post(f"{project}:getIamPolicy", self._get_policy_of_project),
            web.post(f"{project}:setIamPolicy", self._set_policy_of_project),
            web.get(f"{project}/locations", self._regions),
            web.get(f"{project}/services", self._services),
            web.get(f"{project}/services/{{name}}", self._service),
            web.get(f"{project}/services:batchGet", self._some_services),
            web.post(f"{project}/services:batchEnable", self._enable),
            web.get(f"{project}/serviceAccounts", self._accounts),
            web.post(f"{project}/serviceAccounts", self._make_account),
            web.get(account, self._account),
            web.delete(account, self._drop_account),
            web.get(f"{account}:getIamPolicy", self._get_policy_of_account),
            web.post(f"{account}:getIamPolicy", self._get_policy_of_account),
            web.post(f"{account}:setIamPolicy", self._set_policy_of_account),
            web.get(f"{project}/secrets", self._secrets),
            web.post(f"{project}/secrets", self._make_secret),
            web.get(secret, self._secret),
            web.delete(secret, self._drop_secret),
            web.post(f"{secret}:addVersion", self._add_version),
            web.get(f"{secret}/versions", self._versions),
            web.get(f"{secret}/versions/{{version}}:access", self._access),
            web.get(f"{secret}:getIamPolicy", self._get_policy),
            web.post(f"{secret}:setIamPolicy", self._set_policy),
            web.get(f"{place}/repositories", self._repositories),
            web.post(f"{place}/repositories", self._make_repository),
            web.get(repository, self._repository),
            web.delete(repository, self._drop_repository),
            web.get(f"{repository}/packages/{{package}}/tags/{{tag}}", self._tag),
            web.post(f"{project}/builds", self._build),
            web.post(f"{place}/builds", self._build),
            web.get(f"{place}/builds/{{build}}", self._one_build),
            web.get(f"{place}/defaultServiceAccount", self._builder),
            web.get("/v3/projects/{project}/alertPolicies", self._alerts),
            web.post("/v3/projects/{project}/alertPolicies", self._make_alert),
            web.get("/v3/projects/{project}/alertPolicies/{name}", self._alert),
            web.patch("/v3/projects/{project}/alertPolicies/{name}", self._change_alert),
            web.delete("/v3/projects/{project}/alertPolicies/{name}", self._drop_alert),
        ]

    @property
    def _builds_as(self) -> str:
        """The account that a project builds as, unless it is told otherwise."""
        return f"{self.number}-compute@developer.gserviceaccount.com"

    async def _project(self, _request: web.Request) -> web.Response:
        about = {"projectId": self.project, "projectNumber": self.number, "lifecycleState": "ACTIVE", "name": "lab"}
        return web.json_response(about)

    async def _get_policy_of_project(self, _request: web.Request) -> web.Response:
        return self.policies.get("project")

    async def _set_policy_of_project(self, request: web.Request) -> web.Response:
        return await self.policies.set("project", request)

    async def _regions(self, _request: web.Request) -> web.Response:
        return web.json_response({"locations": [{"locationId": region} for region in REGIONS]})

    async def _services(self, _request: web.Request) -> web.Response:
        return web.json_response({"services": [self._shown(name) for name in sorted(self.enabled)]})

    async def _service(self, request: web.Request) -> web.Response:
        return web.json_response(self._shown(request.match_info["name"]))

    async def _some_services(self, request: web.Request) -> web.Response:
        names = [name.rpartition("/")[2] for name in request.query.getall("names")]
        return web.json_response({"services": [self._shown(name) for name in names]})

    def _shown(self, name: str) -> Json:
        state = "ENABLED" if name in self.enabled else "DISABLED"
        return {"name": f"projects/{self.number}/services/{name}", "config": {"name": name}, "state": state}

    async def _enable(self, request: web.Request) -> web.Response:
        if not self.billing:
            said = (
                f"Billing account for project '{self.number}' is not found. Billing must be enabled for activation of "
                "service(s) 'run.googleapis.com' to proceed."
            )
            return error(400, "FAILED_PRECONDITION", said)
        self.enabled |= set((await body_of(request))["serviceIds"])
        return self.operations.done("", "google.api.serviceusage.v1.BatchEnableServicesResponse", {})

    async def _accounts(self, _request: web.Request) -> web.Response:
        return web.json_response({"accounts": list(self.accounts.values())})

    async def _account(self, request: web.Request) -> web.Response:
        email = request.match_info["email"]
        if email == self._builds_as:
            return web.json_response({"name": f"projects/{self.project}/serviceAccounts/{email}", "email": email})
        return web.json_response(self.accounts[email]) if email in self.accounts else absent(email)

    async def _make_account(self, request: web.Request) -> web.Response:
        given = await body_of(request)
        email = f"{given['accountId']}@{self.project}.iam.gserviceaccount.com"
        if email in self.accounts:
            return exists(email)
        self.accounts[email] = {"name": f"projects/{self.project}/serviceAccounts/{email}", "email": email}
        return web.json_response(self.accounts[email])

    async def _drop_account(self, request: web.Request) -> web.Response:
        gone = self.accounts.pop(request.match_info["email"], None)
        self.policies.of.pop(f"serviceAccounts/{request.match_info['email']}", None)
        return web.json_response({}) if gone else absent(request.match_info["email"])

    async def _get_policy_of_account(self, request: web.Request) -> web.Response:
        return self.policies.get(f"serviceAccounts/{request.match_info['email']}")

    async def _set_policy_of_account(self, request: web.Request) -> web.Response:
        return await self.policies.set(f"serviceAccounts/{request.match_info['email']}", request)

    # Secrets

    async def _secrets(self, _request: web.Request) -> web.Response:
        names = [{"name": f"projects/{self.number}/secrets/{name}"} for name in self.secrets]
        return web.json_response({"secrets": names})

    async def _make_secret(self, request: web.Request) -> web.Response:
        name = request.query["secretId"]
        if name in self.secrets:
            return exists(name)
        self.secrets[name] = []
        return web.json_response({"name": f"projects/{self.number}/secrets/{name}"})

    async def _secret(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        found = {"name": f"projects/{self.number}/secrets/{name}"}
        return web.json_response(found) if name in self.secrets else absent(name)

    async def _drop_secret(self, request: web.Request) -> web.Response:
        gone = self.secrets.pop(request.match_info["name"], None)
        return absent(request.match_info["name"]) if gone is None else web.json_response({})

    async def _add_version(self, request: web.Request) -> web.Response:
        name, payload = request.match_info["name"], (await body_of(request))["payload"]
        if name not in self.secrets:
            return absent(name)
        self.secrets[name].append(payload)
        told = "dataCrc32c" in payload
        return web.json_response(
            {"name": self._version(name), "state": "ENABLED", "clientSpecifiedPayloadChecksum": told}
        )

    async def _versions(self, request: web.Request) -> web.Response:
        name, kept = request.match_info["name"], self.secrets.get(request.match_info["name"], [])
        place = f"projects/{self.number}/secrets/{name}/versions"
        return web.json_response(
            {"versions": [{"name": f"{place}/{n}", "state": "ENABLED"} for n in range(1, len(kept) + 1)]}
        )

    async def _access(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if not self.secrets.get(name):
            return absent(f"projects/{self.number}/secrets/{name}/versions/latest")
        return web.json_response({"name": self._version(name), "payload": self.secrets[name][-1]})

    def _version(self, name: str) -> str:
        return f"projects/{self.number}/secrets/{name}/versions/{len(self.secrets[name])}"

    async def _get_policy(self, request: web.Request) -> web.Response:
        return self.policies.get(f"secrets/{request.match_info['name']}")

    async def _set_policy(self, request: web.Request) -> web.Response:
        return await self.policies.set(f"secrets/{request.match_info['name']}", request)

    # Images

    async def _repositories(self, _request: web.Request) -> web.Response:
        return web.json_response({"repositories": list(self.repositories.values())})

    async def _make_repository(self, request: web.Request) -> web.Response:
        name = request.query["repositoryId"]
        if name in self.repositories:
            return exists(name)
        full = f"projects/{self.project}/locations/{request.match_info['region']}/repositories/{name}"
        self.repositories[name] = {"name": full, "format": "DOCKER"}
        return self.operations.done(
            place_of(request), "google.devtools.artifactregistry.v1.Repository", self.repositories[name]
        )

    async def _repository(self, request: web.Request) -> web.Response:
        found = self.repositories.get(request.match_info["repository"])
        return web.json_response(found) if found else absent(request.match_info["repository"])

    async def _drop_repository(self, request: web.Request) -> web.Response:
        self.repositories.pop(request.match_info["repository"], None)
        self.images.clear()
        return self.operations.done(place_of(request), "google.protobuf.Empty", {})

    async def _tag(self, request: web.Request) -> web.Response:
        name = request.path.removeprefix("/v1/")
        wanted = f"/{request.match_info['package']}:{request.match_info['tag']}"
        there = any(image.endswith(wanted) for image in self.images)
        return web.json_response({"name": name}) if there else absent(name)

    async def _build(self, request: web.Request) -> web.Response:
        given = await body_of(request)
        account = given.get("serviceAccount", "").replace("${PROJECT_ID}", self.project)
        ended = "SUCCESS" if self.policies.may_build(account) else "FAILURE"
        build = given | {"id": secrets.token_hex(8), "status": ended, "projectId": self.project}
        build |= {
            "name": f"{request.path.removeprefix('/v1/')}/{build['id']}",
            "logUrl": "http://log",
            "createTime": "2026-01-01T00:00:00Z",
        }
        self.builds.append(build)
        if ended == "SUCCESS" and "_IMAGE" in build.get("substitutions", {}):
            self.images.add(build["substitutions"]["_IMAGE"])
        operation = {
            "name": f"operations/build/{self.project}/{build['id']}",
            "done": True,
            "metadata": {"build": build},
        }
        return web.json_response(operation)

    async def _one_build(self, request: web.Request) -> web.Response:
        found = [each for each in self.builds if each["id"] == request.match_info["build"]]
        return web.json_response(found[0]) if found else absent(request.match_info["build"])

    async def _builder(self, _request: web.Request) -> web.Response:
        name = f"projects/{self.project}/serviceAccounts/{self._builds_as}"
        return web.json_response({"name": name, "serviceAccountEmail": name})

    # Alerts

    async def _alerts(self, request: web.Request) -> web.Response:
        """All, or those of one name: the only filter that is understood."""
        wanted = request.query.get("filter", "").removeprefix('display_name="').removesuffix('"')
        shown = [each for each in self.alerts.values() if wanted in ("", each["displayName"])]
        return web.json_response({"alertPolicies": shown} if shown else {})

    async def _make_alert(self, request: web.Request) -> web.Response:
        name = secrets.token_hex(4)
        full = f"projects/{self.project}/alertPolicies/{name}"
        self.alerts[name] = await body_of(request) | {"name": full}
        return web.json_response(self.alerts[name])

    async def _alert(self, request: web.Request) -> web.Response:
        found = self.alerts.get(request.match_info["name"])
        return web.json_response(found) if found else absent(request.match_info["name"])

    async def _change_alert(self, request: web.Request) -> web.Response:
        self.alerts[request.match_info["name"]] |= await body_of(request)
        return web.json_response(self.alerts[request.match_info["name"]])

    async def _drop_alert(self, request: web.Request) -> web.Response:
        gone = self.alerts.pop(request.match_info["name"], None)
        return web.json_response({}) if gone else absent(request.match_info["name"])
