"""Scheduler's jobs: what is refused, when each is due, and the requests it makes then, at least once.

A failed attempt is repeated at once: the waits of `retryConfig` are kept but not waited for, so that a test need not.
It refuses to know its own HTTP doors.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import aiohttp

from infra.local.google.oidc import Issuer
from infra.local.google.refusals import CloudRefused
from infra.local.google.scheduler.clock import Clock
from infra.local.google.scheduler.cron import Schedule

_NAME = re.compile(r"projects/[^/]+/locations/[^/]+/jobs/[A-Za-z0-9_-]{1,500}")
_METHODS = ("HTTP_METHOD_UNSPECIFIED", "POST", "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS")
_WITH_BODY = ("POST", "PUT", "PATCH")
_SETTABLE = ("description", "schedule", "timeZone", "httpTarget", "retryConfig", "attemptDeadline")
_USUAL_RETRIES = {
    "retryCount": 0,
    "maxRetryDuration": "0s",
    "minBackoffDuration": "5s",
    "maxBackoffDuration": "3600s",
    "maxDoublings": 5,
}
_SHORTEST_DEADLINE, _LONGEST_DEADLINE = 15.0, 1800.0
_MOST_RETRIES = 5


@dataclass
class Job:
    """One job: its resource without the times, which are moments here."""

    resource: dict[str, Any]
    schedule: Schedule
    due: dt.datetime
    updated: dt.datetime
    attempted: dt.datetime | None = None
    status: dict[str, Any] | None = None
    running: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def name(self) -> str:
        return str(self.resource["name"])

    @property
    def enabled(self) -> bool:
        return bool(self.resource["state"] == "ENABLED")

    def show(self) -> dict[str, Any]:
        times = {"userUpdateTime": _zulu(self.updated), "scheduleTime": _zulu(self.due)}
        if self.attempted:
            times["lastAttemptTime"] = _zulu(self.attempted)
        return deepcopy(self.resource) | times | ({"status": self.status} if self.status is not None else {})


@dataclass
class Jobs:
    """All jobs, and the log of every attempt: job, schedule time, attempt's number, HTTP status or what went wrong."""

    clock: Clock
    issuer: Issuer
    session: aiohttp.ClientSession
    jobs: dict[str, Job] = field(default_factory=dict)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    _runs: set[asyncio.Task[None]] = field(default_factory=set)
    _fired_to: dt.datetime = field(init=False)

    def __post_init__(self) -> None:
        self._fired_to = self.clock.now()

    def create(self, parent: str, given: Mapping[str, Any]) -> Job:
        """Raises CloudRefused for what Scheduler refuses."""
        name = str(given.get("name", ""))
        if not name.startswith(f"{parent}/jobs/") or not _NAME.fullmatch(name):
            raise _invalid(f'Job name must be formatted: "{parent}/jobs/<JOB_ID>".')
        if name in self.jobs:
            raise CloudRefused(409, "ALREADY_EXISTS", f"Job [{name}] already exists.")
        usual = {"timeZone": "UTC", "attemptDeadline": "180s", "retryConfig": {}}
        fields = {field_name: given[field_name] for field_name in _SETTABLE if field_name in given}
        return self._store({"name": name, "state": "ENABLED"} | usual | fields)

    def find(self, name: str) -> Job:
        if name not in self.jobs:
            raise CloudRefused(404, "NOT_FOUND", "Job not found.")
        return self.jobs[name]

    def update(self, name: str, given: Mapping[str, Any], mask: str) -> Job:
        """Changes the fields of the mask (all that were given, without one); one that was not given is emptied."""
        resource = deepcopy(self.find(name).resource)
        paths = [_camel(path) for path in mask.split(",")] if mask else [one for one in _SETTABLE if one in given]
        for path in paths:
            first, _, rest = path.partition(".")
            if first not in _SETTABLE:
                raise _invalid(f"Invalid field mask: {path} cannot be updated.")
            if rest:
                resource.setdefault(first, {})[rest] = given.get(first, {}).get(rest)
            else:
                resource[first] = given.get(first, "")
        return self._store(resource)

    def delete(self, name: str) -> None:
        del self.jobs[self.find(name).name]

    def set_state(self, name: str, before: str, after: str) -> Job:
        """Pause or resume; a job that resumes is next due after now."""
        job = self.find(name)
        if job.resource["state"] != before:
            raise CloudRefused(400, "FAILED_PRECONDITION", f"The job must be {before} to become {after}.")
        job.resource["state"] = after
        job.due = job.schedule.next_after(self.clock.now())
        return job

    def run(self, name: str) -> Job:
        """Once more, now, beside the schedule; the request carries the *next* schedule time."""
        job = self.find(name)
        task = asyncio.create_task(self._execute(job, job.due, 1))
        self._runs.add(task)
        task.add_done_callback(self._runs.discard)
        return job

    async def settled(self) -> None:
        """Returns when every run that was asked for has ended."""
        if self._runs:
            await asyncio.wait(self._runs)

    def reset_due(self) -> None:
        """Every job is next due after now: for a clock that was set, and did not pass the time between."""
        self._fired_to = self.clock.now()
        for job in self.jobs.values():
            job.due = job.schedule.next_after(self.clock.now())

    async def fire_due(self, deliveries: int = 1) -> list[dict[str, Any]]:
        """Makes the requests of every enabled job up to now, in order; the attempts. Two deliveries are allowed to
        Scheduler, which promises at least one.

        A clock that is moved by hand passes every moment on its way. A running one jumps when its file changes: forward
        each job is due once, back each waits for its next time as if it was new.
        """
        before = len(self.attempts)
        now = self.clock.now()
        if now < self._fired_to:
            self.reset_due()
        self._fired_to = now
        while due := [job for job in self.jobs.values() if job.enabled and job.due <= now]:
            job = min(due, key=lambda one: (one.due, one.name))
            scheduled = job.due
            job.due = job.schedule.next_after(scheduled if self.clock.held else now)
            await self._execute(job, scheduled, deliveries)
        return self.attempts[before:]

    async def _execute(self, job: Job, scheduled: dt.datetime, deliveries: int) -> None:
        async with job.running:  # never two executions of one job at a time
            for _ in range(deliveries):
                for number in range(1, 2 + int(job.resource["retryConfig"]["retryCount"])):
                    job.attempted = self.clock.now()
                    entry = {"job": job.name, "schedule_time": _zulu(scheduled), "attempt": number}
                    self.attempts.append(entry | await self._attempt(job, scheduled))
                    job.status = {} if self.attempts[-1]["ok"] else {"code": 13}
                    if self.attempts[-1]["ok"]:
                        break

    async def _attempt(self, job: Job, scheduled: dt.datetime) -> dict[str, Any]:
        target = job.resource["httpTarget"]
        body = base64.b64decode(target["body"]) if target.get("body") else None
        headers = {"Content-Type": "application/octet-stream"} if body is not None else {}
        headers |= target.get("headers", {}) | {
            "User-Agent": "Google-Cloud-Scheduler",
            "X-CloudScheduler": "true",
            "X-CloudScheduler-JobName": job.name.rsplit("/", 1)[1],
            "X-CloudScheduler-ScheduleTime": scheduled.astimezone(job.schedule.zone).isoformat(),
        }
        if token := target.get("oidcToken"):
            audience = token.get("audience") or target["uri"]
            headers["Authorization"] = f"Bearer {self.issuer.mint(audience, email=token['serviceAccountEmail'])}"
        deadline = aiohttp.ClientTimeout(total=_seconds(job.resource["attemptDeadline"]))
        try:
            async with self.session.request(
                target["httpMethod"], target["uri"], data=body, headers=headers, timeout=deadline
            ) as answer:
                text = await answer.text()
                return {"ok": answer.status // 100 == 2, "status": answer.status, "answer": text[:2000]}
        except (aiohttp.ClientError, TimeoutError) as error:
            return {"ok": False, "error": f"{type(error).__name__}: {error}"}

    def _store(self, resource: dict[str, Any]) -> Job:
        resource["httpTarget"] = _target(resource.get("httpTarget"))
        resource["retryConfig"] = _USUAL_RETRIES | (resource["retryConfig"] or {})
        if not 0 <= int(resource["retryConfig"]["retryCount"]) <= _MOST_RETRIES:
            raise _invalid(f"RetryConfig.retry_count must be between 0 and {_MOST_RETRIES}.")
        if not _SHORTEST_DEADLINE <= _seconds(resource["attemptDeadline"]) <= _LONGEST_DEADLINE:
            raise _invalid("The attempt deadline must be in the interval [15s, 30m].")
        try:
            schedule = Schedule(resource.get("schedule", ""), ZoneInfo(resource["timeZone"] or "UTC"))
            due = schedule.next_after(self.clock.now())
        except (ValueError, ZoneInfoNotFoundError) as error:
            raise _invalid(f"Schedule or time zone is invalid: {error}") from error
        job = Job(resource, schedule, due, updated=self.clock.now())
        if before := self.jobs.get(job.name):
            job.attempted, job.status, job.running = before.attempted, before.status, before.running
        self.jobs[job.name] = job
        return job


def _target(given: Any) -> dict[str, Any]:
    """The HTTP target with its method by name; the client library sends enumerations as numbers."""
    if not isinstance(given, Mapping) or not str(given.get("uri", "")).startswith(("http://", "https://")):
        raise _invalid("HttpTarget.uri is required and must begin with http:// or https://.")
    method = given.get("httpMethod") or 1
    name = _METHODS[method] if isinstance(method, int) else str(method)
    if name not in _METHODS[1:]:
        raise _invalid(f"HttpTarget.http_method {name} is not valid.")
    if given.get("body") and name not in _WITH_BODY:
        raise _invalid(f"HttpTarget.body is not allowed with the method {name}.")
    if "oauthToken" in given and not str(urlsplit(given["uri"]).hostname).endswith(".googleapis.com"):
        raise _invalid("An OAuth token is sent to Google's own APIs only: use oidc_token.")
    if "oidcToken" in given and not given["oidcToken"].get("serviceAccountEmail"):
        raise _invalid("OidcToken.service_account_email is required.")
    return dict(given) | {"httpMethod": name}


def _invalid(message: str) -> CloudRefused:
    return CloudRefused(400, "INVALID_ARGUMENT", message)


def _camel(path: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), path)


def _seconds(duration: Any) -> float:
    """A protobuf Duration in JSON: "180s"."""
    try:
        return float(str(duration).removesuffix("s"))
    except ValueError as error:
        raise _invalid(f"Invalid duration {duration!r}.") from error


def _zulu(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
