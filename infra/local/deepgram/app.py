"""A stand-in for Deepgram: Flux and Nova listening, Aura speaking, with real speech and without a key.

    python -m infra.local.deepgram [--port N] [--recogniser real|scripted] [--voice espeak|tone] [--rate WPM]
                                   [--end-of-turn-ms N] [--first-byte-ms N]

Serves `ws /v2/listen`, `ws /v1/listen`, `ws /v1/speak` and `POST /v1/speak`. Beside them

    POST /_lab/transcripts   more lines for the scripted recogniser (PUT: these and no others); see `Script`
    POST /_lab/limits        {"listen", "speak": streams open at once, "flushes": a minute, "idle_seconds"}; GET tells
    GET  /_lab/log           what was heard and spoken; ?kind=spoken&session=3
         /_lab/faults        see `infra.local.faults`; operations listen.v1, listen.v2, speak.v1, speak.v1.rest

Any key is accepted but one that begins with `bad`; none is refused with 401.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Sequence
from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler

from infra.local.deepgram import flux, nova
from infra.local.deepgram.log import Log
from infra.local.deepgram.project import Project, TooManyStreams, is_authorised, ordered_refusal, refusal
from infra.local.deepgram.query import BadQuery
from infra.local.deepgram.speak import Synthesise, Voice, speak, speak_once
from infra.local.deepgram.turns import Pace
from infra.local.faults import add_faults
from infra.local.serving import serve
from infra.local.speech import voices
from infra.local.speech.recogniser import Recogniser, Script, ScriptedRecogniser
from infra.local.speech.speech_recogniser import SpeechRecogniser

OPERATIONS = {
    "GET /v1/listen": "listen.v1",
    "GET /v2/listen": "listen.v2",
    "GET /v1/speak": "speak.v1",
    "POST /v1/speak": "speak.v1.rest",
}


def in_espeak(text: str, model: str, rate: int = 165) -> bytes:
    """Sophie's voice for that model."""
    return voices.speak(text, voices.cast(model), rate)


def in_tone(text: str, model: str, rate: int = voices.USUAL_RATE) -> bytes:  # noqa: ARG001 - one tone for every model
    """A hum as long as the text would take."""
    return voices.speak(text, voices.TONE, rate)


@web.middleware
async def as_deepgram(request: web.Request, handler: Handler) -> web.StreamResponse:  # aiohttp passes it by this name
    """Keys are asked for on the vendor's paths, and refusals take the vendor's shape."""
    if not request.path.startswith("/_lab/") and not is_authorised(request.headers.get("Authorization", "")):
        return refusal(401)
    try:
        return await handler(request)
    except BadQuery as refused:
        return refusal(400, str(refused))
    except TooManyStreams:
        return refusal(429)
    except web.HTTPRequestEntityTooLarge:
        return refusal(413, "Input text exceeds maximum character limit of 2000.")
    except web.HTTPUnsupportedMediaType:
        return refusal(415, "Content-Type must be application/json or text/plain.")


class Deepgram:
    """The doors of one stand-in, and what they share."""

    def __init__(self, recogniser: Recogniser, voice: Voice, pace: Pace, script: Script | None) -> None:
        self._recogniser = recogniser
        self._voice = voice
        self._pace = pace
        self._script = script
        self._log = Log()
        self._project = Project()
        self._listeners, self._speakers = itertools.count(), itertools.count()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v1/listen", self._nova),
            web.get("/v2/listen", self._flux),
            web.get("/v1/speak", self._speak),
            web.post("/v1/speak", self._speak_once),
            web.post("/_lab/transcripts", self._transcripts),
            web.put("/_lab/transcripts", self._transcripts),
            web.get("/_lab/limits", self._limits),
            web.post("/_lab/limits", self._limits),
            web.get("/_lab/log", self._entries),
        ]

    async def _nova(self, request: web.Request) -> web.StreamResponse:
        with self._project.stream("listen"):
            number, idle = next(self._listeners), self._project.idle_seconds
            return await nova.listen(request, self._recogniser, number, self._log, idle)

    async def _flux(self, request: web.Request) -> web.StreamResponse:
        with self._project.stream("listen"):
            number, idle = next(self._listeners), self._project.idle_seconds
            return await flux.listen(request, self._recogniser, self._pace, number, self._log, idle)

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        with self._project.stream("speak"):
            return await speak(request, self._voice, self._project.flushes, next(self._speakers), self._log)

    async def _speak_once(self, request: web.Request) -> web.StreamResponse:
        return await speak_once(request, self._voice, next(self._speakers), self._log)

    async def _transcripts(self, request: web.Request) -> web.StreamResponse:
        if self._script is None:
            return web.json_response({"error": "Start with --recogniser scripted to give transcripts."}, status=409)
        try:
            wanted = await request.json()
            if request.method == "PUT":
                self._script.clear()
            owners = [(kind, int(wanted[kind])) for kind in ("session", "caller") if wanted.get(kind) is not None]
            self._script.add(owners[0] if owners else None, wanted["lines"])
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            usage = '{"session": n or "caller": n, "lines": […]}'
            return web.json_response({"error": f"Send {usage}: {wrong}"}, status=400)
        return web.json_response({"ok": True})

    async def _limits(self, request: web.Request) -> web.StreamResponse:
        try:
            if request.method == "POST":
                self._project.change(await request.json())
        except (ValueError, AttributeError) as wrong:
            return web.json_response({"error": str(wrong)}, status=400)
        return web.json_response(self._project.as_json())

    async def _entries(self, request: web.Request) -> web.StreamResponse:
        session = request.query.get("session")
        lines = self._log.as_lines(request.query.get("kind"), None if session is None else int(session))
        return web.Response(text=lines, content_type="application/x-ndjson")


def make_app(
    recogniser: Recogniser, voice: Voice, pace: Pace | None = None, script: Script | None = None
) -> web.Application:
    """The emulator; `script` is what `/_lab/transcripts` fills, for a scripted recogniser made with it."""
    app = web.Application(middlewares=[as_deepgram])
    app.add_routes(Deepgram(recogniser, voice, pace or Pace(), script).routes())
    add_faults(app, OPERATIONS, ordered_refusal)
    return app


def read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="infra.local.deepgram", description="A stand-in for Deepgram.")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free port")
    parser.add_argument("--recogniser", choices=("real", "scripted"), default="real")
    parser.add_argument("--voice", choices=("espeak", "tone"), default="espeak")
    parser.add_argument("--rate", type=int, help="words a minute of the voice")
    parser.add_argument("--workers", type=int, default=2, help="processes of the real recogniser")
    parser.add_argument("--end-of-turn-ms", type=int, help="silence that ends a turn, whatever was said")
    parser.add_argument("--first-byte-ms", type=int, default=0, help="delay before speech's first byte")
    return parser.parse_args(arguments)


def chosen_app(chosen: argparse.Namespace) -> web.Application:
    """The emulator of a command line; its recogniser lives as long as it is served."""
    script = Script() if chosen.recogniser == "scripted" else None
    recogniser = ScriptedRecogniser(script) if script is not None else SpeechRecogniser(chosen.workers)
    aloud = in_tone if chosen.voice == "tone" else in_espeak
    synthesise: Synthesise = aloud if chosen.rate is None else partial(aloud, rate=chosen.rate)
    voice = Voice(synthesise, chosen.first_byte_ms / 1_000)

    async def lifetime(_app: web.Application) -> AsyncIterator[None]:
        if isinstance(recogniser, SpeechRecogniser):
            await recogniser.start()
        yield
        await recogniser.close()

    app = make_app(recogniser, voice, Pace(chosen.end_of_turn_ms), script)
    app.cleanup_ctx.append(lifetime)
    return app


def main() -> None:
    """The command."""
    chosen = read_arguments(sys.argv[1:])
    asyncio.run(serve(chosen_app(chosen), chosen.port, {"recogniser": chosen.recogniser}))
