"""The doctor tells a sound configuration from one that will hurt, against the house on this machine."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from infra.cloud.doctor import house, providers
from infra.cloud.doctor.__main__ import lab_settings, look_at_settings
from infra.cloud.doctor.check import Check, Light, examine, green
from infra.local.house.lab import Lab, LabPlan
from shared.settings import Part, Settings, read
from tests.cloud.clean_room import ROOT
from tests.lab.google_lab import serving

PARTS = ("twilio", "deepgram", "openai_chat", "media_service", "telephony")


@pytest.fixture(scope="module")
def said() -> Iterator[dict[str, str]]:
    """What a small lab says of itself."""
    with Lab(LabPlan(recogniser="scripted", seed=None, parts=PARTS)) as lab:
        yield asdict(lab.addresses)


@pytest.fixture
def settings(said: dict[str, str]) -> Settings:
    return read(lab_settings(said), Part.DATA)


def light(check: Check, settings: Settings) -> Light:
    return next(examine([check], settings))[1].light


def named(name: str) -> Check:
    return next(check for check in (*house.CHECKS, *providers.CHECKS) if check.name == name)


def test_the_lab_is_sound_and_what_is_only_worth_knowing_is_yellow(said: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "lab.json"
    file.write_text(json.dumps(said))
    words = [sys.executable, "-m", "infra.cloud.doctor", "--lab", str(file)]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)
    lines = dict(line.split(":")[0].split(maxsplit=1)[::-1] for line in ran.stdout.splitlines())
    assert "red" not in lines.values(), ran.stdout
    sound = {"settings", "database", "redis", "clock", "webhook", "media service", "recogniser", "spend"}
    assert {name for name, shown in lines.items() if shown == "green"} >= sound, ran.stdout
    assert ran.returncode == 1


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("webhook", {"twilio_auth_token": "another"}),
        ("webhook", {"media_stream_url": "ws://elsewhere.example"}),
        ("number", {"twilio_auth_token": "another"}),
        ("number", {"twilio_phone_number": "+13125550199"}),
        ("number", {"public_base_url": "https://elsewhere.example"}),
        ("models", {"openai_model": "gpt-that-never-was"}),
        ("models", {"openai_api_key": ""}),
        ("recogniser", {"deepgram_api_key": ""}),
        ("database", {"database_url": "postgresql://nobody@127.0.0.1:1/none"}),
        ("redis", {"redis_url": "redis://127.0.0.1:1/0"}),
        ("media service", {"media_stream_url": "ws://127.0.0.1:1"}),
    ],
)
def test_what_would_fail_a_caller_is_red(settings: Settings, name: str, wrong: dict[str, str]) -> None:
    assert light(named(name), settings) is Light.GREEN or name in ("number", "models")
    assert light(named(name), replace(settings, **wrong)) is Light.RED


def test_a_model_that_is_about_to_be_shut_down_is_yellow_and_says_when(settings: Settings) -> None:
    _, finding = next(examine([named("models")], settings))
    assert finding.light is Light.YELLOW
    assert "2027-01-14" in finding.said


def test_an_empty_database_is_red_and_told_what_to_do(settings: Settings, empty_database_url: str) -> None:
    _, finding = next(examine([named("database")], replace(settings, database_url=empty_database_url)))
    assert finding.light is Light.RED
    assert "shared.storage.migrate" in finding.said


def test_a_check_that_never_ends_is_red_in_its_own_time_and_holds_up_no_other(settings: Settings) -> None:
    never = threading.Event()
    slow = Check("slow", lambda _: green(str(never.wait(60))), 0.05)
    found = list(examine([slow, Check("quick", lambda _: green("fine"))], settings))
    never.set()
    assert [finding.light for _, finding in found] == [Light.RED, Light.GREEN]


def test_every_setting_that_is_missing_is_named_at_once() -> None:
    finding = look_at_settings({"SOPHIE_ENV": "cloud"}, (Part.TELEPHONY, Part.MEDIA))
    assert finding.light is Light.RED
    assert {"TWILIO_AUTH_TOKEN", "DEEPGRAM_API_KEY", "OPENAI_API_KEY"} <= set(finding.said.replace(";", " ").split())


@pytest.mark.parametrize(("grants", "expected"), [(True, Light.GREEN), (False, Light.RED)])
def test_a_refresh_token_that_google_refuses_is_red(settings: Settings, grants: bool, expected: Light) -> None:
    with serving() as lab:
        account = lab.account
        given = replace(
            settings,
            google_client_id=account.client_id,
            google_client_secret=account.client_secret,
            google_refresh_token=account.refresh_token if grants else "revoked",
            google_calendar_id=account.calendar_id,
            google_token_url=f"{lab.url}/token",
            google_api_base_url=lab.url,
        )
        _, finding = next(examine([named("calendar")], given))
        assert finding.light is expected
        assert grants or "infra/google_oauth" in finding.said
