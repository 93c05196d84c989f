"""The telephony function as the framework serves it, asked as Twilio asks."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from functions_framework import create_app
from sqlalchemy import text
from werkzeug.test import TestResponse

from shared.domain.line import Line
from shared.sessions.in_time import RedisInTime
from shared.sessions.line_copy import LineCopy
from shared.sessions.sessions import Ending, Sessions
from shared.sessions.state import SessionState
from shared.storage.database import Database
from shared.tools.call import CallContext
from shared.twilio_signature import SETTINGS_HEADER, SIGNATURE_HEADER, sign

PUBLIC, MEDIA = "https://telephony.example", "wss://media.example"
SECRET, SECOND, TOKEN_SECRET = "primary-token", "secondary-token", "s" * 32
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
TALKING = {**RINGING, "CallStatus": "in-progress"}
OPEN, NIGHT = datetime(2026, 11, 23, 16, tzinfo=UTC), datetime(2026, 11, 23, 5, tzinfo=UTC)


@dataclass
class Doors:
    """The function, and what stands behind it as others see it."""

    client: FlaskClient
    database: Database
    redis: RedisInTime
    clock: Path

    def post(self, path: str, form: dict[str, Any] = RINGING, secret: str = SECRET, **headers: str) -> TestResponse:
        """A request of Twilio's, signed as the account's settings say."""
        values = {name: value if isinstance(value, list) else [value] for name, value in form.items()}
        digest = "sha256" if "SHA256" in headers.get(SETTINGS_HEADER, "") else "sha1"
        signature = sign(secret, PUBLIC + path, values, digest)
        return self.client.post(path, data=form, headers={SIGNATURE_HEADER: signature, **headers})

    def asked(self, path: str, form: dict[str, Any] = TALKING) -> ElementTree.Element:
        return twiml(self.post(path, form))

    def it_is(self, moment: datetime) -> None:
        self.clock.write_text(str((moment - datetime.now(UTC)).total_seconds()))

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.database.transaction() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def write(self, statement: str, **values: Any) -> None:
        with self.database.transaction() as connection:
            connection.execute(text(statement), values)

    def line(self, line: Line) -> None:
        """As the desk and the media service write it."""
        LineCopy(RedisInTime(self.redis._url, seconds=5.0)).write(line)

    @property
    def sessions(self) -> Sessions:
        """As the media service writes them."""
        return Sessions(self.redis, [TOKEN_SECRET])

    def streamed(self, ending: Ending | None = None, state: SessionState | None = None, epoch: int = 0) -> None:
        """A stream held the call and is over."""
        assert self.sessions.claim("CA1", epoch)
        assert self.sessions.save("CA1", epoch, 1, state or SessionState(context(), "service", 1, [], {}, None))
        if ending is not None:
            self.sessions.mark_ending("CA1", epoch, ending)


def context(**known: Any) -> CallContext:
    return CallContext("CA1", "inbound", CALLER, **known)


def twiml(response: TestResponse) -> ElementTree.Element:
    assert response.status_code == 200
    assert response.content_type.startswith("text/xml")
    return ElementTree.fromstring(response.data)  # noqa: S314


def verbs(document: ElementTree.Element) -> list[str]:
    return [verb.tag for verb in document]


@pytest.fixture
def telephony(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[..., Doors]]:
    """Loads the function as the framework does: from its file, with its settings in the environment."""
    known, opened = set(sys.modules), []
    clock = tmp_path / "clock"

    def load(**settings: str) -> Doors:
        for name, value in {
            "SOPHIE_ENV": "local",
            "SOPHIE_CLOCK_FILE": str(clock),
            "FUNCTION_TARGET": "telephony",
            "NEON_DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PUBLIC_BASE_URL": PUBLIC,
            "MEDIA_STREAM_URL": MEDIA,
            "STREAM_TOKEN_SECRET": TOKEN_SECRET,
            "TWILIO_ACCOUNT_SID": "AC1",
            "TWILIO_AUTH_TOKEN": SECRET,
            "TWILIO_AUTH_TOKEN_SECONDARY": SECOND,
            "TWILIO_PHONE_NUMBER": NUMBER,
            "TWILIO_API_BASE_URL": "http://127.0.0.1:9",
            **settings,
        }.items():
            monkeypatch.setenv(name, value)
        client = create_app("telephony", "functions/main.py").test_client()
        doors = Doors(client, Database(database_url), RedisInTime(redis_url, seconds=5.0), clock)
        doors.it_is(OPEN)
        opened.append(doors)
        return doors

    yield load
    for doors in opened:
        doors.database.close()
        doors.redis.close()
    loaded, main = sys.modules.get("functions.doors"), sys.modules.get("main")
    if loaded is not None and main is not None and main._loaded is not None:
        loaded.close(main._loaded)
    for name in set(sys.modules) - known:
        if name.split(".")[0] in ("functions", "main"):
            del sys.modules[name]


@pytest.fixture
def doors(telephony: Callable[..., Doors]) -> Doors:
    return telephony()


@pytest.fixture
def client(doors: Doors) -> FlaskClient:
    return doors.client


@pytest.fixture
def post(doors: Doors) -> Callable[..., TestResponse]:
    return doors.post
