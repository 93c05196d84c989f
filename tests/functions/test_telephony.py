"""The telephony function as Twilio asks it, served by the framework's own application."""

import sys
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from functions_framework import create_app
from werkzeug.test import TestResponse

from shared import stream_token
from shared.sessions.sessions import Sessions
from shared.storage.database import Database
from shared.twilio_signature import SETTINGS_HEADER, SIGNATURE_HEADER, sign

PUBLIC = "https://telephony.example"
SECRET, SECOND = "primary-token", "secondary-token"
NUMBER, DESK, CALLER = "+13125550100", "+12175550100", "+12175550142"
RINGING = {
    "CallSid": "CA1",
    "AccountSid": "AC1",
    "From": CALLER,
    "To": NUMBER,
    "CallStatus": "ringing",
    "Direction": "inbound",
    "CallerCity": "",
}
Post = Callable[..., TestResponse]


@pytest.fixture
def client(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """The application, loaded as the framework loads it: from its file, with its settings in the environment."""
    for name, value in {
        "SOPHIE_ENV": "local",
        "FUNCTION_TARGET": "telephony",
        "NEON_DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PUBLIC_BASE_URL": PUBLIC,
        "MEDIA_STREAM_URL": "wss://media.example",
        "STREAM_TOKEN_SECRET": "s" * 32,
        "TWILIO_ACCOUNT_SID": "AC1",
        "TWILIO_AUTH_TOKEN": SECRET,
        "TWILIO_AUTH_TOKEN_SECONDARY": SECOND,
        "TWILIO_PHONE_NUMBER": NUMBER,
    }.items():
        monkeypatch.setenv(name, value)
    known = set(sys.modules)
    yield create_app("telephony", "functions/main.py").test_client()
    doors = sys.modules.get("functions.doors")
    if doors is not None:
        doors._sessions(redis_url).close()
        doors._database(database_url).close()
    for name in set(sys.modules) - known:
        if name.split(".")[0] in ("functions", "main"):
            del sys.modules[name]


@pytest.fixture
def post(client: FlaskClient) -> Post:
    """A request of Twilio's, signed as the account's settings say."""

    def send(path: str, form: dict[str, Any] = RINGING, secret: str = SECRET, **headers: str) -> TestResponse:
        values = {name: value if isinstance(value, list) else [value] for name, value in form.items()}
        digest = "sha256" if "SHA256" in headers.get(SETTINGS_HEADER, "") else "sha1"
        signature = sign(secret, PUBLIC + path, values, digest)
        return client.post(path, data=form, headers={SIGNATURE_HEADER: signature, **headers})

    return send


def twiml(response: TestResponse) -> ElementTree.Element:
    assert response.status_code == 200
    assert response.content_type.startswith("text/xml")
    return ElementTree.fromstring(response.data)  # noqa: S314


def test_a_ringing_call_is_connected_to_a_stream_with_a_token_of_its_own(post: Post) -> None:
    connect = twiml(post("/voice")).find("Connect")
    assert connect is not None and connect.get("action", "").startswith(f"{PUBLIC}/connected#")
    stream = connect.find("Stream")
    assert stream is not None
    origin, _, token = stream.get("url", "").rpartition("/media-stream/")
    assert origin == "wss://media.example"
    said = stream_token.check(["s" * 32], token, 0)
    assert said is not None and (said.leg, said.epoch) == ("CA1", 0)


def test_two_rings_get_two_tokens(post: Post) -> None:
    assert post("/voice").data != post("/voice").data


def test_the_callers_number_reaches_the_stream_as_a_parameter(post: Post) -> None:
    parameters = {p.get("name"): p.get("value") for p in twiml(post("/voice")).iter("Parameter")}
    assert parameters["from"] == CALLER


@pytest.mark.parametrize("caller", ["anonymous", "", "+266696687", "x" * 200, "<Hangup/>", "💥" * 300])
def test_an_absurd_caller_is_answered_with_legal_twiml(post: Post, caller: str) -> None:
    document = twiml(post("/voice", {**RINGING, "From": caller}))
    for parameter in document.iter("Parameter"):
        assert len(parameter.get("name", "")) + len(parameter.get("value", "")) < 500
    assert document.find("Connect/Stream") is not None


@pytest.mark.parametrize("form", [{"From": NUMBER}, {"ForwardedFrom": NUMBER}, {"From": DESK, "ForwardedFrom": DESK}])
def test_a_call_that_was_forwarded_in_a_circle_rings_nowhere(post: Post, form: dict[str, str]) -> None:
    document = twiml(post("/voice", {**RINGING, **form}))
    assert [verb.tag for verb in document] == ["Say", "Hangup"]


def test_the_fallback_reaches_the_desk_without_database_or_redis(
    monkeypatch: pytest.MonkeyPatch, client: FlaskClient, post: Post
) -> None:
    document = twiml(post("/fallback", {**RINGING, "ErrorCode": "11200"}))
    assert document.findtext("Dial") == DESK
    assert [verb.tag for verb in document] == ["Dial"]


@pytest.mark.parametrize("status", ["completed", "answered"])
def test_after_a_talk_with_the_desk_the_call_is_over(post: Post, status: str) -> None:
    assert [verb.tag for verb in twiml(post("/dialed", {**RINGING, "DialCallStatus": status}))] == ["Hangup"]


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled", ""])
def test_a_caller_whom_nobody_answered_is_told_so(post: Post, status: str) -> None:
    assert [verb.tag for verb in twiml(post("/dialed", {**RINGING, "DialCallStatus": status}))] == ["Say", "Hangup"]


def test_after_a_goodbye_the_call_is_hung_up(post: Post, redis_url: str) -> None:
    Sessions(redis_url).mark_ending("CA1", "goodbye")
    assert [verb.tag for verb in twiml(post("/connected"))] == ["Hangup"]


@pytest.mark.parametrize("ending", ["transfer", None])
def test_any_other_end_of_a_stream_reaches_the_desk(post: Post, redis_url: str, ending: Any) -> None:
    if ending:
        Sessions(redis_url).mark_ending("CA1", ending)
    assert twiml(post("/connected")).findtext("Dial") == DESK


def test_a_status_is_recorded_once_and_never_goes_back(post: Post, database_url: str) -> None:
    for status in ("completed", "ringing", "completed"):
        assert post("/status", {**RINGING, "CallStatus": status, "CallDuration": "12"}).status_code == 204
    database = Database(database_url)
    with database.transaction() as connection:
        assert connection.exec_driver_sql("SELECT status, seconds FROM calls").all() == [("completed", 12)]
    database.close()


@pytest.mark.parametrize("absurd", [{"CallStatus": "melted"}, {"CallSid": "C" * 5000}, {"CallDuration": "9" * 30}])
def test_an_absurd_status_is_refused(post: Post, absurd: dict[str, str]) -> None:
    assert post("/status", {**RINGING, "CallStatus": "completed", **absurd}).status_code == 400


@pytest.mark.parametrize("path", ["/voice", "/fallback", "/connected", "/dialed", "/status"])
def test_a_request_that_twilio_did_not_sign_is_refused(client: FlaskClient, post: Post, path: str) -> None:
    assert client.post(path, data=RINGING).status_code == 403
    assert post(path, secret="guess").status_code == 403
    signed = sign(SECRET, PUBLIC + path, {name: [value] for name, value in RINGING.items()})
    changed = client.post(path, data={**RINGING, "CallSid": "CA2"}, headers={SIGNATURE_HEADER: signed})
    assert changed.status_code == 403


def test_the_address_is_taken_from_the_settings_and_not_from_the_request(client: FlaskClient) -> None:
    signed = sign(SECRET, "https://evil.example/voice", {"CallSid": ["CA1"]})
    headers = {SIGNATURE_HEADER: signed, "Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert client.post("/voice", data={"CallSid": "CA1"}, headers=headers).status_code == 403


def test_the_secondary_token_and_a_shared_key_are_accepted(post: Post) -> None:
    assert post("/voice", secret=SECOND).status_code == 200
    assert post("/voice", **{SETTINGS_HEADER: "key=k1,algorithm=HMAC_SHA256"}).status_code == 200


def test_the_query_belongs_to_what_is_signed(post: Post) -> None:
    assert post("/voice?attempt=1&x=%20").status_code == 200


def test_doubled_parameters_are_checked_and_read_as_their_last(post: Post) -> None:
    assert post("/voice", {**RINGING, "From": ["anonymous", CALLER]}).status_code == 200


def test_other_paths_methods_and_sizes_are_refused(client: FlaskClient, post: Post) -> None:
    assert post("/elsewhere").status_code == 404
    assert client.get("/voice").status_code == 405
    assert post("/voice", {**RINGING, "CallSid": "x" * 70_000}).status_code == 413
    assert post("/voice", {**RINGING, "CallSid": ""}).status_code == 400


def test_health_needs_no_signature(client: FlaskClient) -> None:
    assert client.get("/health").status_code == 200
