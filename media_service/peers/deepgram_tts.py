"""Deepgram's streaming voice for one call.

One connection lasts the call; it is dialled at the start, so that the first answer finds it warm, and again when it
was lost or has spent its flushes for the minute. A text is given up when a second after it was asked for, however often
it was dialled meanwhile, there is no audio of it. After a Clear, audio in flight still arrives until `Cleared`: it is
dropped.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from media_service.peers.sockets import dial, send_now
from media_service.peers.tts import Spoken
from media_service.wire import deepgram_speak
from media_service.wire.mulaw import BYTES_PER_MS
from shared.errors import PeerError, Unavailable
from shared.log import fields

log = logging.getLogger(__name__)

# Between a text and its first audio, between two pieces of audio, and between a piece and when it should be heard.
_PATIENCE_SECONDS = 1.0


class DeepgramTextToSpeech:
    """A TextToSpeech over `/v1/speak`."""

    def __init__(self, base_url: str, api_key: str, model: str) -> None:
        self.model = model
        self._url = deepgram_speak.url(base_url, model)
        self._key = api_key
        self._socket: ClientConnection | None = None
        self._texts: deque[str] = deque()
        self._wanted = asyncio.Event()
        self._clears = 0
        self._flushes: deque[float] = deque(maxlen=deepgram_speak.FLUSHES_PER_MINUTE)
        # How many bytes of the oldest text's audio have come, and since when.
        self._given, self._began = 0, 0.0
        # How many of the texts this connection has been asked for; the others wait for the next one.
        self._asked = 0
        self._due: float | None = None
        self._patience: asyncio.Timeout | None = None

    def say(self, text: str) -> None:
        self._texts.append(text)
        self._wanted.set()
        if len(self._texts) == 1:
            self._expect()
        if self._socket is not None and not self._spent:
            self._speak(self._socket, text)

    def stop(self) -> None:
        if self._socket is not None and self._texts:
            send_now(self._socket, deepgram_speak.CLEAR)
            self._clears += 1
        self._texts.clear()
        self._given = self._asked = 0
        self._expect()

    async def speech(self) -> AsyncGenerator[bytes | Spoken, None]:
        failures = 0
        while True:
            try:
                async with aclosing(self._one_connection()) as speaking:
                    async for piece in speaking:
                        failures = 0
                        yield piece
                failures += bool(self._texts) and not self._spent
            except PeerError as why:
                failures += 1
                log.warning("voice connection failed", extra=fields(why=type(why).__name__, failures=failures))
            if self._texts and failures and (failures > 1 or self._given or self._late):
                # A text that was half given cannot be taken up in its middle here.
                self._texts.clear()
                self._given = failures = 0
                self._expect()
                yield Spoken.FAILED
            if not self._texts and not self._spent:
                self._wanted.clear()
                await self._wanted.wait()

    async def _one_connection(self) -> AsyncGenerator[bytes | Spoken, None]:
        socket = await self._dial()
        self._flushes.clear()
        self._clears = self._asked = 0
        for text in self._texts:
            self._speak(socket, text)
        self._socket = socket
        try:
            while True:
                message = await self._next(socket)
                if isinstance(message, bytes):
                    if not self._clears and self._texts:
                        self._take_audio(message)
                        yield message
                    continue
                if (done := self._take(message)) is not None:
                    yield done
                if self._spent and not self._asked and not self._clears:
                    return
        except ConnectionClosed as why:
            log.info("voice closed the connection", extra=fields(code=why.rcvd.code if why.rcvd else None))
        finally:
            self._socket = None
            await socket.close()

    async def _dial(self) -> ClientConnection:
        """A connection; while a text waits for it, it must come in time."""
        try:
            async with asyncio.timeout_at(self._due) as self._patience:
                return await dial(self._url, self._key)
        except TimeoutError as why:
            raise Unavailable("Deepgram's voice does not answer.") from why
        finally:
            self._patience = None

    async def _next(self, socket: ClientConnection) -> str | bytes:
        """The next message; while audio is owed, some must come in time."""
        try:
            async with asyncio.timeout_at(self._due) as self._patience:
                return await socket.recv()
        except TimeoutError as why:
            raise Unavailable("Deepgram owes speech and sends none.") from why
        finally:
            self._patience = None

    def _take_audio(self, audio: bytes) -> None:
        if not self._given:
            self._began = asyncio.get_running_loop().time()
        self._given += len(audio)
        self._expect()

    def _expect(self) -> None:
        """Begin anew to wait for audio, or for nothing when none is owed. A voice that is slower than what it says is
        no voice, however often a piece comes."""
        now = asyncio.get_running_loop().time()
        heard_by = self._began + self._given / BYTES_PER_MS / 1000 if self._given else now
        self._due = min(now, heard_by) + _PATIENCE_SECONDS if self._texts else None
        if self._patience is not None:
            self._patience.reschedule(self._due)

    def _take(self, message: str) -> Spoken | None:
        kind = deepgram_speak.parse(message)
        if kind == "Cleared":
            self._clears = max(0, self._clears - 1)
        elif kind == "Flushed" and not self._clears and self._texts:
            self._texts.popleft()
            self._asked -= 1
            self._given = 0
            self._expect()
            return Spoken.OUT
        elif kind == "Error":
            raise Unavailable("Deepgram ended the speech.")
        elif kind == "Warning":
            log.warning("voice sent a warning")
        return None

    def _speak(self, socket: ClientConnection, text: str) -> None:
        send_now(socket, deepgram_speak.speak(text))
        send_now(socket, deepgram_speak.FLUSH)
        self._asked += 1
        self._flushes.append(asyncio.get_running_loop().time())

    @property
    def _late(self) -> bool:
        """Whether audio is owed for longer than anybody waits."""
        return self._due is not None and self._due <= asyncio.get_running_loop().time()

    @property
    def _spent(self) -> bool:
        """Whether the next flush might be one too many for this connection's minute."""
        full = len(self._flushes) == self._flushes.maxlen
        return full and asyncio.get_running_loop().time() - self._flushes[0] < 60
