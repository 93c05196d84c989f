"""`infra/doctor [--settings FILE [--project P] | --lab FILE]`: every check, a line each.

Ends with 0 when all is green, 1 when something is yellow, 2 when something is red. With a project it looks at what is
deployed there: the addresses that follow from the place, the secrets that are kept.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.cloud.deploy import settings_of
from infra.cloud.doctor import house, providers
from infra.cloud.doctor.check import Finding, Light, examine, green, red
from infra.cloud.failures import DeploymentFailed
from infra.cloud.gcloud import Gcloud
from infra.cloud.site import Site
from shared.errors import ConfigurationError
from shared.settings import Part, read
from shared.shop import check_desk, load_shop

_COLOURS = {Light.GREEN: 32, Light.YELLOW: 33, Light.RED: 31}
# What `infra/lab up --json` says, by the setting that it is.
_LAB = {
    "NEON_DATABASE_URL": "database",
    "REDIS_URL": "redis",
    "PUBLIC_BASE_URL": "telephony",
    "STREAM_TOKEN_SECRET": "stream_token_secret",
    "METRICS_TOKEN": "metrics_token",
    "TWILIO_ACCOUNT_SID": "account_sid",
    "TWILIO_AUTH_TOKEN": "auth_token",
    "TWILIO_PHONE_NUMBER": "number",
    "TWILIO_API_BASE_URL": "twilio",
    "DEEPGRAM_BASE_URL": "deepgram",
    "OPENAI_BASE_URL": "openai",
    "GOOGLE_API_BASE_URL": "google",
}


def lab_settings(said: Mapping[str, str]) -> dict[str, str]:
    """The settings of a running lab. Its calendar's credentials are not told, so it is looked at without one."""
    settings = {name: said[key] for name, key in _LAB.items() if said.get(key)}
    settings |= {"SOPHIE_ENV": "local", "MEDIA_STREAM_URL": said["media"].replace("http", "ws", 1)}
    return settings | {"DEEPGRAM_API_KEY": "lab", "OPENAI_API_KEY": "sk-lab"}


def look_at_settings(values: Mapping[str, str], parts: tuple[Part, ...]) -> Finding:
    """Whether each part could start with these; all that is wrong is named at once."""
    wrong = []
    for part in parts:
        try:
            settings = read(values, part)
            check_desk(load_shop(settings.shop_config), settings.twilio_phone_number)
        except ConfigurationError as why:
            wrong.append(str(why))
    return red(" ".join(wrong)) if wrong else green(f"{', '.join(part.value for part in parts)} could start")


def main() -> int:
    parser = argparse.ArgumentParser(prog="infra/doctor")
    parser.add_argument("--settings", type=Path, help="file of settings, as .env.example; without it, the environment")
    parser.add_argument("--project", help="the Google Cloud project that infra/deploy brought these settings to")
    parser.add_argument("--region", default="us-central1")
    parser.add_argument("--lab", type=Path, help="what `infra/lab up --json` printed")
    words = parser.parse_args()
    parts = (Part.TELEPHONY, Part.MEDIA, Part.DATA) if words.lab else tuple(Part)
    try:
        values = _values(words)
    except DeploymentFailed as why:
        print(why, file=sys.stderr)
        return 2
    first = look_at_settings(values, parts)
    _print("settings", first)
    lights = [first.light]
    try:
        settings = read(values, Part.DATA)
    except ConfigurationError:
        print("The other checks need settings that can be read: mend these first.")
        return 2
    for check, finding in examine((*house.CHECKS, *providers.CHECKS), settings):
        _print(check.name, finding)
        lights.append(finding.light)
    return 2 if Light.RED in lights else 1 if Light.YELLOW in lights else 0


def _values(words: argparse.Namespace) -> dict[str, str]:
    """What is looked at. Raises DeploymentFailed."""
    if words.lab:
        try:
            return lab_settings(json.loads(words.lab.read_text()))
        except (OSError, ValueError, KeyError) as why:
            raise DeploymentFailed(
                f"{words.lab} is not what infra/lab up --json prints ({type(why).__name__}): save its line there."
            ) from why
    given = settings_of(words.settings) if words.settings else dict(os.environ)
    return deployed_settings(words.project, words.region, given) if words.project else given


def deployed_settings(project: str, region: str, given: Mapping[str, str]) -> dict[str, str]:
    """What the parts are told there. Raises DeploymentFailed."""
    site = Site(project=project, region=region, given=given, gcloud=Gcloud())
    return {name: value for part in Part for name, value in site.told(part).items()}


def _print(name: str, finding: Finding) -> None:
    light = finding.light.value
    shown = f"\033[{_COLOURS[finding.light]}m{light:6}\033[0m" if sys.stdout.isatty() else f"{light:6}"
    print(f"{shown}  {name}: {finding.said}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
