"""The whole deployment, by the real gcloud and Google's own client libraries, to a project on this machine."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local.house.programs import Program
from tests.cloud.clean_room import ROOT

pytestmark = pytest.mark.gcloud
NUMBER, SID, TOKEN = "+13125550100", f"AC{'0' * 32}", "twilio-token"
SERVICES = (
    *("RUN", "SECRETMANAGER", "CLOUDFUNCTIONS", "CLOUDBUILD", "ARTIFACTREGISTRY", "SERVICEUSAGE"),
    *("CLOUDRESOURCEMANAGER", "STORAGE", "IAM", "MONITORING"),
)


class Cloud:
    """A project of the stand-in, and a copy of the tree that is deployed to it: nobody changes that one meanwhile."""

    def __init__(self, place: Path, urls: dict[str, str]) -> None:
        self.place, self.tree, self.urls = place, place / "tree", urls
        ignored = shutil.ignore_patterns("__pycache__", ".*", "build")
        for room in ("functions", "shared", "media_service", "infra"):
            shutil.copytree(ROOT / room, self.tree / room, ignore=ignored)
        shutil.copy(ROOT / ".gcloudignore", self.tree)
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

    def start(self, *words: str, what: str = "deploy") -> subprocess.Popen[str]:
        (self.place / ".env").write_text("".join(f"{name}={value}\n" for name, value in self.settings.items()))
        line = [
            sys.executable,
            "-m",
            "infra.cloud.deploy",
            what,
            "--project=sophie-lab",
            f"--settings={self.place / '.env'}",
        ]
        out = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
        return subprocess.Popen([*line, *words], cwd=self.tree, env=self.environment, **out)  # type: ignore[call-overload,no-any-return]

    def deploy(self, *words: str, what: str = "deploy") -> tuple[int, str]:
        with self.start(*words, what=what) as program:
            said, _ = program.communicate(timeout=900)
            return program.returncode, said

    @property
    def state(self) -> Any:
        return requests.get(f"{self.urls['google_admin']}/_lab/state", timeout=10).json()

    def ill(self, **said: object) -> None:
        requests.post(f"{self.urls['google_admin']}/_lab/ill", json=said, timeout=10)

    def jobs(self) -> list[dict[str, Any]]:
        parent = "projects/sophie-lab/locations/us-central1"
        found: list[dict[str, Any]] = requests.get(f"{self.urls['google']}/v1/{parent}/jobs", timeout=10).json()["jobs"]
        return found

    def number(self) -> dict[str, str]:
        url = f"{self.urls['twilio']}/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers.json"
        found = requests.get(url, auth=(SID, TOKEN), timeout=10).json()["incoming_phone_numbers"]
        return dict(found[0])


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
    _killed_at_any_step_it_is_gone_on_with(cloud)
    _everything_stands_as_planned(cloud)
    _a_second_run_changes_nothing(cloud)
    _a_new_secret_replaces_the_parts_that_read_it(cloud)
    _an_ill_release_gets_no_traffic(cloud)
    _rolled_back_callers_reach_the_release_before(cloud)
    _destroyed_nothing_of_ours_is_left(cloud)


def _killed_at_any_step_it_is_gone_on_with(cloud: Cloud) -> None:
    for last in ("secret redis-url", "job sophie-retention", "function dial_reminders"):
        with cloud.start() as program:
            assert program.stdout is not None
            for line in program.stdout:
                if line.strip() == f"make   {last}":
                    os.killpg(program.pid, signal.SIGKILL)
                    break
            else:
                raise AssertionError(f"it never came to {last}")
    code, said = cloud.deploy()
    assert code == 0, said
    assert "right  function telephony" in said


def _everything_stands_as_planned(cloud: Cloud) -> None:
    state = cloud.state
    assert set(state["services"]) == {
        "sophie-media",
        "sophie-telephony",
        "sophie-dial-reminders",
        "sophie-sync-calendar",
    }
    assert state["jobs"] == ["sophie-migrate", "sophie-retention"]
    assert len(state["executions"]) == 1
    assert len(state["images"]) == 1
    assert len(state["accounts"]) == 6
    assert len(state["alerts"]) == 3
    for name, function in state["functions"].items():
        top = {file.split("/")[0] for file in function["files"]}
        assert top == {"main.py", "functions", "shared", "requirements.txt"}, name
    address = "https://sophie-telephony-123456789012.us-central1.run.app"
    told = state["functions"]["sophie-telephony"]["config"]["environmentVariables"]
    assert told["PUBLIC_BASE_URL"] == address
    assert told["MEDIA_STREAM_URL"] == "wss://sophie-media-123456789012.us-central1.run.app"
    assert cloud.number()["voice_url"].startswith(f"{address}/voice#")
    jobs = {job["name"].rpartition("/")[2]: job for job in cloud.jobs()}
    assert set(jobs) == {"sophie-dial-reminders", "sophie-sync-calendar", "sophie-retention"}
    token = jobs["sophie-dial-reminders"]["httpTarget"]["oidcToken"]
    asked = state["functions"]["sophie-dial-reminders"]["config"]["environmentVariables"]
    assert token["audience"] == asked["OIDC_AUDIENCE_DIALER"]
    assert token["serviceAccountEmail"] == asked["OIDC_SERVICE_ACCOUNT"]


def _a_second_run_changes_nothing(cloud: Cloud) -> None:
    before = cloud.state
    code, said = cloud.deploy()
    assert code == 0, said
    assert "Deployed: 0 steps had something to do." in said, said
    assert cloud.state == before


def _a_new_secret_replaces_the_parts_that_read_it(cloud: Cloud) -> None:
    old = cloud.settings["OPENAI_API_KEY"]
    cloud.settings["OPENAI_API_KEY"] = secrets.token_hex(8)
    code, said = cloud.deploy("--only=secrets,media,telephony,traffic")
    assert code == 0, said
    assert "make   media service" in said
    assert "right  function telephony" in said
    state = cloud.state
    assert state["secrets"]["openai-api-key"] == 2
    assert len(state["services"]["sophie-media"]["revisions"]) == 2
    assert old not in json.dumps(state)


def _an_ill_release_gets_no_traffic(cloud: Cloud) -> None:
    serving = cloud.state["services"]["sophie-media"]["traffic"]
    cloud.settings["MAX_CALLS"] = "40"
    cloud.ill(service="sophie-media")
    code, said = cloud.deploy("--only=media,traffic")
    assert code == 2
    assert "/health answered 503 and not 200" in said, said
    now = cloud.state["services"]["sophie-media"]["traffic"]
    assert [each for each in now if each.get("percent")] == [each for each in serving if each.get("percent")]
    cloud.ill(service="sophie-media", well=True)
    code, said = cloud.deploy("--only=media,traffic")
    assert code == 0, said


def _rolled_back_callers_reach_the_release_before(cloud: Cloud) -> None:
    revisions = cloud.state["services"]["sophie-media"]["revisions"]
    code, said = cloud.deploy("--rollback=sophie-media")
    assert code == 0, said
    shares = [each for each in cloud.state["services"]["sophie-media"]["traffic"] if each.get("percent")]
    assert [each["revisionName"] for each in shares] == [revisions[-2]]


def _destroyed_nothing_of_ours_is_left(cloud: Cloud) -> None:
    code, said = cloud.deploy("--yes-destroy=sophie-lab", what="destroy")
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
