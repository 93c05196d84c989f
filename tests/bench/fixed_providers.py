"""Stand-ins for recogniser, model and voice whose delays are fixed, as lean as they can be: a process of its own.

`python -m tests.bench.fixed_providers` prints one JSON line when it listens. Each notes when it saw and sent a code
(`codes.py`), by the machine's monotonic clock, which the bench's other processes share: `GET /_bench/notes`.
They answer only as far as a bench goes; the lab's emulators are the strict ones.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from dataclasses import dataclass, fields
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from tests.bench import codes

REPLY_MS = 1_200
GREETING_MS = 600
RENDERED_MS_PER_CHARACTER = 90
GREETING_CODE = 0xFFFF
TURNS_PER_SESSION = 256


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds: from the caller's silence to the end of the turn; by how much the probable end comes earlier, 0 for
    none; from the request to the first token; from the text to the first audio."""

    listen: float = 0.050
    eager: float = 0.0
    model: float = 0.100
    voice: float = 0.050


_notes: list[tuple[str, int, float]] = []


def note(kind: str, code: int) -> None:
    _notes.append((kind, code, time.monotonic()))


class Listener:
    """One recognition: hears only loud and quiet; the transcript of turn t of session s is the code s * 256 + t."""

    def __init__(self, session: int, socket: web.WebSocketResponse, delays: Delays) -> None:
        self._delays = delays
        self._code = session * TURNS_PER_SESSION
        self._socket = socket
        self._loud = False
        self._sequence = 0

    async def hear(self, piece: bytes) -> None:
        loud = 0x00 in piece
        if loud and not self._loud:
            self._loud = True
            note("loud_heard", self._code)
            await self._tell("StartOfTurn", "start_sent")
        elif self._loud and not loud:
            self._loud = False
            await asyncio.sleep(self._delays.listen - self._delays.eager)
            if self._delays.eager:
                await self._tell("EagerEndOfTurn", "eager_sent")
                await asyncio.sleep(self._delays.eager)
            await self._tell("EndOfTurn", "end_sent")
            self._code += 1

    async def _tell(self, event: str, kind: str) -> None:
        said = codes.words(self._code)
        self._sequence += 1
        turn = {
            "type": "TurnInfo",
            "request_id": "00000000-0000-4000-8000-000000000000",
            "sequence_id": self._sequence,
            "event": event,
            "turn_index": self._code % TURNS_PER_SESSION,
            "audio_window_start": 0.0,
            "audio_window_end": 1.0,
            "transcript": said,
            "words": [{"word": word, "confidence": 1.0} for word in said.split()],
            "end_of_turn_confidence": 0.9,
        }
        note(kind, self._code)
        await self._socket.send_str(orjson.dumps(turn).decode())


class Providers:
    """The application's state: how many recognitions there have been."""

    def __init__(self, delays: Delays, opener: str) -> None:
        self._delays = delays
        self._opener = opener
        self._sessions = 0

    async def listen(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        listener = Listener(self._sessions, socket, self._delays)
        self._sessions += 1
        await socket.send_str('{"type":"Connected","request_id":"0","sequence_id":0}')
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                await listener.hear(message.data)
        return socket

    async def speak(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        text, flushes = "", 0
        async for message in socket:
            said = orjson.loads(message.data)
            match said["type"]:
                case "Speak":
                    text += said["text"]
                case "Flush":
                    await self._say(socket, text, flushes)
                    text, flushes = "", flushes + 1
                case "Clear":
                    text = ""
                    await socket.send_str(json.dumps({"type": "Cleared", "sequence_id": flushes}))
                case "Close":
                    break
        return socket

    async def render(self, request: web.Request) -> web.Response:
        text = orjson.loads(await request.read())["text"]
        ms = min(GREETING_MS, RENDERED_MS_PER_CHARACTER * len(text))
        return web.Response(body=codes.sound(GREETING_CODE, ms), content_type="audio/mulaw")

    async def complete(self, request: web.Request) -> web.StreamResponse:
        asked = orjson.loads(await request.read())
        code = _last_code(asked["messages"])
        note("model_asked", code)
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await asyncio.sleep(self._delays.model)
        note("model_sent", code)
        said = f"{self._opener} {codes.words(code)}. ".lstrip()
        chunks = [_chunk({"role": "assistant", "content": said}), _chunk({}, finish="stop")]
        await answer.write(b"".join(b"data: " + chunk + b"\n\n" for chunk in chunks) + b"data: [DONE]\n\n")
        return answer

    async def _say(self, socket: web.WebSocketResponse, text: str, flushes: int) -> None:
        code = codes.in_words(text)
        if code is not None:
            note("voice_asked", code)
        await asyncio.sleep(self._delays.voice)
        audio = codes.sound(GREETING_CODE if code is None else code, REPLY_MS)
        if code is not None:
            note("voice_sent", code)
        for at in range(0, len(audio), 1_600):
            await socket.send_bytes(audio[at : at + 1_600])
        await socket.send_str(json.dumps({"type": "Flushed", "sequence_id": flushes}))


def _last_code(messages: list[dict[str, Any]]) -> int:
    found = (codes.in_words(str(said["content"])) for said in reversed(messages) if said["role"] == "user")
    return next((code for code in found if code is not None), GREETING_CODE)


def _chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return orjson.dumps(
        {"id": "chatcmpl-0", "object": "chat.completion.chunk", "created": 0, "model": "fixed", "choices": [choice]}
    )


async def _read_notes(_: web.Request) -> web.Response:
    return web.json_response(_notes)


async def _serve(port: int, delays: Delays, opener: str) -> None:
    providers = Providers(delays, opener)
    app = web.Application()
    app.add_routes(
        [
            web.get("/v2/listen", providers.listen),
            web.get("/v1/speak", providers.speak),
            web.post("/v1/speak", providers.render),
            web.post("/v1/chat/completions", providers.complete),
            web.get("/_bench/notes", _read_notes),
        ]
    )
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    listening = runner.addresses[0][1]
    print(json.dumps({"ready": True, "url": f"http://127.0.0.1:{listening}"}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    for each in fields(Delays):
        parser.add_argument(f"--{each.name}-ms", type=float, default=getattr(Delays(), each.name) * 1000)
    parser.add_argument("--opener", default="", help="the short sentence with which the model begins each reply")
    options = parser.parse_args()
    delays = Delays(**{each.name: getattr(options, f"{each.name}_ms") / 1000 for each in fields(Delays)})
    try:
        asyncio.run(_serve(options.port, delays, options.opener))
    except KeyboardInterrupt:
        sys.exit(0)
