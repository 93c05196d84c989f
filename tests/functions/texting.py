"""The lab's carrier beside the doors, and the situations in which texts are sent."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from infra.local.twilio.account import Credentials
from infra.local.twilio.app import make_app
from tests.functions.conftest import CALLER, NUMBER, OPEN, SECRET, TALKING, Doors

ENDED = {**TALKING, "CallStatus": "completed", "CallDuration": "61"}
ACCOUNT = "AC" + "5" * 32
Report = tuple[str, dict[str, str]]
"""Path with query, and form."""


@dataclass
class Carrier:
    """The lab's carrier, asked from a thread that has no loop."""

    loop: asyncio.AbstractEventLoop
    url: str
    office: "Office"

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return asyncio.run_coroutine_threadsafe(self._ask(path, body), self.loop).result(10)

    async def _ask(self, path: str, body: dict[str, Any] | None) -> Any:
        async with aiohttp.ClientSession() as http:
            asked = http.get(self.url + path) if body is None else http.post(self.url + path, json=body)
            async with asked as answer:
                return await answer.json()

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Whom the product has texted, and what."""
        told = self.ask("/_lab/messages")["messages"]
        return [(each["to"], each["body"]) for each in told if each["direction"] == "outbound-api"]

    def reports(self) -> list[Report]:
        """What the carrier has told the office of a message, which was delivered in the end."""
        return asyncio.run_coroutine_threadsafe(self.office.until_delivered(), self.loop).result(10)


class Office:
    """An address that only listens to what the carrier reports."""

    def __init__(self) -> None:
        self.url = ""
        self._told: asyncio.Queue[Report] = asyncio.Queue()

    async def listen(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self._told.put_nowait((request.path_qs, form))
        return web.Response(status=204)

    async def until_delivered(self) -> list[Report]:
        heard = [await self._told.get()]
        while heard[-1][1]["MessageStatus"] != "delivered":
            heard.append(await self._told.get())
        return heard


def _address(server: BaseTestServer) -> str:
    return str(server.make_url("")).rstrip("/")


@asynccontextmanager
async def _served(office: Office) -> AsyncIterator[str]:
    listening = web.Application()
    listening.router.add_post("/{anything:.*}", office.listen)
    async with TestServer(make_app(Credentials(ACCOUNT, SECRET), 100.0)) as server, TestServer(listening) as listener:
        url, office.url = _address(server), _address(listener)
        async with aiohttp.ClientSession() as http:
            await http.post(f"{url}/_lab/numbers", json={"number": NUMBER})
        yield url


async def _nothing_left() -> None:
    """A message may still be on its way when the test is over."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@contextmanager
def running() -> Iterator[Carrier]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    office = Office()
    served = _served(office)
    try:
        url = asyncio.run_coroutine_threadsafe(served.__aenter__(), loop).result(10)
        yield Carrier(loop, url, office)
    finally:
        asyncio.run_coroutine_threadsafe(served.__aexit__(None, None, None), loop).result(10)
        asyncio.run_coroutine_threadsafe(_nothing_left(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def booked(doors: Doors, *, consent: bool = True, phone: str = CALLER, hours: int = 48) -> None:
    """An appointment that a caller has just booked."""
    doors.write(
        "INSERT INTO customers (id, phone, first_name, last_name, zone, created_at) "
        "VALUES (7, :phone, 'Dana', 'Reyes', 'America/Chicago', :now)",
        phone=phone,
        now=OPEN,
    )
    doors.write("INSERT INTO vehicles (id, customer_id, make, created_at) VALUES (7, 7, 'Honda', :now)", now=OPEN)
    starts = OPEN + timedelta(hours=hours)
    doors.write(
        "INSERT INTO appointments (id, customer_id, vehicle_id, service, bay, starts_at, ends_at, mode, source, "
        "call_sid, created_at, changed_at) VALUES (7, 7, 7, 'oil_change', 2, :starts, :ends, 'wait', 'voice', 'CA1', "
        ":now, :now)",
        starts=starts,
        ends=starts + timedelta(minutes=30),
        now=OPEN,
    )
    if consent:
        doors.write(
            "INSERT INTO consents (phone, kind, source, given_at) VALUES (:phone, 'sms', 'web', :now)",
            phone=phone,
            now=OPEN - timedelta(days=9),
        )


def left_message(doors: Doors, message: str | None = "the red one is leaking") -> None:
    doors.write(
        "INSERT INTO callbacks (id, phone, reason, message, call_sid, created_at) "
        "VALUES (3, :phone, 'message', :message, 'CA1', :now)",
        phone=CALLER,
        message=message,
        now=OPEN,
    )


def over(doors: Doors, sid: str = "CA1") -> None:
    assert doors.post("/status", {**ENDED, "CallSid": sid}).status_code == 204
