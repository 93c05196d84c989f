"""Cloud Scheduler: what is asked when, by the workshop's own clock, with a token that says who asks."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from google.api_core import exceptions
from google.cloud import scheduler_v1
from google.protobuf.duration_pb2 import Duration  # type: ignore[import-untyped]
from google.protobuf.field_mask_pb2 import FieldMask  # type: ignore[import-untyped]

from infra.cloud import clients
from infra.cloud.failures import DeploymentFailed
from infra.cloud.parts import FUNCTIONS, IMAGE_JOBS, SCHEDULER_ACCOUNT, SCHEDULES, Schedule
from infra.cloud.plan.access import invoked, scheduler
from infra.cloud.site import Site
from infra.cloud.steps import Call, Step
from shared.shop import load_shop

_CHANGED = ("schedule", "time_zone", "http_target", "retry_config", "attempt_deadline", "description")


def steps(site: Site) -> Iterator[Step]:
    for schedule in SCHEDULES:
        if schedule.asks in IMAGE_JOBS:
            yield invoked(site, "schedules", "jobs", schedule.asks, scheduler(site))
        yield _kept(site, schedule)


def _kept(site: Site, schedule: Schedule) -> Step:
    zone = load_shop().zone
    put, delete = partial(_put, site, schedule), partial(_delete, site, schedule)
    return Step(
        name=f"schedule {schedule.name}",
        phase="schedules",
        found=partial(_found, site, schedule),
        right=lambda now: _same(now, _job(site, schedule)),
        make=lambda _: [Call(f"scheduler.upsert {schedule.name} '{schedule.cron}' {zone} -> {schedule.asks}", put)],
        undo=lambda _: [Call(f"scheduler.delete {schedule.name}", delete)],
        advice="Your account needs the roles Cloud Scheduler Admin and Service Account User.",
    )


def _found(site: Site, schedule: Schedule) -> scheduler_v1.Job | None:
    with clients.scheduler(site) as client:
        try:
            return client.get_job(name=_name(site, schedule))
        except exceptions.NotFound:
            return None


def _put(site: Site, schedule: Schedule) -> None:
    job = _job(site, schedule)
    with clients.scheduler(site) as client:
        try:
            client.create_job(parent=site.place, job=job)
        except exceptions.Conflict:
            client.update_job(job=job, update_mask=FieldMask(paths=list(_CHANGED)))


def _delete(site: Site, schedule: Schedule) -> None:
    with clients.scheduler(site) as client:
        client.delete_job(name=_name(site, schedule))


def _name(site: Site, schedule: Schedule) -> str:
    return f"{site.place}/jobs/{schedule.name}"


def _job(site: Site, schedule: Schedule) -> scheduler_v1.Job:
    return scheduler_v1.Job(
        name=_name(site, schedule),
        description="Made by infra/deploy.",
        schedule=schedule.cron,
        time_zone=str(load_shop().zone),
        http_target=_target(site, schedule),
        retry_config=scheduler_v1.RetryConfig(
            retry_count=schedule.tries,
            min_backoff_duration=Duration(seconds=10),
            max_backoff_duration=Duration(seconds=60),
        ),
        attempt_deadline=Duration(seconds=schedule.seconds),
    )


def _target(site: Site, schedule: Schedule) -> scheduler_v1.HttpTarget:
    account = site.account(SCHEDULER_ACCOUNT)
    if schedule.asks in IMAGE_JOBS:
        return scheduler_v1.HttpTarget(
            uri=f"https://run.googleapis.com/v2/{site.place}/jobs/{schedule.asks}:run",
            http_method=scheduler_v1.HttpMethod.POST,
            oauth_token=scheduler_v1.OAuthToken(service_account_email=account),
        )
    function = next(each for each in FUNCTIONS if each.service == schedule.asks)
    standing = clients.service(site, function.service)
    if standing is None:
        raise DeploymentFailed(f"{function.service} does not stand: run infra/deploy --only={function.target}.")
    audience = site.plain(function.part)[
        {"dial_reminders": "OIDC_AUDIENCE_DIALER"}.get(function.target, "OIDC_AUDIENCE_CALENDAR")
    ]
    return scheduler_v1.HttpTarget(
        uri=f"{standing.uri}/",
        http_method=scheduler_v1.HttpMethod.POST,
        oidc_token=scheduler_v1.OidcToken(service_account_email=account, audience=audience),
    )


def _same(now: scheduler_v1.Job, wanted: scheduler_v1.Job) -> bool:
    def said(job: scheduler_v1.Job) -> list[Any]:
        target, retry = job.http_target, job.retry_config
        token = target.oidc_token or target.oauth_token
        return [
            *(job.schedule, job.time_zone, job.attempt_deadline, target.uri, retry.retry_count),
            *(token.service_account_email, target.oidc_token.audience),
        ]

    return said(now) == said(wanted)
