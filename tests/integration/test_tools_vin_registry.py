"""The vehicle registry over real HTTP, in its own shapes."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from shared.services import Services
from shared.tools.call import CallContext
from shared.tools.registry import Desk
from shared.vpic import Registered, Vpic

GOOD = "1HGCM82633A004352"


@dataclass
class Registry:
    """Answers every request with `body`, and keeps the paths."""

    url: str = ""
    body: bytes = b""
    status: int = 200
    paths: list[str] = field(default_factory=list)

    def says(self, **row: Any) -> None:
        self.body = json.dumps({"Count": 134, "Message": "", "SearchCriteria": "", "Results": [row]}).encode()


@pytest.fixture
def registry() -> Iterator[Registry]:
    state = Registry()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.paths.append(self.path)
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            self.wfile.write(state.body)

        def log_message(self, *values: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        state.url = f"http://127.0.0.1:{server.server_port}"
        yield state
        server.shutdown()
        thread.join()


def test_a_clean_answer_is_taken_and_asked_for_once_in_a_lifetime(services: Services, registry: Registry) -> None:
    registry.says(Make="HONDA", Model="Accord", ModelYear="2003", ErrorCode="0", VehicleType="PASSENGER CAR ")
    desk = Desk(replace(services, vpic=Vpic(registry.url)))
    for sid in ("CA1", "CA2"):
        answer = desk.run(CallContext(sid, "inbound", None), "decode_vin", json.dumps({"vin": GOOD}), {})
        assert answer.content == {"status": "ok", "year": 2003, "make": "HONDA", "model": "Accord"}
    assert registry.paths == [f"/api/vehicles/DecodeVinValues/{GOOD}?format=json&modelyear=2003"]


def test_an_invalid_vin_never_reaches_the_registry(services: Services, registry: Registry) -> None:
    desk = Desk(replace(services, vpic=Vpic(registry.url)))
    desk.run(CallContext("CA1", "inbound", None), "decode_vin", json.dumps({"vin": GOOD[:-1] + "3"}), {})
    assert registry.paths == []


@pytest.mark.parametrize(
    ("code", "taken"), [("0", True), ("0,14", True), ("12", True), ("1", False), ("1,4,14,400", False), ("6", False)]
)
def test_only_codes_that_leave_the_car_sure_are_accepted(registry: Registry, code: str, taken: bool) -> None:
    registry.says(Make="HONDA", Model="Accord", ModelYear="2003", ErrorCode=code)
    expected = Registered("HONDA", "Accord", 2003) if taken else None
    assert Vpic(registry.url).decode(GOOD, 2003) == expected


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"Results": []}', b'{"Results": [3]}', b"\xff"])
def test_an_answer_in_another_shape_is_no_answer(registry: Registry, body: bytes) -> None:
    registry.body = body
    assert Vpic(registry.url).decode(GOOD, None) is None


def test_an_error_or_a_lacking_model_is_no_answer(registry: Registry) -> None:
    registry.says(Make="HONDA", Model="", ModelYear="2003", ErrorCode="0")
    assert Vpic(registry.url).decode(GOOD, None) is None
    registry.says(Make="HONDA", Model="Accord", ModelYear="2003", ErrorCode="0")
    registry.status = 503
    assert Vpic(registry.url).decode(GOOD, None) is None
