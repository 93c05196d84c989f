"""The faults of a stand-in: named, counted, the same each time, and gone when they are cleared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from infra.local.faults import add_faults

OPERATIONS = {"POST /things": "things.insert", "GET /things/{id}": "things.get"}


class Things:
    """A small service behind faults, and a client of it."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.url = url
        self.http = http
        self.made: list[str] = []

    async def fault(self, *faults: dict[str, Any]) -> int:
        async with self.http.post(f"{self.url}/_lab/faults", json=list(faults)) as answer:
            return answer.status

    async def ask(self, method: str, path: str) -> tuple[int, Any]:
        async with self.http.request(method, f"{self.url}{path}") as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def things() -> AsyncIterator[Things]:
    app = web.Application()

    async def insert(_request: web.Request) -> web.Response:
        service.made.append("thing")
        return web.json_response({"made": len(service.made), "text": "a thing of some length"})

    async def get(request: web.Request) -> web.Response:
        return web.json_response({"id": request.match_info["id"]})

    app.router.add_post("/things", insert)
    app.router.add_get("/things/{id}", get)
    add_faults(app, OPERATIONS)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        service = Things(f"http://127.0.0.1:{runner.addresses[0][1]}", http)
        yield service
    await runner.cleanup()


async def test_a_refused_request_is_not_carried_out_and_gets_no_answer(things: Things) -> None:
    await things.fault({"kind": "refuse", "match": "things.insert"})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await things.ask("POST", "/things")
    assert things.made == []
    assert await things.ask("POST", "/things") == (200, {"made": 1, "text": "a thing of some length"})


async def test_a_dropped_reply_belongs_to_a_request_that_was_carried_out(things: Things) -> None:
    await things.fault({"kind": "drop_reply", "match": "POST /things"})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await things.ask("POST", "/things")
    assert things.made == ["thing"]


async def test_a_cut_answer_announces_more_than_it_brings(things: Things) -> None:
    await things.fault({"kind": "cut", "match": "/things"})
    with pytest.raises(aiohttp.ClientPayloadError):
        await things.ask("POST", "/things")
    assert things.made == ["thing"]


async def test_a_body_that_is_no_json_comes_with_the_status_of_the_right_one(things: Things) -> None:
    await things.fault({"kind": "wrong_json"})
    async with things.http.post(f"{things.url}/things") as answer:
        assert answer.status == 200
        with pytest.raises(ValueError, match="Expecting value"):
            await answer.json()


async def test_a_status_comes_with_its_retry_after(things: Things) -> None:
    await things.fault({"kind": "status", "code": 429, "retry_after": 7, "times": 2})
    for _ in range(2):
        async with things.http.get(f"{things.url}/things/1") as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
    assert (await things.ask("GET", "/things/1"))[0] == 200


async def test_a_stalled_request_is_held_until_the_faults_are_cleared(things: Things) -> None:
    await things.fault({"kind": "stall"})
    held = asyncio.create_task(things.ask("POST", "/things"))
    while not (await things.ask("GET", "/_lab/faults"))[1]["struck"]:
        assert not held.done()
    assert [(await things.ask("GET", "/things/1"))[0] for _ in range(5)] == [200] * 5
    assert not held.done(), "others are answered meanwhile"
    await things.ask("DELETE", "/_lab/faults")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await held
    assert things.made == []


async def test_a_delayed_answer_is_the_right_one(things: Things) -> None:
    await things.fault({"kind": "delay", "ms": 5})
    assert await things.ask("GET", "/things/7") == (200, {"id": "7"})


async def test_faults_strike_in_the_order_of_the_queue_and_only_what_they_match(things: Things) -> None:
    await things.fault(
        {"kind": "status", "code": 500, "match": "things.get", "name": "first"},
        {"kind": "status", "code": 503, "match": "GET /things/2", "name": "second"},
    )
    assert (await things.ask("POST", "/things"))[0] == 200
    assert [(await things.ask("GET", "/things/2"))[0] for _ in range(3)] == [500, 503, 200]
    told = (await things.ask("GET", "/_lab/faults"))[1]
    assert told["queued"] == []
    assert [(one["name"], one["operation"]) for one in told["struck"]] == [
        ("first", "things.get"),
        ("second", "things.get"),
    ]


async def test_a_fault_for_every_third_request_strikes_the_third_and_the_sixth(things: Things) -> None:
    await things.fault({"kind": "status", "code": 500, "every": 3, "times": 2})
    assert [(await things.ask("GET", "/things/1"))[0] for _ in range(9)] == [200, 200, 500] * 2 + [200] * 3


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({"kind": "explode"}, "one of refuse"),
        ({"kind": "status"}, "needs code"),
        ({"kind": "delay", "ms": -5}, "whole number"),
        ({"kind": "refuse", "times": 0}, "at least once"),
        ({"kind": "refuse", "operation": "x"}, "no operation"),
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused_with_a_sentence(
    things: Things, fault: dict[str, Any], complaint: str
) -> None:
    async with things.http.post(f"{things.url}/_lab/faults", json=fault) as answer:
        assert answer.status == 400
        assert complaint in (await answer.json())["error"]
