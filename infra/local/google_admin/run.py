"""Cloud Run: services, revisions and traffic, jobs and executions; v1 as gcloud speaks it, v2 as the client library.

Each service also answers at its own host name, as a healthy product would, until it is made ill.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
from dataclasses import dataclass, field

from aiohttp import web

from infra.local.google_admin.shapes import Json, Policies, absent, body_of, exists

_SERVICES = "/apis/serving.knative.dev/v1/namespaces/{project}/services"
_JOBS = "/apis/run.googleapis.com/v1/namespaces/{project}/jobs"
_READY = ("Ready", "ConfigurationsReady", "RoutesReady")


@dataclass
class Service:
    given: Json
    revisions: list[Json] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.given["metadata"]["name"])


@dataclass
class CloudRun:
    project: str
    number: str
    region: str
    policies: Policies
    services: dict[str, Service] = field(default_factory=dict)
    jobs: dict[str, Json] = field(default_factory=dict)
    executions: dict[str, Json] = field(default_factory=dict)
    ill: set[str] = field(default_factory=set)

    def routes(self) -> list[web.RouteDef]:
        place = "/v2/projects/{project}/locations/{region}/services/{name}"
        executions = "/apis/run.googleapis.com/v1/namespaces/{project}/executions/{name}"
        access = "/v1/projects/{project}/locations/{region}/{kind:services|jobs}/{name:[^/:]+}"
        return [
            web.get(_SERVICES, self._list),
            web.post(_SERVICES, self._create),
            web.get(f"{_SERVICES}/{{name}}", self._get),
            web.put(f"{_SERVICES}/{{name}}", self._replace),
            web.delete(f"{_SERVICES}/{{name}}", self._delete),
            web.get(_JOBS, self._list_jobs),
            web.post(_JOBS, self._create_job),
            web.get(f"{_JOBS}/{{name:[^/:]+}}", self._get_job),
            web.put(f"{_JOBS}/{{name:[^/:]+}}", self._replace_job),
            web.delete(f"{_JOBS}/{{name:[^/:]+}}", self._delete_job),
            web.post(f"{_JOBS}/{{name:[^/:]+}}:run", self._run_job),
            web.get(executions, self._execution),
            web.get(f"{access}:getIamPolicy", self._get_policy),
            web.post(f"{access}:setIamPolicy", self._set_policy),
            web.get(place, self._get_v2),
            web.get(f"{place}/revisions", self._revisions_v2),
        ]

    # Services as gcloud speaks of them

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response({"items": [self._show(each) for each in self.services.values()]})

    async def _get(self, request: web.Request) -> web.Response:
        found = self.services.get(request.match_info["name"])
        return web.json_response(self._show(found)) if found else absent(request.match_info["name"])

    async def _create(self, request: web.Request) -> web.Response:
        given = await body_of(request)
        name = given["metadata"]["name"]
        if name in self.services:
            return exists(name)
        self.put(given)
        return web.json_response(self._show(self.services[name]))

    async def _replace(self, request: web.Request) -> web.Response:
        given = await body_of(request)
        self.put(given)
        return web.json_response(self._show(self.services[given["metadata"]["name"]]))

    async def _delete(self, request: web.Request) -> web.Response:
        if self.services.pop(request.match_info["name"], None) is None:
            return absent(request.match_info["name"])
        return web.json_response({"status": "Success"})

    def put(self, given: Json) -> None:
        """Makes or changes a service; a changed template is a new revision, as is a service without any."""
        name = given["metadata"]["name"]
        service = self.services.setdefault(name, Service(given))
        before = service.revisions[-1]["template"] if service.revisions else None
        service.given = given
        template = json.loads(json.dumps(given["spec"]["template"]))
        if template != before:
            number = len(service.revisions) + 1
            revision = template.get("metadata", {}).get("name") or f"{name}-{number:05d}-lab"
            made = dt.datetime.now(dt.UTC) + dt.timedelta(milliseconds=number)
            service.revisions.append({"name": revision, "template": template, "made": made.isoformat()})

    def _show(self, service: Service) -> Json:
        shown = copy.deepcopy(service.given)
        newest = service.revisions[-1]["name"]
        shown["metadata"] |= {"namespace": self.number, "generation": len(service.revisions), "resourceVersion": "1"}
        shown["metadata"].setdefault("labels", {})["cloud.googleapis.com/location"] = self.region
        shown["metadata"].setdefault("creationTimestamp", service.revisions[0]["made"])
        shown |= {"apiVersion": "serving.knative.dev/v1", "kind": "Service"}
        traffic = shown["spec"].setdefault("traffic", [{"latestRevision": True, "percent": 100}])
        shown["status"] = {
            "observedGeneration": len(service.revisions),
            "conditions": [{"type": kind, "status": "True"} for kind in _READY],
            "latestCreatedRevisionName": newest,
            "latestReadyRevisionName": newest,
            "url": self.url(service.name),
            "address": {"url": self.url(service.name)},
            "traffic": [self._share(service, each) for each in traffic],
        }
        return shown

    def _share(self, service: Service, target: Json) -> Json:
        share = dict(target)
        share.setdefault("revisionName", service.revisions[-1]["name"])
        if "tag" in share:
            share["url"] = self.url(service.name, share["tag"])
        return share

    def url(self, name: str, tag: str = "") -> str:
        """Where a service answers here: the stand-in has no certificate."""
        return f"http://{f'{tag}---' if tag else ''}{name}-lab-uc.a.run.app"

    # As the client library does

    async def _get_v2(self, request: web.Request) -> web.Response:
        found = self.services.get(request.match_info["name"])
        return web.json_response(self._show_v2(found)) if found else absent(request.match_info["name"])

    async def _revisions_v2(self, request: web.Request) -> web.Response:
        found = self.services.get(request.match_info["name"])
        if found is None:
            return absent(request.match_info["name"])
        shown = [{"name": self._full(found.name, each["name"]), "createTime": each["made"]} for each in found.revisions]
        return web.json_response({"revisions": shown})

    def _full(self, service: str, revision: str) -> str:
        return f"projects/{self.project}/locations/{self.region}/services/{service}/revisions/{revision}"

    def _show_v2(self, service: Service) -> Json:
        shown, name = self._show(service), service.name
        newest = self._full(name, shown["status"]["latestReadyRevisionName"])
        labels = {k: v for k, v in shown["metadata"]["labels"].items() if "googleapis.com" not in k}
        return {
            "name": f"projects/{self.project}/locations/{self.region}/services/{name}",
            "labels": labels,
            "uri": self.url(name),
            "urls": [f"https://{name}-{self.number}.{self.region}.run.app", self.url(name)],
            "latestReadyRevision": newest,
            "latestCreatedRevision": newest,
            "trafficStatuses": [
                {
                    "revision": "" if each.get("latestRevision") else each["revisionName"],
                    "percent": each.get("percent", 0),
                    "tag": each.get("tag", ""),
                    "uri": each.get("url", ""),
                }
                for each in shown["status"]["traffic"]
            ],
        }

    # Jobs

    async def _list_jobs(self, _request: web.Request) -> web.Response:
        return web.json_response({"items": list(self.jobs.values())})

    async def _get_job(self, request: web.Request) -> web.Response:
        found = self.jobs.get(request.match_info["name"])
        return web.json_response(found) if found else absent(request.match_info["name"])

    async def _create_job(self, request: web.Request) -> web.Response:
        given = await body_of(request)
        if given["metadata"]["name"] in self.jobs:
            return exists(given["metadata"]["name"])
        return self._put_job(given)

    async def _replace_job(self, request: web.Request) -> web.Response:
        return self._put_job(await body_of(request))

    async def _delete_job(self, request: web.Request) -> web.Response:
        if self.jobs.pop(request.match_info["name"], None) is None:
            return absent(request.match_info["name"])
        return web.json_response({"status": "Success"})

    def _put_job(self, given: Json) -> web.Response:
        name = given["metadata"]["name"]
        generation = self.jobs.get(name, {"metadata": {"generation": 0}})["metadata"]["generation"] + 1
        given["metadata"] |= {"namespace": self.number, "generation": generation, "resourceVersion": str(generation)}
        given["metadata"].setdefault("labels", {})["cloud.googleapis.com/location"] = self.region
        given["status"] = {"observedGeneration": generation, "conditions": [{"type": "Ready", "status": "True"}]}
        self.jobs[name] = given | {"apiVersion": "run.googleapis.com/v1", "kind": "Job"}
        return web.json_response(self.jobs[name])

    async def _run_job(self, request: web.Request) -> web.Response:
        job = self.jobs.get(request.match_info["name"])
        if job is None:
            return absent(request.match_info["name"])
        name = f"{job['metadata']['name']}-{len(self.executions) + 1}"
        now = dt.datetime.now(dt.UTC).isoformat()
        labels = {"cloud.googleapis.com/location": self.region, "run.googleapis.com/job": job["metadata"]["name"]}
        self.executions[name] = {
            "apiVersion": "run.googleapis.com/v1",
            "kind": "Execution",
            "metadata": {
                "name": name,
                "namespace": self.number,
                "generation": 1,
                "labels": labels,
                "creationTimestamp": now,
            },
            "spec": {"taskCount": 1, "template": {"spec": {"containers": [{}]}}},
            "status": {
                "observedGeneration": 1,
                "succeededCount": 1,
                "startTime": now,
                "completionTime": now,
                "conditions": [
                    {"type": kind, "status": "True"} for kind in ("Completed", "Started", "ResourcesAvailable")
                ],
            },
        }
        return web.json_response(self.executions[name])

    async def _execution(self, request: web.Request) -> web.Response:
        found = self.executions.get(request.match_info["name"])
        return web.json_response(found) if found else absent(request.match_info["name"])

    # Who may ask

    async def _get_policy(self, request: web.Request) -> web.Response:
        return self.policies.get(_what(request))

    async def _set_policy(self, request: web.Request) -> web.Response:
        return await self.policies.set(_what(request), request)

    def answer(self, request: web.Request) -> web.Response:
        """What a service itself answers at its own host."""
        name = request.host.partition(":")[0].rpartition("---")[2].removesuffix("-lab-uc.a.run.app")
        if name not in self.services or name in self.ill:
            return web.Response(status=503)
        return web.Response(status=200 if request.path == "/health" else 403)


def _what(request: web.Request) -> str:
    return f"{request.match_info['kind']}/{request.match_info['name']}"
