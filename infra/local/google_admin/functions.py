"""Cloud Functions v2: a function is built from an uploaded archive and is served as a Cloud Run service."""

from __future__ import annotations

import io
import secrets
import zipfile
from dataclasses import dataclass, field

from aiohttp import web

from infra.local.google_admin.run import CloudRun
from infra.local.google_admin.shapes import Json, Operations, absent, body_of, exists, place_of

_KIND = "google.cloud.functions.v2.Function"


@dataclass
class Functions:
    run: CloudRun
    operations: Operations
    functions: dict[str, Json] = field(default_factory=dict)
    uploads: dict[str, list[str]] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        place = "/v2/projects/{project}/locations/{region}"
        return [
            web.get(f"{place}/runtimes", self._runtimes),
            web.get(f"{place}/functions", self._list),
            web.post(f"{place}/functions:generateUploadUrl", self._upload_url),
            web.post(f"{place}/functions", self._create),
            web.get(f"{place}/functions/{{name}}", self._get),
            web.patch(f"{place}/functions/{{name}}", self._change),
            web.delete(f"{place}/functions/{{name}}", self._delete),
            web.put("/uploads/{object}", self._upload),
        ]

    async def _runtimes(self, _request: web.Request) -> web.Response:
        shown = [{"name": "python312", "stage": "GA", "environment": "GEN_2"}]
        return web.json_response({"runtimes": shown})

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response({"functions": list(self.functions.values())})

    async def _upload_url(self, _request: web.Request) -> web.Response:
        name = secrets.token_hex(8)
        where = {"bucket": "gcf-v2-uploads", "object": name}
        return web.json_response({"uploadUrl": f"http://storage.lab/uploads/{name}", "storageSource": where})

    async def _upload(self, request: web.Request) -> web.Response:
        with zipfile.ZipFile(io.BytesIO(await request.read())) as archive:
            self.uploads[request.match_info["object"]] = archive.namelist()
        return web.Response()

    async def _create(self, request: web.Request) -> web.Response:
        name = request.query["functionId"]
        return exists(name) if name in self.functions else self._put(request, name, await body_of(request))

    async def _change(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self.functions:
            return absent(name)
        return self._put(request, name, self.functions[name] | await body_of(request))

    def _put(self, request: web.Request, name: str, given: Json) -> web.Response:
        place = f"projects/{self.run.project}/locations/{self.run.region}"
        service = given["serviceConfig"] | {"uri": self.run.url(name), "service": f"{place}/services/{name}"}
        service |= {"revision": f"{name}-00001-lab", "allTrafficOnLatestRevision": True}
        self.functions[name] = given | {
            "name": f"{place}/functions/{name}",
            "state": "ACTIVE",
            "environment": "GEN_2",
            "serviceConfig": service,
            "url": self.run.url(name),
            "updateTime": "2026-01-01T00:00:00Z",
        }
        template = {"metadata": {}, "spec": {"containers": [{"image": str(given["buildConfig"])}], "made": service}}
        self.run.put({"metadata": {"name": name}, "spec": {"template": template}})
        about = {"@type": "type.googleapis.com/google.cloud.functions.v2.OperationMetadata", "stages": []}
        return self.operations.done(place_of(request), _KIND, self.functions[name], about)

    async def _get(self, request: web.Request) -> web.Response:
        found = self.functions.get(request.match_info["name"])
        return web.json_response(found) if found else absent(request.match_info["name"])

    async def _delete(self, request: web.Request) -> web.Response:
        if self.functions.pop(request.match_info["name"], None) is None:
            return absent(request.match_info["name"])
        self.run.services.pop(request.match_info["name"], None)
        return self.operations.done(place_of(request), "google.protobuf.Empty", {})
