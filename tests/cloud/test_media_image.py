"""What the image holds, made without Docker: the files that the Dockerfile copies, the packages that it installs, its
command, and a user who owns nothing."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.cloud.lock import PYTHON
from infra.local.house.programs import Program, free_port
from infra.local.house.rundir import run_directory
from tests.cloud.clean_room import ROOT, answers_health, clean_room, unprivileged

DOCKERFILE = (ROOT / "media_service" / "Dockerfile").read_text()
COMMAND = json.loads(re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[-1])
COPIED = re.findall(r"^COPY (?!--)(\S+) (\S+)$", DOCKERFILE.rpartition("\nFROM")[2], re.MULTILINE)
SETTINGS = {
    "SOPHIE_ENV": "cloud",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "MEDIA_STREAM_URL": "wss://media.example",
    "STREAM_TOKEN_SECRET": "s" * 32,
    "TWILIO_AUTH_TOKEN": "token",
    "DEEPGRAM_API_KEY": "key",
    "DEEPGRAM_BASE_URL": "http://127.0.0.1:1",
    "OPENAI_API_KEY": "key",
    "OPENAI_BASE_URL": "http://127.0.0.1:1/v1",
    "GOOGLE_CLIENT_ID": "id",
    "GOOGLE_CLIENT_SECRET": "secret",
    "GOOGLE_REFRESH_TOKEN": "refresh",
    "GOOGLE_CALENDAR_ID": "calendar",
    "HOME": "/nonexistent",
    "PYTHONDONTWRITEBYTECODE": "1",
}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """The folder that the image starts in, beside its packages."""
    with run_directory("image") as place:
        app = place / "app"
        app.mkdir()
        for source, target in COPIED:
            shutil.copytree(ROOT / source, app / target, ignore=shutil.ignore_patterns("__pycache__"))
        clean_room(ROOT / "media_service" / "requirements.lock", place / "env")
        yield app


def words(image: Path, command: list[str]) -> list[str]:
    assert command[0] == "python"
    return unprivileged([image.parent / "env" / "bin" / "python", *command[1:]])


def test_the_image_starts_as_somebody_without_rights_and_is_healthy(image: Path, database_url: str) -> None:
    port = free_port()
    given = SETTINGS | {"NEON_DATABASE_URL": database_url, "PORT": str(port), "PATH": os.environ["PATH"]}
    with Program("image", words(image, COMMAND), env=given, cwd=image) as program:
        assert answers_health(program, port), program.tail()
        assert Path(f"/proc/{program.pid}").stat().st_uid != 0
        assert program.stop() == 0, program.tail()


def test_the_image_carries_the_migrations_that_its_job_runs(image: Path, empty_database_url: str) -> None:
    given = SETTINGS | {"NEON_DATABASE_URL": empty_database_url, "PATH": os.environ["PATH"]}
    ran = subprocess.run(
        words(image, ["python", "-m", "shared.storage.migrate"]), cwd=image, env=given, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert "The schema is at" in ran.stdout


def test_the_image_holds_only_what_runs_and_nothing_secret(image: Path) -> None:
    assert {path.name for path in image.iterdir()} == {"shared", "media_service"}
    assert [path for path in image.rglob("*") if path.name.startswith(".") or "test" in path.parts] == []
    assert "--require-hashes" in DOCKERFILE


def test_the_image_runs_as_a_user_of_its_own_who_is_not_root() -> None:
    (user,) = re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE)
    assert DOCKERFILE.index(f"USER {user}") < DOCKERFILE.index("\nCMD ")
    (uid,) = re.findall(rf"^RUN useradd .*--uid (\d+) {user}$", DOCKERFILE, re.MULTILINE)
    assert int(uid) > 0


def test_every_stage_begins_with_a_base_named_by_its_digest_which_the_pipeline_tests_on_too() -> None:
    stages = re.findall(r"^FROM (\S+)(?: AS (\w+))?$", DOCKERFILE, re.MULTILINE)
    bases = {base for base, _ in stages} - {name for _, name in stages}
    (base,) = bases
    assert re.fullmatch(rf"python:{re.escape(PYTHON)}\.\d+-slim-\w+@sha256:[0-9a-f]{{64}}", base)
    assert f"    name: {base}\n" in (ROOT / "cloudbuild.yaml").read_text()


def test_docker_is_sent_no_more_than_what_the_image_copies() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert sent == {source for source, _ in COPIED}
