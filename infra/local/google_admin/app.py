"""The lab's Google Cloud (``python -m infra.local.google_admin``): a project to deploy to, empty at the start.

gcloud and the client libraries reach it by their endpoint overrides and as their HTTP proxy, because gcloud puts a
region before the host it is told. So a request may name any host; `…-lab-uc.a.run.app` is a deployed service itself,
which answers strangers when all users may invoke it. Who asks an API is looked at in `access`.
Cloud Scheduler is in `infra.local.google`.

    GET  /_lab/log               requests that were answered, oldest first
    GET  /_lab/state             what stands: accounts, secrets' versions, images, services, functions' files …
    POST /_lab/ill   {"service"} its revisions made from now on answer 503; with {"starts": false} they do not start;
                                 {"service", "well": true} ends both for all of them
    POST /_lab/project           {"billing": false} nothing can be enabled; {"off": "run"} this API is off from now on
"""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from infra.local.faults import add_faults
from infra.local.google_admin.access import refusal
from infra.local.google_admin.jobs import Jobs
from infra.local.google_admin.run import CloudRun
from infra.local.google_admin.shapes import Operations, Policies, absent, error
from infra.local.google_admin.sources import Sources
from infra.local.google_admin.storage import Storage
from infra.local.google_admin.store import Store
from infra.local.serving import serve

_HOST_OF_SERVICES = "-lab-uc.a.run.app"


class Project:
    """Everything of one project."""

    def __init__(self, name: str, region: str) -> None:
        number = "123456789012"
        self.policies = Policies()
        self.operations = Operations()
        self.storage = Storage(name)
        self.store = Store(name, number, self.policies, self.operations)
        self.run = CloudRun(name, number, region, self.policies)
        self.jobs = Jobs(number, region)
        self.sources = Sources(name, self.storage, self.policies)
        self.log: list[dict[str, Any]] = []

    def routes(self) -> list[web.RouteDef]:
        return [
            *(
                *self.store.routes(),
                *self.sources.routes(),
                *self.run.routes(),
                *self.jobs.routes(),
                *self.operations.routes(),
                *self.storage.routes(),
            ),
            web.get("/_lab/log", self._read_log),
            web.get("/_lab/state", self._state),
            web.post("/_lab/ill", self._ill),
            web.post("/_lab/project", self._change),
        ]

    @web.middleware
    async def answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host.partition(":")[0].endswith(_HOST_OF_SERVICES):
            return self.run.answer(request)
        lab = request.path.startswith("/_lab/")
        try:
            answer = (None if lab else await refusal(request, self.store)) or await handler(request)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
            answer = absent(request.path)
        if not lab:
            self.log.append({"request": f"{request.method} {request.path_qs}", "status": answer.status})
        return answer

    async def _read_log(self, _request: web.Request) -> web.Response:
        return web.json_response(self.log)

    async def _ill(self, request: web.Request) -> web.Response:
        given = await request.json()
        self.run.fall_ill(given["service"], well=given.get("well", False), starts=given.get("starts", True))
        return web.json_response({"ill": self.run.ill})

    async def _change(self, request: web.Request) -> web.Response:
        given = await request.json()
        self.store.billing = given.get("billing", self.store.billing)
        self.store.enabled -= {f"{given.get('off')}.googleapis.com"}
        return web.json_response({"billing": self.store.billing, "enabled": sorted(self.store.enabled)})

    async def _state(self, _request: web.Request) -> web.Response:
        services = {
            each.name: {
                "revisions": [one["name"] for one in each.revisions],
                "containers": each.revisions[-1]["template"]["spec"]["containers"],
                "annotations": each.revisions[-1]["template"]["metadata"].get("annotations", {}),
                "traffic": self.run.traffic(each),
            }
            for each in self.run.services.values()
        }
        state = {
            "services": services,
            "functions": {
                name: {"files": self.sources.files[image], "target": target}
                for image, target in self.sources.targets.items()
                if (name := image.rpartition("/")[2]) in self.run.services
            },
            "enabled": sorted(self.store.enabled),
            "jobs": sorted(self.jobs.jobs),
            "executions": sorted(self.jobs.executions),
            "accounts": sorted(self.store.accounts),
            "secrets": {name: len(versions) for name, versions in self.store.secrets.items()},
            "images": sorted(self.store.images),
            "alerts": sorted(each["displayName"] for each in self.store.alerts.values()),
            "policies": self.policies.of,
        }
        return web.json_response(state)


def make_app(project: str = "sophie-lab", region: str = "us-central1") -> web.Application:
    """The stand-in as an application."""
    there = Project(project, region)
    app = web.Application(middlewares=[there.answer], client_max_size=64 * 2**20)
    add_faults(app, refusal=lambda fault: error(fault.code, fault.reason or "UNAVAILABLE", f"fault {fault.name}"))
    app.add_routes(there.routes())
    return app


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.google_admin", description="The lab's Google Cloud.")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    parser.add_argument("--project", default="sophie-lab")
    parser.add_argument("--region", default="us-central1")
    given = parser.parse_args()
    asyncio.run(serve(make_app(given.project, given.region), given.port, {"project": given.project}))
