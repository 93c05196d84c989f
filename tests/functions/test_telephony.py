"""The telephony function as Twilio asks it, served by the framework's own application."""

from collections.abc import Callable
from datetime import date
from time import time
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared import stream_token
from shared.domain.line import Line
from shared.sessions.in_time import RedisInTime
from shared.sessions.line_copy import LineCopy
from shared.twilio_signature import SETTINGS_HEADER, SIGNATURE_HEADER, sign
from tests.functions.conftest import (
    CALLER,
    DESK,
    MEDIA,
    NIGHT,
    NUMBER,
    PUBLIC,
    RINGING,
    SECOND,
    SECRET,
    TOKEN_SECRET,
    Doors,
    twiml,
    verbs,
)  # fmt: skip
from tests.integration.cut_line import cut_line

Post = Callable[..., TestResponse]
PATHS = ["/voice", "/fallback", "/connected", "/dialed", "/whisper", "/status", "/sms"]


def token_in(document: ElementTree.Element) -> stream_token.StreamToken:
    stream = document.find("Connect/Stream")
    assert stream is not None
    origin, _, token = stream.get("url", "").rpartition("/media-stream/")
    assert origin == MEDIA
    said = stream_token.check([TOKEN_SECRET], token, time())
    assert said is not None
    return said


def test_a_ringing_call_is_connected_to_a_stream_with_a_token_of_its_own(post: Post) -> None:
    document = twiml(post("/voice"))
    connect = document.find("Connect")
    assert connect is not None and connect.get("action", "").startswith(f"{PUBLIC}/connected#")
    said = token_in(document)
    assert (said.leg, said.epoch) == ("CA1", 0)


def test_two_rings_get_two_tokens(post: Post) -> None:
    assert post("/voice").data != post("/voice").data


def test_number_and_attestation_reach_the_stream_as_parameters(post: Post) -> None:
    document = twiml(post("/voice", {**RINGING, "StirVerstat": "TN-Validation-Passed-A"}))
    assert {p.get("name"): p.get("value") for p in document.iter("Parameter")} == {"from": CALLER, "attestation": "A"}


@pytest.mark.parametrize("caller", ["anonymous", "", "+266696687", "x" * 200, "<Hangup/>", "💥" * 300, "\x00\x07\x1b"])
def test_an_absurd_caller_is_answered_with_legal_twiml(post: Post, caller: str) -> None:
    document = twiml(post("/voice", {**RINGING, "From": caller}))
    for parameter in document.iter("Parameter"):
        assert len(parameter.get("name", "")) + len(parameter.get("value", "")) < 500
    assert document.find("Connect/Stream") is not None


@pytest.mark.parametrize("missing", sorted(RINGING.keys() - {"CallSid"}))
def test_a_call_of_which_the_carrier_says_less_is_answered(post: Post, missing: str) -> None:
    form = {name: value for name, value in RINGING.items() if name != missing}
    assert twiml(post("/voice", form)).find("Connect/Stream") is not None


def test_a_second_leg_of_our_own_gets_a_busy_tone(post: Post) -> None:
    document = twiml(post("/voice", {**RINGING, "From": NUMBER}))
    assert [(verb.tag, verb.attrib) for verb in document] == [("Reject", {"reason": "busy"})]


@pytest.mark.parametrize("form", [{"ForwardedFrom": NUMBER}, {"From": DESK, "ForwardedFrom": DESK}])
def test_a_call_that_was_forwarded_in_a_circle_rings_nowhere(doors: Doors, form: dict[str, str]) -> None:
    document = doors.asked("/voice", {**RINGING, **form})
    assert verbs(document) == ["Redirect"]
    path = (document.findtext("Redirect") or "").removeprefix(PUBLIC).partition("#")[0]
    assert verbs(doors.asked(path, {**RINGING, **form})) == ["Say", "Hangup"]


def test_a_blocked_number_gets_a_busy_tone(doors: Doors) -> None:
    doors.line(Line(blocked=frozenset({CALLER})))
    assert verbs(doors.asked("/voice", RINGING)) == ["Reject"]


def test_a_number_that_calls_again_and_again_gets_a_busy_tone(doors: Doors) -> None:
    ways = [verbs(doors.asked("/voice", RINGING))[0] for _ in range(21)]
    assert ways == ["Connect"] * 20 + ["Reject"]
    assert verbs(doors.asked("/voice", {**RINGING, "From": "+12175550199"})) == ["Connect"]


def test_withheld_numbers_are_not_counted_as_one_caller(doors: Doors) -> None:
    withheld = {**RINGING, "From": "anonymous"}
    assert {verbs(doors.asked("/voice", withheld))[0] for _ in range(25)} == {"Connect"}


def test_once_the_desk_takes_all_calls_the_next_ring_goes_there(doors: Doors) -> None:
    doors.line(Line("desk"))
    document = doors.asked("/voice", RINGING)
    assert document.findtext("Dial/Number") == DESK
    dial = document.find("Dial")
    assert dial is not None and dial.get("callerId") == NUMBER and dial.get("answerOnBridge") == "true"
    doors.line(Line())
    assert verbs(doors.asked("/voice", RINGING)) == ["Connect"]


def test_the_daily_cap_ends_at_midnight_of_the_shop(doors: Doors) -> None:
    doors.line(Line(capped_on=date(2026, 11, 23)))
    assert doors.asked("/voice", RINGING).findtext("Dial/Number") == DESK
    doors.it_is(NIGHT.replace(day=25))
    assert verbs(doors.asked("/voice", RINGING)) == ["Connect"]


@pytest.mark.parametrize("scribble", ["", "{", "[]", '{"taken_by": "x"}', '{"taken_by": "desk"}', "💥"])
def test_a_copy_of_the_line_that_does_not_fit_is_as_if_there_were_none(doors: Doors, scribble: str) -> None:
    doors.redis.ask("scribble", lambda redis: redis.set("sophie:line", scribble), None)
    assert verbs(doors.asked("/voice", RINGING)) == ["Connect"]


def test_without_redis_the_shop_file_decides_and_the_token_still_works(telephony: Callable[..., Doors]) -> None:
    doors = telephony(REDIS_URL="redis://127.0.0.1:9/0")
    assert token_in(doors.asked("/voice", RINGING)).leg == "CA1"


def test_a_redis_that_falls_silent_does_not_undo_what_staff_have_switched(
    telephony: Callable[..., Doors], redis_url: str
) -> None:
    at = urlsplit(redis_url)
    assert at.hostname and at.port
    with cut_line((at.hostname, at.port)) as line:
        doors = telephony(REDIS_URL=redis_url.replace(f":{at.port}/", f":{line.port}/"))
        doors.line(Line("desk"))
        for silent in (False, True, True):
            if silent:
                line.cut_after(b"sophie:line")
            assert verbs(doors.asked("/voice", RINGING)) == ["Dial"]
        assert line.cuts == 2


def test_the_line_that_was_last_known_holds_for_an_hour(redis_url: str) -> None:
    now = 0.0
    redis = RedisInTime(redis_url, seconds=5.0)
    copy = LineCopy(redis, lambda: now)
    LineCopy(redis).write(Line("desk"))
    assert copy.read() == Line("desk")
    redis.ask("forget", lambda each: each.delete("sophie:line"), None)
    now = 3600.0
    assert copy.ring(CALLER, 0).line == Line("desk")
    now = 3601.0
    assert copy.ring(CALLER, 0).line is None
    redis.close()


def test_a_newer_line_that_redis_did_not_take_holds_where_it_was_written() -> None:
    copy = LineCopy(RedisInTime("redis://127.0.0.1:9/0"))
    assert not copy.write(Line("desk"))
    assert copy.read() == Line("desk")


def test_the_fallback_reaches_the_desk_without_database_or_redis(telephony: Callable[..., Doors]) -> None:
    doors = telephony(REDIS_URL="redis://127.0.0.1:9/0", NEON_DATABASE_URL="postgresql://x@127.0.0.1:9/x")
    document = doors.asked("/fallback", {**RINGING, "ErrorCode": "11200"})
    assert document.findtext("Dial/Number") == DESK
    assert verbs(document) == ["Dial"]


def test_a_desk_number_that_is_sophies_own_stops_the_start(telephony: Callable[..., Doors]) -> None:
    with pytest.raises(SystemExit) as ended:
        telephony(TWILIO_PHONE_NUMBER=DESK)
    assert ended.value.code == 2


def test_a_status_is_recorded_once_and_never_goes_back(doors: Doors) -> None:
    for status in ("completed", "ringing", "completed"):
        assert doors.post("/status", {**RINGING, "CallStatus": status, "CallDuration": "12"}).status_code == 204
    assert doors.rows("SELECT status, seconds FROM calls") == [("completed", 12)]


@pytest.mark.parametrize("absurd", [{"CallStatus": "melted"}, {"CallSid": "C" * 5000}, {"CallDuration": "9" * 30}])
def test_an_absurd_status_is_refused(post: Post, absurd: dict[str, str]) -> None:
    assert post("/status", {**RINGING, "CallStatus": "completed", **absurd}).status_code == 400


@pytest.mark.parametrize("path", PATHS)
def test_a_request_that_twilio_did_not_sign_is_refused(client: FlaskClient, post: Post, path: str) -> None:
    assert client.post(path, data=RINGING).status_code == 403
    assert post(path, secret="guess").status_code == 403
    signed = sign(SECRET, PUBLIC + path, {name: [value] for name, value in RINGING.items()})
    changed = client.post(path, data={**RINGING, "CallSid": "CA2"}, headers={SIGNATURE_HEADER: signed})
    assert changed.status_code == 403


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "form",
    [
        {},
        {"CallSid": "CA404"},
        {"CallSid": "Ünïcödé"},
        {"CallSid": "é" * 2_000},
        {"CallSid": "CA1", "From": "x" * 200, "To": "💥", "CallStatus": "\x00", "ParentCallSid": "no such"},
        {"CallSid": ["CA1", "CA2"], "From": ["anonymous", "<b>"], "Body": ["\x00", "C"], "MessageSid": "💥"},
        {"CallSid": "CA1", "DialCallStatus": "?" * 500, "DialBridged": "maybe", "Digits": "<1>"},
        {"MessageSid": "SM404", "MessageStatus": "?" * 300, "ErrorCode": "NaN", "To": "nobody"},
    ],
)
def test_nothing_that_is_signed_breaks_a_door(post: Post, path: str, form: dict[str, Any]) -> None:
    response = post(path, form)
    assert response.status_code in (200, 204, 400)
    if response.status_code == 200:
        twiml(response)


def test_the_address_is_taken_from_the_settings_and_not_from_the_request(client: FlaskClient) -> None:
    signed = sign(SECRET, "https://evil.example/voice", {"CallSid": ["CA1"]})
    headers = {SIGNATURE_HEADER: signed, "Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert client.post("/voice", data={"CallSid": "CA1"}, headers=headers).status_code == 403


def test_the_secondary_token_and_a_shared_key_are_accepted(post: Post) -> None:
    assert post("/voice", secret=SECOND).status_code == 200
    assert post("/voice", **{SETTINGS_HEADER: "key=k1,algorithm=HMAC_SHA256"}).status_code == 200


def test_the_query_belongs_to_what_is_signed(doors: Doors) -> None:
    assert doors.post("/connected?after=desk").status_code == 200
    values = {name: [value] for name, value in RINGING.items()}
    unsigned = sign(SECRET, f"{PUBLIC}/connected", values)
    answer = doors.client.post("/connected?after=desk", data=RINGING, headers={SIGNATURE_HEADER: unsigned})
    assert answer.status_code == 403


def test_doubled_parameters_are_checked_and_read_as_their_last(post: Post) -> None:
    document = twiml(post("/voice", {**RINGING, "From": ["anonymous", CALLER]}))
    assert [p.get("value") for p in document.iter("Parameter")] == [CALLER]


def test_other_paths_methods_and_sizes_are_refused(client: FlaskClient, post: Post) -> None:
    assert post("/elsewhere").status_code == 404
    assert client.get("/voice").status_code == 405
    assert post("/voice", {**RINGING, "CallSid": "x" * 70_000}).status_code == 413
    assert post("/voice", {**RINGING, "CallSid": ""}).status_code == 400


def test_health_needs_no_signature(client: FlaskClient) -> None:
    assert client.get("/health").status_code == 200
