"""Every command of a deployment, held against gcloud's own parser."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from google.cloud import run_v2

from infra.cloud.deploy import imagined
from infra.cloud.gcloud import Command
from infra.cloud.plan import plan
from infra.cloud.site import Site
from tests.cloud.clean_room import ROOT

pytestmark = pytest.mark.gcloud
PRIVATE = imagined({"REDIS_URL": "redis://10.0.0.3:6379/0", "METRICS_TOKEN": "m"})

STANDS = run_v2.Service(traffic_statuses=[{"revision": "sophie-media-00001-abc", "percent": 100, "tag": "candidate"}])


def gcloud(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Alone in a folder of its own, and with nowhere to send anything."""
    own = {"PATH": os.environ["PATH"], "CLOUDSDK_CONFIG": str(folder), "HOME": str(folder)}
    own |= {
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "HTTPS_PROXY": "http://127.0.0.1:1",
        "HTTP_PROXY": "http://127.0.0.1:1",
    }
    return subprocess.run(
        [str(shutil.which("gcloud")), *words], cwd=ROOT, env=own, capture_output=True, text=True, timeout=120
    )


def commands() -> list[str]:
    """What making, changing and taking away would run, with and without a network of its own for Redis."""
    found = []
    for given in (imagined({}), PRIVATE):
        site = Site(project="demo", region="us-central1", given=given, gcloud=None)
        for step in plan(site):
            # A service or an alert that stands already is changed by other words than one that is made.
            stands = {"name": "policy-1"} if step.phase == "alerts" else STANDS
            changed = step.make(stands) if step.phase in ("alerts", "media", "telephony", "traffic") else ()
            undo = step.undo(stands) if step.undo else ()
            found += [one for one in (*step.make(None), *changed, *undo) if isinstance(one, Command)]
    # The shell's quotes are not the linter's: a word with blanks would be taken apart.
    return sorted({" ".join(("gcloud", *(word.replace(" ", "_") for word in one.words))) for one in found})


def test_gclouds_own_parser_accepts_every_command_of_the_plan(tmp_path: Path) -> None:
    lines = commands()
    asked = tmp_path / "commands.json"
    asked.write_text(json.dumps([{"command_string": line} for line in lines]))
    said = gcloud(["meta", "lint-gcloud-commands", f"--commands-file={asked}"], tmp_path / "config")
    results = json.loads(said.stdout)
    assert len(results) == len(lines) > 50
    assert [(each["command_string"], each.get("error_message")) for each in results if not each["success"]] == []


def test_gclouds_own_parser_still_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    line = "--command-string=gcloud run deploy x --image=y --no-such-flag"
    said = gcloud(["meta", "lint-gcloud-commands", line], tmp_path / "config")
    assert [each["success"] for each in json.loads(said.stdout)] == [False]
