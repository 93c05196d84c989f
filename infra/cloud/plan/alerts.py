"""Three alerts on what the logs say: calls fail, a caller waits too long, reminders are stuck.

Policies match log lines, so they need no metric of their own:
https://cloud.google.com/logging/docs/alerting/log-based-alerts
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from infra.cloud.site import Site, fingerprint
from infra.cloud.steps import Step

_OURS = 'resource.type="cloud_run_revision" AND resource.labels.service_name:"sophie-"'
_LABEL = "sophie-made-of"


@dataclass(frozen=True, slots=True)
class Alert:
    """`every` is how long it stays quiet after it has told somebody, in seconds."""

    name: str
    filter: str
    what_to_do: str
    every: int


ALERTS = (
    Alert(
        "Sophie: calls fail",
        'jsonPayload.message=("call failed" OR "a part of the call broke" OR "fallback answered" '
        'OR "call record lost")',
        "Callers reach the desk meanwhile. Read the lines of the call_sid; roll back with infra/deploy --rollback if "
        "it began with a release, else run infra/doctor.",
        300,
    ),
    Alert(
        "Sophie: a caller waited too long",
        'jsonPayload.message="turn" AND jsonPayload.response_ms>4000',
        "The turn's first_token_ms, tools_ms and first_speech_ms say who was slow: model, tools or voice.",
        1800,
    ),
    Alert(
        "Sophie: reminders are stuck",
        'jsonPayload.message=("reminders not dialled" OR "the carrier takes no calls")'
        ' OR (resource.labels.service_name="sophie-dial-reminders" AND httpRequest.status>=400)',
        "Nobody is called twice when the pass is repeated: mend the cause, the next run goes on by itself.",
        1800,
    ),
)


def steps(site: Site) -> Iterator[Step]:
    for alert in ALERTS:
        yield _policy(site, alert)


def policy(alert: Alert, channels: tuple[str, ...]) -> Mapping[str, Any]:
    """The policy as the API takes it, with a label that stands for its content."""
    said = {
        "displayName": alert.name,
        "combiner": "OR",
        "conditions": [{"displayName": alert.name, "conditionMatchedLog": {"filter": f"{_OURS} AND ({alert.filter})"}}],
        "alertStrategy": {"notificationRateLimit": {"period": f"{alert.every}s"}, "autoClose": "86400s"},
        "documentation": {"content": alert.what_to_do, "mimeType": "text/markdown"},
        "notificationChannels": list(channels),
    }
    return said | {"userLabels": {_LABEL: fingerprint(json.dumps(said, sort_keys=True))}}


def _policy(site: Site, alert: Alert) -> Step:
    def wanted() -> Mapping[str, Any]:
        given = site.given.get("ALERT_CHANNELS", "")
        return policy(alert, tuple(name.strip() for name in given.split(",") if name.strip()))

    def found() -> Any:
        named = urlencode({"filter": f'display_name="{alert.name}"'})
        standing = site.read("monitoring", f"v3/{site.project_path}/alertPolicies?{named}") or {}
        return next((each for each in standing.get("alertPolicies", ()) if each["displayName"] == alert.name), None)

    def change(now: Any) -> Iterator[Any]:
        command, said = "alpha monitoring policies", json.dumps(wanted())
        if now is None:
            yield site.command(f"{command} create", policy=said)
        else:
            yield site.command(f"{command} update", now["name"], policy=said)

    return Step(
        name=f"alert '{alert.name}'",
        phase="alerts",
        found=found,
        right=lambda now: now.get("userLabels", {}).get(_LABEL) == wanted()["userLabels"][_LABEL],
        make=change,
        undo=lambda now: [site.command("alpha monitoring policies delete", now["name"])],
        advice="gcloud needs its alpha component (gcloud components install alpha), your account Monitoring Admin.",
    )
