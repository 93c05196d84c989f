"""The vehicle registry over real HTTP, in its own shapes."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest

from shared.services import Services
from shared.tools.call import CallContext
from shared.tools.registry import Desk
from shared.vpic import Registered, Vpic
from tests.lab.vpic_lab import VpicLab, vpic_serving

GOOD = "1HGCM82633A004352"


@pytest.fixture
def registry() -> Iterator[VpicLab]:
    with vpic_serving() as lab:
        yield lab


class Prompt(Vpic):
    """The registry has answered before the tool goes on, so that a test need not wait."""

    def ask_later(self, vin: str, year: int | None, keep: Callable[[Registered], None]) -> Future[None] | None:
        asked = super().ask_later(vin, year, keep)
        if asked is not None:
            asked.result()
        return asked


@pytest.fixture
def vpic(registry: VpicLab) -> Iterator[Vpic]:
    made = Prompt(registry.url, registry.url)
    yield made
    made.close()


def decoded(services: Services, sid: str, number: str = GOOD) -> dict[str, Any]:
    return Desk(services).run(CallContext(sid, "inbound", None), "decode_vin", json.dumps({"vin": number}), {}).content


def test_a_vin_is_answered_offline_at_once_and_with_its_model_at_the_next_mention(
    services: Services, registry: VpicLab, vpic: Vpic
) -> None:
    registry.says(GOOD, VehicleType="PASSENGER CAR ")
    asking = replace(services, vpic=vpic)
    first, then, later = (decoded(asking, sid) for sid in ("CA1", "CA1", "CA2"))
    assert (first["status"], first["year"], first["make"], first["model"]) == ("partial", 2003, "Honda", None)
    assert (then["status"], then["year"], then["make"], then["model"]) == ("ok", 2003, "Honda", "Accord")
    assert later == then
    assert registry.asked == [{"vin": GOOD, "modelyear": "2003"}]


def test_a_vin_that_is_being_asked_about_is_not_asked_for_twice_and_few_wait(registry: VpicLab) -> None:
    registry.fault(kind="stall", times=100)
    vpic = Vpic(registry.url, registry.url)
    asked = [vpic.ask_later(number, None, lambda registered: None) for number in (GOOD, GOOD, *map(str, range(30)))]
    assert asked[1] is None
    assert sum(each is not None for each in asked) == 16
    registry.forget_faults()
    for each in asked:
        if each is not None:
            each.result()
    assert vpic.ask_later(GOOD, None, lambda registered: None) is not None
    vpic.close()


def test_a_registry_that_is_down_is_left_alone_after_three_failures(registry: VpicLab) -> None:
    registry.fault(kind="status", code=503, times=5)
    vpic = Vpic(registry.url, registry.url)
    assert [vpic.decode(GOOD, None) for _ in range(5)] == [None] * 5
    assert registry.struck == ["status"] * 3


@pytest.mark.parametrize("kind", ["refuse", "drop_reply", "cut"])
def test_a_registry_whose_answer_does_not_arrive_has_not_answered(registry: VpicLab, kind: str) -> None:
    registry.fault(kind=kind)
    vpic = Vpic(registry.url, registry.url)
    assert vpic.decode(GOOD, None) is None
    assert vpic.decode(GOOD, None) == Registered("Honda", "Accord", 2003)


def test_an_invalid_vin_never_reaches_the_registry(services: Services, registry: VpicLab, vpic: Vpic) -> None:
    decoded(replace(services, vpic=vpic), "CA1", GOOD[:-1] + "3")
    assert registry.asked == []


def test_recalls_are_told_as_information_for_a_model_and_year(services: Services, registry: VpicLab) -> None:
    desk = Desk(replace(services, vpic=Vpic(registry.url, registry.url)))

    def told(make: str, model: str) -> dict[str, Any]:
        arguments = json.dumps({"vehicle": None, "year": 2019, "make": make, "model": model})
        return desk.run(CallContext("CA1", "inbound", None), "get_recalls", arguments, {}).content

    civic, mazda, none = told("honda", "Civic"), told("mazda", "CX-5"), told("honda", "CR-V & co")
    assert (civic["status"], civic["count"]) == ("ok", 2)
    assert [each["do_not_drive"] for each in civic["recalls"]] == [False, False]
    assert [each["do_not_drive"] for each in mazda["recalls"]] == [True]
    assert (none["status"], none["count"]) == ("ok", 0)
    assert registry.asked[-1] == {"recalls": {"make": "Honda", "model": "CR-V & co", "modelYear": "2019"}}


def test_a_registry_without_recalls_to_tell_is_no_obstacle(services: Services) -> None:
    arguments = json.dumps({"vehicle": None, "year": 2019, "make": "Honda", "model": "Civic"})
    answer = Desk(services).run(CallContext("CA1", "inbound", None), "get_recalls", arguments, {})
    assert answer.content["status"] == "unavailable"


@pytest.mark.parametrize(
    ("code", "taken"), [("0", True), ("0,14", True), ("12", True), ("1", False), ("1,4,14,400", False), ("6", False)]
)
def test_only_codes_that_leave_the_car_sure_are_accepted(registry: VpicLab, code: str, taken: bool) -> None:
    registry.says(GOOD, ErrorCode=code)
    expected = Registered("Honda", "Accord", 2003) if taken else None
    assert Vpic(registry.url, registry.url).decode(GOOD, 2003) == expected


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"Results": []}', b'{"Results": [3]}', b"\xff"])
def test_an_answer_in_another_shape_is_no_answer(registry: VpicLab, body: bytes) -> None:
    registry.fault(kind="wrong_json", text=body.decode(errors="surrogateescape"))
    assert Vpic(registry.url, registry.url).decode(GOOD, None) is None


def test_an_error_or_a_lacking_model_is_no_answer(registry: VpicLab) -> None:
    registry.says(GOOD, Model="")
    assert Vpic(registry.url, registry.url).decode(GOOD, None) is None
    registry.says(GOOD)
    registry.fault(kind="status", code=503)
    assert Vpic(registry.url, registry.url).decode(GOOD, None) is None
