"""Deepgram's `/v1/speak` (Aura): text to telephone audio, by websocket and by one POST.

Shapes and limits are those of Deepgram's documentation and of deepgram-sdk 7.17's types. Which voice makes the sound is
told from outside; nothing of the product is known here.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import WSMsgType, web

from infra.local.deepgram.log import Log

Synthesise = Callable[[str, str], bytes]
"""(text, model) to 8 kHz µ-law."""

MAX_FLUSHES = 20
"""In any 60 seconds: "The maximum number of times you can send the Flush message is 20 times every 60 seconds.\""""

MAX_TEXT = 2_000
_PIECE = 2_000  # bytes in a binary message: a quarter of a second
_FASTER_THAN_SPEECH = 20.0


class BadSpeakQuery(ValueError):
    """A value that Deepgram refuses; the text names it."""


@dataclass(frozen=True)
class Voice:
    """How this stand-in speaks: the sound's maker and the delay before the first byte, in seconds."""

    synthesise: Synthesise
    first_byte: float = 0.0

    async def say(self, text: str, model: str) -> bytes:
        audio = await asyncio.to_thread(self.synthesise, text, model)
        await asyncio.sleep(self.first_byte)
        return audio


def read_model(request: web.Request, *, rest: bool) -> str:
    """The model of a good query, else BadSpeakQuery: only µ-law 8,000 without container is spoken here."""
    query = request.query
    allowed = {"model", "encoding", "sample_rate", "speed", "mip_opt_out", "tag", *(("container",) if rest else ())}
    unknown = sorted(set(query) - allowed)
    if unknown:
        raise BadSpeakQuery(f"Unknown query parameter: {unknown[0]}.")
    model = query.get("model", "aura-asteria-en")
    if not model.startswith("aura-"):
        raise BadSpeakQuery(f"No such model on /v1/speak: {model}.")
    if query.get("encoding") != "mulaw" or query.get("sample_rate") != "8000":
        raise BadSpeakQuery("This stand-in speaks encoding=mulaw and sample_rate=8000 alone.")
    if rest and query.get("container", "wav") != "none":
        raise BadSpeakQuery("This stand-in sends raw audio: ask for container=none.")
    return model


async def speak_once(request: web.Request, voice: Voice, log: Log) -> web.Response:
    """`POST /v1/speak` with `{"text": …}`: all the audio in one body."""
    model = read_model(request, rest=True)
    try:
        text = (await request.json())["text"]
    except (ValueError, KeyError, TypeError):
        raise BadSpeakQuery("The body must be JSON with a text.") from None
    if not isinstance(text, str) or not text.strip():
        raise BadSpeakQuery("The text is empty.")
    if len(text) > MAX_TEXT:
        raise web.HTTPRequestEntityTooLarge(MAX_TEXT, len(text))
    audio = await voice.say(text, model)
    log.write("rendered", text, model=model)
    headers = {"dg-model-name": model, "dg-char-count": str(len(text)), "dg-request-id": str(uuid.uuid4())}
    return web.Response(body=audio, content_type="audio/basic", headers=headers)


class SpeakSession:
    """One websocket: text gathers until Flush, flushes are spoken in order, Clear forgets both."""

    def __init__(self, socket: web.WebSocketResponse, voice: Voice, model: str, number: int, log: Log) -> None:
        self._socket = socket
        self._voice = voice
        self._model = model
        self._number = number
        self._log = log
        self._text: list[str] = []
        self._sequence = 0
        self._flushes: deque[float] = deque()
        self._speaking: deque[asyncio.Task[None]] = deque()

    async def run(self) -> None:
        """Until the client closes."""
        identity = str(uuid.uuid4())
        await self._socket.send_json(
            {
                "type": "Metadata",
                "request_id": identity,
                "model_name": self._model,
                "model_version": "2026-01-01.0",
                "model_uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, self._model)),
            }
        )
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT and not await self._obey(message.data):
                    break
        finally:
            await self._stop()
        await self._socket.close()

    async def _obey(self, text: str) -> bool:
        """Acts on one message; false when the client wants no more."""
        try:
            message = json.loads(text)
            kind = message["type"]
            said = message.get("text", "")
        except (ValueError, KeyError, TypeError, AttributeError):
            await self._warn("DATA-0001", "The message was not JSON with a type; it was ignored.")
            return True
        if kind == "Speak" and isinstance(said, str):
            await self._gather(said)
        elif kind == "Flush":
            await self._flush()
        elif kind == "Clear":
            await self._clear()
        elif kind == "Close":
            await self._close()
            return False
        else:
            await self._warn("DATA-0001", f"The message of type {kind!r} was ignored.")
        return True

    async def _gather(self, said: str) -> None:
        if len(said) > MAX_TEXT:
            await self._warn("TEXT_TOO_LONG", f"A Speak message holds at most {MAX_TEXT} characters; it was ignored.")
            return
        self._text.append(said)

    async def _flush(self) -> None:
        now = time.monotonic()
        while self._flushes and now - self._flushes[0] >= 60:
            self._flushes.popleft()
        if len(self._flushes) >= MAX_FLUSHES:
            await self._warn("EXCESSIVE_FLUSH", "More than 20 flushes in 60 seconds: this one is not processed.")
            return
        self._flushes.append(now)
        self._enqueue()

    def _enqueue(self) -> None:
        text = "".join(self._text)
        self._text.clear()
        before = self._speaking[-1] if self._speaking else None
        self._speaking.append(asyncio.create_task(self._speak(text, before)))

    async def _speak(self, text: str, before: asyncio.Task[None] | None) -> None:
        audio = await self._voice.say(text, self._model) if text.strip() else b""
        if before is not None:
            await asyncio.wait([before])
        if text.strip():
            self._log.write("spoken", text, session=self._number, model=self._model, seconds=len(audio) / 8_000)
        for at in range(0, len(audio), _PIECE):
            piece = audio[at : at + _PIECE]
            await self._socket.send_bytes(piece)
            await asyncio.sleep(len(piece) / 8_000 / _FASTER_THAN_SPEECH)
        await self._confirm("Flushed")
        self._speaking.popleft()

    async def _clear(self) -> None:
        self._text.clear()
        await self._stop()
        await self._confirm("Cleared")

    async def _close(self) -> None:
        """Close: "flush the text buffer" and then close the connection."""
        if any(piece.strip() for piece in self._text):
            self._enqueue()
        if self._speaking:
            await asyncio.wait([self._speaking[-1]])

    async def _stop(self) -> None:
        tasks = list(self._speaking)
        self._speaking.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _confirm(self, kind: str) -> None:
        await self._socket.send_json({"type": kind, "sequence_id": self._sequence})
        self._sequence += 1

    async def _warn(self, code: str, description: str) -> None:
        await self._socket.send_json({"type": "Warning", "code": code, "description": description})


async def speak(request: web.Request, voice: Voice, number: int, log: Log) -> web.WebSocketResponse:
    """Serves one websocket whose key is known to be good; raises BadSpeakQuery before any upgrade."""
    model = read_model(request, rest=False)
    socket = web.WebSocketResponse(max_msg_size=2**20)
    await socket.prepare(request)
    await SpeakSession(socket, voice, model, number, log).run()
    return socket
