"""Every fault of a request, by its name, on every stand-in: what the client sees, and whether its wish was carried out
all the same. What only a vendor has (its websockets, its error bodies) is in the vendor's own suite."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from infra.local.deepgram.app import in_tone
from infra.local.deepgram.app import make_app as deepgram
from infra.local.deepgram.speak import Voice
from infra.local.google.app import GoogleAccount
from infra.local.google.app import make_app as google
from infra.local.google_admin.app import make_app as google_admin
from infra.local.openai_chat.app import make_app as openai_chat
from infra.local.speech.recogniser import Script, ScriptedRecogniser
from infra.local.twilio.account import Credentials
from infra.local.twilio.app import make_app as twilio
from infra.local.vpic.app import make_app as vpic

SID, TOKEN, NUMBER = "AC" + "5" * 32, "a-token-of-the-lab", "+15125550100"
BASIC = "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
ACCOUNT = GoogleAccount()


@dataclass(frozen=True)
class Wish:
    """One POST (which no client repeats by itself) that leaves a trace: `done` is where the stand-in tells of those
    carried out, `count` counts them."""

    make: Callable[[], web.Application]
    path: str
    done: str
    given: Mapping[str, Any] = field(default_factory=dict)
    count: Callable[[str], int] = lambda text: len(json.loads(text))
    before: tuple[str, Mapping[str, Any]] | None = None


WISHES = {
    "twilio": Wish(
        lambda: twilio(Credentials(SID, TOKEN)),
        f"/2010-04-01/Accounts/{SID}/Messages.json",
        "/_lab/messages",
        given={"data": {"To": "+15125550142", "From": NUMBER, "Body": "Hello"}, "headers": {"Authorization": BASIC}},
        count=lambda text: len(json.loads(text)["messages"]),
        before=("/_lab/numbers", {"json": {"number": NUMBER, "voice_url": "http://127.0.0.1:9/voice"}}),
    ),
    "deepgram": Wish(
        lambda: deepgram(ScriptedRecogniser(Script()), Voice(in_tone)),
        "/v1/speak?model=aura-2-asteria-en&encoding=mulaw&sample_rate=8000&container=none",
        "/_lab/log?kind=rendered",
        given={"json": {"text": "Hello."}, "headers": {"Authorization": "Token lab"}},
        count=lambda text: len(text.splitlines()),
    ),
    "openai": Wish(
        openai_chat,
        "/v1/chat/completions",
        "/_lab/log",
        given={
            "json": {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]},
            "headers": {"Authorization": "Bearer sk-lab"},
        },
    ),
    "google": Wish(
        lambda: google(ACCOUNT),
        "/token",
        "/_lab/log",
        given={
            "data": {
                "grant_type": "refresh_token", "refresh_token": ACCOUNT.refresh_token,
                "client_id": ACCOUNT.client_id, "client_secret": ACCOUNT.client_secret,
            }
        },
    ),
    "google_admin": Wish(
        google_admin,
        "/v1/projects/sophie-lab/secrets/a-key:addVersion",
        "/_lab/state",
        given={"json": {"payload": {"data": base64.b64encode(b"its value").decode()}}},
        count=lambda text: int(json.loads(text)["secrets"]["a-key"]),
        before=("/v1/projects/sophie-lab/secrets?secretId=a-key", {"json": {"replication": {"automatic": {}}}}),
    ),
    "vpic": Wish(
        vpic,
        "/api/vehicles/DecodeVINValuesBatch/",
        "/_lab/log",
        given={"data": {"DATA": "1HGCM82633A004352", "format": "json"}},
    ),
}  # fmt: skip


@dataclass
class Client:
    """One stand-in, and who asks it."""

    url: str
    wish: Wish
    http: aiohttp.ClientSession

    async def order(self, **fault: Any) -> None:
        async with self.http.post(f"{self.url}/_lab/faults", json=fault) as answer:
            assert answer.status == 201, await answer.text()

    async def heal(self) -> None:
        await self.http.delete(f"{self.url}/_lab/faults")

    async def ask(self) -> tuple[int, bytes]:
        async with self.http.post(self.url + self.wish.path, **self.wish.given) as answer:
            return answer.status, await answer.read()

    async def struck(self) -> int:
        async with self.http.get(f"{self.url}/_lab/faults") as answer:
            return len((await answer.json())["struck"])

    async def done(self) -> int:
        async with self.http.get(self.url + self.wish.done) as answer:
            return self.wish.count(await answer.text())


@asynccontextmanager
async def asking(name: str) -> AsyncIterator[Client]:
    wish = WISHES[name]
    async with TestServer(wish.make()) as server, aiohttp.ClientSession() as http:
        client = Client(str(server.make_url("")).rstrip("/"), wish, http)
        if wish.before is not None:
            path, given = wish.before
            await http.post(client.url + path, **given)
        yield client


@pytest.mark.parametrize("name", WISHES)
async def test_without_a_fault_a_wish_is_carried_out_once(name: str) -> None:
    async with asking(name) as client:
        status, body = await client.ask()
        assert (200 <= status < 300, bool(body), await client.done()) == (True, True, 1)


@pytest.mark.parametrize(("kind", "carried_out"), [("refuse", 0), ("drop_reply", 1), ("cut", 1)])
@pytest.mark.parametrize("name", WISHES)
async def test_an_answer_that_breaks_off_or_never_comes_is_a_connection_error(
    name: str, kind: str, carried_out: int
) -> None:
    async with asking(name) as client:
        await client.order(kind=kind)
        with pytest.raises(aiohttp.ClientError):
            await client.ask()
        assert await client.done() == carried_out
        assert (await client.ask())[0] < 300


@pytest.mark.parametrize(("kind", "carried_out"), [("stall", 0), ("hold_reply", 1)])
@pytest.mark.parametrize("name", WISHES)
async def test_an_answer_that_is_held_comes_to_nobody_and_is_closed_when_the_faults_are_cleared(
    name: str, kind: str, carried_out: int
) -> None:
    async with asking(name) as client:
        await client.order(kind=kind)
        asked = asyncio.create_task(client.ask())
        while await client.done() < carried_out or not await client.struck():
            pass
        assert not asked.done()
        await client.heal()
        with pytest.raises(aiohttp.ClientError):
            await asked
        assert await client.done() == carried_out


@pytest.mark.parametrize("code", [429, 500, 503])
@pytest.mark.parametrize("name", WISHES)
async def test_an_ordered_status_says_when_to_come_back_and_nothing_is_carried_out(name: str, code: int) -> None:
    async with asking(name) as client:
        await client.order(kind="status", code=code, retry_after=2)
        wish = client.wish
        async with client.http.post(client.url + wish.path, **wish.given) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (code, "2")
        assert await client.done() == 0


@pytest.mark.parametrize("name", WISHES)
async def test_a_late_answer_is_the_right_one(name: str) -> None:
    async with asking(name) as client:
        await client.order(kind="delay", ms=200)
        late = asyncio.create_task(client.ask())
        while not await client.struck():
            pass
        assert ((await client.ask())[0] < 300, late.done()) == (True, False)
        assert ((await late)[0] < 300, await client.done()) == (True, 2)


@pytest.mark.parametrize("name", [name for name in WISHES if name != "deepgram"])
async def test_a_spoiled_answer_is_no_json_or_what_was_ordered_and_was_carried_out(name: str) -> None:
    async with asking(name) as client:
        await client.order(kind="wrong_json")
        await client.order(kind="wrong_json", text="[]")
        status, body = await client.ask()
        assert status < 300
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)
        assert (await client.ask())[1] == b"[]"
        assert await client.done() == 2


@pytest.mark.parametrize("kind", ["cut", "drop_reply"])
async def test_an_answer_that_is_streamed_breaks_off_as_a_whole_one_does(kind: str) -> None:
    async with asking("openai") as client:
        await client.order(kind=kind)
        body = client.wish.given["json"] | {"stream": True}
        with pytest.raises(aiohttp.ClientError):
            async with client.http.post(client.url + client.wish.path, **client.wish.given | {"json": body}) as answer:
                await answer.read()
        assert await client.done() == 1
