"""An answer in pieces, with the fault that was ordered for it. What the pieces are is the doors' business."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping

from aiohttp import web

from infra.local.faults import Fault, until_cleared


async def send_pieces(
    request: web.Request, headers: Mapping[str, str], pieces: AsyncIterator[bytes], fault: Fault | None
) -> web.StreamResponse:
    """Streams the answer; `fault` strikes when its `after` pieces went out whole (kinds: see `infra.local.faults`)."""
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    sent = 0
    async for piece in pieces:
        if fault is not None and sent >= fault.after:
            if not await _goes_on(request, response, piece, fault):
                return response
            if fault.kind == "wrong_json":
                fault = None
        else:
            await response.write(piece)
        sent += 1
    await response.write_eof()
    return response


async def _goes_on(request: web.Request, response: web.StreamResponse, piece: bytes, fault: Fault) -> bool:
    """Writes what the fault makes of a piece; false when the answer ends there."""
    if fault.kind == "delay":
        await asyncio.sleep(fault.ms / 1_000)
        await response.write(piece)
        return True
    if fault.kind == "wrong_json":
        await response.write(b"data: " + fault.text.encode() + b"\n\n")
        return True
    if fault.kind == "error":
        message = fault.reason or "The server had an error while processing your request. Sorry about that!"
        error = {"message": message, "type": "server_error", "param": None, "code": None}
        await response.write(b"data: " + json.dumps({"error": error}).encode() + b"\n\n")
        await response.write_eof()
        return False
    if fault.kind in ("stall", "hold_reply"):
        await until_cleared(request)
    elif fault.kind == "cut":
        await response.write(piece[: len(piece) // 2])
    if request.transport is not None:
        request.transport.close()  # without the last chunk: the answer is cut short
    return False
