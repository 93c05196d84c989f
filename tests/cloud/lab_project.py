"""A Google Cloud project on this machine for the real gcloud, with the carrier and the scheduler beside it, and a copy
of the tree that is deployed to it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests

from infra.local.house.programs import Program
from tests.cloud.clean_room import ROOT

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
        (place / "token").write_text("owner")
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
        own |= {
            f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{name}": f"http://{name.lower()}.mock.internal:{port}/"
            for name in SERVICES
        }
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
        # A program that a shell runs in the background hears no Ctrl-C, nor do those that it starts.
        heard = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return subprocess.Popen([*line, *words], cwd=self.tree, env=self.environment, **out)  # type: ignore[call-overload,no-any-return]
        finally:
            signal.signal(signal.SIGINT, heard)

    def deploy(self, *words: str, what: str = "deploy") -> tuple[int, str]:
        with self.start(*words, what=what) as program:
            said, _ = program.communicate(timeout=900)
            return program.returncode, said

    def fault(self, **said: str | int) -> None:
        requests.post(f"{self.urls['google_admin']}/_lab/faults", json=said, timeout=10)

    def stopped_at(self, kind: str, request: str, *words: str, by: signal.Signals = signal.SIGKILL) -> tuple[int, str]:
        """A deployment that is sent a signal when the fault has struck this request."""
        faults = f"{self.urls['google_admin']}/_lab/faults"
        requests.delete(faults, timeout=10)
        self.fault(kind=kind, match=request)
        with self.start(*words) as program:
            while not requests.get(faults, timeout=10).json()["struck"]:
                assert program.poll() is None, f"it never came to {request}"
                time.sleep(0.05)
            os.killpg(program.pid, by)
            said, _ = program.communicate(timeout=60)
        requests.delete(faults, timeout=10)
        return program.returncode, said

    def project(self, **said: str | bool) -> None:
        requests.post(f"{self.urls['google_admin']}/_lab/project", json=said, timeout=10)

    @contextmanager
    def signed_in_as(self, who: str) -> Iterator[None]:
        """An account by its address; `expired` is a login of yesterday."""
        (self.place / "token").write_text(who)
        yield
        (self.place / "token").write_text("owner")

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


@contextmanager
def standing(place: Path) -> Iterator[Cloud]:
    """An empty project, while the block lasts."""
    words = {"google_admin": [], "google": [], "twilio": ["--account-sid", SID, "--auth-token", TOKEN]}
    with ExitStack() as stack:
        urls = {}
        for name, more in words.items():
            line = [sys.executable, "-m", f"infra.local.{name}", *more]
            program = stack.enter_context(Program(name, line, env={"PATH": os.environ["PATH"]}, cwd=ROOT))
            ready = program.wait_for_line(lambda said: said.startswith('{"ready"'), 60)
            urls[name] = json.loads(ready)["url"]
        requests.post(f"{urls['twilio']}/_lab/numbers", json={"number": NUMBER}, timeout=10)
        yield Cloud(place, urls)
