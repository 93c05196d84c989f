"""A service desk on real servers whose clock stands still, and callers to drive it with."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared import settings
from shared.services import Services, connect
from shared.tools.call import CallContext
from shared.tools.registry import Desk
from tests.integration.desk_calls import Caller, NewCaller, StillClock


@pytest.fixture
def services(database_url: str, redis_url: str) -> Iterator[Services]:
    environ = {
        "SOPHIE_ENV": "local",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "STREAM_TOKEN_SECRET": "t" * 32,
        "VPIC_BASE_URL": "http://127.0.0.1:9",
        "RECALLS_BASE_URL": "http://127.0.0.1:9",
    }
    connected = connect(settings.read(environ, settings.Part.DATA))
    yield replace(connected, clock=StillClock())
    connected.close()


@pytest.fixture
def new_caller(services: Services) -> NewCaller:
    """Makes a caller; each has a call of their own."""
    desk, count = Desk(services), iter(range(1, 1000))

    def make(number: str | None = "+12175550123") -> Caller:
        return Caller(desk, CallContext(f"CA{next(count):032d}", "inbound", number))

    return make


@pytest.fixture
def seed_file(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    def write(situation: dict[str, Any]) -> Path:
        path = tmp_path / "situation.json"
        path.write_text(json.dumps(situation))
        return path

    return write
