"""The whole deployment, by the real gcloud and Google's own client libraries, to a project on this machine."""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml  # type: ignore[import-untyped]

from infra.local.house.programs import Program
from tests.cloud.clean_room import ROOT

pytestmark = pytest.mark.gcloud
NUMBER, SID, TOKEN = "+13125550100", f"AC{'0' * 32}", "twilio-token"
SERVICES = (
    *("RUN", "SECRETMANAGER", "CLOUDBUILD", "ARTIFACTREGISTRY", "SERVICEUSAGE"),
    *("CLOUDRESOURCEMANAGER", "STORAGE", "IAM", "MONITORING"),
)


class Cloud:
    """A project of the stand-in, and a copy of the tree that is deployed to it: nobody changes that one meanwhile."""

    def __init__(self, place: Path, urls: dict[str, str]) -> None:
        self.place, self.tree, self.urls = place, place / "tree", urls
        ignored = shutil.ignore_patterns("__pycache__", ".*", "build")
        for room in ("functions", "shared", "media_service", "infra"):
            shutil.copytree(ROOT / room, self.tree / room, ignore=ignored)
        for file in (".gcloudignore", "requirements.txt"):
            shutil.copy(ROOT / file, self.tree)
        # The scripts of infra find their environment there.
        (self.tree / ".venv").symlink_to(sys.prefix)
        (place / "token").write_text("token")
        self.settings = {
            "NEON_DATABASE_URL": "postgresql://u:p@db.example/sophie",
            "REDIS_URL": "rediss://default:p@redis.example:6379",
            "TWILIO_ACCOUNT_SID": SID,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_PHONE_NUMBER": NUMBER,
            "TWILIO_API_BASE_URL": urls["twilio"],
            "DEEPGRAM_API_KEY": "deepgram-key",
            "OPENAI_API_KEY": "openai-key",
            "GOOGLE_CLIENT_ID": "client",
            "GOOGLE_CLIENT_SECRET": "client-secret",
            "GOOGLE_REFRESH_TOKEN": "refresh",
            "GOOGLE_CALENDAR_ID": "calendar",
        }

    @property
    def environment(self) -> dict[str, str]:
        port = self.urls["google_admin"].rpartition(":")[2]
        own = {"PATH": os.environ["PATH"], "HOME": str(self.place), "CLOUDSDK_CONFIG": str(self.place / "gcloud")}
        own |= {"CLOUDSDK_CORE_DISABLE_PROMPTS": "1", "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(self.place / "token")}
        own |= {f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{name}": f"http://mock.internal:{port}/" for name in SERVICES}
        own |= {"CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDSCHEDULER": f"{self.urls['google']}/"}
        return own | {"http_proxy": self.urls["google_admin"], "no_proxy": "127.0.0.1"}

    @property
    def written(self) -> str:
        """The settings as a file has them."""
        return "".join(f"{name}={value}\n" for name, value in self.settings.items())

    def start(self, *words: str, what: str = "deploy") -> subprocess.Popen[str]:
        (self.place / ".env").write_text(self.written)
        line = [f"infra/{what}", "--project=sophie-lab", f"--settings={self.place / '.env'}"]
        out = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
        return subprocess.Popen([*line, *words], cwd=self.tree, env=self.environment, **out)  # type: ignore[call-overload,no-any-return]

    def deploy(self, *words: str, what: str = "deploy") -> tuple[int, str]:
        with self.start(*words, what=what) as program:
            said, _ = program.communicate(timeout=900)
            return program.returncode, said

    def killed_at(self, kind: str, request: str, *words: str) -> None:
        """A deployment that is killed when the fault has struck this request."""
        faults = f"{self.urls['google_admin']}/_lab/faults"
        requests.post(faults, json={"kind": kind, "match": request}, timeout=10)
        with self.start(*words) as program:
            while not requests.get(faults, timeout=10).json()["struck"]:
                assert program.poll() is None, f"it never came to {request}"
                time.sleep(0.05)
            os.killpg(program.pid, signal.SIGKILL)
        requests.delete(faults, timeout=10)

    @property
    def state(self) -> Any:
        return requests.get(f"{self.urls['google_admin']}/_lab/state", timeout=10).json()

    def serving(self, service: str) -> list[str]:
        """The revisions that have traffic."""
        shares = self.state["services"][service]["traffic"]
        return [each["revisionName"] for each in shares if each.get("percent")]

    def ill(self, **said: str | bool) -> None:
        requests.post(f"{self.urls['google_admin']}/_lab/ill", json=said, timeout=10)

    def jobs(self) -> list[dict[str, Any]]:
        parent = "projects/sophie-lab/locations/us-central1"
        found: list[dict[str, Any]] = requests.get(f"{self.urls['google']}/v1/{parent}/jobs", timeout=10).json()["jobs"]
        return found

    def number(self) -> dict[str, str]:
        url = f"{self.urls['twilio']}/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers.json"
        found = requests.get(url, auth=(SID, TOKEN), timeout=10).json()["incoming_phone_numbers"]
        return dict(found[0])


def told_to(state: Any, service: str) -> dict[str, str]:
    """The settings of a service that are no secrets."""
    container = state["services"][service]["containers"][0]
    return {each["name"]: each["value"] for each in container["env"] if "value" in each}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    words = {"google_admin": [], "google": [], "twilio": ["--account-sid", SID, "--auth-token", TOKEN]}
    with ExitStack() as stack:
        urls = {}
        for name, more in words.items():
            line = [sys.executable, "-m", f"infra.local.{name}", *more]
            program = stack.enter_context(Program(name, line, env={"PATH": os.environ["PATH"]}, cwd=ROOT))
            ready = program.wait_for_line(lambda said: said.startswith('{"ready"'), 60)
            urls[name] = json.loads(ready)["url"]
        requests.post(f"{urls['twilio']}/_lab/numbers", json={"number": NUMBER}, timeout=10)
        yield Cloud(tmp_path_factory.mktemp("cloud"), urls)


def test_a_deployment_from_nothing_to_nothing(cloud: Cloud) -> None:
    """One story, because each chapter stands on the one before and gcloud takes its time."""
    _killed_between_any_two_requests_it_is_gone_on_with(cloud)
    _everything_stands_as_planned(cloud)
    _a_second_run_changes_nothing(cloud)
    _the_steps_of_the_pipeline_bring_a_new_image_to_callers(cloud)
    _a_new_secret_replaces_the_parts_that_read_it(cloud)
    before = cloud.serving("sophie-telephony")
    _a_function_that_is_ill_or_does_not_start_gets_no_traffic(cloud)
    _a_private_redis_is_reached_through_the_projects_own_network(cloud)
    _rolled_back_callers_reach_what_they_reached_before_and_no_release_that_was_never_taken(cloud, before)
    _destroyed_nothing_of_ours_is_left(cloud)


def _killed_between_any_two_requests_it_is_gone_on_with(cloud: Cloud) -> None:
    """Where the most is half done: a secret without a value, a schema that nobody wrote down, a door still shut."""
    project, run = "/v1/projects/sophie-lab", "/apis/run.googleapis.com/v1/namespaces/sophie-lab"
    cloud.killed_at("hold_reply", f"POST {project}/secrets")
    assert cloud.state["secrets"] == {"neon-database-url": 0}
    cloud.killed_at("hold_reply", f"POST {run}/jobs/sophie-migrate:run")
    shut = f"POST {project}/locations/us-central1/services/sophie-telephony:setIamPolicy"
    cloud.killed_at("stall", shut, "--only=media,telephony")
    assert "services/sophie-telephony" not in cloud.state["policies"]
    code, said = cloud.deploy()
    assert code == 0, said
    assert "right  release of sophie-telephony" in said
    assert "make   who may ask sophie-telephony" in said


def _everything_stands_as_planned(cloud: Cloud) -> None:
    state = cloud.state
    assert set(state["services"]) == {
        "sophie-media",
        "sophie-telephony",
        "sophie-dial-reminders",
        "sophie-sync-calendar",
    }
    assert state["jobs"] == ["sophie-migrate", "sophie-retention"]
    # The one that was killed when it had ended, and the one that was written down.
    assert len(state["executions"]) == 2
    assert len(state["images"]) == 1
    assert len(state["accounts"]) == 6
    assert len(state["alerts"]) == 3
    assert {name: function["target"] for name, function in state["functions"].items()} == {
        "sophie-telephony": "telephony",
        "sophie-dial-reminders": "dial_reminders",
        "sophie-sync-calendar": "sync_calendar",
    }
    for name, function in state["functions"].items():
        top = {file.split("/")[0] for file in function["files"]}
        assert top == {"main.py", "functions", "shared", "requirements.txt"}, name
    address = "https://sophie-telephony-123456789012.us-central1.run.app"
    told = told_to(state, "sophie-telephony")
    assert told["PUBLIC_BASE_URL"] == address
    assert told["MEDIA_STREAM_URL"] == "wss://sophie-media-123456789012.us-central1.run.app"
    assert cloud.number()["voice_url"].startswith(f"{address}/voice#")
    jobs = {job["name"].rpartition("/")[2]: job for job in cloud.jobs()}
    assert set(jobs) == {"sophie-dial-reminders", "sophie-sync-calendar", "sophie-retention"}
    token = jobs["sophie-dial-reminders"]["httpTarget"]["oidcToken"]
    asked = told_to(state, "sophie-dial-reminders")
    assert token["audience"] == asked["OIDC_AUDIENCE_DIALER"]
    assert token["serviceAccountEmail"] == asked["OIDC_SERVICE_ACCOUNT"]


def _a_second_run_changes_nothing(cloud: Cloud) -> None:
    before = cloud.state
    code, said = cloud.deploy()
    assert code == 0, said
    assert "Deployed: 0 steps had something to do." in said, said
    assert cloud.state == before


def _the_steps_of_the_pipeline_bring_a_new_image_to_callers(cloud: Cloud) -> None:
    """In their order, by the lines of cloudbuild.yaml itself; the tests and Docker's build are not among them."""
    pipeline = yaml.safe_load((ROOT / "cloudbuild.yaml").read_text())
    told = {"PROJECT_ID": "sophie-lab", "BUILD_ID": "b1"} | pipeline["substitutions"]

    def filled(word: str) -> str:
        while (open_ := re.sub(r"\$\{(\w+)\}", lambda found: told[found[1]], word)) != word:
            word = open_
        return word.replace("$$", "$")

    for step in pipeline["steps"][2:]:
        words = [step["entrypoint"], *map(filled, step["args"])]
        given = cloud.environment | {"SETTINGS": cloud.written}
        ran = subprocess.run(words, cwd=cloud.tree, env=given, capture_output=True, text=True, timeout=600)
        assert ran.returncode == 0, (step["id"], ran.stdout, ran.stderr)
    media = cloud.state["services"]["sophie-media"]
    assert media["containers"][0]["image"] == filled("${_IMAGE}")
    assert cloud.serving("sophie-media") == media["revisions"][-1:] == media["revisions"][1:]
    assert len(cloud.state["executions"]) == 3


def _a_new_secret_replaces_the_parts_that_read_it(cloud: Cloud) -> None:
    old, before = cloud.settings["OPENAI_API_KEY"], cloud.serving("sophie-media")
    cloud.settings["OPENAI_API_KEY"] = secrets.token_hex(8)
    code, said = cloud.deploy("--only=secrets,media,telephony,traffic")
    assert code == 0, said
    assert "make   release of sophie-media" in said
    assert "right  release of sophie-telephony" in said
    state = cloud.state
    assert state["secrets"]["openai-api-key"] == 2
    assert cloud.serving("sophie-media") == state["services"]["sophie-media"]["revisions"][-1:] != before
    assert old not in json.dumps(state)


def _a_function_that_is_ill_or_does_not_start_gets_no_traffic(cloud: Cloud) -> None:
    before = cloud.serving("sophie-telephony")
    for number, how, told in (
        ("+13125550177", {}, "/health answered 503 and not 200"),
        ("+13125550178", {"starts": False}, "is not ready and cannot serve traffic"),
    ):
        cloud.settings["TWILIO_PHONE_NUMBER"] = number
        cloud.ill(service="sophie-telephony", **how)
        code, said = cloud.deploy("--only=telephony,traffic")
        assert code == 2
        assert told in said, said
        assert cloud.serving("sophie-telephony") == before
    code, said = cloud.deploy("--only=traffic")
    assert (code, cloud.serving("sophie-telephony")) == (2, before), said


def _a_private_redis_is_reached_through_the_projects_own_network(cloud: Cloud) -> None:
    assert "compute.googleapis.com" not in cloud.state["enabled"]
    cloud.ill(service="sophie-telephony", well=True)
    cloud.settings |= {"REDIS_URL": "redis://10.0.0.3:6379/0", "TWILIO_PHONE_NUMBER": NUMBER}
    code, said = cloud.deploy("--only=project,secrets,media,telephony,traffic")
    assert code == 0, said
    state = cloud.state
    assert "compute.googleapis.com" in state["enabled"]
    for name in ("sophie-media", "sophie-telephony"):
        network = state["services"][name]["annotations"]
        assert json.loads(network["run.googleapis.com/network-interfaces"]) == [
            {"network": "default", "subnetwork": "default"}
        ]
        assert network["run.googleapis.com/vpc-access-egress"] == "private-ranges-only"


def _rolled_back_callers_reach_what_they_reached_before_and_no_release_that_was_never_taken(
    cloud: Cloud, before: list[str]
) -> None:
    """By somebody who has no settings at hand."""
    now = cloud.serving("sophie-telephony")
    assert now == cloud.state["services"]["sophie-telephony"]["revisions"][-1:] != before
    code, said = cloud.deploy("--rollback=sophie-telephony", "--settings=nowhere")
    assert code == 0, said
    assert cloud.serving("sophie-telephony") == before


def _destroyed_nothing_of_ours_is_left(cloud: Cloud) -> None:
    """The keys neither, though the file that they came from is gone."""
    code, said = cloud.deploy("--yes-destroy=sophie-lab", "--settings=nowhere", what="destroy")
    assert code == 0, said
    state = cloud.state
    assert {name: state[name] for name in ("services", "functions", "jobs", "accounts", "secrets", "alerts")} == {
        "services": {},
        "functions": {},
        "jobs": [],
        "accounts": [],
        "secrets": {},
        "alerts": [],
    }
    assert cloud.jobs() == []


def build(cloud: Cloud, config: Path) -> subprocess.CompletedProcess[str]:
    words = ["gcloud", "builds", "submit", "--no-source", f"--config={config}", "--async", "--project=sophie-lab"]
    return subprocess.run(words, env=cloud.environment, capture_output=True, text=True, timeout=120)


def test_the_pipeline_is_a_build_that_gcloud_understands_to_the_word(cloud: Cloud, tmp_path: Path) -> None:
    ran = build(cloud, ROOT / "cloudbuild.yaml")
    assert ran.returncode == 0, ran.stderr
    misspelt = tmp_path / "cloudbuild.yaml"
    misspelt.write_text((ROOT / "cloudbuild.yaml").read_text().replace("waitFor", "waitsFor", 1))
    ran = build(cloud, misspelt)
    assert ran.returncode != 0
    assert "waitsFor" in ran.stderr
