"""The dialler as Cloud Scheduler asks it, and the doors as the carrier asks them about a call that we made."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from functions_framework import create_app
from werkzeug.test import TestResponse

from shared.storage import attempts
from shared.storage.database import Database
from tests.functions.conftest import Doors, verbs
from tests.integration.reminder_rows import NOW, book, rows, tomorrow, write
from tests.lab.google_lab import GoogleLab, serving
from tests.lab.twilio_lab import TwilioLab, twilio_serving

SID, TOKEN, OURS = "AC" + "5" * 32, "a-token-of-the-lab", "+13125550100"
AUDIENCE = "https://dial-reminders.example"
ANA, BEN = "+12175550142", "+12175550143"
Post = Callable[..., TestResponse]


@pytest.fixture
def carrier() -> Iterator[TwilioLab]:
    with twilio_serving(SID, TOKEN) as lab:
        lab.control("numbers", number=OURS)
        yield lab


@pytest.fixture
def google() -> Iterator[GoogleLab]:
    with serving() as lab:
        yield lab


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def dialer(
    database_url: str, carrier: TwilioLab, google: GoogleLab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[FlaskClient]:
    """The function with no more in its environment than it needs."""
    clock = tmp_path / "clock"
    clock.write_text(str((NOW - datetime.now(UTC)).total_seconds()))
    for name in list(os.environ):
        if name.startswith(("REDIS", "TWILIO", "OPENAI", "DEEPGRAM", "GOOGLE", "STREAM")):
            monkeypatch.delenv(name)
    for name, value in {
        "SOPHIE_ENV": "local",
        "SOPHIE_CLOCK_FILE": str(clock),
        "FUNCTION_TARGET": "dial_reminders",
        "NEON_DATABASE_URL": database_url,
        "PUBLIC_BASE_URL": "http://127.0.0.1:9",
        "TWILIO_ACCOUNT_SID": SID,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_PHONE_NUMBER": OURS,
        "TWILIO_API_BASE_URL": carrier.url,
        "OIDC_AUDIENCE_DIALER": AUDIENCE,
        "OIDC_SERVICE_ACCOUNT": google.account.service_account,
        "GOOGLE_CERTS_URL": f"{google.url}/oauth2/v1/certs",
        "REMINDER_CALLS_PER_SECOND": "50",
    }.items():
        monkeypatch.setenv(name, value)
    known = set(sys.modules)
    yield create_app("dial_reminders", "functions/main.py").test_client()
    for name in set(sys.modules) - known:
        if name.split(".")[0] in ("functions", "main"):
            del sys.modules[name]


@pytest.fixture
def tick(dialer: FlaskClient, google: GoogleLab) -> Post:
    """A request as Cloud Scheduler sends it."""

    def send(**token: object) -> TestResponse:
        minted = google.control("POST", "oidc-token", {"audience": AUDIENCE, **token})["token"]
        return dialer.post("/", headers={"Authorization": f"Bearer {minted}", "X-CloudScheduler": "true"})

    return send


@pytest.mark.parametrize("token", [{"audience": "https://sync-calendar.example"}, {"age": 7200}, {"foreign_key": True}])
def test_nobody_is_called_for_a_token_that_is_not_ours(
    tick: Post, database: Database, carrier: TwilioLab, token: dict[str, object]
) -> None:
    book(database, ANA, tomorrow(9))
    assert tick(**token).status_code == 401
    assert carrier.calls == []


def test_everybody_with_an_appointment_tomorrow_is_called_once_however_often_the_scheduler_fires(
    tick: Post, database: Database, carrier: TwilioLab
) -> None:
    book(database, ANA, tomorrow(9))
    book(database, BEN, tomorrow(8))
    first = tick()
    assert (first.status_code, first.get_json()["placed"], first.get_json()["planned"]) == (200, 2, 2)
    assert [tick().get_json()["placed"] for _ in range(3)] == [0, 0, 0]
    assert sorted(call["to"] for call in carrier.calls) == [ANA, BEN]


def test_runs_that_come_at_the_same_time_call_nobody_twice(tick: Post, database: Database, carrier: TwilioLab) -> None:
    for last in range(8):
        book(database, f"+1217555015{last}", tomorrow(9))
    runs = [threading.Thread(target=tick) for _ in range(5)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    called = [call["to"] for call in carrier.calls]
    assert len(called) == len(set(called)) == 8


def test_the_carrier_is_told_where_to_ask_and_to_listen_for_machines(
    tick: Post, database: Database, carrier: TwilioLab
) -> None:
    book(database, ANA, tomorrow(9))
    tick()
    ((attempt, sid, state),) = rows(database, "SELECT id::text, call_sid, state FROM reminder_attempts")
    assert state == "placed"
    assert sid == carrier.calls[0]["call_sid"]
    assert UUID(attempt)


@pytest.mark.parametrize(
    ("code", "state", "again"),
    [(21211, "ended", False), (32203, "ended", False), (21210, "due", True), (20003, "due", True)],
)
def test_a_number_that_cannot_be_called_is_left_alone_and_our_own_faults_are_mended_and_tried_again(
    tick: Post, database: Database, carrier: TwilioLab, code: int, state: str, again: bool
) -> None:
    book(database, ANA, tomorrow(9))
    carrier.fault(match="calls.create", kind="status", code=code, times=1)
    said = tick().get_json()
    assert (said["placed"], said["refused"]) == (0, 1)
    assert (said["ended"] == "the carrier takes no calls") is again
    assert rows(database, "SELECT state, outcome FROM reminders") == [(state, None if again else "failed")]
    assert rows(database, "SELECT state, outcome FROM reminder_attempts") == [("ended", "failed")]


def test_too_many_requests_are_made_again_because_none_was_processed(
    tick: Post, database: Database, carrier: TwilioLab
) -> None:
    book(database, ANA, tomorrow(9))
    carrier.fault(match="calls.create", kind="status", code=429, times=1)
    assert tick().get_json()["placed"] == 1
    assert len(carrier.calls) == 1


@pytest.mark.parametrize("kind", ["drop_reply", "cut", "wrong_json"])
def test_a_call_whose_creation_was_never_answered_is_found_in_the_carriers_list_and_not_made_again(
    tick: Post, database: Database, carrier: TwilioLab, tmp_path: Path, kind: str
) -> None:
    book(database, ANA, tomorrow(9))
    carrier.fault(match="calls.create", kind=kind, times=1)
    assert tick().get_json()["unclear"] == 1
    assert rows(database, "SELECT state FROM reminder_attempts") == [("unknown",)]
    _clock_goes_on(tmp_path, timedelta(minutes=6))
    assert tick().get_json()["reconciled"] == 1
    assert len(carrier.calls) == 1
    assert rows(database, "SELECT call_sid FROM reminder_attempts") == [(carrier.calls[0]["call_sid"],)]


def _clock_goes_on(directory: Path, span: timedelta) -> None:
    clock = directory / "clock"
    clock.write_text(str(float(clock.read_text()) + span.total_seconds()))


def test_a_failure_of_the_carriers_own_is_unclear_and_tried_again_once_its_list_shows_no_call(
    tick: Post, database: Database, carrier: TwilioLab, tmp_path: Path
) -> None:
    book(database, ANA, tomorrow(9))
    carrier.fault(match="calls.create", kind="status", code=500, times=1)
    assert tick().get_json()["unclear"] == 1
    _clock_goes_on(tmp_path, timedelta(minutes=6))
    assert (tick().get_json()["placed"], len(carrier.calls)) == (0, 0)
    _clock_goes_on(tmp_path, timedelta(minutes=11))
    assert (tick().get_json()["placed"], len(carrier.calls)) == (1, 1)
    assert rows(database, "SELECT attempt, state, outcome FROM reporting.reminders ORDER BY attempt") == [
        (1, "ended", "failed"),
        (2, "placed", None),
    ]


def test_a_text_that_is_written_instead_of_a_call_leaves_with_the_same_run(
    tick: Post, database: Database, carrier: TwilioLab
) -> None:
    book(database, ANA, tomorrow(9), consent=False)
    consent = "INSERT INTO consents (phone, kind, source, given_at) VALUES (:phone, 'sms', 'web', '2026-11-01T16:00Z')"
    write(database, consent, phone=ANA)
    assert tick().get_json()["settled"] == 1
    ((to, body),) = carrier.texts
    assert to == ANA
    assert "Reply C to confirm" in body
    tick()
    assert len(carrier.texts) == 1


# What the carrier asks the telephony function about a call that we made.


@pytest.fixture
def placed(doors: Doors) -> UUID:
    """An attempt that the carrier took as call CA1."""
    doors.it_is(NOW)
    appointment = book(doors.database, ANA, tomorrow(9))
    attempt = uuid4()
    doors.write(
        "INSERT INTO reminders (id, appointment_id, starts_at, due_at, state, attempts) "
        "OVERRIDING SYSTEM VALUE VALUES (1, :appointment, :starts, :now, 'dialing', 1)",
        appointment=appointment, starts=tomorrow(9), now=NOW,
    )  # fmt: skip
    doors.write(
        "INSERT INTO reminder_attempts (id, phone, local_day, number, state, zone, local_time, dialed_at, "
        "window_ends_at) VALUES (:id, :phone, :day, 1, 'dialing', 'America/Chicago', '10:00', :now, :ends)",
        id=attempt, phone=ANA, day=NOW.date(), now=NOW, ends=NOW + timedelta(hours=8),
    )  # fmt: skip
    doors.write("INSERT INTO reminders_of_attempts (attempt_id, reminder_id) VALUES (:id, 1)", id=attempt)
    doors.database.run(lambda c: attempts.taken(c, attempt, "CA1", NOW))
    return attempt


ANSWERED = {"CallSid": "CA1", "From": OURS, "To": ANA, "Direction": "outbound-api", "CallStatus": "in-progress"}


def test_who_answers_gets_a_stream_that_names_the_attempt(doors: Doors, placed: UUID) -> None:
    document = doors.asked(f"/voice?attempt={placed}", ANSWERED)
    assert verbs(document) == ["Connect"]
    told = {p.get("name"): p.get("value") for p in document.iter("Parameter")}
    assert told == {"from": ANA, "attempt": str(placed), "person": "Ana Lopez"}


def test_a_call_of_an_attempt_that_was_given_up_is_hung_up_when_it_is_answered(doors: Doors, placed: UUID) -> None:
    doors.database.run(lambda c: attempts.missing(c, placed, NOW))
    assert verbs(doors.asked(f"/voice?attempt={placed}", ANSWERED)) == ["Hangup"]


def test_a_second_call_of_the_same_attempt_is_hung_up(doors: Doors, placed: UUID) -> None:
    assert verbs(doors.asked(f"/voice?attempt={placed}", ANSWERED | {"CallSid": "CA2"})) == ["Hangup"]


def test_a_call_that_the_carrier_released_after_the_quiet_hours_began_is_hung_up(doors: Doors, placed: UUID) -> None:
    doors.it_is(NOW + timedelta(hours=9))
    assert verbs(doors.asked(f"/voice?attempt={placed}", ANSWERED)) == ["Hangup"]


def test_an_attempt_that_nobody_made_is_hung_up_and_one_that_is_no_id_is_an_ordinary_call(doors: Doors) -> None:
    assert verbs(doors.asked(f"/voice?attempt={uuid4()}", ANSWERED)) == ["Hangup"]


def test_a_called_person_is_never_put_through_to_the_desk_when_the_door_fails(doors: Doors, placed: UUID) -> None:
    assert verbs(doors.asked(f"/fallback?attempt={placed}", ANSWERED)) == ["Hangup"]


def test_callbacks_may_come_in_any_order_and_twice(doors: Doors, placed: UUID) -> None:
    path = f"/status?attempt={placed}"
    for status, number in (("ringing", 1), ("no-answer", 2), ("initiated", 0), ("no-answer", 2), ("ringing", 1)):
        told = {"CallStatus": status, "SequenceNumber": str(number)}
        assert doors.post(path, ANSWERED | told).status_code == 204
    ledger = (
        "SELECT a.state, a.status, a.sequence, a.outcome, r.state, r.attempts FROM reminder_attempts a, reminders r"
    )
    assert doors.rows(ledger) == [("ended", "no-answer", 2, "no_answer", "due", 1)]
    call = "SELECT flow, direction, status, outcome FROM calls"
    assert doors.rows(call) == [("reminder", "outbound", "no-answer", "no_answer")]


def test_a_fax_that_is_noticed_after_the_end_settles_the_reminder(doors: Doors, placed: UUID) -> None:
    assert doors.post(f"/status?attempt={placed}", ANSWERED | {"CallStatus": "completed"}).status_code == 204
    assert doors.post(f"/amd?attempt={placed}", ANSWERED | {"AnsweredBy": "fax"}).status_code == 204
    assert doors.rows("SELECT outcome, state FROM reminders") == [("wrong_number", "ended")]
    assert doors.rows("SELECT outcome FROM reporting.calls") == [("wrong_number",)]


def test_the_detections_verdict_is_kept_in_the_ledgers_words(doors: Doors, placed: UUID) -> None:
    for verdict in ("machine_end_beep", "human"):
        assert doors.post(f"/amd?attempt={placed}", ANSWERED | {"AnsweredBy": verdict}).status_code == 204
    assert doors.rows("SELECT answered_by FROM reporting.reminders") == [("machine",)]


def test_a_call_that_another_attempt_has_is_never_the_call_of_this_one(doors: Doors, placed: UUID) -> None:
    other = uuid4()
    doors.write(
        "INSERT INTO reminder_attempts (id, phone, local_day, number, state, zone, local_time, dialed_at) "
        "SELECT :id, phone, local_day, 2, 'unknown', zone, local_time, dialed_at FROM reminder_attempts",
        id=other,
    )
    assert doors.post(f"/amd?attempt={other}", ANSWERED | {"AnsweredBy": "human"}).status_code == 400
    assert doors.post(f"/status?attempt={other}", ANSWERED | {"CallStatus": "ringing"}).status_code == 400
    assert verbs(doors.asked(f"/voice?attempt={other}", ANSWERED)) == ["Hangup"]


@pytest.mark.parametrize(("door", "told"), [("amd", {"AnsweredBy": "human"}), ("status", {"CallStatus": "ringing"})])
def test_what_is_told_of_no_call_does_not_name_an_attempts_call(
    doors: Doors, placed: UUID, door: str, told: dict[str, str]
) -> None:
    doors.write("UPDATE reminder_attempts SET state = 'unknown', call_sid = NULL, placed_at = NULL")
    form = {name: value for name, value in ANSWERED.items() if name != "CallSid"}
    assert doors.post(f"/{door}?attempt={placed}", form | told).status_code == 400
    assert doors.rows("SELECT state, call_sid FROM reminder_attempts") == [("unknown", None)]
