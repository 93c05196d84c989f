"""Cloud Storage as far as gcloud's uploads of sources need it: buckets, and objects in one piece or resumable."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from infra.local.google_admin.shapes import absent, body_of


@dataclass
class Storage:
    project: str
    buckets: dict[str, dict[str, bytes]] = field(default_factory=dict)
    _resumed: dict[str, tuple[str, str]] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        upload = "/{way:(?:resumable/)?upload}/storage/v1/b/{bucket}/o"
        return [
            web.get("/storage/v1/b", self._list),
            web.post("/storage/v1/b", self._make),
            web.get("/storage/v1/b/{bucket}", self._get),
            web.get("/storage/v1/b/{bucket}/o/{object:.+}", self._object),
            web.post(upload, self._upload),
            web.put(upload, self._resume),
        ]

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response({"items": [self._bucket(name) for name in self.buckets]})

    async def _make(self, request: web.Request) -> web.Response:
        name = (await body_of(request))["name"]
        self.buckets[name] = {}
        return web.json_response(self._bucket(name))

    async def _get(self, request: web.Request) -> web.Response:
        name = request.match_info["bucket"]
        return web.json_response(self._bucket(name)) if name in self.buckets else absent(name)

    async def _object(self, request: web.Request) -> web.Response:
        bucket, name = request.match_info["bucket"], request.match_info["object"]
        found = self.buckets.get(bucket, {})
        return self._stored(bucket, name) if name in found else absent(name)

    async def _upload(self, request: web.Request) -> web.Response:
        bucket, name = request.match_info["bucket"], request.query.get("name", "")
        if request.query.get("uploadType") == "resumable":
            ticket = secrets.token_hex(8)
            self._resumed[ticket] = bucket, name or (await body_of(request))["name"]
            return web.Response(headers={"Location": str(request.url.update_query(upload_id=ticket))})
        if request.content_type != "multipart/related":
            return self._put(bucket, name, await request.read())
        about, content = _parts(await request.read())
        return self._put(bucket, name or json.loads(about)["name"], content)

    async def _resume(self, request: web.Request) -> web.Response:
        return self._put(*self._resumed[request.query["upload_id"]], await request.read())

    def _put(self, bucket: str, name: str, content: bytes) -> web.Response:
        self.buckets.setdefault(bucket, {})[name] = content
        return self._stored(bucket, name)

    def _stored(self, bucket: str, name: str) -> web.Response:
        content = self.buckets[bucket][name]
        digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        about = {"kind": "storage#object", "bucket": bucket, "name": name, "generation": "1"}
        return web.json_response(about | {"size": str(len(content)), "md5Hash": digest})

    def _bucket(self, name: str) -> dict[str, Any]:
        return {"kind": "storage#bucket", "id": name, "name": name, "projectNumber": "123456789012", "location": "US"}


def _parts(body: bytes) -> tuple[bytes, bytes]:
    """What a multipart/related upload holds: the object's description, then the object."""
    boundary = body.split(b"\r\n", 1)[0] if b"\r\n" in body[:200] else body.split(b"\n", 1)[0]
    pieces = body.split(boundary)[1:3]
    first, second = (piece.split(b"\r\n\r\n" if b"\r\n\r\n" in piece[:300] else b"\n\n", 1)[1] for piece in pieces)
    return first, second.removesuffix(b"\n").removesuffix(b"\r")
