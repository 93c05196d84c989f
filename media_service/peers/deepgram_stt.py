"""Deepgram's recognisers for one call: Flux, which finds turns itself, or Nova, whose turns are put together here.

The caller's unfinished turn is kept, so that a new connection hears it again from its beginning, and so is what is said
while there is none. Silence between turns is not: replaying it would only make the new connection late.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from media_service.conversation.endpointing import USUAL, Patience
from media_service.conversation.events import EagerEndOfTurn, Interim, RecogniserLost, SpeechStarted, TurnEnded
from media_service.peers.sockets import dial, send_now
from media_service.wire import deepgram_listen, deepgram_listen_v1
from media_service.wire.deepgram_listen import Heard
from shared.errors import PeerError
from shared.log import fields

log = logging.getLogger(__name__)

_BYTES_PER_SECOND = 8_000
_KEPT_IN_SILENCE = 1 * _BYTES_PER_SECOND
_KEPT_IN_TURN = 15 * _BYTES_PER_SECOND
_KEEP_ALIVE_SECONDS = 4.0
# A connection that dies this often without having heard anything is not tried again.
_TRIES = 3


class DeepgramSpeechToText:
    """A SpeechToText over `/v2/listen`, or over `/v1/listen` where the model is a Nova."""

    def __init__(self, base_url: str, api_key: str, model: str, keyterms: Sequence[str]) -> None:
        self._base_url = base_url
        self._model = model
        self._keyterms = keyterms
        self._patience = USUAL
        self._hints: tuple[str, ...] = ()
        self._key = api_key
        self._finds_turns = not model.startswith("nova")
        self._turns = deepgram_listen_v1.Turns(USUAL)
        self._waiting: asyncio.Timeout | None = None
        self._socket: ClientConnection | None = None
        self._kept = bytearray()
        self._in_turn = False

    def push(self, audio: bytes) -> None:
        if not audio:
            return  # an empty frame would end the stream
        self._kept += audio
        most = _KEPT_IN_TURN if self._in_turn or self._socket is None else _KEPT_IN_SILENCE
        if len(self._kept) > most:
            del self._kept[: len(self._kept) - most]
        if self._socket is not None:
            send_now(self._socket, audio)

    def set_patience(self, patience: Patience) -> None:
        self._patience = self._turns.patience = patience
        if self._waiting is not None:
            self._waiting.reschedule(self._due())
        if self._socket is not None and self._finds_turns:
            send_now(self._socket, deepgram_listen.configure(patience, self._hints))

    def expect(self, language: str) -> None:
        # Whoever speaks another language still says names and makes of cars in English, and may go back to either.
        self._hints = tuple(dict.fromkeys((language, *self._hints, "en")))
        self.set_patience(self._patience)

    async def heard(self) -> AsyncGenerator[Heard | RecogniserLost, None]:
        tries_left = _TRIES
        while tries_left:
            tries_left -= 1
            try:
                async with aclosing(self._one_connection()) as hearing:
                    async for heard in hearing:
                        tries_left = _TRIES
                        yield heard
            except PeerError as why:
                log.warning("recogniser connection failed", extra=fields(why=type(why).__name__, tries_left=tries_left))
        yield RecogniserLost()

    async def _one_connection(self) -> AsyncGenerator[Heard, None]:
        wire = deepgram_listen if self._finds_turns else deepgram_listen_v1
        socket = await dial(
            wire.url(self._base_url, self._model, self._keyterms, self._patience, self._hints), self._key
        )
        self._turns = deepgram_listen_v1.Turns(self._patience)
        try:
            if self._kept:
                send_now(socket, bytes(self._kept))
            self._socket = socket
            while True:
                for heard in _flux(await socket.recv()) if self._finds_turns else await self._nova(socket):
                    self._note(heard)
                    yield heard
        except ConnectionClosed as why:
            log.warning("recogniser closed the connection", extra=fields(code=why.rcvd.code if why.rcvd else None))
        finally:
            self._socket = None
            await socket.close()

    async def _nova(self, socket: ClientConnection) -> Sequence[Heard]:
        """What the next message tells, or that none came: a turn may end with that. Nova must be told that the line
        still stands when the carrier sends no audio."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(self._due()) as self._waiting:
                message = await socket.recv()
        except TimeoutError:
            heard = self._turns.wake(loop.time())
            if not heard:
                send_now(socket, deepgram_listen_v1.KEEP_ALIVE)
            return heard
        finally:
            self._waiting = None
        return self._turns.take(message, loop.time())

    def _due(self) -> float:
        """When to wait no longer for a message."""
        idle = asyncio.get_running_loop().time() + _KEEP_ALIVE_SECONDS
        return idle if self._turns.deadline is None else min(idle, self._turns.deadline)

    def _note(self, heard: Heard) -> None:
        match heard:
            case TurnEnded():
                self._in_turn = False
                self._kept.clear()
            case SpeechStarted() | Interim() | EagerEndOfTurn():
                self._in_turn = self._in_turn or bool(heard.transcript)


def _flux(message: str | bytes) -> list[Heard]:
    heard = deepgram_listen.parse(message)
    return [] if heard is None else [heard]
