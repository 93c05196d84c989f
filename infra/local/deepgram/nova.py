"""Deepgram's `/v1/listen` (Nova) as a websocket endpoint: its query, its client messages, its results.

Shapes and limits are those of deepgram-sdk 7.17's types and of Deepgram's documentation of streaming. What was said is
`utterances` and a recogniser. Accepted without effect: diarize_model, redact, search, replace, tag and what else
`_WITHOUT_EFFECT` names; nothing of the product is known here.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from infra.local.deepgram.audio import AudioReader, Undecodable, read_audio
from infra.local.deepgram.log import Log
from infra.local.deepgram.query import BadQuery, bounded, check_names, flag, terms
from infra.local.deepgram.utterances import Utterances, Wanted
from infra.local.deepgram.wire import Wire, told
from infra.local.speech.recogniser import Recogniser

_MODELS = re.compile(r"nova-3(-general|-medical)?|nova-2(-\w+)?|nova(-\w+)?|enhanced(-\w+)?|base(-\w+)?")
_WITHOUT_EFFECT = frozenset(
    "callback callback_method channels detect_entities diarize diarize_model dictation extra keywords "  # noqa: SIM905
    "language_hint mip_opt_out multichannel profanity_filter redact replace search tag version".split()
)
_KNOWN = _WITHOUT_EFFECT | frozenset(
    "model language encoding sample_rate endpointing interim_results keyterm numerals punctuate smart_format "  # noqa: SIM905
    "utterance_end_ms vad_events".split()
)
_MOST_KEYTERM_TOKENS = 500
_DEFAULT_ENDPOINTING_MS = 10


def read_wanted(query: MultiMapping[str]) -> Wanted:
    """What a connection asks for, or BadQuery."""
    check_names(query, _KNOWN)
    if not _MODELS.fullmatch(query.get("model", "")):
        raise BadQuery("No such model/language/tier combination found.")
    interims = flag(query, "interim_results")
    gap = bounded(query, "utterance_end_ms", (1_000, 5_000))
    if gap is not None and not interims:
        raise BadQuery("utterance_end_ms needs interim_results=true.")
    return Wanted(
        endpointing_ms=_endpointing(query.get("endpointing", "true")),
        utterance_end_ms=None if gap is None else int(gap),
        interims=interims,
        vad_events=flag(query, "vad_events"),
        punctuate=flag(query, "punctuate"),
        smart_format=flag(query, "smart_format"),
        numerals=flag(query, "numerals"),
        multilingual=query.get("language") == "multi",
    )


def _endpointing(given: str) -> int | None:
    if given in ("true", "false"):
        return _DEFAULT_ENDPOINTING_MS if given == "true" else None
    if not given.isdecimal():
        raise BadQuery("endpointing must be false or a number of milliseconds.")
    return int(given)


def read_keyterms(query: MultiMapping[str]) -> list[str]:
    """The keyterms, or BadQuery: Nova-3 alone has them."""
    found = query.getall("keyterm", [])
    if found and not query.get("model", "").startswith("nova-3"):
        raise BadQuery("keyterm is only supported with Nova-3 models.")
    if tokens(found) > _MOST_KEYTERM_TOKENS:
        raise BadQuery("Keyterm limit exceeded. The maximum number of tokens across all keyterms is 500.")
    return found


def tokens(keyterms: list[str]) -> int:
    """Near enough: a token every four letters, one a word at least."""
    return sum(-(-len(word) // 4) for term in keyterms for word in term.split())


class NovaSession:
    """One accepted connection."""

    def __init__(
        self, wire: Wire, utterances: Utterances, reader: AudioReader, model: str, number: int, log: Log
    ) -> None:
        self._wire = wire
        self._utterances = utterances
        self._reader = reader
        self._model = model
        self._number = number
        self._log = log
        self._sound = hashlib.sha256()
        self._about = {
            "request_id": wire.request_id,
            "model_info": {"name": model, "version": "2026-01-01.0", "arch": "-".join(model.split("-")[:2])},
            "model_uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, model)),
        }

    async def run(self) -> None:
        """Until the client closes, or sends what cannot be read."""
        await self._wire.serve(self._control, self._hear)

    async def _hear(self, audio: bytes) -> bool:
        """Audio; an empty frame closes the stream, says the documentation. False when it is over."""
        if not audio:
            return await self._finish()
        self._sound.update(audio)
        try:
            for frame in self._reader.frames(audio):
                await self._tell(self._utterances.hear(frame))
        except Undecodable:
            await self._wire.fail("DATA-0000", "")
            return False
        return True

    async def _control(self, text: str) -> bool:
        """Obeys a text message; false when the stream is over."""
        kind, message = told(text)
        if kind == "Finalize":
            await self._send_result(await self._utterances.finish(from_finalize=True))
        elif kind == "CloseStream":
            return await self._finish()
        elif kind == "Configure":
            await self._configure(message)
        elif kind != "KeepAlive":  # which is answered by nothing: that it came is enough
            return await self._refuse(text)
        return True

    async def _refuse(self, text: str) -> bool:
        description = "Text message received from client did not match any of the formats we expect."
        await self._wire.send({"type": "Error", "variant": "SchemaError", "description": description, "message": text})
        await self._wire.close(1008, "DATA-0001")
        return False

    async def _configure(self, message: Mapping[str, Any]) -> None:
        try:
            keyterms = None if message.get("keyterms") is None else terms(message["keyterms"], "keyterms")
        except BadQuery as refused:
            await self._reject("CONFIGURE_INTERNAL_ERROR", str(refused))
            return
        if keyterms is not None and not self._model.startswith("nova-3"):
            await self._reject("CONFIGURE_KEYTERMS_NOT_SUPPORTED", "Only Nova-3 models take keyterms in mid-stream.")
        elif keyterms is not None and tokens(keyterms) > _MOST_KEYTERM_TOKENS:
            await self._reject("CONFIGURE_KEYTERM_LIMIT_EXCEEDED", "The keyterms exceed 500 tokens.")
        else:
            self._utterances.keyterms = keyterms
            wanted = self._utterances.wanted
            on = bool((message.get("features") or {}).get("numerals", wanted.numerals))
            self._utterances.wanted = replace(wanted, numerals=on)
            answer = {"type": "ConfigureSuccess", "request_id": self._wire.request_id}
            await self._wire.send(answer | ({} if keyterms is None else {"keyterms": keyterms}))

    async def _reject(self, code: str, description: str) -> None:
        await self._wire.send({
            "type": "ConfigureFailure", "request_id": self._wire.request_id, "code": code, "description": description,
        })  # fmt: skip

    async def _finish(self) -> bool:
        if self._utterances.unfinished:
            await self._send_result(await self._utterances.finish())
        await self._wire.send({
            "type": "Metadata",
            "transaction_key": "deprecated",
            "request_id": self._wire.request_id,
            "sha256": self._sound.hexdigest(),
            "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "duration": self._utterances.now_ms / 1_000,
            "channels": 1,
        })  # fmt: skip
        await self._wire.close()
        return False

    async def _tell(self, events: AsyncIterator[dict[str, Any]]) -> None:
        async for event in events:
            if event["type"] == "Results":
                await self._send_result(event)
            else:
                await self._wire.send(event)

    async def _send_result(self, result: dict[str, Any]) -> None:
        said = result["channel"]["alternatives"][0]
        if result["is_final"] and said["words"]:
            doubts = [word["confidence"] for word in said["words"]]
            self._log.write("heard", said["transcript"], session=self._number, confidences=doubts)
        await self._wire.send({**result, "metadata": self._about})


async def listen(
    request: web.Request, recogniser: Recogniser, number: int, log: Log, idle_seconds: float
) -> web.StreamResponse:
    """Serves one connection whose key is known to be good; raises BadQuery before any upgrade."""
    wanted, keyterms, reader = read_wanted(request.query), read_keyterms(request.query), read_audio(request.query)
    stream = await recogniser.open(number, keyterms)
    try:
        wire = Wire(request, idle_seconds)
        await wire.open()
        session = NovaSession(wire, Utterances(stream, wanted), reader, request.query["model"], number, log)
        await session.run()
    finally:
        await stream.close()
    return wire.socket
