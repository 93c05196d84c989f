"""The media service's door: who may open a stream, how many at once, health, metrics, and the way out.

A stream is let in when Twilio signed the upgrade over the URL that the TwiML named and the path holds a token of ours
that was never used. Every refusal comes before the upgrade and before any provider is contacted.
"""

import asyncio
import hmac
import logging
import time
from collections import Counter
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from media_service.call import Call
from media_service.elsewhere import can_go_on_elsewhere
from media_service.equipment import Equipment
from media_service.opening import Refusal, receive_start
from shared import stream_token
from shared.domain import phone
from shared.log import TRACE_HEADER, call_sid, fields, traced
from shared.sessions.state import SessionState
from shared.stream_token import StreamToken
from shared.twilio_signature import SETTINGS_HEADER, SIGNATURE_HEADER, is_signed

log = logging.getLogger(__name__)

_PATH = "/media-stream/"
_LARGEST_MESSAGE = 64 * 1024
# Cloud Run kills ten seconds after SIGTERM.
_DRAIN_SECONDS = 8.5
# A stream that was let in and does not start within this time takes nobody's place any more.
_OPENING_SECONDS = 12.0


@dataclass(slots=True)
class _Held:
    """Who holds a call: the epoch of its stream, and the call once it runs."""

    epoch: int
    call: Call | None = None


class MediaServer:
    """One per process."""

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment
        self._settings = equipment.services.settings
        self._calls: dict[str, _Held] = {}
        self._numbers: Counter[str] = Counter()
        self._opening: dict[str, float] = {}
        self._spent: dict[str, float] = {}
        self._counts: Counter[str] = Counter()
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._draining = False

    def listen(self) -> AbstractAsyncContextManager[Server]:
        return serve(
            self._stream,
            "0.0.0.0",
            self._settings.port,
            process_request=self._answer,
            compression=None,
            max_size=_LARGEST_MESSAGE,
            # Whether Twilio answers pings is not documented; its `stop`, its close and TCP tell that a call is over.
            ping_interval=None,
            open_timeout=5,
            close_timeout=2,
            server_header=None,
        )

    async def drain(self, server: Server) -> None:
        """Take no more calls, let those that run go on in another process or finish politely, then end."""
        self._draining = True
        log.info("draining", extra=fields(calls=len(self._calls)))
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                elsewhere = bool(self._calls) and await can_go_on_elsewhere(
                    self._equipment.services, self._equipment.threads
                )
                for held in list(self._calls.values()):
                    if held.call is not None:
                        held.call.drain(elsewhere)
                await self._idle.wait()
        except TimeoutError:
            log.error("calls cut off by the end of the process", extra=fields(calls=len(self._calls)))
        server.close()

    # Before the upgrade

    async def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        path, _, _ = request.path.partition("?")
        if path == "/health":
            status = HTTPStatus.SERVICE_UNAVAILABLE if self._draining else HTTPStatus.OK
            return connection.respond(status, "draining\n" if self._draining else "ok\n")
        if path == "/metrics":
            return self._metrics(connection, request)
        if not path.startswith(_PATH):
            return connection.respond(HTTPStatus.NOT_FOUND, "There is nothing here.\n")
        if (why := await self._why_not(request)) is None:
            return None
        status, reason = why
        self._counts[f"refused_{reason}"] += 1
        log.warning("media stream refused before the upgrade", extra=fields(status=int(status), reason=reason))
        return connection.respond(status, "")

    async def _why_not(self, request: Request) -> tuple[HTTPStatus, str] | None:
        forbidden = HTTPStatus.FORBIDDEN
        signed = is_signed(
            self._settings.twilio_secrets,
            self._settings.media_stream_url + request.path,
            request.headers.get(SIGNATURE_HEADER),
            settings=request.headers.get(SETTINGS_HEADER),
        )
        if not signed:
            return forbidden, "signature"
        if (token := self._token(request)) is None:
            return forbidden, "token"
        if self._draining or 0 < self._settings.max_calls <= self._busy:
            return HTTPStatus.SERVICE_UNAVAILABLE, "full"
        if not await self._first_use(token):
            return forbidden, "replay"
        self._opening[token.nonce] = time.monotonic() + _OPENING_SECONDS
        return None

    @property
    def _busy(self) -> int:
        """Calls, and streams that were let in and have not started yet."""
        now = time.monotonic()
        for nonce in [nonce for nonce, until in self._opening.items() if until <= now]:
            del self._opening[nonce]
        return len(self._calls) + len(self._opening)

    def _token(self, request: Request) -> StreamToken | None:
        secrets = self._settings.stream_token_secrets
        return stream_token.check(secrets, request.path.removeprefix(_PATH), time.time())

    async def _first_use(self, token: StreamToken) -> bool:
        """Spent in this process first, so that Redis being away opens no door here, then among all of them."""
        now = time.time()
        for nonce in [nonce for nonce, expires in self._spent.items() if expires <= now]:
            del self._spent[nonce]
        if token.nonce in self._spent:
            return False
        self._spent[token.nonce] = token.expires
        first = await asyncio.get_running_loop().run_in_executor(
            self._equipment.threads.sessions,
            self._equipment.services.sessions.spend_nonce,
            token.nonce,
            stream_token.LIFETIME_SECONDS,
        )
        return first is not False

    def _metrics(self, connection: ServerConnection, request: Request) -> Response:
        expected = f"Bearer {self._settings.metrics_token}"
        given = request.headers.get("Authorization", "")
        if not self._settings.metrics_token or not hmac.compare_digest(given.encode(), expected.encode()):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "A bearer token is needed.\n")
        lines = [f"sophie_calls_active {len(self._calls)}"]
        lines += [f"sophie_{name}_total {count}" for name, count in sorted(self._counts.items())]
        return connection.respond(HTTPStatus.OK, "\n".join(lines) + "\n")

    # After the upgrade

    async def _stream(self, socket: ServerConnection) -> None:
        try:
            await self._hold(socket)
        except Refusal as refusal:
            self._counts["refused_start"] += 1
            log.warning("media stream refused", extra=fields(code=refusal.code, reason=refusal.reason))
            await socket.close(refusal.code, refusal.reason)
        except ConnectionClosed:
            log.info("media stream closed before its start")
        except Exception:
            # The edge of a call: whatever went wrong in one, the others go on.
            self._counts["failed"] += 1
            log.exception("call failed")
            await socket.close(1011)

    async def _hold(self, socket: ServerConnection) -> None:
        request = socket.request
        token = self._token(request) if request is not None else None
        if request is None or token is None:
            raise Refusal(1008, "token expired")
        traced(request.headers.get(TRACE_HEADER))
        try:
            start = await receive_start(socket, token)
        finally:
            self._opening.pop(token.nonce, None)
        self._refuse_at_the_end()
        call_sid.set(start.call_sid)
        number = phone.normalise(start.parameters.get("from")) or ""
        held = await self._claim(token, number)
        gone = partial(self._release, token.leg, number, held)
        try:
            before = await self._before(token) if token.epoch else None
            self._refuse_at_the_end()  # it may have come meanwhile, and calls that run have been told
            held.call = Call(self._equipment, socket, start, token.epoch, before, gone)
            await self._run(held.call)
        finally:
            gone()

    def _refuse_at_the_end(self) -> None:
        if self._draining:
            raise Refusal(1001, "this process is about to end")

    async def _run(self, call: Call) -> None:
        self._counts["calls"] += 1
        self._running += 1
        self._idle.clear()
        try:
            await call.run()
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()

    async def _claim(self, token: StreamToken, number: str) -> _Held:
        """The first stream of an epoch holds the call; raises Refusal for any other."""
        other = self._calls.get(token.leg)
        if other is not None and other.epoch >= token.epoch:
            raise Refusal(1008, "another stream holds this call")
        most = self._settings.max_calls_per_number
        if most and number and self._numbers[number] >= most:
            raise Refusal(1008, "too many calls of one number")
        held = self._calls[token.leg] = _Held(token.epoch)
        self._numbers[number] += 1
        claimed = await asyncio.get_running_loop().run_in_executor(
            self._equipment.threads.sessions, self._equipment.services.sessions.claim, token.leg, token.epoch
        )
        if not claimed:
            self._release(token.leg, number, held)
            raise Refusal(1008, "another stream holds this call")
        if other is not None and other.call is not None:
            other.call.superseded()
        return held

    async def _before(self, token: StreamToken) -> SessionState | None:
        """What an earlier stream of the call left behind."""
        session = await asyncio.get_running_loop().run_in_executor(
            self._equipment.threads.sessions, self._equipment.services.sessions.load, token.leg
        )
        return session.state if session else None

    def _release(self, leg: str, number: str, held: _Held) -> None:
        """The line is gone: its place is free, whatever is still written about it. Harmless when done twice."""
        if self._calls.get(leg) is not held:
            return
        del self._calls[leg]
        self._numbers[number] -= 1
        if not self._numbers[number]:
            del self._numbers[number]
