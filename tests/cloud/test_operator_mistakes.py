"""What an operator does wrong, or finds in the way, is answered by a sentence that says what to do, never by a
traceback."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.cloud.deploy import settings_of
from infra.cloud.doctor.__main__ import main as doctor
from infra.cloud.failures import DeploymentFailed, explained
from tests.cloud.clean_room import ROOT
from tests.cloud.lab_project import Cloud, standing


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with standing(tmp_path_factory.mktemp("cloud")) as there:
        yield there


def told(cloud: Cloud, *words: str, what: str = "deploy") -> str:
    """What a command says that ends with 2."""
    code, said = cloud.deploy(*words, what=what)
    assert code == 2, said
    assert "Traceback" not in said
    return said


@pytest.mark.gcloud
def test_a_login_that_has_expired_is_named_before_anything_is_done(cloud: Cloud) -> None:
    with cloud.signed_in_as("expired"):
        said = told(cloud)
    assert "run gcloud auth login" in said
    assert "make" not in said


@pytest.mark.gcloud
def test_a_project_that_is_not_there_is_named_before_anything_is_done(cloud: Cloud) -> None:
    said = told(cloud, "--project=sophie-lap")
    assert "There is no project sophie-lap" in said
    assert "gcloud projects list" in said


@pytest.mark.gcloud
def test_a_project_without_billing_and_a_region_that_is_not_there_make_nothing(cloud: Cloud) -> None:
    cloud.project(billing=False)
    assert "The project has no billing: link an account" in told(cloud, "--only=project")
    cloud.project(billing=True)
    assert "Cloud Run has no region us-middle1: gcloud run regions list" in told(cloud, "--region=us-middle1")
    assert "Google has no such region" in told(cloud, "--only=media", "--region=us-middle1")
    assert cloud.state["accounts"] == []


@pytest.mark.gcloud
def test_an_api_that_is_off_is_named_with_what_enables_it_and_a_whole_deployment_does(cloud: Cloud) -> None:
    assert cloud.deploy("--only=project")[0] == 0
    cloud.project(off="secretmanager")
    said = told(cloud, "--only=secrets")
    assert "secretmanager.googleapis.com" in said
    assert "enable it (gcloud services enable" in said
    assert cloud.deploy("--only=project")[0] == 0
    assert "secretmanager.googleapis.com" in cloud.state["enabled"]


@pytest.mark.gcloud
def test_what_another_operator_makes_at_the_same_moment_is_waited_for(cloud: Cloud) -> None:
    cloud.fault(kind="status", code=409, reason="ALREADY_EXISTS", match="POST /v1/projects/sophie-lab/secrets")
    said = told(cloud, "--only=project,secrets")
    assert "wait until no other deployment runs" in said
    assert "run the same command again" in said


@pytest.mark.gcloud
def test_control_c_ends_it_with_a_sentence_and_the_next_run_goes_on(cloud: Cloud) -> None:
    code, said = cloud.stopped_at(
        "stall", "GET /v1/projects/sophie-lab/secrets", "--only=project,secrets", by=signal.SIGINT
    )
    assert (code, said.splitlines()[-1][:11]) == (130, "Interrupted"), said
    assert "Traceback" not in said
    assert cloud.deploy("--only=project,secrets")[0] == 0


@pytest.mark.gcloud
def test_a_twilio_account_that_is_refused_is_named_by_its_settings(cloud: Cloud) -> None:
    cloud.settings["TWILIO_AUTH_TOKEN"] = "another"
    said = told(cloud, "--only=project,secrets,number")
    assert "Twilio refuses (HTTP 401" in said
    assert "check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN" in said


@pytest.mark.gcloud
def test_what_cannot_be_gone_back_to_or_taken_away_is_said(cloud: Cloud) -> None:
    said = told(cloud, "--rollback=sophie-media", "--settings=nowhere")
    assert "sophie-media does not stand in us-central1: if it is elsewhere, say so with --region" in said
    cloud.project(off="monitoring")
    assert "alert 'Sophie: " in told(cloud, "--yes-destroy=sophie-lab", "--settings=nowhere", what="destroy")


@pytest.mark.gcloud
def test_the_doctor_looks_at_what_is_deployed_though_the_file_of_settings_holds_no_address(cloud: Cloud) -> None:
    cloud.deploy("--only=project,secrets")
    words = ["infra/doctor", f"--settings={cloud.place / '.env'}", "--project=sophie-lab"]
    ran = subprocess.run(words, cwd=cloud.tree, env=cloud.environment, capture_output=True, text=True, timeout=120)
    first = ran.stdout.splitlines()[0]
    assert first.startswith("green") and "telephony, dial_reminders" in first, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("said", "told_to"),
    [
        ("403 PERMISSION_DENIED: Cloud Run API has not been used in project 1 before or it is disabled.", "enable it"),
        ("400: Secret Version [projects/1/secrets/x/versions/2] is in DISABLED state.", "gcloud secrets versions"),
        (
            "ERROR: There was a problem refreshing your current auth tokens: Reauthentication failed.",
            "gcloud auth login",
        ),
        ("ERROR: (gcloud.run.deploy) ABORTED: Conflict for resource 'sophie-media'", "no other deployment runs"),
        ("403 PERMISSION_DENIED: The caller does not have permission", "gcloud config get account"),
    ],
)
def test_what_google_refuses_is_followed_by_the_one_thing_to_do_about_it(said: str, told_to: str) -> None:
    first, *rest = explained(said).splitlines()
    assert (first, len(rest)) == (said, 1)
    assert told_to in rest[0]


def test_what_google_says_of_something_else_is_given_on_as_it_is() -> None:
    assert explained("ERROR: the disk is full") == "ERROR: the disk is full"


def test_a_machine_without_gcloud_is_told_where_it_is(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("")
    words = [sys.executable, "-m", "infra.cloud.deploy", "deploy", "--project=demo", f"--settings={tmp_path / '.env'}"]
    ran = subprocess.run(words, cwd=ROOT, env={"PATH": "/none"}, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 2
    assert "gcloud is not installed: see https://cloud.google.com/sdk" in ran.stderr


def test_a_file_of_settings_that_is_no_text_is_told_so_and_one_with_a_mark_at_its_start_is_read(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"OPENAI_MODEL=\xff\xfe")
    with pytest.raises(DeploymentFailed, match="is no text in UTF-8"):
        settings_of(file)
    file.write_bytes("\ufeffOPENAI_MODEL=gpt-4o\r\n".encode())
    assert settings_of(file) == {"OPENAI_MODEL": "gpt-4o"}


@pytest.mark.parametrize("held", [None, "no json", "{}"])
def test_what_is_no_lab_is_told_so(
    tmp_path: Path, held: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if held is not None:
        (tmp_path / "lab.json").write_text(held)
    monkeypatch.setattr("sys.argv", ["infra/doctor", "--lab", str(tmp_path / "lab.json")])
    assert doctor() == 2
    assert "is not what infra/lab up --json prints" in capsys.readouterr().err
