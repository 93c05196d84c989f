"""A stand-in for Deepgram: Flux listening and Aura speaking with real speech, without a key.

    python -m infra.local.deepgram [--port N] [--recogniser real|scripted] [--voice espeak|tone]
                                   [--end-of-turn-ms N] [--first-byte-ms N]

Serves `ws /v2/listen`, `ws /v1/speak`, `POST /v1/speak`; beside them `POST /_lab/transcripts` (more lines for the
scripted recogniser; PUT: these and no others) and `GET /_lab/log` (what was heard and spoken).
Any key is accepted, none is refused with 401.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import uuid
from collections.abc import AsyncIterator, Sequence

from aiohttp import web
from aiohttp.typedefs import Handler

from infra.local.deepgram.listen import BadQuery, listen
from infra.local.deepgram.log import Log
from infra.local.deepgram.speak import BadSpeakQuery, Synthesise, Voice, speak, speak_once
from infra.local.deepgram.turns import Pace
from infra.local.serving import serve
from infra.local.speech import voices
from infra.local.speech.recogniser import Recogniser, Script, ScriptedRecogniser
from infra.local.speech.speech_recogniser import SpeechRecogniser


def in_espeak(text: str, model: str) -> bytes:
    """Sophie's voice for that model."""
    return voices.speak(text, voices.cast(model), rate=165)


def in_tone(text: str, model: str) -> bytes:  # noqa: ARG001 - one tone for every model
    """A hum as long as the text would take."""
    return voices.speak(text, voices.TONE)


def refusal(status: int, code: str, message: str) -> web.Response:
    """Deepgram's error body, with the header that a client sees when an upgrade is refused."""
    request_id = str(uuid.uuid4())
    body = {"err_code": code, "err_msg": message, "request_id": request_id}
    return web.json_response(body, status=status, headers={"dg-error": message, "dg-request-id": request_id})


def is_authorised(request: web.Request) -> bool:
    """A key after `Token`, or an access token after `Bearer`."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() in ("token", "bearer") and bool(key.strip())


@web.middleware
async def as_deepgram(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keys are asked for on the vendor's paths, and refusals take the vendor's shape."""
    if not request.path.startswith("/_lab/") and not is_authorised(request):
        return refusal(401, "INVALID_AUTH", "Invalid credentials.")
    try:
        return await handler(request)
    except (BadQuery, BadSpeakQuery) as refused:
        return refusal(400, "Bad Request", str(refused))
    except web.HTTPRequestEntityTooLarge:
        return refusal(413, "PAYLOAD_TOO_LARGE", "Input text exceeds maximum character limit of 2000.")


def make_app(
    recogniser: Recogniser, voice: Voice, pace: Pace | None = None, script: Script | None = None
) -> web.Application:
    """The emulator; `script` is what `/_lab/transcripts` fills, for a scripted recogniser made with it."""
    log, flow = Log(), pace or Pace()
    listeners, speakers = itertools.count(), itertools.count()

    async def on_listen(request: web.Request) -> web.StreamResponse:
        return await listen(request, recogniser, flow, next(listeners), log)

    async def on_speak(request: web.Request) -> web.StreamResponse:
        return await speak(request, voice, next(speakers), log)

    async def on_speak_once(request: web.Request) -> web.StreamResponse:
        return await speak_once(request, voice, log)

    async def on_transcripts(request: web.Request) -> web.StreamResponse:
        if script is None:
            return web.json_response({"error": "Start with --recogniser scripted to give transcripts."}, status=409)
        try:
            wanted = await request.json()
            if request.method == "PUT":
                script.clear()
            script.add(wanted.get("session"), wanted["lines"])
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            return web.json_response({"error": f'Send {{"session": n?, "lines": […]}}: {wrong}'}, status=400)
        return web.json_response({"ok": True})

    async def on_log(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=log.as_lines(), content_type="application/x-ndjson")

    app = web.Application(middlewares=[as_deepgram])
    app.router.add_get("/v2/listen", on_listen)
    app.router.add_get("/v1/speak", on_speak)
    app.router.add_post("/v1/speak", on_speak_once)
    app.router.add_post("/_lab/transcripts", on_transcripts)
    app.router.add_put("/_lab/transcripts", on_transcripts)
    app.router.add_get("/_lab/log", on_log)
    return app


def read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="infra.local.deepgram", description="A stand-in for Deepgram.")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free port")
    parser.add_argument("--recogniser", choices=("real", "scripted"), default="real")
    parser.add_argument("--voice", choices=("espeak", "tone"), default="espeak")
    parser.add_argument("--workers", type=int, default=2, help="processes of the real recogniser")
    parser.add_argument("--end-of-turn-ms", type=int, help="silence that ends a turn, whatever was said")
    parser.add_argument("--first-byte-ms", type=int, default=0, help="delay before speech's first byte")
    return parser.parse_args(arguments)


def chosen_app(chosen: argparse.Namespace) -> web.Application:
    """The emulator of a command line; its recogniser lives as long as it is served."""
    script = Script() if chosen.recogniser == "scripted" else None
    recogniser = ScriptedRecogniser(script) if script is not None else SpeechRecogniser(chosen.workers)
    synthesise: Synthesise = in_tone if chosen.voice == "tone" else in_espeak
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
