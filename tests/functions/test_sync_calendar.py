"""The function that Cloud Scheduler asks, served by the framework's own application."""

import os
import sys
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from functions_framework import create_app
from werkzeug.test import TestResponse

from shared.settings import Part, read
from tests.integration.calendar_house import House, LeapingClock, connected, google_settings
from tests.lab.google_lab import GoogleLab, serving

AUDIENCE = "https://sync-calendar.example"
Post = Callable[..., TestResponse]


@pytest.fixture
def lab() -> Iterator[GoogleLab]:
    with serving() as lab:
        yield lab


@pytest.fixture
def client(database_url: str, lab: GoogleLab, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """The application with no more in its environment than this function needs."""
    needed = {
        "SOPHIE_ENV": "local",
        "FUNCTION_TARGET": "sync_calendar",
        "NEON_DATABASE_URL": database_url,
        "OIDC_AUDIENCE_CALENDAR": AUDIENCE,
        "OIDC_SERVICE_ACCOUNT": lab.account.service_account,
        **google_settings(lab),
    }
    for name, value in needed.items():
        monkeypatch.setenv(name, value)
    known = set(sys.modules)
    yield create_app("sync_calendar", "functions/main.py").test_client()
    door = sys.modules.get("functions.sync_calendar")
    if door is not None:
        door._mirror(read(os.environ, Part.CALENDAR))._services.close()
    for name in set(sys.modules) - known:
        if name.split(".")[0] in ("functions", "main"):
            del sys.modules[name]


@pytest.fixture
def post(client: FlaskClient, lab: GoogleLab) -> Post:
    """A request as Cloud Scheduler sends it, with a token that may be wrong."""

    def send(**token: object) -> TestResponse:
        minted = lab.control("POST", "oidc-token", {"audience": AUDIENCE, **token})["token"]
        return client.post("/", headers={"Authorization": f"Bearer {minted}", "X-CloudScheduler": "true"})

    return send


def test_a_pass_is_made_and_told_in_json(post: Post, database_url: str, redis_url: str, lab: GoogleLab) -> None:
    with connected(database_url, redis_url, lab) as services:
        house = House(services, lab, LeapingClock())
        house.book()
        answered = post()
        assert (answered.status_code, answered.get_json()) == (200, {"written": 1, "waiting": 0})
        assert len(house.events()) == 1
        assert post().get_json() == {"waiting": 0}


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ({"audience": "https://dial-reminders.example"}, 401),
        ({"issuer": "https://accounts.example.com"}, 401),
        ({"age": 7200}, 401),
        ({"age": -7200}, 401),
        ({"foreign_key": True}, 401),
        ({"email": "somebody@sophie-lab.iam.gserviceaccount.com"}, 403),
        ({"email_verified": False}, 403),
    ],
)
def test_a_token_that_is_not_ours_does_nothing(
    post: Post, lab: GoogleLab, token: dict[str, object], status: int
) -> None:
    answered = post(**token)
    assert answered.status_code == status
    assert "Cloud Scheduler" in answered.get_json()["error"]
    assert [each for each in lab.control("GET", "log") if each["operation"].startswith("calendar.")] == []


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic YTpi", "Bearer \u00e9.\u00e9.\u00e9"]
)
def test_no_token_and_nonsense_are_refused_and_job_headers_prove_nothing(client: FlaskClient, header: str) -> None:
    headers = {"Authorization": header, "X-CloudScheduler": "true", "X-CloudScheduler-JobName": "sync"}
    assert client.post("/", headers=headers).status_code == 401


def test_googles_certificates_are_asked_for_once(post: Post, lab: GoogleLab) -> None:
    assert [post().status_code for _ in range(3)] == [200, 200, 200]
    assert len([each for each in lab.control("GET", "log") if each["operation"] == "oidc.certs"]) == 1


def test_a_key_that_google_has_changed_is_asked_for(lab: GoogleLab) -> None:
    from functions.oidc import _Certificates

    certificates = _Certificates(f"{lab.url}/oauth2/v1/certs")
    first = set(certificates.having("unknown"))
    kid = lab.control("POST", "oidc/rotate")["kid"]
    assert kid not in certificates.having(kid), "asked a moment ago: whoever makes ids up makes us ask for none"
    certificates._asked -= 61
    assert set(certificates.having(kid)) == first | {kid}


def test_without_googles_certificates_nobody_is_let_in_and_the_scheduler_comes_again(
    post: Post, lab: GoogleLab
) -> None:
    lab.control("POST", "faults", {"kind": "status", "code": 500, "match": "oidc.certs"})
    assert post().status_code == 503
    assert post().status_code == 200


def test_a_revoked_refresh_token_is_named(post: Post, lab: GoogleLab) -> None:
    lab.control("POST", "oauth/expire", {"what": "refresh"})
    answered = post()
    assert answered.status_code == 500
    assert "GOOGLE_REFRESH_TOKEN" in answered.get_json()["error"]


def test_a_calendar_that_does_not_answer_is_another_time(post: Post, lab: GoogleLab) -> None:
    lab.control("POST", "faults", {"kind": "status", "code": 503, "match": "calendar.events.list"})
    assert post().status_code == 503


def test_health_needs_no_token(client: FlaskClient) -> None:
    assert client.get("/health").status_code == 200
