"""Cloud Run's services, revisions and traffic; v1 as gcloud speaks it, v2 as the client library.

Each revision also answers, at its service's host name or at its tag's, as a healthy product would, unless it is ill.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
from dataclasses import dataclass, field

from aiohttp import web

from infra.local.google_admin.shapes import Json, Policies, absent, body_of, exists, own

_SERVICES = "/apis/serving.knative.dev/v1/namespaces/{project}/services"
_ALL_TO_THE_LATEST: list[Json] = [{"latestRevision": True, "percent": 100}]
_READY = ("Ready", "ConfigurationsReady", "RoutesReady")


@dataclass
class Service:
    """`revisions` hold their template, when they were made and what is wrong: nothing, `ill` or `unstarted`."""

    given: Json
    revisions: list[Json] = field(default_factory=list)
    made: int = 0

    @property
    def name(self) -> str:
        return str(self.given["metadata"]["name"])

    @property
    def ready(self) -> str:
        """The newest revision that started."""
        return next((each["name"] for each in reversed(self.revisions) if each["wrong"] != "unstarted"), "")


@dataclass
class CloudRun:
    project: str
    number: str
    region: str
    policies: Policies
    services: dict[str, Service] = field(default_factory=dict)
    ill: dict[str, str] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        place = "/v2/projects/{project}/locations/{region}/services/{name:[^/:]+}"
        access = "/{version:v1|v2}/projects/{project}/locations/{region}/{kind:services|jobs}/{name:[^/:]+}"
        return [
            web.get(_SERVICES, self._list),
            web.post(_SERVICES, self._create),
            web.get(f"{_SERVICES}/{{name}}", self._get),
            web.put(f"{_SERVICES}/{{name}}", self._replace),
            web.delete(f"{_SERVICES}/{{name}}", self._delete),
            web.get(f"{access}:getIamPolicy", self._get_policy),
            web.post(f"{access}:setIamPolicy", self._set_policy),
            web.get(place, self._get_v2),
            web.get(f"{place}/revisions/{{revision}}", self._revision_v2),
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
            service.made += 1
            revision = template.get("metadata", {}).get("name") or f"{name}-{service.made:05d}-lab"
            made = dt.datetime.now(dt.UTC) + dt.timedelta(milliseconds=service.made)
            about = {"name": revision, "made": made.isoformat(), "wrong": self.ill.get(name, "")}
            service.revisions.append(about | {"template": template})

    def fall_ill(self, name: str, *, well: bool, starts: bool) -> None:
        """What is made of this service from now on is ill, or all of it is well again."""
        self.ill.pop(name, None)
        if not well:
            self.ill[name] = "ill" if starts else "unstarted"
            return
        for revision in self.services[name].revisions:
            revision["wrong"] = ""

    def _show(self, service: Service) -> Json:
        shown = copy.deepcopy(service.given)
        newest = service.revisions[-1]["name"]
        shown["metadata"] |= {"namespace": self.number, "generation": service.made, "resourceVersion": "1"}
        shown["metadata"].setdefault("labels", {})["cloud.googleapis.com/location"] = self.region
        shown["metadata"].setdefault("creationTimestamp", service.revisions[0]["made"])
        shown |= {"apiVersion": "serving.knative.dev/v1", "kind": "Service"}
        shown["spec"].setdefault("traffic", _ALL_TO_THE_LATEST)
        shown["status"] = {
            "observedGeneration": service.made,
            "conditions": [_condition(kind, service.revisions[-1]) for kind in _READY],
            "latestCreatedRevisionName": newest,
            "latestReadyRevisionName": service.ready,
            "url": self.url(service.name),
            "address": {"url": self.url(service.name)},
            "traffic": self.traffic(service),
        }
        return shown

    def traffic(self, service: Service) -> list[Json]:
        """Which revisions have how much, and which tags."""
        return [self._share(service, each) for each in service.given["spec"].get("traffic", _ALL_TO_THE_LATEST)]

    def _share(self, service: Service, target: Json) -> Json:
        share = dict(target)
        share.setdefault("revisionName", service.ready)
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

    async def _revision_v2(self, request: web.Request) -> web.Response:
        name, wanted = request.match_info["name"], request.match_info["revision"]
        for each in self.services[name].revisions if name in self.services else ():
            if each["name"] == wanted:
                labels = own(each["template"]["metadata"].get("labels", {}))
                return web.json_response({"name": self._full(name, wanted), "labels": labels})
        return absent(wanted)

    def _full(self, service: str, revision: str) -> str:
        return f"projects/{self.project}/locations/{self.region}/services/{service}/revisions/{revision}"

    def _show_v2(self, service: Service) -> Json:
        shown, name = self._show(service), service.name
        status = shown["status"]
        return {
            "name": f"projects/{self.project}/locations/{self.region}/services/{name}",
            "labels": own(shown["metadata"]["labels"]),
            "uri": self.url(name),
            "urls": [f"https://{name}-{self.number}.{self.region}.run.app", self.url(name)],
            "latestReadyRevision": self._full(name, service.ready) if service.ready else "",
            "latestCreatedRevision": self._full(name, status["latestCreatedRevisionName"]),
            "trafficStatuses": [
                {
                    "revision": "" if each.get("latestRevision") else each["revisionName"],
                    "percent": each.get("percent", 0),
                    "tag": each.get("tag", ""),
                    "uri": each.get("url", ""),
                }
                for each in status["traffic"]
            ],
        }

    # Who may ask

    async def _get_policy(self, request: web.Request) -> web.Response:
        return self.policies.get(_what(request))

    async def _set_policy(self, request: web.Request) -> web.Response:
        return await self.policies.set(_what(request), request)

    def answer(self, request: web.Request) -> web.Response:
        """What a service itself answers at its own host, or one of its revisions at its tag's."""
        tag, _, name = request.host.partition(":")[0].removesuffix("-lab-uc.a.run.app").rpartition("---")
        service = self.services.get(name)
        if service is None:
            return web.Response(status=404)
        if not self._is_public(name):
            return web.Response(status=403)
        shares = self.traffic(service)
        asked = {each["revisionName"] for each in shares if (each.get("tag") == tag if tag else each.get("percent"))}
        if any(each["wrong"] for each in service.revisions if each["name"] in asked):
            return web.Response(status=503)
        return web.Response(status=200 if request.path == "/health" else 403)

    def _is_public(self, name: str) -> bool:
        return "allUsers" in self.policies.members(f"services/{name}", "roles/run.invoker")


def _what(request: web.Request) -> str:
    return f"{request.match_info['kind']}/{request.match_info['name']}"


def _condition(kind: str, newest: Json) -> Json:
    if newest["wrong"] != "unstarted":
        return {"type": kind, "status": "True"}
    why = f"Revision '{newest['name']}' is not ready and cannot serve traffic: its startup probe got no answer."
    return {"type": kind, "status": "False", "reason": "HealthCheckContainerError", "message": why}
