"""Deepgram's `/v1/speak` (Aura): text to telephone audio, by websocket and by one POST.

Shapes and limits are those of Deepgram's documentation and of deepgram-sdk 7.17's types: "The maximum number of times
you can send the Flush message is 20 times every 60 seconds." What a websocket or a POST speaks is signed with a
number of its own, so that whoever hears it can be told which of the log's lines it was. Which voice makes the sound is
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

from aiohttp import web

from infra.local.deepgram.log import Log
from infra.local.deepgram.query import BadQuery
from infra.local.deepgram.spoken import Format, read_format
from infra.local.deepgram.wire import Wire
from infra.local.speech import watermark

Synthesise = Callable[[str, str], bytes]
"""(text, model) to 8 kHz µ-law."""

MAX_TEXT = 2_000
_WINDOW_SECONDS = 60.0
_PIECES_PER_SECOND = 4
_FASTER_THAN_SPEECH = 20.0
_UNTIL_THE_NEXT_PIECE = 1 / _PIECES_PER_SECOND / _FASTER_THAN_SPEECH


@dataclass(frozen=True)
class Voice:
    """How this stand-in speaks: the sound's maker and the delay before the first byte, in seconds."""

    synthesise: Synthesise
    first_byte: float = 0.0

    async def say(self, text: str, model: str) -> bytes:
        audio = await asyncio.to_thread(self.synthesise, text, model)
        await asyncio.sleep(self.first_byte)
        return audio


async def speak_once(request: web.Request, voice: Voice, number: int, log: Log) -> web.StreamResponse:
    """`POST /v1/speak` with `{"text": …}`, or the text itself as `text/plain`: all the audio in one body, chunked."""
    wanted = read_format(request.query, whole=True)
    text = await _read_text(request)
    line = await voice.say(text, wanted.model)
    log.write("rendered", text, session=number, model=wanted.model)
    response = web.Response(
        body=wanted.of(watermark.sign(line, number % watermark.MOST)),
        headers={
            "Content-Type": wanted.content_type,
            "dg-model-name": wanted.model,
            "dg-model-uuid": wanted.about_model()["model_uuid"],
            "dg-char-count": str(len(text)),
            "dg-request-id": str(uuid.uuid4()),
        },
    )
    response.enable_chunked_encoding()
    return response


async def _read_text(request: web.Request) -> str:
    if request.content_type not in ("application/json", "text/plain"):
        raise web.HTTPUnsupportedMediaType
    try:
        text = await request.text() if request.content_type == "text/plain" else (await request.json())["text"]
    except (ValueError, KeyError, TypeError):
        raise BadQuery("Content-type was application/json, but we could not process the JSON payload.") from None
    if not isinstance(text, str) or not text.strip():
        raise BadQuery("The text is empty.")
    if len(text) > MAX_TEXT:
        raise web.HTTPRequestEntityTooLarge(MAX_TEXT, len(text))
    return text


class SpeakSession:
    """One websocket: text gathers until Flush, flushes are spoken in order, Clear forgets both."""

    def __init__(self, wire: Wire, voice: Voice, wanted: Format, flushes: int, number: int, log: Log) -> None:
        self._wire = wire
        self._voice = voice
        self._wanted = wanted
        self._most_flushes = flushes
        self._number = number
        self._log = log
        self._text: list[str] = []
        self._sequence = 0
        self._flushes: deque[float] = deque()
        self._speaking: deque[asyncio.Task[None]] = deque()

    async def run(self) -> None:
        """Until the client closes."""
        await self._wire.send({"type": "Metadata", "request_id": self._wire.request_id, **self._wanted.about_model()})
        try:
            async for message in self._wire.messages():
                if isinstance(message, str) and not await self._obey(message):
                    break
        finally:
            await self._stop()
        await self._wire.close()

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
        while self._flushes and now - self._flushes[0] >= _WINDOW_SECONDS:
            self._flushes.popleft()
        if len(self._flushes) >= self._most_flushes:
            limit = f"{self._most_flushes} flushes in {_WINDOW_SECONDS:.0f} seconds"
            await self._warn("EXCESSIVE_FLUSH", f"More than {limit}: this one is not processed.")
            return
        self._flushes.append(now)
        self._enqueue()

    def _enqueue(self) -> None:
        text = "".join(self._text)
        self._text.clear()
        before = self._speaking[-1] if self._speaking else None
        self._speaking.append(asyncio.create_task(self._speak(text, before)))

    async def _speak(self, text: str, before: asyncio.Task[None] | None) -> None:
        line = await self._voice.say(text, self._wanted.model) if text.strip() else b""
        audio = self._wanted.of(watermark.sign(line, self._number % watermark.MOST))
        if before is not None:
            await asyncio.wait([before])
        if text.strip():
            seconds = len(line) / 8_000
            self._log.write("spoken", text, session=self._number, model=self._wanted.model, seconds=seconds)
        piece = self._wanted.bytes_per_second // _PIECES_PER_SECOND
        for at in range(0, len(audio), piece):
            await self._wire.send(audio[at : at + piece])
            await asyncio.sleep(_UNTIL_THE_NEXT_PIECE)
        await self._confirm("Flushed")
        self._speaking.popleft()

    async def _clear(self) -> None:
        """No new audio "as soon as possible": what is under way still comes, and then `Cleared`."""
        self._text.clear()
        if self._speaking:
            await asyncio.sleep(2 * _UNTIL_THE_NEXT_PIECE)
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
        await self._wire.send({"type": kind, "sequence_id": self._sequence})
        self._sequence += 1

    async def _warn(self, code: str, description: str) -> None:
        await self._wire.send({"type": "Warning", "code": code, "description": description})


async def speak(request: web.Request, voice: Voice, flushes: int, number: int, log: Log) -> web.StreamResponse:
    """Serves one websocket whose key is known to be good; raises BadQuery before any upgrade."""
    wanted = read_format(request.query, whole=False)
    wire = Wire(request)
    await wire.open()
    await SpeakSession(wire, voice, wanted, flushes, number, log).run()
    return wire.socket
