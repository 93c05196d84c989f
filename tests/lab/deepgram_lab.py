"""A Deepgram stand-in on a free port of this process, with the vendor's own client beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import httpx
from aiohttp import web
from deepgram import AsyncDeepgramClient
from deepgram.environment import DeepgramClientEnvironment

from infra.local.deepgram.app import in_tone, make_app
from infra.local.deepgram.speak import Voice
from infra.local.deepgram.turns import Pace
from infra.local.speech import pcm, ulaw, voices, watermark
from infra.local.speech.recogniser import Recogniser, Script, ScriptedRecogniser

FLUX: dict[str, Any] = {"model": "flux-general-en", "encoding": "mulaw", "sample_rate": 8000}
AURA: dict[str, Any] = {"model": "aura-2-asteria-en", "encoding": "mulaw", "sample_rate": 8000}


@dataclass
class Lab:
    url: str
    client: AsyncDeepgramClient

    async def script(
        self, *lines: Any, session: int | None = None, caller: int | None = None, instead: bool = False
    ) -> int:
        told = {"session": session, "caller": caller, "lines": list(lines)}
        return await self.control("/_lab/transcripts", told, method="PUT" if instead else "POST")

    async def control(self, path: str, body: Any, method: str = "POST") -> int:
        async with aiohttp.ClientSession() as http, http.request(method, f"{self.url}{path}", json=body) as answer:
            return answer.status

    async def fault(self, kind: str, match: str = "", **more: Any) -> None:
        assert await self.control("/_lab/faults", {"kind": kind, "match": match, **more}) == 201

    async def struck(self) -> list[str]:
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/_lab/faults") as answer:
            return [fault["kind"] for fault in (await answer.json())["struck"]]

    async def clear_faults(self) -> None:
        async with aiohttp.ClientSession() as http, http.delete(f"{self.url}/_lab/faults") as answer:
            assert answer.status == 200

    async def refused_at(self, path: str, key: str = "lab", **query: Any) -> int:
        """The status with which an upgrade is refused, in the vendor's shape."""
        strings = {name: str(value) for name, value in query.items()}
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        headers = upgrade | {"Authorization": f"Token {key}", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.get(f"{self.url}{path}", params=strings) as answer,
        ):
            assert answer.headers["dg-error"] and answer.headers["dg-request-id"]
            assert set(await answer.json()) == {"err_code", "err_msg", "request_id"}
            return answer.status

    async def log(self, **query: Any) -> list[str]:
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/_lab/log", params=query) as answer:
            return (await answer.text()).splitlines()

    @staticmethod
    def coded(line: bytes, encoding: str, rate: int) -> bytes:
        """8 kHz µ-law as a client of that encoding would send it."""
        samples = pcm.resampled(line, rate)
        if encoding == "linear32":
            return (samples / 32_768).astype("<f4").tobytes()
        return pcm.encoded(line, "alaw" if encoding == "alaw" else "linear16", rate)


@asynccontextmanager
async def serving(
    recogniser: Recogniser | None = None, pace: Pace | None = None, voice: Voice | None = None
) -> AsyncIterator[Lab]:
    """A scripted lab unless a recogniser is given."""
    script = Script()
    app = make_app(recogniser or ScriptedRecogniser(script), voice or Voice(in_tone), pace, script)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    sockets = url.replace("http", "ws")
    places = DeepgramClientEnvironment(base=url, production=sockets, agent=sockets, agent_rest=url)
    try:
        async with httpx.AsyncClient() as http:  # the SDK never closes one of its own
            yield Lab(url, AsyncDeepgramClient(api_key="lab", environment=places, httpx_client=http))
    finally:
        await runner.cleanup()


def saying(sound_ms: int, silence_ms: int, caller: int | None = None) -> list[bytes]:
    """A hum and then silence, in the 80 ms pieces that a client sends; signed when a caller is named."""
    hum = voices.speak("x" * (sound_ms // 60 + 1), voices.TONE)[: sound_ms * 8]
    audio = hum + ulaw.silence(silence_ms)
    if caller is not None:
        audio = watermark.sign(audio, caller)
    return [audio[at : at + 640] for at in range(0, len(audio), 640)]


async def turn_events(
    lab: Lab, pieces: list[bytes], more: list[dict[str, Any]] | None = None, **query: Any
) -> list[Any]:
    """All messages of one connection that hears these pieces, then `more` (control messages), and is closed."""
    async with lab.client.listen.v2.connect(**(FLUX | query)) as connection:
        for piece in pieces:
            await connection.send_media(piece)
        for message in more or ():
            await connection.send_configure(message)  # the SDK sends any dictionary through here
        await connection.send_close_stream()
        return [message async for message in connection]
