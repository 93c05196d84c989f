"""One websocket of this stand-in: messages out, messages in, silence noticed, and the faults that were ordered for it.

What the messages say is the doors' business. A close of ours is 1011 for what went wrong on the network or in the
server (`NET-…`, `INTERNAL_SERVER_ERROR`) and 1008 for what the client sent wrong, with the code as the reason
(Deepgram, "Troubleshooting WebSocket, NET, and DATA Errors").
"""

from __future__ import annotations

import asyncio
import json
import struct
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from infra.local.faults import Fault, fault_of_stream, until_cleared

_LARGEST = 2**20
_CLOSE_SECONDS = 1.0


class Wire:
    """Open it, iterate `messages`, `send`, and `close` or `fail`; nothing that is sent after its end is an error.

    `numbered` (Flux) puts `request_id` and `sequence_id` into every text message and tells of fatal errors in one.
    """

    def __init__(self, request: web.Request, idle_seconds: float | None = None, *, numbered: bool = False) -> None:
        self.request_id = str(uuid.uuid4())
        self.socket = web.WebSocketResponse(max_msg_size=_LARGEST, timeout=_CLOSE_SECONDS)
        self._request = request
        self._idle_seconds = idle_seconds
        self._numbered = numbered
        self._fault = fault_of_stream(request)
        self._sequence = 0
        self._sent = 0
        self._ended = False
        self._latest: asyncio.Task[None] | None = None

    async def open(self) -> None:
        await self.socket.prepare(self._request)

    async def messages(self) -> AsyncIterator[str | bytes]:
        """What the client sends, until it is gone; a client that says nothing for too long is told `NET-0001`."""
        read = 0
        while not self._ended:
            if self._fault is not None and self._fault.kind == "slow_reader" and read == self._fault.after:
                await until_cleared(self._request)
            try:
                message = await self.socket.receive(timeout=self._idle_seconds)
            except TimeoutError:
                await self.fail("NET-0001", "No audio data or text message came within the timeout window.")
                return
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            read += 1
            yield message.data

    async def serve(self, control: Callable[[str], Awaitable[bool]], hear: Callable[[bytes], Awaitable[bool]]) -> None:
        """Each message to the one it is for, until the client closes or one of them says that it is over."""
        async for message in self.messages():
            if not await (control(message) if isinstance(message, str) else hear(message)):
                return
        await self.close()

    async def send(self, message: dict[str, Any] | bytes) -> None:
        """One message, whole, or as the fault in force has it."""
        if self._ended:
            return
        fault = self._fault
        if fault is None or fault.kind == "slow_reader" or self._sent < fault.after:
            await self._put(self._payload(message))
        elif fault.kind == "delay":
            self._put_later(self._payload(message), fault.ms / 1_000)
        elif fault.kind == "drip":
            await self._drip(message, fault.ms / 1_000)
        elif fault.kind != "stall":
            await self._strike(fault, message)

    async def fail(self, code: str, description: str) -> None:
        """The vendor's fatal error: the stream is over."""
        if self._numbered:
            await self.send({"type": "Error", "code": code, "description": description})
        await self.close(1011 if code.startswith(("NET-", "INTERNAL")) else 1008, code)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        if self._latest is not None:
            await asyncio.wait([self._latest])
        self._ended = True
        await self.socket.close(code=code, message=reason.encode())

    def _payload(self, message: dict[str, Any] | bytes) -> str | bytes:
        if isinstance(message, bytes):
            return message
        if self._numbered:
            message = {**message, "request_id": self.request_id, "sequence_id": self._sequence}
            self._sequence += 1
        return json.dumps(message)

    async def _put(self, payload: str | bytes) -> None:
        self._sent += 1
        with suppress(ConnectionError):  # the client may leave at any moment
            if isinstance(payload, bytes):
                await self.socket.send_bytes(payload)
            else:
                await self.socket.send_str(payload)

    async def _drip(self, message: dict[str, Any] | bytes, seconds: float) -> None:
        if not isinstance(message, bytes):
            await self._put(self._payload(message))
            return
        for at in range(len(message)):
            await asyncio.sleep(seconds)
            await self._put(message[at : at + 1])

    def _put_later(self, payload: str | bytes, seconds: float) -> None:
        before = self._latest

        async def wait() -> None:
            await asyncio.sleep(seconds)
            if before is not None:
                await asyncio.wait([before])
            await self._put(payload)

        self._latest = asyncio.create_task(wait())

    async def _strike(self, fault: Fault, message: dict[str, Any] | bytes) -> None:
        if fault.kind == "wrong_json" and isinstance(message, bytes):
            await self._put(message)
            return
        self._fault = None
        if fault.kind == "wrong_json":
            self._payload(message)
            await self._put(fault.text)
        elif fault.kind == "warning":
            description = "A fault of the lab ordered this warning."
            await self.send({"type": "Warning", "code": fault.reason or "WARNING", "description": description})
            await self.send(message)
        elif fault.kind == "error":
            await self.fail(fault.reason or "INTERNAL_SERVER_ERROR", "A fault of the lab ordered this error.")
        else:
            self._hang_up(self._payload(message) if fault.kind == "cut" else "")

    def _hang_up(self, cut: str | bytes) -> None:
        """Closes without a close frame, after the frame's head and half of its payload when there is one to cut."""
        self._ended = True
        transport = self._request.transport
        if transport is None:
            return
        if cut:
            transport.write(_half_a_frame(cut))
        transport.close()


def told(text: str) -> tuple[Any, dict[str, Any]]:
    """The type of a text message, and the message; None and nothing of one that cannot be read."""
    try:
        message = json.loads(text)
        return message["type"], message
    except (ValueError, KeyError, TypeError):
        return None, {}


def _half_a_frame(payload: str | bytes) -> bytes:
    """RFC 6455, 5.2: an unmasked frame that announces the whole payload."""
    binary = isinstance(payload, bytes)
    data = payload if isinstance(payload, bytes) else payload.encode()
    head = struct.pack("!B", 0x82 if binary else 0x81)
    length = struct.pack("!B", len(data)) if len(data) < 126 else struct.pack("!BH", 126, len(data))
    return head + length + data[: len(data) // 2]
