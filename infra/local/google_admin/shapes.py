"""What Google's APIs have in common: errors, long-running operations that are done at once, access policies."""

from __future__ import annotations

import base64
import itertools
import json
from typing import Any

from aiohttp import web

Json = dict[str, Any]
_numbers = itertools.count(1)


def error(code: int, status: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "status": status, "message": message}}, status=code)


def absent(what: str) -> web.Response:
    return error(404, "NOT_FOUND", f"Resource '{what}' was not found")


def exists(what: str) -> web.Response:
    return error(409, "ALREADY_EXISTS", f"Resource '{what}' already exists")


class Operations:
    """Long-running operations, each of which has ended well when it is told of."""

    def __init__(self) -> None:
        self._all: dict[str, Json] = {}

    def done(self, place: str, kind: str, response: Json, metadata: Json | None = None) -> web.Response:
        """Of the kind of its response; `place` is what its name begins with, such as projects/p/locations/r/."""
        name = f"{place}operations/op-{next(_numbers)}"
        response = {"@type": f"type.googleapis.com/{kind}", **response}
        self._all[name] = {"name": name, "done": True, "metadata": metadata or {}, "response": response}
        return web.json_response(self._all[name])

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/{version:v1|v2}/{name:.*operations/[^/]+}", self._get)]

    async def _get(self, request: web.Request) -> web.Response:
        found = self._all.get(request.match_info["name"])
        return web.json_response(found) if found else absent(request.match_info["name"])


def place_of(request: web.Request) -> str:
    """The location that a request is about, with a slash at its end."""
    return f"projects/{request.match_info['project']}/locations/{request.match_info['region']}/"


async def body_of(request: web.Request) -> Json:
    given = await request.read()
    read: Json = json.loads(given) if given else {}
    return read


def own(labels: Json) -> Json:
    """Those of the project itself: Google's are not told in the second version of Cloud Run's API."""
    return {name: value for name, value in labels.items() if "googleapis.com" not in name}


class Policies:
    """The access policies of anything, by its path."""

    def __init__(self) -> None:
        self.of: dict[str, Json] = {}

    def get(self, what: str) -> web.Response:
        return web.json_response(self.of.get(what, {"etag": _etag(0)}))

    def members(self, what: str, role: str) -> set[str]:
        bound = (each["members"] for each in self.of.get(what, {}).get("bindings", ()) if each["role"] == role)
        return {member for members in bound for member in members}

    def may_build(self, account: str) -> bool:
        """Whether a build that runs as this account can fetch its source and put its image away."""
        return f"serviceAccount:{account.rpartition('/')[2]}" in self.members("project", "roles/run.builder")

    async def set(self, what: str, request: web.Request) -> web.Response:
        given = (await body_of(request))["policy"]
        self.of[what] = given | {"etag": _etag(next(_numbers)), "version": 1}
        return web.json_response(self.of[what])


def _etag(number: int) -> str:
    return base64.b64encode(f"e{number}".encode()).decode()
