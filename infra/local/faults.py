"""Faults on demand for every stand-in: a queue of named faults that strike matching requests, the same way each time.

    POST   /_lab/faults   one fault, or a list of them (below)
    GET    /_lab/faults   {"queued": [what has strikes left], "struck": [what has struck, oldest first]}
    DELETE /_lab/faults   forgets both and lets go of stalled requests

A fault is ``{"kind", "match"?, "times"?, "every"?, "name"?}`` and what its kind needs:

    refuse                                  the connection is closed without an answer; nothing was carried out
    delay       {"ms"}                      answered, but so much later
    stall                                   never answered: held until DELETE, then closed; nothing was carried out
    status      {"code", "reason"?, "retry_after"?}   answered with this status in the vendor's shape; nothing done
    wrong_json  {"text"?}                   carried out, and answered with a body that is no JSON, or with that text
    cut                                     carried out; half of the answer's body, then the connection is closed
    drop_reply                              carried out, and the connection is closed without an answer
    hold_reply                              carried out, and never answered: held until DELETE, then closed

On a websocket `refuse` and `status` strike its upgrade; the others strike once ``after`` messages (0) went out whole:

    delay       {"ms"}                      each message comes so much later
    stall                                   no more messages; what the client sends is still read
    wrong_json                              the next text is no JSON; the stream goes on
    cut                                     half of the next message, then the connection is closed, with no close frame
    drop_reply                              the connection is closed in the next message's place, with no close frame
    error       {"reason"?}                 the vendor's fatal error of that code, and its close
    warning     {"reason"?}                 the vendor's warning of that code; the stream goes on
    slow_reader                             after so many messages *of the client* nothing is read until DELETE
    drip        {"ms"}                      bytes come one at a time, each so much later; texts come whole

``match`` is ``METHOD /path-prefix``, ``/path-prefix`` or an operation's name; without it every request matches. A fault
strikes ``times`` times (once), at each ``every``-th matching request (each). The first in the queue that is due wins,
and those before it have counted the request. ``/_lab/…`` itself is never struck.
An answer that is streamed in pieces is struck the same way, once ``after`` of them went out whole. It refuses to know
any vendor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

_NEEDS = {"delay": {"ms"}, "drip": {"ms"}, "status": {"code"}}
_PIECE_KINDS = ("error", "warning", "slow_reader", "drip")
_KINDS = ("refuse", "delay", "stall", "status", "wrong_json", "cut", "drop_reply", "hold_reply", *_PIECE_KINDS)


@dataclass(kw_only=True)
class Fault:
    """One queued fault; `times` is how often it will still strike, `passed` the matching requests since it last did,
    `struck` the operation it strikes (for a vendor whose operations say no in different shapes)."""

    kind: str
    match: str = ""
    times: int = 1
    every: int = 1
    name: str = ""
    text: str = '{"unfinished": '
    ms: int = 0
    code: int = 0
    reason: str = ""
    retry_after: int | None = None
    after: int = 0
    passed: int = 0
    struck: str = ""

    def hits(self, method: str, path: str, operation: str) -> bool:
        """Whether this request is one that the fault counts."""
        verb, _, prefix = self.match.rpartition(" ")
        if prefix.startswith("/"):
            return verb in ("", method) and path.startswith(prefix)
        return self.match in ("", operation)


Refusal = Callable[[Fault], web.Response]


@dataclass
class Faults:
    """The queue of one stand-in."""

    operations: Mapping[str, str]
    refusal: Refusal
    queued: list[Fault] = field(default_factory=list)
    struck: list[dict[str, str]] = field(default_factory=list)
    reset: asyncio.Event = field(default_factory=asyncio.Event)

    def due(self, request: web.Request) -> Fault | None:
        """The fault that strikes this request, counted and remembered."""
        resource = request.match_info.route.resource
        operation = self.operations.get(f"{request.method} {resource.canonical}", "") if resource else ""
        for fault in self.queued:
            if not fault.hits(request.method, request.path, operation):
                continue
            if fault.kind in _PIECE_KINDS and not _comes_in_pieces(request, fault):
                continue
            fault.passed += 1
            if fault.passed == fault.every:
                fault.passed = 0
                fault.times -= 1
                fault.struck = operation
                self.queued = [one for one in self.queued if one.times]
                what = {"name": fault.name, "kind": fault.kind, "operation": operation}
                self.struck.append(what | {"request": f"{request.method} {request.path}"})
                return fault
        return None

    def clear(self) -> None:
        self.queued, self.struck = [], []
        self.reset.set()
        self.reset = asyncio.Event()


_FAULTS: web.AppKey[Faults] = web.AppKey("faults", Faults)
_STRUCK: web.RequestKey[Fault] = web.RequestKey("struck", Fault)


def fault_of_stream(request: web.Request) -> Fault | None:
    """The fault that the door of a websocket or of a streamed answer has to play on its pieces."""
    return request.get(_STRUCK)


async def until_cleared(request: web.Request) -> None:
    """Until somebody deletes the faults."""
    await request.app[_FAULTS].reset.wait()


def _comes_in_pieces(request: web.Request, fault: Fault) -> bool:
    """Whether the door plays the fault itself: on a websocket, or where the fault counts the pieces of an answer."""
    return fault.after > 0 or request.headers.get("Upgrade", "").lower() == "websocket"


def _plain(fault: Fault) -> web.Response:
    return web.json_response({"error": fault.reason or f"fault {fault.name}"}, status=fault.code)


def add_faults(app: web.Application, operations: Mapping[str, str] | None = None, refusal: Refusal = _plain) -> None:
    """Gives a stand-in its faults.

    `operations` names what a fault may match beside paths, by method and route (``POST /v1/{name}`` as aiohttp spells
    it); `refusal` makes the vendor's error of a ``status`` fault, to which ``Retry-After`` is added here.
    """
    app[_FAULTS] = Faults(operations or {}, refusal)
    app.middlewares.append(_strike)
    app.router.add_post("/_lab/faults", _queue)
    app.router.add_get("/_lab/faults", _list)
    app.router.add_delete("/_lab/faults", _clear)


@web.middleware
async def _strike(request: web.Request, handler: Handler) -> web.StreamResponse:  # aiohttp passes it by this name
    faults = request.app[_FAULTS]
    fault = None if request.path.startswith("/_lab/") else faults.due(request)
    if fault is None:
        return await handler(request)
    if _comes_in_pieces(request, fault) and fault.kind not in ("refuse", "status"):
        request[_STRUCK] = fault
        return await handler(request)
    if fault.kind == "delay":
        await asyncio.sleep(fault.ms / 1000)
        return await handler(request)
    if fault.kind == "status":
        answer = faults.refusal(fault)
        if fault.retry_after is not None:
            answer.headers["Retry-After"] = str(fault.retry_after)
        return answer
    if fault.kind == "stall":
        await faults.reset.wait()
    if fault.kind in ("refuse", "stall"):
        return _hang_up(request)
    request[_STRUCK] = fault
    carried_out = await _carried_out(request, handler)
    if carried_out.prepared:  # it was streamed, and its door has played the fault on the pieces
        return carried_out
    if fault.kind == "hold_reply":
        await faults.reset.wait()
        return _hang_up(request)
    return await _spoil(request, fault, carried_out)


async def _carried_out(request: web.Request, door: Handler) -> web.StreamResponse:
    try:
        return await door(request)
    except web.HTTPException as answer:
        return answer


async def _spoil(request: web.Request, fault: Fault, answer: web.StreamResponse) -> web.StreamResponse:
    if fault.kind == "drop_reply" or not isinstance(answer, web.Response):
        return _hang_up(request)
    body = answer.body if isinstance(answer.body, bytes) else b""
    if fault.kind == "wrong_json":
        spoiled = fault.text.encode(errors="surrogateescape")  # so that bytes that are no text can be asked for
        return web.Response(status=answer.status, body=spoiled, content_type="application/json")
    half = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
    half.content_length = len(body)
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    return _hang_up(request, half)


def _hang_up(request: web.Request, answer: web.StreamResponse | None = None) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.close()  # what was written before still goes out
    return answer or web.Response()


def fault_of(given: Any) -> Fault:
    """A fault as it was posted; raises ValueError with a sentence that says what is wrong with it."""
    if not isinstance(given, dict) or given.get("kind") not in _KINDS:
        raise ValueError(f"A fault is an object whose `kind` is one of {', '.join(_KINDS)}.")
    kind = given["kind"]
    known = {one.name for one in fields(Fault)} - {"passed", "struck"}
    if unknown := given.keys() - known:
        raise ValueError(f"A fault has no {', '.join(sorted(unknown))}; it may have {', '.join(sorted(known))}.")
    if missing := _NEEDS.get(kind, set()) - given.keys():
        raise ValueError(f"A {kind} fault needs {', '.join(missing)}.")
    numbers = {name: given[name] for name in ("times", "every", "ms", "code", "retry_after", "after") if name in given}
    if wrong := [name for name, value in numbers.items() if type(value) is not int or value < 0]:
        raise ValueError(f"{', '.join(wrong)}: give a whole number.")
    if not isinstance(given.get("text", ""), str):
        raise ValueError("`text` is a text: what stands in the answer's place.")
    if 0 in (given.get("times"), given.get("every")):
        raise ValueError("A fault strikes at least once: `times` and `every` are 1 or more.")
    return Fault(**({"name": kind} | given))


async def _queue(request: web.Request) -> web.Response:
    faults = request.app[_FAULTS]
    try:
        given = await request.json()
        added = [fault_of(one) for one in (given if isinstance(given, list) else [given])]
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)
    faults.queued.extend(added)
    return web.json_response({"queued": [asdict(one) for one in faults.queued]}, status=201)


async def _list(request: web.Request) -> web.Response:
    faults = request.app[_FAULTS]
    return web.json_response({"queued": [asdict(one) for one in faults.queued], "struck": faults.struck})


async def _clear(request: web.Request) -> web.Response:
    request.app[_FAULTS].clear()
    return web.json_response({"queued": [], "struck": []})
