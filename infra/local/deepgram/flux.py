"""Deepgram's `/v2/listen` (Flux) as a websocket endpoint: its query, its client messages, its events.

Shapes and limits are those of deepgram-sdk 7.17's types and of Deepgram's documentation of Flux. What a turn is and
what was said are `turns` and a recogniser; nothing of the product is known here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from infra.local.deepgram.audio import AudioReader, Undecodable, read_audio
from infra.local.deepgram.log import Log
from infra.local.deepgram.query import BadQuery, bounded, check_names, flag, terms
from infra.local.deepgram.turns import Pace, Thresholds, Turns
from infra.local.deepgram.wire import Wire, told
from infra.local.speech.recogniser import Recogniser

MULTILINGUAL = "flux-general-multi"
MODELS = ("flux-general-en", MULTILINGUAL)
_KNOWN = frozenset(
    "model encoding sample_rate eager_eot_threshold eot_threshold eot_timeout_ms keyterm language_hint "  # noqa: SIM905
    "profanity_filter numerals redact mip_opt_out tag".split()
)
_LANGUAGES = frozenset("en es fr de hi ru pt ja it nl".split())  # noqa: SIM905
_MOST_KEYTERMS = 100
_EAGER, _END, _TIMEOUT = (0.3, 0.9), (0.5, 1.0), (500, 60_000)
_UNPARSABLE = "Text message received from client did not match any of the formats we expect."


@dataclass(frozen=True)
class Settings:
    """What a connection was opened with or has been configured to."""

    multilingual: bool
    thresholds: Thresholds
    keyterms: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    numerals: bool = False

    def changed(self, message: Mapping[str, Any]) -> Settings:
        """As a Configure message has it, or BadQuery; what the message does not name stays."""
        given = message.get("thresholds") or {}
        hints = message.get("language_hints")
        if not isinstance(given, dict):
            raise BadQuery("thresholds must be an object.")
        if not isinstance(message.get("numerals", False), bool):
            raise BadQuery("numerals must be true or false.")
        return replace(
            self,
            thresholds=_thresholds(given, self.thresholds),
            keyterms=_keyterms(message["keyterms"]) if message.get("keyterms") is not None else self.keyterms,
            hints=_hints(terms(hints, "language_hints"), self.multilingual) if hints is not None else self.hints,
            numerals=message.get("numerals", self.numerals),
        )

    def as_active(self) -> dict[str, Any]:
        """The body of ConfigureSuccess."""
        told = {
            "thresholds": {
                "eager_eot_threshold": self.thresholds.eager,
                "eot_threshold": self.thresholds.end,
                "eot_timeout_ms": self.thresholds.timeout_ms,
            },
            "keyterms": list(self.keyterms),
            "numerals": self.numerals,
        }
        return told | ({"language_hints": list(self.hints)} if self.multilingual else {})


def read_settings(query: MultiMapping[str]) -> Settings:
    """A connection's settings, or BadQuery."""
    check_names(query, _KNOWN)
    model = query.get("model")
    if model not in MODELS:
        raise BadQuery(f"model must be one of {', '.join(MODELS)} on /v2/listen.")
    multilingual = model == MULTILINGUAL
    return Settings(
        multilingual,
        _thresholds(query, Thresholds()),
        _keyterms(query.getall("keyterm", [])),
        _hints(query.getall("language_hint", []), multilingual),
        flag(query, "numerals"),
    )


def _thresholds(values: Mapping[str, Any], now: Thresholds) -> Thresholds:
    eager = bounded(values, "eager_eot_threshold", _EAGER)
    end = bounded(values, "eot_threshold", _END)
    timeout = bounded(values, "eot_timeout_ms", _TIMEOUT)
    wanted = Thresholds(
        now.eager if eager is None else eager,
        now.end if end is None else end,
        now.timeout_ms if timeout is None else int(timeout),
    )
    if wanted.eager is not None and wanted.eager > wanted.end:
        raise BadQuery("eager_eot_threshold must be less than or equal to eot_threshold.")
    return wanted


def _keyterms(given: Any) -> tuple[str, ...]:
    found = terms(given, "keyterms")
    if len(found) > _MOST_KEYTERMS:
        raise BadQuery(f"At most {_MOST_KEYTERMS} keyterms are allowed.")
    return tuple(found)


def _hints(given: list[str], multilingual: bool) -> tuple[str, ...]:
    if given and not multilingual:
        raise BadQuery(f"language_hint is only valid with {MULTILINGUAL}.")
    if unknown := [language for language in given if language not in _LANGUAGES]:
        raise BadQuery(f"Unsupported language_hint: {unknown[0]}.")
    return tuple(given)


class FluxSession:
    """One accepted connection."""

    def __init__(
        self, wire: Wire, turns: Turns, reader: AudioReader, settings: Settings, number: int, log: Log
    ) -> None:
        self._wire = wire
        self._turns = turns
        self._reader = reader
        self._settings = settings
        self._number = number
        self._log = log

    async def run(self) -> None:
        """Until the client closes, or says something that cannot be read."""
        await self._wire.send({"type": "Connected"})
        await self._wire.serve(self._control, self._hear)

    async def _hear(self, audio: bytes) -> bool:
        """Audio; an empty frame closes the stream, says the documentation. False when it is over."""
        if not audio:
            return await self._finish()
        try:
            for frame in self._reader.frames(audio):
                await self._tell(self._turns.hear(frame))
        except Undecodable as wrong:
            await self._wire.fail("DATA-0000", str(wrong))
            return False
        return True

    async def _control(self, text: str) -> bool:
        """Obeys a text message; false when the stream is over."""
        kind, message = told(text)
        if kind == "Configure":
            await self._configure(message)
        elif kind == "ForceEndTurn":
            await self._tell(self._turns.force_end())
        elif kind == "CloseStream":
            return await self._finish()
        else:
            await self._wire.fail("UNPARSABLE_CLIENT_MESSAGE", _UNPARSABLE)
            return False
        return True

    async def _finish(self) -> bool:
        await self._tell(self._turns.force_end())
        await self._wire.close()
        return False

    async def _configure(self, message: Mapping[str, Any]) -> None:
        try:
            wanted = self._settings.changed(message)
        except BadQuery as refused:
            failure = {"type": "ConfigureFailure", "code": "INVALID_CONFIGURATION", "description": str(refused)}
            await self._wire.send(failure)
            return
        if wanted.keyterms != self._settings.keyterms:
            self._turns.expect(wanted.keyterms)
        self._settings = wanted
        self._turns.thresholds = wanted.thresholds
        self._turns.numerals, self._turns.hints = wanted.numerals, wanted.hints
        await self._wire.send({"type": "ConfigureSuccess", **wanted.as_active()})

    async def _tell(self, events: AsyncIterator[dict[str, Any]]) -> None:
        async for event in events:
            if event["event"] == "EndOfTurn":
                doubts = [word["confidence"] for word in event["words"]]
                self._log.write("heard", event["transcript"], session=self._number, confidences=doubts)
            await self._wire.send(event)


async def listen(
    request: web.Request, recogniser: Recogniser, pace: Pace, number: int, log: Log, idle_seconds: float
) -> web.StreamResponse:
    """Serves one connection whose key is known to be good; raises BadQuery before any upgrade."""
    settings, reader = read_settings(request.query), read_audio(request.query)
    stream = await recogniser.open(number, settings.keyterms)
    try:
        wire = Wire(request, idle_seconds, numbered=True)
        await wire.open()
        turns = Turns(stream, settings.thresholds, pace, settings.numerals, settings.multilingual, settings.hints)
        await FluxSession(wire, turns, reader, settings, number, log).run()
    finally:
        await stream.close()
    return wire.socket
