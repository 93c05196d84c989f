"""What Google builds the functions from: it must run beside nothing but its own requirements, as the bare framework
starts it."""

import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.cloud.lock import PARTS
from infra.cloud.staging import FUNCTIONS, stage
from infra.local.house.programs import Program, free_port
from shared.twilio_signature import sign
from tests.cloud.clean_room import ROOT, answers_health, clean_room, pinned

PUBLIC = "https://telephony.example"
FORM = {"CallSid": "CA1", "From": "+12175550142", "To": "+13125550100"}
SETTINGS = {
    "SOPHIE_ENV": "cloud",
    "NEON_DATABASE_URL": "postgresql://x@127.0.0.1:1/x",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "PUBLIC_BASE_URL": PUBLIC,
    "MEDIA_STREAM_URL": "wss://media.example",
    "STREAM_TOKEN_SECRET": "s" * 32,
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "token",
    "TWILIO_PHONE_NUMBER": "+13125550100",
    "GOOGLE_CLIENT_ID": "id",
    "GOOGLE_CLIENT_SECRET": "secret",
    "GOOGLE_REFRESH_TOKEN": "refresh",
    "GOOGLE_CALENDAR_ID": "calendar",
    "OIDC_AUDIENCE_DIALER": "dialer",
    "OIDC_AUDIENCE_CALENDAR": "calendar",
    "OIDC_SERVICE_ACCOUNT": "scheduler@project.iam.gserviceaccount.com",
}
# All that each function can load at its first request, found in the staged folder itself.
LOAD = {
    "telephony": "functions.telephony, shared.storage.database, shared.telephony, shared.sessions.sessions",
    "dial_reminders": "functions.dial_reminders",
    "sync_calendar": "functions.sync_calendar, shared.calendar.google_calendar",
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clean_room(ROOT / "functions" / "requirements.lock", tmp_path_factory.mktemp("room") / "env")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("staged")


@pytest.fixture(params=FUNCTIONS)
def served(request: pytest.FixtureRequest, programs: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """A function's name and URL, started as Google's buildpack starts it."""
    name, port = request.param, free_port()
    place = stage(name, folder)
    words = [programs / "functions-framework", "--target", name, "--host", "127.0.0.1", "--port", str(port)]
    with Program(name, words, env=SETTINGS | {"HOME": str(folder)}, cwd=place) as program:
        assert answers_health(program, port), program.tail()
        yield name, f"http://127.0.0.1:{port}"


def post(url: str, headers: dict[str, str]) -> tuple[int, str]:
    asked = urllib.request.Request(url, urllib.parse.urlencode(FORM).encode(), headers)  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_a_staged_function_answers_as_the_one_in_the_tree(served: tuple[str, str]) -> None:
    name, url = served
    if name != "telephony":
        assert post(url, {})[0] == 401
        return
    signed = {"X-Twilio-Signature": sign("token", f"{PUBLIC}/voice", {k: [v] for k, v in FORM.items()})}
    status, twiml = post(f"{url}/voice", signed)
    assert status == 200
    assert "<Stream" in twiml or "<Dial" in twiml
    assert post(f"{url}/voice", {})[0] == 403


@pytest.mark.parametrize("name", FUNCTIONS)
def test_all_that_a_staged_function_loads_later_is_there_too(name: str, programs: Path, folder: Path) -> None:
    subprocess.run([programs / "python", "-c", f"import {LOAD[name]}"], cwd=stage(name, folder), check=True)


def test_a_function_that_lacks_a_setting_says_which_and_does_not_start(programs: Path, folder: Path) -> None:
    given = {key: value for key, value in SETTINGS.items() if key != "TWILIO_AUTH_TOKEN"}
    words: list[str | Path] = [programs / "functions-framework", "--target", "telephony", "--port", str(free_port())]
    ran = subprocess.run(words, cwd=stage("telephony", folder), env=given, capture_output=True, text=True, timeout=30)
    assert ran.returncode == 2
    assert "TWILIO_AUTH_TOKEN is missing" in ran.stderr


def test_staged_folders_hold_neither_tests_nor_seed_nor_secrets(folder: Path) -> None:
    found = {path.name for path in stage("telephony", folder).iterdir()}
    assert found == {"main.py", "functions", "shared", "requirements.txt"}


@pytest.mark.parametrize("part", PARTS)
def test_a_lock_holds_what_is_required_in_the_versions_that_are_tested(part: str) -> None:
    def versions(path: Path) -> dict[str, str]:
        said = (line.split(";")[0].partition("==") for line in path.read_text().splitlines() if "==" in line)
        return {name.lower().replace("_", "-"): version.strip() for name, _, version in said}

    locked = {
        name.lower().replace("_", "-"): version for name, version in pinned(ROOT / part / "requirements.lock").items()
    }
    constraints = versions(ROOT / "infra" / "constraints.txt")
    required = versions(ROOT / part / "requirements.txt")
    assert required.items() <= locked.items()
    assert {name: constraints.get(name) for name in locked} == locked
