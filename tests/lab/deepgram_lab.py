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
from infra.local.speech import ulaw, voices
from infra.local.speech.recogniser import Recogniser, Script, ScriptedRecogniser

FLUX = {"model": "flux-general-en", "encoding": "mulaw", "sample_rate": 8000}
AURA = {"model": "aura-2-asteria-en", "encoding": "mulaw", "sample_rate": 8000}


@dataclass
class Lab:
    url: str
    client: AsyncDeepgramClient

    async def script(self, *lines: Any, session: int | None = None) -> int:
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.url}/_lab/transcripts", json={"session": session, "lines": list(lines)}) as answer,
        ):
            return answer.status

    async def log(self) -> list[str]:
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/_lab/log") as answer:
            return (await answer.text()).splitlines()


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


def saying(sound_ms: int, silence_ms: int) -> list[bytes]:
    """A hum and then silence, in the 80 ms pieces that a client sends."""
    hum = voices.speak("x" * (sound_ms // 60 + 1), voices.TONE)[: sound_ms * 8]
    audio = hum + ulaw.silence(silence_ms)
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
