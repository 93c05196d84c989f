"""The doctor tells a sound configuration from one that will hurt, against the house on this machine."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from infra.cloud.doctor import house, providers
from infra.cloud.doctor.__main__ import lab_settings, look_at_settings
from infra.cloud.doctor.check import Check, Light, examine, green
from infra.cloud.plan.number import wanted
from infra.local.house.lab import Lab, LabPlan
from shared.settings import Part, Settings, read
from shared.storage.database import parse_url
from shared.telephony import rest_client
from tests.cloud.clean_room import ROOT
from tests.lab.google_lab import GoogleLab, serving

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


def with_calendar(settings: Settings, lab: GoogleLab, **other: str) -> Settings:
    account = lab.account
    given = {
        "google_client_id": account.client_id,
        "google_client_secret": account.client_secret,
        "google_refresh_token": account.refresh_token,
        "google_calendar_id": account.calendar_id,
        "google_token_url": f"{lab.url}/token",
        "google_api_base_url": lab.url,
    }
    return changed(settings, given | other)


def changed(settings: Settings, other: dict[str, Any]) -> Settings:
    return replace(settings, **other)


@contextmanager
def answering(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server of one kind of answer, while the block lasts; its URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


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
    assert light(named(name), changed(settings, wrong)) is Light.RED


def test_a_twilio_account_that_is_refused_is_told_by_its_settings(settings: Settings) -> None:
    _, finding = next(examine([named("number")], changed(settings, {"twilio_auth_token": "another"})))
    assert "Twilio refuses our account (HTTP 401" in finding.said
    assert "check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN" in finding.said
    assert light(named("texts"), changed(settings, {"twilio_auth_token": "another"})) is Light.YELLOW


def test_a_model_that_is_about_to_be_shut_down_is_yellow_and_says_when(settings: Settings) -> None:
    _, finding = next(examine([named("models")], settings))
    assert finding.light is Light.YELLOW
    assert "2027-01-14" in finding.said


def test_a_number_is_green_as_deployed_and_yellow_without_its_way_out(settings: Settings) -> None:
    (number,) = rest_client(settings).incoming_phone_numbers.list(phone_number=settings.twilio_phone_number)
    number.update(**wanted(settings.public_base_url))
    assert light(named("number"), settings) is Light.GREEN
    for missing in ("voice_fallback_url", "status_callback"):
        number.update(**wanted(settings.public_base_url) | {missing: ""})
        _, finding = next(examine([named("number")], settings))
        assert finding.light is Light.YELLOW
        assert missing in finding.said


def test_texts_that_carriers_refuse_for_want_of_a_registration_are_red_and_say_which(settings: Settings) -> None:
    def text(to: str, undelivered: int | None) -> Light:
        told = {"number": to, "undelivered": undelivered}
        requests.post(f"{settings.twilio_api_base_url}/_lab/phones", json=told, timeout=10)
        rest_client(settings).messages.create(to=to, from_=settings.twilio_phone_number, body="Your car is ready.")
        sent = rest_client(settings).messages
        while any(each.status in ("queued", "sending", "sent") for each in sent.list(limit=5)):
            time.sleep(0.05)
        return light(named("texts"), settings)

    assert light(named("texts"), settings) is Light.YELLOW
    assert text("+12175550142", None) is Light.GREEN
    assert text("+12175550143", 30034) is Light.RED
    _, finding = next(examine([named("texts")], settings))
    assert "A2P 10DLC" in finding.said


def test_more_calls_than_the_voice_has_streams_are_yellow(settings: Settings) -> None:
    assert light(named("calls at once"), replace(settings, max_calls=45)) is Light.GREEN
    assert light(named("calls at once"), replace(settings, max_calls=46)) is Light.YELLOW
    assert light(named("calls at once"), replace(settings, max_calls=0)) is Light.YELLOW


@pytest.mark.parametrize(("cost", "expected"), [(79, Light.GREEN), (80, Light.YELLOW), (100, Light.RED)])
def test_the_money_of_a_day_is_yellow_before_its_cap_and_red_at_it(
    settings: Settings, database_url: str, cost: int, expected: Light
) -> None:
    url, connect_args = parse_url(database_url)
    engine = create_engine(url, connect_args=connect_args, poolclass=NullPool)
    row = (
        "INSERT INTO calls (call_sid, direction, flow, started_at, cost) VALUES ('CA1', 'inbound', 'service', :at, :c)"
    )
    with engine.begin() as connection:
        connection.execute(text(row), {"at": datetime.now(UTC), "c": cost})
    _, finding = next(examine([named("spend")], replace(settings, database_url=database_url)))
    assert finding.light is expected, finding.said
    assert f"1 calls this month, {cost}.00 USD" in finding.said


@pytest.mark.parametrize(
    ("host", "up", "expected"),
    [
        ("ep-a.us-east-2.aws.neon.tech", timedelta(minutes=3), Light.YELLOW),
        ("ep-a.us-east-2.aws.neon.tech", timedelta(days=2), Light.GREEN),
        ("10.0.0.4", timedelta(minutes=3), Light.GREEN),
    ],
)
def test_a_database_that_has_just_been_woken_scales_to_zero(host: str, up: timedelta, expected: Light) -> None:
    assert house.awake("schema 1", host, up).light is expected


def test_a_clock_that_differs_is_red(settings: Settings) -> None:
    class Yesterday(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Date", formatdate(time.time() - 86_400, usegmt=True))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    with answering(Yesterday) as url:
        assert light(named("clock"), replace(settings, public_base_url=url)) is Light.RED
    assert light(named("clock"), settings) is Light.GREEN


def test_a_consent_screen_in_testing_is_yellow_and_says_how_long_it_lasts(settings: Settings) -> None:
    with serving() as lab:
        lab.control("POST", "oauth", {"testing": True})
        _, finding = next(examine([named("calendar")], with_calendar(settings, lab)))
    assert finding.light is Light.YELLOW
    assert "6 more days: publish the consent screen" in finding.said


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
        given = with_calendar(settings, lab, **({} if grants else {"google_refresh_token": "revoked"}))
        _, finding = next(examine([named("calendar")], given))
        assert finding.light is expected
        assert grants or "infra/google_oauth" in finding.said
