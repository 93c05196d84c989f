"""A product small enough to read at a glance: TwiML answers by path, and a media websocket that a test plays itself."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from infra.local.speech import ulaw, voices
from infra.local.twilio.account import Credentials
from infra.local.twilio.app import make_app

SID = "AC" + "5" * 32
TOKEN = "a-token-of-the-lab"
NUMBER, CALLER = "+15125550100", "+15125550142"
SPEED = 20.0

Media = Callable[["MediaSocket"], Awaitable[None]]


@dataclass
class Asked:
    """One request of the carrier as it arrived."""

    method: str
    url: str
    path: str
    form: dict[str, str]
    headers: dict[str, str]


@dataclass
class MediaSocket:
    """The service's side of a media stream."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport | None = None
    stream_sid: str = ""
    heard: list[dict[str, Any]] = field(default_factory=list)

    async def next(self, event: str) -> dict[str, Any]:
        """The next message of that kind; all others are kept in `heard` too. Raises EOFError when the stream ended."""
        async for message in self.socket:
            found: dict[str, Any] = json.loads(message.data)
            self.heard.append(found)
            if found["event"] == event:
                return found
        raise EOFError(event)

    async def send(self, event: str, **fields: Any) -> None:
        await self.socket.send_json({"event": event, "streamSid": self.stream_sid, **fields})

    async def play(self, audio: bytes) -> None:
        await self.send("media", media={"payload": base64.b64encode(audio).decode()})

    async def mark(self, name: str) -> None:
        await self.send("mark", mark={"name": name})

    async def say(self, milliseconds: int, mark: str) -> None:
        """Speak, and wait until the caller has heard it (or it was cleared)."""
        await self.play(tone(milliseconds))
        await self.mark(mark)
        while (await self.next("mark"))["mark"]["name"] != mark:
            pass


def tone(milliseconds: int) -> bytes:
    return voices.speak("a" * (milliseconds // 60 + 1), voice=voices.TONE)[: 8 * milliseconds]


def silence(milliseconds: int) -> bytes:
    return ulaw.silence(milliseconds)


@dataclass
class Product:
    """Answers by path, but those in `holds` never; `media` plays the service. `{ws}` in an answer becomes the media
    socket's address."""

    url: str = ""
    answers: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    sounds: dict[str, bytes] = field(default_factory=dict)
    holds: set[str] = field(default_factory=set)
    asked: list[Asked] = field(default_factory=list)
    media: Media | None = None
    upgrades: list[dict[str, str]] = field(default_factory=list)
    sockets: list[MediaSocket] = field(default_factory=list)

    def twiml(self, path: str, body: str) -> None:
        self.answers[path] = (200, "text/xml", f"<Response>{body}</Response>")

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws", 1) + "/media-stream/token.of-the.test"

    def asked_at(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/media-stream/"):
            return await self._media(request)
        form = {name: str(value) for name, value in (await request.post()).items()}
        url = self.url + request.raw_path
        self.asked.append(Asked(request.method, url, request.path, form, dict(request.headers)))
        if request.path in self.holds:
            await asyncio.Event().wait()
        if request.path in self.sounds:
            return web.Response(body=self.sounds[request.path], content_type="audio/wav")
        status, kind, text = self.answers.get(request.path, (404, "text/plain", "nothing here"))
        headers = {"Location": text} if status in (301, 302) else {}
        body = text.replace("{ws}", self.socket_url).encode()
        return web.Response(status=status, body=body, headers={"Content-Type": kind, **headers})

    async def _media(self, request: web.Request) -> web.StreamResponse:
        self.upgrades.append({name.lower(): value for name, value in request.headers.items()})
        if self.media is None:
            return web.Response(status=403)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        ours = MediaSocket(socket, request.transport)
        self.sockets.append(ours)
        start = await ours.next("start")
        ours.stream_sid = start["streamSid"]
        with suppress(EOFError):
            await self.media(ours)
        await socket.close()
        return socket


@dataclass
class Lab:
    """The emulator and the product, and the few things a test does with them."""

    url: str
    product: Product
    http: aiohttp.ClientSession

    async def post(self, path: str, /, **body: Any) -> dict[str, Any]:
        async with self.http.post(self.url + path, json=body) as response:
            found: dict[str, Any] = await response.json()
            return {"http": response.status, **found}

    async def phone(self, number: str, **about: Any) -> None:
        """What happens when the product calls or texts that number."""
        assert (await self.post("/_lab/phones", number=number, **about))["http"] == 201

    async def call(self, *lines: Any, **given: Any) -> dict[str, Any]:
        """Place a call and answer its record when it is over."""
        sid = await self.place(*lines, **given)
        return await self.over(sid)

    async def place(self, *lines: Any, **given: Any) -> str:
        about = {name: given.pop(name) for name in ("parameters", "network") if name in given}
        script = {"lines": list(lines), **given}
        body = {"from": CALLER, "to": NUMBER, "script": script, **about}
        return str((await self.post("/_lab/calls", **body))["call_sid"])

    async def until(self, sid: str, kind: str, **details: Any) -> None:
        """Wait for an event of the call."""
        async with self.http.get(f"{self.url}/_lab/calls/{sid}/events") as response:
            async for line in response.content:
                if json.loads(line).items() >= {"kind": kind, **details}.items():
                    return

    async def over(self, sid: str) -> dict[str, Any]:
        async with self.http.get(f"{self.url}/_lab/calls/{sid}/events") as response:
            async for _ in response.content:
                pass
        async with self.http.get(f"{self.url}/_lab/calls/{sid}") as response:
            found: dict[str, Any] = await response.json()
            return found


@dataclass
class Desk:
    """The product's side with the vendor's SDK in its hand."""

    lab: Lab
    client: Client

    async def sdk(self, call: Any, *args: Any, **kwargs: Any) -> Any:
        """The SDK blocks: it works in a thread."""
        return await asyncio.to_thread(call, *args, **kwargs)

    async def dial(self, to: str = CALLER, path: str = "/voice", **given: Any) -> Any:
        """Create a call as the product does, with all status callbacks."""
        url = self.lab.product.url
        wanted = {
            "url": url + path,
            "status_callback": url + "/status",
            "status_callback_event": ["initiated", "ringing", "answered", "completed"],
        }
        return await self.sdk(self.client.calls.create, to=to, from_=NUMBER, **{**wanted, **given})

    def told(self, path: str = "/status") -> list[dict[str, str]]:
        return [asked.form for asked in self.lab.product.asked_at(path)]


@asynccontextmanager
async def desk(
    password: str = TOKEN, speed: float = SPEED, calls_per_second: float = 100.0, **number: str
) -> AsyncIterator[Desk]:
    async with laboratory(speed, calls_per_second, **number) as lab:
        http = TwilioHttpClient(timeout=5)
        client = Client(SID, password, account_sid=SID, http_client=http)
        client.api.base_url = lab.url
        try:
            yield Desk(lab, client)
        finally:
            if http.session is not None:
                http.session.close()


@asynccontextmanager
async def laboratory(speed: float = SPEED, calls_per_second: float = 100.0, **number: str) -> AsyncIterator[Lab]:
    """An emulator and a product on ports of their own; `number` adds to how the account's number is set up."""
    product = Product()
    served = web.Application()
    served.router.add_route("*", "/{path:.*}", product.answer)
    carrier = make_app(Credentials(SID, TOKEN), speed, calls_per_second=calls_per_second)
    async with TestServer(served) as product_server, TestServer(carrier) as twilio:
        product.url = str(product_server.make_url("")).rstrip("/")
        product.twiml("/voice", '<Connect action="/connected"><Stream url="{ws}"/></Connect>')
        product.twiml("/connected", "<Hangup/>")
        for path in ("/status", "/amd", "/sms", "/sms-status"):
            product.answers[path] = (204, "text/plain", "")
        async with aiohttp.ClientSession() as http:
            lab = Lab(str(twilio.make_url("")).rstrip("/"), product, http)
            setup = {"voice_url": product.url + "/voice"} | {
                name: value if "://" in value else product.url + value for name, value in number.items()
            }
            await lab.post("/_lab/numbers", number=NUMBER, **setup)
            yield lab
