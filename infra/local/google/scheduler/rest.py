"""Cloud Scheduler v1 over HTTP, as the client library's REST transport calls it. Callers are let in without a token:
who may change jobs is a matter of the project's IAM, which the lab does not stand in for."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from infra.local.google.refusals import CloudRefused
from infra.local.google.scheduler.jobs import Jobs

Door = Callable[[web.Request], Awaitable[web.Response]]

_PARENT = "/v1/projects/{project}/locations/{location}"
_JOB = f"{_PARENT}/jobs/{{job:[^/:]+}}"
_OPERATIONS = {
    f"POST {_PARENT}/jobs": "create",
    f"GET {_PARENT}/jobs": "list",
    f"GET {_JOB}": "get",
    f"PATCH {_JOB}": "update",
    f"DELETE {_JOB}": "delete",
    f"POST {_JOB}:run": "run",
    f"POST {_JOB}:pause": "pause",
    f"POST {_JOB}:resume": "resume",
}


class SchedulerDoors:
    """The doors to one set of jobs, which is made when the application starts."""

    def __init__(self, jobs: Callable[[], Jobs]) -> None:
        self._jobs = jobs

    def routes(self) -> list[web.RouteDef]:
        doors: dict[str, Door] = {
            "create": self._create,
            "list": self._list,
            "get": self._get,
            "update": self._update,
            "delete": self._delete,
            "run": self._run,
            "pause": self._pause,
            "resume": self._resume,
        }
        places = {name: route.split(" ") for route, name in _OPERATIONS.items()}
        return [web.route(method, path, _guarded(doors[name])) for name, (method, path) in places.items()]

    @staticmethod
    def operations() -> dict[str, str]:
        """The operations by method and route, for faults and the log."""
        return {route.replace(":[^/:]+", ""): f"scheduler.{name}" for route, name in _OPERATIONS.items()}

    async def _create(self, request: web.Request) -> web.Response:
        parent = request.path.removeprefix("/v1/").removesuffix("/jobs")
        return web.json_response(self._jobs().create(parent, await _job_of(request)).show())

    async def _list(self, request: web.Request) -> web.Response:
        below = request.path.removeprefix("/v1/") + "/"
        found = [job.show() for job in self._jobs().jobs.values() if job.name.startswith(below)]
        return web.json_response({"jobs": found})

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self._jobs().find(_name(request)).show())

    async def _update(self, request: web.Request) -> web.Response:
        mask = request.query.get("updateMask", "")
        return web.json_response(self._jobs().update(_name(request), await _job_of(request), mask).show())

    async def _delete(self, request: web.Request) -> web.Response:
        self._jobs().delete(_name(request))
        return web.json_response({})

    async def _run(self, request: web.Request) -> web.Response:
        return web.json_response(self._jobs().run(_name(request)).show())

    async def _pause(self, request: web.Request) -> web.Response:
        return web.json_response(self._jobs().set_state(_name(request), "ENABLED", "PAUSED").show())

    async def _resume(self, request: web.Request) -> web.Response:
        return web.json_response(self._jobs().set_state(_name(request), "PAUSED", "ENABLED").show())


def _name(request: web.Request) -> str:
    part = request.match_info
    return f"projects/{part['project']}/locations/{part['location']}/jobs/{part['job']}"


async def _job_of(request: web.Request) -> dict[str, Any]:
    try:
        given = json.loads(await request.read())
    except ValueError as error:
        raise CloudRefused(400, "INVALID_ARGUMENT", "Invalid JSON payload received.") from error
    if not isinstance(given, dict):
        raise CloudRefused(400, "INVALID_ARGUMENT", "Invalid JSON payload received.")
    return given


def _guarded(door: Door) -> Door:
    async def answer(request: web.Request) -> web.Response:
        try:
            return await door(request)
        except CloudRefused as refused:
            return refused.answer()

    return answer
