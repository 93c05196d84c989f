"""The lab's Cloud Scheduler as its own client meets it: jobs, and the requests they make when they are due."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import google.auth.transport.requests
import pytest
import requests
from google.api_core import exceptions
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import scheduler_v1
from google.oauth2 import id_token
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from infra.local.google.scheduler.clock import Clock
from tests.lab.google_lab import GoogleLab, serving

PARENT = "projects/p/locations/us-central1"
NAME = f"{PARENT}/jobs/dial-reminders"
ANYBODY: Any = AnonymousCredentials()  # type: ignore[no-untyped-call]


class Door:
    """What a job calls: answers with the statuses it was given, then 200, and remembers every request."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.called = threading.Event()
        door = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                door.asked.append((self.path, dict(self.headers), body))
                self.send_response(door.statuses.pop(0) if door.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                door.called.set()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server.server_port}/dial"

    @property
    def schedule_times(self) -> list[str]:
        return [headers["X-CloudScheduler-ScheduleTime"] for _, headers, _ in self.asked]


@pytest.fixture
def door() -> Iterator[Door]:
    found = Door()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


@pytest.fixture
def lab() -> Iterator[GoogleLab]:
    with serving() as found:
        found.control("POST", "scheduler/clock?at=2026-11-23T14:50:00Z")
        yield found


@pytest.fixture
def client(lab: GoogleLab) -> Iterator[scheduler_v1.CloudSchedulerClient]:
    options = ClientOptions(api_endpoint=lab.url)
    with scheduler_v1.CloudSchedulerClient(transport="rest", credentials=ANYBODY, client_options=options) as found:
        yield found


def job(uri: str, **changed: Any) -> scheduler_v1.Job:
    target = scheduler_v1.HttpTarget(
        uri=uri,
        http_method=scheduler_v1.HttpMethod.POST,
        headers={"Content-Type": "application/json"},
        body=b'{"pass": 1}',
        oidc_token=scheduler_v1.OidcToken(service_account_email="dialer@p.iam.gserviceaccount.com", audience="aud"),
    )
    usual = {"name": NAME, "schedule": "*/15 9-17 * * mon-sat", "time_zone": "America/Chicago", "http_target": target}
    return scheduler_v1.Job(**(usual | changed))


def tick(lab: GoogleLab, to: str, deliveries: int = 1) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lab.control("POST", f"scheduler/tick?to={to}&deliveries={deliveries}")["attempts"]
    return found


def test_a_job_comes_back_with_its_defaults_and_its_next_time(
    client: scheduler_v1.CloudSchedulerClient, door: Door
) -> None:
    made = client.create_job(parent=PARENT, job=job(door.url))
    assert made.state == scheduler_v1.Job.State.ENABLED
    assert made.attempt_deadline == dt.timedelta(seconds=180)
    assert made.retry_config.min_backoff_duration == dt.timedelta(seconds=5)
    assert made.http_target.http_method == scheduler_v1.HttpMethod.POST
    assert made.http_target.body == b'{"pass": 1}'
    assert made.schedule_time.isoformat() == "2026-11-23T15:00:00+00:00"
    assert client.get_job(name=NAME) == made
    assert [one.name for one in client.list_jobs(parent=PARENT)] == [NAME]


def test_a_second_job_of_the_name_is_a_conflict_and_can_be_updated(
    client: scheduler_v1.CloudSchedulerClient, door: Door
) -> None:
    client.create_job(parent=PARENT, job=job(door.url))
    with pytest.raises(exceptions.Conflict):
        client.create_job(parent=PARENT, job=job(door.url))
    changed = job(door.url, schedule="0 8 * * *", description="early", attempt_deadline=Duration(seconds=600))
    mask = FieldMask(paths=["schedule", "attempt_deadline"])
    updated = client.update_job(job=changed, update_mask=mask)
    assert (updated.schedule, updated.attempt_deadline) == ("0 8 * * *", dt.timedelta(seconds=600))
    assert updated.description == "", "what the mask leaves out stays"
    assert updated.schedule_time.isoformat() == "2026-11-24T14:00:00+00:00"


def test_what_is_due_is_called_with_schedulers_headers_and_a_token_that_google_auth_accepts(
    lab: GoogleLab, client: scheduler_v1.CloudSchedulerClient, door: Door
) -> None:
    client.create_job(parent=PARENT, job=job(door.url))
    assert [one["status"] for one in tick(lab, "2026-11-23T15:00:00Z")] == [200]
    (path, headers, body) = door.asked[0]
    assert (path, body, headers["Content-Type"]) == ("/dial", b'{"pass": 1}', "application/json")
    assert headers["User-Agent"] == "Google-Cloud-Scheduler"
    assert (headers["X-CloudScheduler"], headers["X-CloudScheduler-JobName"]) == ("true", "dial-reminders")
    assert headers["X-CloudScheduler-ScheduleTime"] == "2026-11-23T09:00:00-06:00"
    with requests.Session() as session:
        claims: Mapping[str, Any] = id_token.verify_token(
            headers["Authorization"].removeprefix("Bearer "),
            google.auth.transport.requests.Request(session),
            audience="aud",
            certs_url=f"{lab.url}/oauth2/v1/certs",
        )
    assert claims["email"] == "dialer@p.iam.gserviceaccount.com"


def test_a_tick_fires_every_due_moment_on_its_way_and_none_twice(
    lab: GoogleLab, client: scheduler_v1.CloudSchedulerClient, door: Door
) -> None:
    client.create_job(parent=PARENT, job=job(door.url))
    assert len(tick(lab, "2026-11-23T15:59:00Z")) == 4
    assert tick(lab, "2026-11-23T15:59:30Z") == []
    assert len(set(door.schedule_times)) == 4


def test_at_least_once_can_be_twice_with_the_same_schedule_time(
    lab: GoogleLab, client: scheduler_v1.CloudSchedulerClient, door: Door
) -> None:
    client.create_job(parent=PARENT, job=job(door.url))
    tick(lab, "2026-11-23T15:00:00Z", deliveries=2)
    assert len(door.asked) == 2
    assert len(set(door.schedule_times)) == 1


def test_a_failed_attempt_is_repeated_as_often_as_the_job_says_with_the_same_schedule_time(
    lab: GoogleLab, client: scheduler_v1.CloudSchedulerClient, door: Door
) -> None:
    client.create_job(parent=PARENT, job=job(door.url, retry_config=scheduler_v1.RetryConfig(retry_count=2)))
    door.statuses = [500, 503, 503, 500]
    attempts = tick(lab, "2026-11-23T15:00:00Z")
    assert [(one["attempt"], one["status"]) for one in attempts] == [(1, 500), (2, 503), (3, 503)]
    assert len(set(door.schedule_times)) == 1
    assert client.get_job(name=NAME).status.code != 0
    assert [one["status"] for one in tick(lab, "2026-11-23T15:15:00Z")] == [500, 200]
    assert client.get_job(name=NAME).status.code == 0


def test_a_target_that_does_not_listen_is_a_failed_attempt(
    lab: GoogleLab, client: scheduler_v1.CloudSchedulerClient
) -> None:
    client.create_job(parent=PARENT, job=job("http://127.0.0.1:9/nobody"))
    (attempt,) = tick(lab, "2026-11-23T15:00:00Z")
    assert attempt["ok"] is False
    assert "error" in attempt


def test_a_manual_run_carries_the_next_schedule_time_and_does_not_replace_it(
    lab: GoogleLab, client: scheduler_v1.CloudSchedulerClient, door: Door
) -> None:
    client.create_job(parent=PARENT, job=job(door.url))
    client.run_job(name=NAME)
    assert len(lab.control("GET", "scheduler/attempts")) == 1
    tick(lab, "2026-11-23T15:00:00Z")
    assert door.schedule_times == ["2026-11-23T09:00:00-06:00"] * 2


def test_a_paused_job_is_silent_until_it_is_resumed(
    lab: GoogleLab, client: scheduler_v1.CloudSchedulerClient, door: Door
) -> None:
    client.create_job(parent=PARENT, job=job(door.url))
    assert client.pause_job(name=NAME).state == scheduler_v1.Job.State.PAUSED
    assert tick(lab, "2026-11-23T15:20:00Z") == []
    client.resume_job(name=NAME)
    assert len(tick(lab, "2026-11-23T15:30:00Z")) == 1, "what was due during the pause is not made up for"
    with pytest.raises(exceptions.BadRequest):
        client.resume_job(name=NAME)


def test_a_deleted_job_is_gone(lab: GoogleLab, client: scheduler_v1.CloudSchedulerClient, door: Door) -> None:
    client.create_job(parent=PARENT, job=job(door.url))
    client.delete_job(name=NAME)
    with pytest.raises(exceptions.NotFound):
        client.get_job(name=NAME)
    assert tick(lab, "2026-11-23T16:00:00Z") == []


@pytest.mark.parametrize(
    "changed",
    [
        {"schedule": "whenever"},
        {"time_zone": "Mars/Base"},
        {"attempt_deadline": Duration(seconds=10)},
        {"retry_config": scheduler_v1.RetryConfig(retry_count=6)},
        {"name": f"{PARENT}/jobs/with spaces"},
        {"http_target": scheduler_v1.HttpTarget(uri="ftp://x")},
        {"http_target": scheduler_v1.HttpTarget(uri="http://x", http_method="GET", body=b"x")},
    ],
)
def test_a_job_that_makes_no_sense_is_refused(
    client: scheduler_v1.CloudSchedulerClient, door: Door, changed: dict[str, Any]
) -> None:
    with pytest.raises(exceptions.BadRequest):
        client.create_job(parent=PARENT, job=job(door.url, **changed))


def test_an_outage_of_scheduler_can_be_ordered(lab: GoogleLab, client: scheduler_v1.CloudSchedulerClient) -> None:
    lab.control("POST", "faults", {"kind": "status", "code": 503, "match": "scheduler.create"})
    with pytest.raises(exceptions.ServiceUnavailable):
        client.create_job(parent=PARENT, job=job("http://127.0.0.1:9/"))


def test_a_held_clock_does_not_go_back_by_a_tick(lab: GoogleLab) -> None:
    assert "goes forward" in lab.complaint("POST", "scheduler/tick?to=2026-11-23T14:00:00Z")


def test_a_running_clock_fires_by_itself_when_the_clock_file_moves_it(door: Door, tmp_path: Path) -> None:
    offset = tmp_path / "clock"
    offset.write_text("0\n")
    with serving(clock=Clock(None, offset)) as lab:
        options = ClientOptions(api_endpoint=lab.url)
        with scheduler_v1.CloudSchedulerClient(transport="rest", credentials=ANYBODY, client_options=options) as client:
            made = client.create_job(parent=PARENT, job=job(door.url, schedule="0 * * * *"))
            assert door.asked == []
            offset.write_text(f"{32 * 86400}\n")
            assert door.called.wait(10)
            due = client.get_job(name=NAME).schedule_time
        assert due - made.schedule_time >= dt.timedelta(days=31), "a jump is due once, not for each hour it passed"
        lab.control("POST", "scheduler/clock?at=2026-11-23T14:50:00Z")
        assert tick(lab, "2026-11-23T14:59:00Z") == []
        lab.control("POST", "scheduler/clock")
        assert "runs by itself" in lab.complaint("POST", "scheduler/tick?to=2100-01-01T00:00:00Z")
