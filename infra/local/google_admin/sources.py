"""Builds out of uploaded sources, as gcloud asks for them when it deploys a function to Cloud Run.

https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.builds/submit
"""

from __future__ import annotations

import hashlib
import io
import secrets
import zipfile
from dataclasses import dataclass, field

from aiohttp import web

from infra.local.google_admin.shapes import Json, Policies, absent, body_of, error
from infra.local.google_admin.storage import Storage

_BASE = "us-central1-docker.pkg.dev/serverless-runtimes/google-22-full/runtimes/python312"


@dataclass
class Sources:
    project: str
    storage: Storage
    policies: Policies
    builds: dict[str, Json] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        place = "projects/{project}/locations/{region}"
        return [
            web.post(f"/v2/{place}/builds:submit", self._submit),
            web.get(f"/v1/{place}/operations/{{build}}", self._ended),
        ]

    async def _submit(self, request: web.Request) -> web.Response:
        given, build = await body_of(request), secrets.token_hex(8)
        if not self.policies.may_build(given.get("serviceAccount", "")):
            return error(400, "FAILED_PRECONDITION", "The build's service account is missing permissions.")
        source, image = given["storageSource"], given["imageUri"].partition(":")[0]
        content = self.storage.buckets[source["bucket"]][source["object"]]
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.files[image] = archive.namelist()
        self.targets[image] = given["buildpackBuild"]["functionTarget"]
        about = {
            "id": build,
            "name": f"{request.path.removeprefix('/v2/').removesuffix(':submit')}/{build}",
            "projectId": self.project,
            "logUrl": "http://log",
            "status": "SUCCESS",
            "results": {"images": [{"name": image, "digest": f"sha256:{hashlib.sha256(content).hexdigest()}"}]},
        }
        self.builds[build] = about
        kind = "type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata"
        operation = {"name": f"operations/build/{build}", "metadata": {"@type": kind, "build": about}}
        return web.json_response({"buildOperation": operation, "baseImageUri": _BASE})

    async def _ended(self, request: web.Request) -> web.Response:
        found = self.builds.get(request.match_info["build"])
        if found is None:
            return absent(request.match_info["build"])
        kind = "type.googleapis.com/google.devtools.cloudbuild.v1.Build"
        name = request.path.removeprefix("/v1/")
        return web.json_response({"name": name, "done": True, "response": {"@type": kind, **found}})
