"""The lab's Scheduler has the deployment's jobs, and lets the dialler call people only where that is wanted."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.cloud.parts import SCHEDULES
from infra.local.house.lab import Lab, LabPlan, fetch_json
from infra.local.house.schedules import JOBS, PARENT

ANA = "+12175550142"
# A Tuesday, a little past ten in the morning at the workshop.
NOW = datetime(2026, 12, 1, 16, 2, tzinfo=UTC)
PARTS = ("google", "twilio", "dial_reminders")


def _situation() -> dict[str, Any]:
    return {
        "customers": [{"phone": ANA, "first_name": "Ana", "last_name": "Lopez", "zip": "62704"}],
        "vehicles": [{"customer_phone": ANA, "year": 2018, "make": "Mazda", "model": "CX-5"}],
        "appointments": [{"customer_phone": ANA, "service": "oil_change", "starts_at": "2026-12-02T15:00:00Z"}],
        "consents": [{"phone": ANA, "kind": "reminder_call", "given_at": "2026-11-02T16:00:00Z"}],
    }


def test_the_labs_jobs_are_named_and_timed_as_the_deployments() -> None:
    deployed = {each.name: each.cron for each in SCHEDULES}
    assert all(deployed[name] == cron for name, cron in JOBS.values())


def test_when_the_labs_clock_passes_the_time_the_scheduler_has_the_dialler_call_who_is_due(tmp_path: Path) -> None:
    file = tmp_path / "situation.json"
    file.write_text(json.dumps(_situation()))
    with Lab(LabPlan(parts=PARTS, seed=("--from", str(file)), schedules=True)) as lab:
        clock = Path(lab.addresses.clock_file)
        clock.write_text(str((NOW - datetime.now(UTC)).total_seconds()))
        attempt = _first_attempt(lab)
        calls = fetch_json(f"{lab.addresses.twilio}/_lab/calls")["calls"]
    assert attempt["job"].endswith("sophie-dial-reminders")
    assert (attempt["status"], json.loads(attempt["answer"])["placed"]) == (200, 1)
    assert [call["to"] for call in calls] == [ANA]


def test_the_dialler_of_a_lab_is_not_asked_by_itself() -> None:
    with Lab(LabPlan(parts=("google", "dial_reminders"), seed=None)) as lab:
        job = fetch_json(f"{lab.addresses.google}/v1/{PARENT}/jobs/sophie-dial-reminders")
    assert job["state"] == "PAUSED"
    assert job["httpTarget"]["oidcToken"]["audience"] == lab.addresses.oidc_audience_dialer


def _first_attempt(lab: Lab) -> dict[str, Any]:
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        attempts: list[dict[str, Any]] = fetch_json(f"{lab.addresses.google}/_lab/scheduler/attempts")
        if attempts:
            return attempts[0]
        time.sleep(0.1)
    raise AssertionError("The scheduler asked nobody.")
