"""A stand-in for OpenAI's chat completions and speech, run by ``python -m infra.local.openai_chat``.

Speaks the API's HTTP, refuses what it refuses, streams what it streams. Any model of ``models`` may be named: the brain
in force answers. Beside the API it has ``/_lab/...``: scripts, attacks, retired models, the log of requests, and faults
(operations: chat, speech, models; ``after`` counts the pieces of a streamed answer).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from infra.local.faults import Fault, add_faults, fault_of_stream
from infra.local.openai_chat.brains import Brain, OfflineDesk, Reply, Scripted
from infra.local.openai_chat.hostile import ATTACKS, Hostile
from infra.local.openai_chat.models import MODELS
from infra.local.openai_chat.refusals import Refusal, check_bearer, check_request, tool_names
from infra.local.openai_chat.shapes import Completion, PromptCache
from infra.local.openai_chat.speech import SAY, Say, check_speech
from infra.local.openai_chat.streaming import send_pieces
from infra.local.serving import serve

Door = Callable[[web.Request], Awaitable[web.StreamResponse]]
BRAINS = ("offline-desk", "scripted", "hostile")
OPERATIONS = {
    "POST /v1/chat/completions": "chat",
    "POST /v1/audio/speech": "speech",
    "GET /v1/models": "models",
    "GET /v1/models/{model}": "models",
}
_FAULTS: dict[int, tuple[str, str, str | None]] = {
    429: (
        "Rate limit reached for this model in this organization. Please try again in 1s.",
        "requests",
        "rate_limit_exceeded",
    ),
    500: ("The server had an error while processing your request. Sorry about that!", "server_error", None),
    503: ("The engine is currently overloaded, please try again later.", "server_error", "service_unavailable"),
}


@dataclass
class Lab:
    """The state of one stand-in."""

    brain_name: str
    first_token_ms: int = 0
    token_ms: int = 0
    scripted: Scripted = field(default_factory=Scripted)
    hostile: Hostile = field(default_factory=Hostile)
    desk: OfflineDesk = field(default_factory=OfflineDesk)
    retired: set[str] = field(default_factory=set)
    say: Say = SAY["espeak"]
    cache: PromptCache = field(default_factory=PromptCache)
    log: list[dict[str, Any]] = field(default_factory=list)

    @property
    def brain(self) -> Brain:
        """The brain in force."""
        brains: dict[str, Brain] = {"offline-desk": self.desk, "scripted": self.scripted, "hostile": self.hostile}
        return brains[self.brain_name]


_LAB: web.AppKey[Lab] = web.AppKey("lab", Lab)


def make_app(
    brain: str = "offline-desk", *, first_token_ms: int = 0, token_ms: int = 0, voice: str = "espeak"
) -> web.Application:
    """The stand-in as an application, for a test or for the command."""
    app = web.Application(client_max_size=32 * 2**20)
    app[_LAB] = Lab(brain, first_token_ms, token_ms, say=SAY[voice])
    app.router.add_post("/v1/chat/completions", _refusing(_completions))
    app.router.add_post("/v1/audio/speech", _refusing(_speech))
    app.router.add_get("/v1/models", _refusing(_models))
    app.router.add_get("/v1/models/{model}", _refusing(_one_model))
    app.router.add_get("/_lab/log", _log)
    app.router.add_post("/_lab/script", _script)
    app.router.add_post("/_lab/attacks", _attacks)
    app.router.add_get("/_lab/attacks", _attack_names)
    app.router.add_post("/_lab/retire", _retire)
    app.router.add_post("/_lab/brain", _choose_brain)
    app.router.add_route("*", "/v1/{rest:.*}", _refusing(_nowhere))
    add_faults(app, OPERATIONS, _ordered)
    return app


def _refusing(door: Door) -> Door:
    """A door whose refusals become the API's error bodies."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await door(request)
        except Refusal as refusal:
            return web.json_response(refusal.body, status=refusal.status, headers=_headers())

    return answer


async def _nowhere(request: web.Request) -> web.StreamResponse:
    raise Refusal(404, f"Invalid URL ({request.method} {request.path})")


def _headers() -> dict[str, str]:
    return {"x-request-id": f"req_{time.time_ns():x}", "openai-version": "2020-10-01"}


async def _completions(request: web.Request) -> web.StreamResponse:
    lab = request.app[_LAB]
    check_bearer(request.headers.get("Authorization"))
    body = await _body(request)
    model = check_request(body, lab.retired)
    began = time.monotonic()
    reply = lab.brain.reply(body["messages"], tool_names(body))
    if body.get("parallel_tool_calls") is False:
        reply = Reply(reply.text, reply.tool_calls[:1], reply.status, reply.stall_ms, reply.cut_after)
    entry = _remember(lab, body, reply)
    await asyncio.sleep((reply.stall_ms + lab.first_token_ms) / 1000)
    if reply.status:
        raise _fault(reply.status)
    prompt = json.dumps(body.get("tools") or []) + json.dumps(body["messages"])
    completion = Completion(
        reply,
        model=model.snapshot,
        created=int(time.time()),
        prompt=prompt,
        cached=lab.cache.cached_tokens(prompt),
        options=body.get("stream_options") or {},
    )
    response = (
        await _stream(request, completion, lab)
        if body.get("stream")
        else web.json_response(completion.whole(), headers=_headers())
    )
    entry["ms"] = round((time.monotonic() - began) * 1000, 1)
    entry["usage"] = completion.usage
    return response


async def _body(request: web.Request) -> Any:
    try:
        return json.loads(await request.read())
    except ValueError as error:
        raise Refusal(400, "We could not parse the JSON body of your request.") from error


def _fault(status: int) -> Refusal:
    message, kind, code = _FAULTS.get(status, _FAULTS[500])
    return Refusal(status, message, kind=kind, code=code)


def _ordered(fault: Fault) -> web.Response:
    refusal = _fault(fault.code)
    error = refusal.body["error"] | ({"message": fault.reason} if fault.reason else {})
    return web.json_response({"error": error}, status=fault.code, headers=_headers())


async def _stream(request: web.Request, completion: Completion, lab: Lab) -> web.StreamResponse:
    headers = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache", **_headers()}
    cut_after = completion.reply.cut_after
    ordered = None if cut_after is None else Fault(kind="drop_reply", after=cut_after)
    return await send_pieces(request, headers, _events(completion, lab), fault_of_stream(request) or ordered)


async def _events(completion: Completion, lab: Lab) -> AsyncIterator[bytes]:
    for sent, chunk in enumerate(completion.chunks()):
        if sent and lab.token_ms:
            await asyncio.sleep(lab.token_ms / 1000)
        yield b"data: " + json.dumps(chunk, separators=(",", ":")).encode() + b"\n\n"
    yield b"data: [DONE]\n\n"


async def _speech(request: web.Request) -> web.StreamResponse:
    lab = request.app[_LAB]
    check_bearer(request.headers.get("Authorization"))
    wanted = check_speech(await _body(request), lab.retired)
    lab.log.append({"time": time.time(), "model": wanted.model.id, "voice": wanted.voice, "speech": wanted.text})
    await asyncio.sleep(lab.first_token_ms / 1000)
    headers = {"Content-Type": wanted.content_type, **_headers()}
    return await send_pieces(request, headers, wanted.pieces(lab.say), fault_of_stream(request))


def _remember(lab: Lab, body: Mapping[str, Any], reply: Reply) -> dict[str, Any]:
    messages = body["messages"]
    latest = next((at for at in range(len(messages) - 1, -1, -1) if messages[at]["role"] == "user"), 0)
    entry: dict[str, Any] = {
        "time": time.time(),
        "model": body["model"],
        "brain": lab.brain_name,
        "messages": len(messages),
        "user": messages[latest].get("content") if messages[latest]["role"] == "user" else None,
        "tool_results": [message.get("content") for message in messages[latest:] if message["role"] == "tool"],
        "text": reply.text,
        "tool_calls": [{"name": call.name, "arguments": call.arguments} for call in reply.tool_calls],
        "status": reply.status or 200,
    }
    lab.log.append(entry)
    return entry


async def _models(request: web.Request) -> web.Response:
    check_bearer(request.headers.get("Authorization"))
    retired = request.app[_LAB].retired
    return web.json_response({"object": "list", "data": [_model(name) for name in MODELS if name not in retired]})


async def _one_model(request: web.Request) -> web.Response:
    check_bearer(request.headers.get("Authorization"))
    name = request.match_info["model"]
    if name not in MODELS or name in request.app[_LAB].retired:
        raise Refusal(404, f"The model '{name}' does not exist", param="model", code="model_not_found")
    return web.json_response(_model(name))


def _model(name: str) -> dict[str, Any]:
    model = MODELS[name]
    return {
        "id": name,
        "object": "model",
        "created": model.created,
        "owned_by": "system",
        "shutdown_date": model.shutdown_date,
    }


async def _log(request: web.Request) -> web.Response:
    return web.json_response(request.app[_LAB].log)


async def _script(request: web.Request) -> web.Response:
    request.app[_LAB].scripted.add(await request.json())
    return web.json_response({"ok": True}, status=201)


async def _attacks(request: web.Request) -> web.Response:
    names = (await request.json())["attacks"]
    unknown = [name for name in names if name not in ATTACKS]
    if unknown:
        return web.json_response(
            {"error": f"No attack is named {unknown[0]}; GET /_lab/attacks lists them."}, status=400
        )
    request.app[_LAB].hostile.attacks = tuple(names)
    return web.json_response({"ok": True})


async def _attack_names(request: web.Request) -> web.Response:
    return web.json_response({"all": list(ATTACKS), "in_force": list(request.app[_LAB].hostile.attacks)})


async def _retire(request: web.Request) -> web.Response:
    request.app[_LAB].retired.add((await request.json())["model"])
    return web.json_response({"ok": True})


async def _choose_brain(request: web.Request) -> web.Response:
    name = (await request.json())["brain"]
    if name not in BRAINS:
        return web.json_response({"error": f"No brain is named {name}; choose one of {', '.join(BRAINS)}."}, status=400)
    request.app[_LAB].brain_name = name
    return web.json_response({"ok": True})


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.local.openai_chat", description="A stand-in for OpenAI's chat completions and speech."
    )
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--brain", choices=BRAINS, default="offline-desk")
    parser.add_argument("--first-token-ms", type=int, default=0, help="fixed delay before the first chunk")
    parser.add_argument("--token-ms", type=int, default=0, help="fixed delay between chunks")
    parser.add_argument("--voice", choices=SAY, default="espeak", help="of the speech endpoint")
    known = parser.parse_args()
    app = make_app(known.brain, first_token_ms=known.first_token_ms, token_ms=known.token_ms, voice=known.voice)
    asyncio.run(serve(app, known.port, {"brain": known.brain}))
