"""The vehicle registry over real HTTP, in its own shapes."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
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
    """Answers every request with `body` as soon as its gate is open, and keeps the paths."""

    url: str = ""
    body: bytes = b""
    status: int = 200
    paths: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def says(self, **row: Any) -> None:
        self.body = json.dumps({"Count": 134, "Message": "", "SearchCriteria": "", "Results": [row]}).encode()


@pytest.fixture
def registry() -> Iterator[Registry]:
    state = Registry()
    state.gate.set()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.paths.append(self.path)
            state.gate.wait()
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


class Prompt(Vpic):
    """The registry has answered before the tool goes on, so that a test need not wait."""

    def ask_later(self, vin: str, year: int | None, keep: Callable[[Registered], None]) -> Future[None] | None:
        asked = super().ask_later(vin, year, keep)
        if asked is not None:
            asked.result()
        return asked


@pytest.fixture
def vpic(registry: Registry) -> Iterator[Vpic]:
    made = Prompt(registry.url, registry.url)
    yield made
    made.close()


def decoded(services: Services, sid: str, number: str = GOOD) -> dict[str, Any]:
    return Desk(services).run(CallContext(sid, "inbound", None), "decode_vin", json.dumps({"vin": number}), {}).content


def test_a_vin_is_answered_offline_at_once_and_with_its_model_at_the_next_mention(
    services: Services, registry: Registry, vpic: Vpic
) -> None:
    registry.says(Make="HONDA", Model="Accord", ModelYear="2003", ErrorCode="0", VehicleType="PASSENGER CAR ")
    asking = replace(services, vpic=vpic)
    first, then, later = (decoded(asking, sid) for sid in ("CA1", "CA1", "CA2"))
    assert (first["status"], first["year"], first["make"], first["model"]) == ("partial", 2003, "Honda", None)
    assert (then["status"], then["year"], then["make"], then["model"]) == ("ok", 2003, "Honda", "Accord")
    assert later == then
    assert registry.paths == [f"/api/vehicles/DecodeVinValues/{GOOD}?format=json&modelyear=2003"]


def test_a_vin_that_is_being_asked_about_is_not_asked_for_twice_and_few_wait(registry: Registry) -> None:
    registry.gate.clear()
    vpic = Vpic(registry.url, registry.url)
    asked = [vpic.ask_later(number, None, lambda registered: None) for number in (GOOD, GOOD, *map(str, range(30)))]
    assert asked[1] is None
    assert sum(each is not None for each in asked) == 16
    registry.gate.set()
    for each in asked:
        if each is not None:
            each.result()
    assert vpic.ask_later(GOOD, None, lambda registered: None) is not None
    vpic.close()


def test_a_registry_that_is_down_is_left_alone_after_three_failures(registry: Registry) -> None:
    registry.status = 503
    vpic = Vpic(registry.url, registry.url)
    assert [vpic.decode(GOOD, None) for _ in range(5)] == [None] * 5
    assert len(registry.paths) == 3


def test_an_invalid_vin_never_reaches_the_registry(services: Services, registry: Registry, vpic: Vpic) -> None:
    decoded(replace(services, vpic=vpic), "CA1", GOOD[:-1] + "3")
    assert registry.paths == []


def test_recalls_are_told_as_information_for_a_model_and_year(services: Services, registry: Registry) -> None:
    rows = [
        {"NHTSACampaignNumber": f"2{n}V", "Component": "PUMP", "Summary": "It fails.", "parkIt": n == 1}
        for n in range(5)
    ]
    registry.body = json.dumps({"Count": 5, "Message": "", "results": rows}).encode()
    vpic = Vpic(registry.url, registry.url)
    arguments = json.dumps({"vehicle": None, "year": 2019, "make": "honda", "model": "CR-V & co"})
    answer = Desk(replace(services, vpic=vpic)).run(CallContext("CA1", "inbound", None), "get_recalls", arguments, {})
    assert (answer.content["status"], answer.content["count"]) == ("ok", 5)
    assert [each["do_not_drive"] for each in answer.content["recalls"]] == [False, True, False]
    assert registry.paths == ["/recalls/recallsByVehicle?make=Honda&model=CR-V+%26+co&modelYear=2019"]


def test_a_registry_without_recalls_to_tell_is_no_obstacle(services: Services) -> None:
    arguments = json.dumps({"vehicle": None, "year": 2019, "make": "Honda", "model": "Civic"})
    answer = Desk(services).run(CallContext("CA1", "inbound", None), "get_recalls", arguments, {})
    assert answer.content["status"] == "unavailable"


@pytest.mark.parametrize(
    ("code", "taken"), [("0", True), ("0,14", True), ("12", True), ("1", False), ("1,4,14,400", False), ("6", False)]
)
def test_only_codes_that_leave_the_car_sure_are_accepted(registry: Registry, code: str, taken: bool) -> None:
    registry.says(Make="HONDA", Model="Accord", ModelYear="2003", ErrorCode=code)
    expected = Registered("Honda", "Accord", 2003) if taken else None
    assert Vpic(registry.url, registry.url).decode(GOOD, 2003) == expected


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"Results": []}', b'{"Results": [3]}', b"\xff"])
def test_an_answer_in_another_shape_is_no_answer(registry: Registry, body: bytes) -> None:
    registry.body = body
    assert Vpic(registry.url, registry.url).decode(GOOD, None) is None


def test_an_error_or_a_lacking_model_is_no_answer(registry: Registry) -> None:
    registry.says(Make="HONDA", Model="", ModelYear="2003", ErrorCode="0")
    assert Vpic(registry.url, registry.url).decode(GOOD, None) is None
    registry.says(Make="HONDA", Model="Accord", ModelYear="2003", ErrorCode="0")
    registry.status = 503
    assert Vpic(registry.url, registry.url).decode(GOOD, None) is None
