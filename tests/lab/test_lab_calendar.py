"""The lab's calendar: the function runs, Cloud Scheduler's stand-in asks it, and it lets that in."""

from infra.local.house.lab import Lab, LabPlan, fetch_json


def test_the_scheduler_of_the_lab_is_let_in_to_sync_the_calendar() -> None:
    with Lab(LabPlan(parts=("google", "sync_calendar"), seed=None)) as lab:
        google = lab.addresses.google
        job = f"{google}/v1/projects/sophie-lab/locations/us-central1/jobs/sophie-sync-calendar"
        fetch_json(f"{job}:run", {})
        [attempt] = [each for each in fetch_json(f"{google}/_lab/scheduler/attempts") if each["status"]]
        log = [each["operation"] for each in fetch_json(f"{google}/_lab/log")]
    assert (attempt["status"], attempt["answer"].strip()) == (200, '{"waiting":0}')
    assert "calendar.events.list" in log
