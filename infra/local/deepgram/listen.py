"""Deepgram's `/v2/listen` (Flux) as a websocket endpoint: query, messages, Configure, and audio cut into frames.

The source of shapes and limits is Deepgram's documentation of Flux and deepgram-sdk 7.17's types. What a turn is and
what was said are `turns` and a recogniser; nothing of the product is known here.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any

import numpy as np
import soxr
from aiohttp import WSMsgType, web
from multidict import MultiMapping

from infra.local.deepgram.log import Log
from infra.local.deepgram.turns import FRAME_BYTES, Pace, Thresholds, Turns
from infra.local.speech import ulaw
from infra.local.speech.recogniser import Recogniser, Stream

MODELS = ("flux-general-en", "flux-general-multi")
_KNOWN = frozenset(
    "model encoding sample_rate eager_eot_threshold eot_threshold eot_timeout_ms keyterm language_hint "  # noqa: SIM905
    "profanity_filter numerals redact mip_opt_out tag".split()
)
_MAX_KEYTERMS = 100
_BOUNDS = {"eager_eot_threshold": (0.3, 0.9), "eot_threshold": (0.5, 0.9), "eot_timeout_ms": (500, 10_000)}


class BadQuery(ValueError):
    """A value that Deepgram refuses; the text names it."""


def read_thresholds(values: Mapping[str, Any], current: Thresholds | None = None) -> Thresholds:
    """Thresholds out of a query or a Configure message, each within its documented bounds, else BadQuery."""
    now = current or Thresholds()
    eager = _bounded(values, "eager_eot_threshold", now.eager)
    end = _bounded(values, "eot_threshold", now.end)
    timeout = _bounded(values, "eot_timeout_ms", now.timeout_ms)
    if eager is not None and end is not None and eager > end:
        raise BadQuery("eager_eot_threshold must be less than or equal to eot_threshold.")
    return Thresholds(eager, end if end is not None else now.end, int(timeout or now.timeout_ms))


def _bounded(values: Mapping[str, Any], name: str, otherwise: float | None) -> float | None:
    if values.get(name) is None:
        return otherwise
    low, high = _BOUNDS[name]
    try:
        value = float(values[name])
    except (TypeError, ValueError):
        raise BadQuery(f"{name} must be a number.") from None
    if not low <= value <= high:
        raise BadQuery(f"{name} must be between {low} and {high}.")
    return value


def read_query(query: MultiMapping[str]) -> tuple[Thresholds, list[str], AudioReader]:
    """The connection's settings, or BadQuery."""
    unknown = sorted(set(query) - _KNOWN)
    if unknown:
        raise BadQuery(f"Unknown query parameter: {unknown[0]}.")
    if query.get("model") not in MODELS:
        raise BadQuery(f"model must be one of {', '.join(MODELS)} on /v2/listen.")
    reader = AudioReader(query.get("encoding"), query.get("sample_rate"))
    return read_thresholds(query), _keyterms(query.getall("keyterm", [])), reader


def _keyterms(terms: Any) -> list[str]:
    if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
        raise BadQuery("keyterms must be a list of strings.")
    if len(terms) > _MAX_KEYTERMS:
        raise BadQuery(f"At most {_MAX_KEYTERMS} keyterms are allowed.")
    return terms


class AudioReader:
    """Whatever pieces the client sends, as 20 ms frames of 8 kHz µ-law."""

    def __init__(self, encoding: str | None, sample_rate: str | None) -> None:
        if encoding not in ("mulaw", "linear16"):
            raise BadQuery("encoding must be mulaw or linear16 here; containers are not played by this stand-in.")
        if not (sample_rate or "").isdecimal() or not 8_000 <= int(sample_rate or 0) <= 48_000:
            raise BadQuery("sample_rate must be a number of hertz between 8000 and 48000.")
        self._linear = encoding == "linear16"
        rate = int(sample_rate or 0)
        self._resampler = soxr.ResampleStream(rate, 8_000, 1, dtype="int16") if rate != 8_000 else None
        self._odd = b""
        self._rest = b""

    def frames(self, piece: bytes) -> list[bytes]:
        whole = self._rest + self._as_ulaw(piece)
        count = len(whole) // FRAME_BYTES
        self._rest = whole[count * FRAME_BYTES :]
        return [whole[nth * FRAME_BYTES : (nth + 1) * FRAME_BYTES] for nth in range(count)]

    def _as_ulaw(self, piece: bytes) -> bytes:
        if not self._linear and self._resampler is None:
            return piece
        if self._linear:
            piece, self._odd = self._odd + piece, b""
            if len(piece) % 2:
                piece, self._odd = piece[:-1], piece[-1:]
            samples = np.frombuffer(piece, dtype="<i2")
        else:
            samples = ulaw.decode(piece)
        return ulaw.encode(self._resampler.resample_chunk(samples) if self._resampler else samples)


class ListenSession:
    """One accepted connection."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        turns: Turns,
        reader: AudioReader,
        keyterms: list[str],
        number: int,
        log: Log,
    ) -> None:
        self._socket = socket
        self._turns = turns
        self._reader = reader
        self._keyterms = keyterms
        self._number = number
        self._log = log
        self._request_id = str(uuid.uuid4())
        self._sequence = 0

    async def run(self) -> None:
        """Until the client closes, or says something that cannot be read."""
        await self._send({"type": "Connected"})
        async for message in self._socket:
            if message.type is WSMsgType.BINARY:
                if not message.data:  # an empty binary frame closes the stream, says the documentation
                    break
                for frame in self._reader.frames(message.data):
                    await self._tell(self._turns.hear(frame))
            elif message.type is WSMsgType.TEXT and not await self._control(message.data):
                break
        await self._socket.close()

    async def _control(self, text: str) -> bool:
        """Obeys a text message; false when the stream is over."""
        try:
            message = json.loads(text)
            kind = message["type"]
        except (ValueError, KeyError, TypeError):
            return await self._fail("UNPARSABLE_CLIENT_MESSAGE", "A text message was not JSON with a type.")
        if kind == "Configure":
            await self._configure(message)
        elif kind == "ForceEndTurn":
            await self._tell(self._turns.force_end())
        elif kind == "CloseStream":
            await self._tell(self._turns.force_end())
            return False
        else:
            return await self._fail("UNPARSABLE_CLIENT_MESSAGE", f"Flux has no client message of type {kind!r}.")
        return True

    async def _fail(self, code: str, description: str) -> bool:
        await self._send({"type": "Error", "code": code, "description": description})
        await self._socket.close(code=1008, message=code.encode())
        return False

    async def _configure(self, message: Mapping[str, Any]) -> None:
        try:
            thresholds = read_thresholds(message.get("thresholds") or {}, self._turns.thresholds)
            keyterms = self._keyterms if message.get("keyterms") is None else _keyterms(message["keyterms"])
        except (BadQuery, AttributeError) as refused:
            failure = {"type": "ConfigureFailure", "code": "INVALID_CONFIGURATION", "description": str(refused)}
            await self._send(failure)
            return
        self._turns.thresholds = thresholds
        if keyterms != self._keyterms:
            self._keyterms = keyterms
            self._turns.expect(keyterms)
        active = {
            "eager_eot_threshold": thresholds.eager,
            "eot_threshold": thresholds.end,
            "eot_timeout_ms": thresholds.timeout_ms,
        }
        await self._send({"type": "ConfigureSuccess", "thresholds": active, "keyterms": keyterms})

    async def _tell(self, events: AsyncIterator[dict[str, Any]]) -> None:
        async for event in events:
            if event["event"] == "EndOfTurn":
                doubts = [word["confidence"] for word in event["words"]]
                self._log.write("heard", event["transcript"], session=self._number, confidences=doubts)
            await self._send(event)

    async def _send(self, message: dict[str, Any]) -> None:
        numbered = {**message, "request_id": self._request_id, "sequence_id": self._sequence}
        self._sequence += 1
        if not self._socket.closed:
            await self._socket.send_json(numbered)


async def listen(
    request: web.Request, recogniser: Recogniser, pace: Pace, number: int, log: Log
) -> web.WebSocketResponse:
    """Serves one connection whose query and key are known to be good; raises BadQuery before any upgrade."""
    thresholds, keyterms, reader = read_query(request.query)
    stream: Stream = await recogniser.open(number, keyterms)
    try:
        socket = web.WebSocketResponse(max_msg_size=2**20)
        await socket.prepare(request)
        turns = Turns(stream, thresholds, pace)
        await ListenSession(socket, turns, reader, keyterms, number, log).run()
    finally:
        await stream.close()
    return socket
