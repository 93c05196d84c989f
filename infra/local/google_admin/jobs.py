"""Cloud Run's jobs and their executions as gcloud speaks of them; each has ended well when it is asked for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from aiohttp import web

from infra.local.google_admin.shapes import Json, absent, body_of, exists, own

_JOBS = "/apis/run.googleapis.com/v1/namespaces/{project}/jobs"


@dataclass
class Jobs:
    number: str
    region: str
    jobs: dict[str, Json] = field(default_factory=dict)
    executions: dict[str, Json] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        executions = "/apis/run.googleapis.com/v1/namespaces/{project}/executions/{name}"
        return [
            web.get(_JOBS, self._list_jobs),
            web.post(_JOBS, self._create_job),
            web.get(f"{_JOBS}/{{name:[^/:]+}}", self._get_job),
            web.put(f"{_JOBS}/{{name:[^/:]+}}", self._replace_job),
            web.delete(f"{_JOBS}/{{name:[^/:]+}}", self._delete_job),
            web.post(f"{_JOBS}/{{name:[^/:]+}}:run", self._run_job),
            web.get(executions, self._execution),
            web.get("/v2/projects/{project}/locations/{region}/jobs/{name:[^/:]+}", self._get_v2),
        ]

    async def _list_jobs(self, _request: web.Request) -> web.Response:
        return web.json_response({"items": list(self.jobs.values())})

    async def _get_job(self, request: web.Request) -> web.Response:
        found = self.jobs.get(request.match_info["name"])
        return web.json_response(found) if found else absent(request.match_info["name"])

    async def _get_v2(self, request: web.Request) -> web.Response:
        """As the second version of the API tells it: the labels that are the project's own."""
        name = request.match_info["name"]
        if name not in self.jobs:
            return absent(name)
        labels = own(self.jobs[name]["metadata"]["labels"])
        return web.json_response({"name": request.path.removeprefix("/v2/"), "labels": labels})

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
