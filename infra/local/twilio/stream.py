"""A media stream's websocket as the carrier opens it: signed upgrade, its messages out, the service's messages in.

Usable by itself as a bare client of a media service, in tests and benchmarks; the lab's calls are built on it. It
refuses to know what time it is, what is said, and what a fault costs.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL

from infra.local.twilio import frames as frames
from infra.local.twilio.frames import Fault
from infra.local.twilio.signing import SigningKey

_LARGEST_MESSAGE = 16 * 1024 * 1024
_CONNECT_SECONDS = 5.0
_CLOSE_SECONDS = 1.0  # a service that does not answer our close holds nothing up
_BACKLOG = 500  # ten seconds of frames that the service did not read
_BROKEN = 1006
_NORMAL_CLOSE = (1000, 1005)  # 1005: the peer closed in order and gave no code


class StreamRefused(Exception):
    """The websocket did not come about; `fault` has the carrier's number, `status` the HTTP answer if there was one."""

    def __init__(self, fault: Fault, status: int | None = None) -> None:
        super().__init__(fault.message)
        self.fault = fault
        self.status = status


@dataclass(frozen=True, slots=True)
class Closed:
    """The service closed the websocket, or it broke; `fault` is None for an orderly end."""

    code: int
    fault: Fault | None


Received = frames.Message | Closed


@dataclass(frozen=True)
class StreamIds:
    account_sid: str
    call_sid: str
    stream_sid: str


class TwilioStream:
    """One open stream. Sending never waits: a service that does not read loses the caller's frames (31930)."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, ids: StreamIds) -> None:
        self.ids = ids
        self.slow_reader = False
        self._socket = socket
        self._sequence = 0
        self._chunk = 0
        self._outgoing: asyncio.Queue[str | None] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())

    @classmethod
    async def open(
        cls,
        session: aiohttp.ClientSession,
        url: str,
        key: SigningKey,
        ids: StreamIds,
        within: float = _CONNECT_SECONDS,
    ) -> TwilioStream:
        """Dial the url exactly as it is written (that is what is signed) and say `connected`; raises StreamRefused."""
        headers = {**key.headers(url), "User-Agent": "Twilio.TmeWs/1.0"}
        try:
            async with asyncio.timeout(within):
                socket = await session.ws_connect(
                    URL(url, encoded=True),
                    headers=headers,
                    max_msg_size=_LARGEST_MESSAGE,
                    timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECONDS),
                )
        except aiohttp.WSServerHandshakeError as error:
            fault = Fault(frames.STREAM_HANDSHAKE, f"The upgrade was answered {error.status}, not 101.")
            raise StreamRefused(fault, error.status) from error
        except TimeoutError as error:
            fault = Fault(frames.STREAM_TIMED_OUT, f"The websocket did not open within {within:g} seconds.")
            raise StreamRefused(fault) from error
        except aiohttp.ClientSSLError as error:
            fault = Fault(frames.STREAM_TLS, f"TLS failed on the way to the websocket ({type(error).__name__}).")
            raise StreamRefused(fault) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            fault = Fault(frames.STREAM_REFUSED, f"The websocket could not be opened ({type(error).__name__}).")
            raise StreamRefused(fault) from error
        stream = cls(socket, ids)
        stream.send(frames.CONNECTED)
        return stream

    def start(self, parameters: Mapping[str, str]) -> None:
        self._sequence = 1
        self.send(frames.start(self.ids.account_sid, self.ids.call_sid, self.ids.stream_sid, parameters))

    def media(self, payload: str | bytes, timestamp_ms: int | None = None) -> bool:
        """The next 20 ms of the caller: µ-law bytes, or their base64. False when the frame was dropped.

        The timestamp is by default that of a line on which nothing was lost."""
        text = payload if isinstance(payload, str) else base64.b64encode(payload).decode()
        self._chunk += 1
        if self._outgoing.qsize() > _BACKLOG:
            self.slow_reader = True
            return False
        timestamp = 20 * (self._chunk - 1) if timestamp_ms is None else timestamp_ms
        self.send(frames.media(self._next(), self._chunk, timestamp, text, self.ids.stream_sid))
        return True

    def dtmf(self, digit: str) -> None:
        self.send(frames.dtmf(self._next(), digit, self.ids.stream_sid))

    def mark(self, name: str) -> None:
        self.send(frames.mark(self._next(), name, self.ids.stream_sid))

    def stop(self) -> None:
        ids = self.ids
        self.send(frames.stop(self._next(), ids.account_sid, ids.call_sid, ids.stream_sid))

    def send(self, text: str) -> None:
        """A text frame as it is: also the way to send what the carrier never would."""
        self._outgoing.put_nowait(text)

    async def receive(self) -> Received:
        """The service's next message, judged; after `Closed` there is none."""
        message = await self._socket.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            return frames.parse(message.data, self.ids.stream_sid)
        if message.type is aiohttp.WSMsgType.BINARY:
            return Fault(frames.UNDECODABLE, "A binary frame was sent; the protocol is JSON in text frames.")
        code = self._socket.close_code or _BROKEN
        if code in _NORMAL_CLOSE:
            return Closed(code, None)
        if message.type is aiohttp.WSMsgType.ERROR:
            return Closed(code, Fault(frames.STREAM_PROTOCOL, f"What was sent is no websocket frame: {message.data}."))
        if code == _BROKEN:
            return Closed(code, Fault(frames.STREAM_BROKEN, "The service's connection broke without a close."))
        return Closed(code, Fault(frames.STREAM_CLOSED, f"The service's websocket ended with code {code}."))

    def cut(self) -> None:
        """Break the connection without a word, as a network does."""
        connection: socket.socket = self._socket.get_extra_info("socket")
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    async def close(self) -> None:
        """Send what is still waiting, then close."""
        self._outgoing.put_nowait(None)
        await asyncio.wait([self._writer], timeout=1.0)
        self._writer.cancel()
        await self._socket.close()

    async def _write(self) -> None:
        while (text := await self._outgoing.get()) is not None:
            if self._socket.closed:
                return
            try:
                await self._socket.send_str(text)
            except (aiohttp.ClientError, ConnectionError):
                return  # what happened to the connection is told by `receive`

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence
