"""The jobs that the deployment gives Cloud Scheduler, given to its stand-in: who is asked when, with whose token.

The dialler's is paused unless it is wanted, so that nobody is called by surprise. Names and times are those of the
deployment; a test holds the two together. What the jobs ask for is not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PARENT = "projects/sophie-lab/locations/us-central1"
JOBS = {
    "sync_calendar": ("sophie-sync-calendar", "* * * * *"),
    "dial_reminders": ("sophie-dial-reminders", "*/5 8-20 * * *"),
}
"""By function: the job's name, and when it is due by the workshop's clock."""

Ask = Callable[[str, dict[str, Any]], Any]


def make(ask: Ask, google: str, function: str, url: str, audience: str, account: dict[str, str], *, runs: bool) -> None:
    """One function's job. `account` is the stand-in's own, which names the zone and who asks."""
    name, cron = JOBS[function]
    token = {"serviceAccountEmail": account["service_account"], "audience": audience}
    job = {
        "name": f"{PARENT}/jobs/{name}",
        "schedule": cron,
        "timeZone": account["time_zone"],
        "httpTarget": {"uri": f"{url}/", "httpMethod": "POST", "oidcToken": token},
    }
    ask(f"{google}/v1/{PARENT}/jobs", job)
    if not runs:
        ask(f"{google}/v1/{PARENT}/jobs/{name}:pause", {})
