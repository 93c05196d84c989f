"""vPIC's stand-in answers in NHTSA's shape and judges VINs by the federal rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from infra.local.vpic.app import check_digit, decode, make_app

RECORDED = json.loads(Path(__file__).with_name("vpic_recorded.json").read_text())


async def _fetch(path: str) -> tuple[int, dict[str, Any]]:
    async with (
        TestServer(make_app()) as server,
        aiohttp.ClientSession() as session,
        session.get(server.make_url(path)) as answer,
    ):
        return answer.status, await answer.json()


async def test_a_vin_is_answered_as_it_was_recorded() -> None:
    status, body = await _fetch("/api/vehicles/DecodeVinValues/1HGCM82633A004352?format=json")
    [record] = body.pop("Results")
    assert (status, body) == (200, RECORDED["frame"] | {"SearchCriteria": "VIN(s): 1HGCM82633A004352"})
    assert list(record) == list(RECORDED["record"])
    alike = ("Make", "Model", "ModelYear", "VehicleType", "VIN", "VehicleDescriptor", "ErrorCode", "ErrorText")
    assert {name: record[name] for name in alike} == {name: RECORDED["record"][name] for name in alike}
    not_of_a_car = {name for name, value in RECORDED["record"].items() if value == "Not Applicable"}
    assert {name for name, value in record.items() if value == "Not Applicable"} == not_of_a_car
    assert all(isinstance(value, str) for value in record.values())


@pytest.mark.parametrize("vin", RECORDED["errors"])
async def test_what_is_wrong_with_a_vin_is_said_in_the_recorded_words(vin: str) -> None:
    record = decode(vin)
    assert [record["ErrorCode"], record["ErrorText"]] == RECORDED["errors"][vin]


async def test_what_is_said_of_a_vin_can_be_ordered_field_by_field() -> None:
    async with TestServer(make_app()) as server, aiohttp.ClientSession() as session:
        told = {"vin": "1hgcm82633a004352", "fields": {"Model": "", "ErrorCode": "8"}}
        assert (await session.post(server.make_url("/_lab/records"), json=told)).status == 201
        wrong = {"vin": "1hgcm82633a004352", "fields": {"Modell": ""}}
        assert (await session.post(server.make_url("/_lab/records"), json=wrong)).status == 400
        url = server.make_url("/api/vehicles/DecodeVinValues/1HGCM82633A004352?format=json")
        async with session.get(url) as answer:
            [record] = (await answer.json())["Results"]
    assert (record["Make"], record["Model"], record["ErrorCode"]) == ("HONDA", "", "8")


def test_seventeen_ones_have_a_right_check_digit() -> None:
    assert check_digit("1" * 17) == "1"


@pytest.mark.parametrize(
    ("vin", "codes"),
    [
        ("1HGCM82633A004352", "0"),
        ("1HGCM82643A004352", "1"),
        ("1HGCM826*3A004352", "6"),
        ("1HGCM8263", "6"),
        ("1HGCM82633A00435O", "400"),
        ("ZZZCM82633A004352", "1,7"),
    ],
)
def test_what_is_wrong_with_a_vin_is_told_by_its_codes(vin: str, codes: str) -> None:
    assert decode(vin)["ErrorCode"] == codes
    assert decode(vin)["ErrorText"].startswith(codes.split(",")[0] + " - ")


def test_a_letter_in_the_seventh_position_means_the_later_thirty_years() -> None:
    assert decode("5YJ3E1EA0LF000000")["ModelYear"] == "2020"
    assert decode("1HGCM82633A004352")["ModelYear"] == "2003"


def test_a_make_without_a_known_model_says_that_some_characters_are_unknown() -> None:
    record = decode("WBA00000000000000")
    assert record["Make"] == "BMW"
    assert record["Model"] == ""
    assert "14" in record["ErrorCode"].split(",")


async def test_a_batch_answers_each_vin_in_order() -> None:
    async with TestServer(make_app()) as server, aiohttp.ClientSession() as session:
        form = {"DATA": "1HGCM82633A004352,2003;5YJ3E1EA0LF000000", "format": "json"}
        async with session.post(server.make_url("/api/vehicles/DecodeVINValuesBatch/"), data=form) as answer:
            body = await answer.json()
    results = body.pop("Results")
    assert body == RECORDED["frame"] | RECORDED["batch"]
    assert [record["Make"] for record in results] == ["HONDA", "TESLA"]


async def test_an_outage_can_be_ordered_and_looks_like_one() -> None:
    async with TestServer(make_app()) as server, aiohttp.ClientSession() as session:
        await session.post(server.make_url("/_lab/faults"), json={"kind": "status", "code": 503})
        async with session.get(
            server.make_url("/api/vehicles/DecodeVinValues/1HGCM82633A004352?format=json")
        ) as answer:
            assert answer.status == 503
            assert answer.content_type == "text/html"


def test_the_application_can_be_made_more_than_once() -> None:
    assert isinstance(make_app(), web.Application)
    assert make_app() is not make_app()


async def test_recalls_are_answered_by_make_model_and_year_whatever_their_letters() -> None:
    status, body = await _fetch("/recalls/recallsByVehicle?make=honda&model=Civic&modelYear=2019")
    results = body["results"]
    assert (status, body["Count"]) == (200, len(results))
    assert {record["NHTSACampaignNumber"] for record in results} == {"23V900001", "24V900002"}
    assert all(isinstance(record["parkIt"], bool) for record in results)
    assert (await _fetch("/recalls/recallsByVehicle?make=honda&model=Civic&modelYear=2030"))[1]["results"] == []
    assert (await _fetch("/recalls/recallsByVehicle?make=honda"))[0] == 400
