"""One telephone call: the only place that holds tasks and sockets. It decides nothing.

Wire messages become events, events go to the conversation, and its commands become sends. Dispatching never waits, so
nothing interleaves; whatever takes time runs as a task of the call's one task group and comes back as an event.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, cast

from websockets.asyncio.connection import broadcast
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from media_service import prompts
from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.conversation import Conversation
from media_service.conversation.lines import Lines
from media_service.latency import TurnLatency
from media_service.peers.llm import Asked, LanguageModel
from media_service.peers.stt import SpeechToText
from media_service.peers.tts import TextToSpeech
from media_service.speech import Speech
from media_service.toolbox import Toolbox
from media_service.wire import twilio_media
from shared.domain import phone
from shared.errors import PeerError, ProtocolError
from shared.log import call_sid, fields
from shared.services import Services
from shared.storage import calls
from shared.stream_token import StreamToken
from shared.tools.call import CallContext
from shared.tools.registry import Desk

log = logging.getLogger(__name__)

_START_SECONDS = 5.0
# Twilio reads as fast as we send; what it leaves unread beyond this means that it is gone.
_MOST_UNSENT_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Equipment:
    """What all calls of a process share."""

    services: Services
    desk: Desk
    lines: Lines
    rendered: Mapping[str, bytes]
    static_prompt: str
    model: LanguageModel
    listener: Callable[[], SpeechToText]
    voice: Callable[[], TextToSpeech]
    tool_threads: Executor
    session_threads: Executor
    record_threads: Executor


class Refusal(Exception):
    """The stream is closed with this code before any provider is contacted."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


async def receive_start(socket: ServerConnection, token: StreamToken) -> twilio_media.Start:
    """The stream's `start`, which must be of the call that the token was made for. Raises Refusal."""
    try:
        async with asyncio.timeout(_START_SECONDS):
            while True:
                message = twilio_media.parse(_text(await socket.recv()), None)
                if isinstance(message, twilio_media.Start):
                    break
                if not isinstance(message, twilio_media.Connected):
                    raise Refusal(1008, "the stream has not started")
    except TimeoutError as why:
        raise Refusal(1008, "no start") from why
    except ProtocolError as why:
        raise Refusal(1007, "malformed message") from why
    if message.call_sid != token.leg:
        raise Refusal(1008, "token of another call")
    return message


def _text(message: str | bytes) -> str:
    if isinstance(message, bytes):
        raise Refusal(1003, "binary message")
    return message


class Call:
    """Made when its stream has started; `run` lasts as long as the stream."""

    def __init__(self, equipment: Equipment, socket: ServerConnection, start: twilio_media.Start, epoch: int) -> None:
        self._equipment = equipment
        self._socket = socket
        self._sid = start.call_sid
        self._stream_sid = start.stream_sid
        self._epoch = epoch
        self._caller = phone.normalise(start.parameters.get("from"))
        self._conversation = Conversation(equipment.lines)
        self._listener = equipment.listener()
        self._voice = equipment.voice()
        outgoing = twilio_media.Outgoing(start.stream_sid)
        self._speech = Speech(self._voice, equipment.rendered, outgoing, self._send, self._dispatch, self._first_audio)
        context = CallContext(call_sid=self._sid, direction="inbound", caller=self._caller)
        self._toolbox = Toolbox(equipment.desk, context, equipment.tool_threads)
        facts = prompts.call_facts(equipment.services.shop, equipment.services.clock.now(), self._caller)
        self._system = prompts.system_messages(equipment.static_prompt, facts)
        self._latency = TurnLatency()
        self._loop = asyncio.get_running_loop()
        self._alarm: asyncio.TimerHandle | None = None
        self._replying: asyncio.Task[None] | None = None
        self._tools_running = 0
        self._tools_since = 0.0
        self._over = asyncio.Event()
        self._records = asyncio.Lock()
        self._tasks: asyncio.TaskGroup

    async def run(self) -> None:
        """Hold the call to its end. Returns when everything that must outlive the line is done."""
        call_sid.set(self._sid)
        async with asyncio.TaskGroup() as self._tasks:
            self._dispatch(ev.StreamStarted())
            self._record(
                lambda c: calls.open_call(
                    c, call_sid=self._sid, direction="inbound", caller=self._caller, now=self._shop_now()
                )
            )
            peers = [self._start(self._listen()), self._start(self._speak())]
            self._dispatch(ev.StreamEnded(abnormal=await self._read()))
            await self._over.wait()
            for task in peers:
                task.cancel()

    def drain(self) -> None:
        """Finish politely: the process must end."""
        self._dispatch(ev.DrainRequested())

    # The line

    async def _read(self) -> bool:
        """Take in the carrier's messages until the stream ends; whether it ended abnormally."""
        try:
            async for message in self._socket:
                incoming = twilio_media.parse(_text(message), self._stream_sid)
                if isinstance(incoming, twilio_media.Media):
                    self._listener.push(incoming.payload)
                elif isinstance(incoming, ev.StreamEnded):
                    return False
                elif isinstance(incoming, ev.KeyPressed | ev.MarkReturned):
                    self._dispatch(incoming)
                elif isinstance(incoming, twilio_media.Unknown):
                    log.info("unknown stream event ignored", extra=fields(event=incoming.event))
        except ConnectionClosed:
            return True
        except ProtocolError:
            await self._refuse(Refusal(1007, "malformed message"))
            return True
        except Refusal as refusal:
            await self._refuse(refusal)
            return True
        return self._socket.close_code != 1000

    async def _refuse(self, refusal: Refusal) -> None:
        log.warning("media stream refused", extra=fields(code=refusal.code, reason=refusal.reason))
        await self._socket.close(refusal.code, refusal.reason)

    def _send(self, message: str) -> None:
        broadcast([self._socket], message)
        if self._socket.transport.get_write_buffer_size() > _MOST_UNSENT_BYTES:
            self._socket.transport.abort()

    # Events in, commands out

    def _dispatch(self, event: ev.Event) -> None:
        if isinstance(event, ev.TurnEnded) and event.transcript:
            self._ended_at = self._loop.time()
        for command in self._conversation.receive(event, self._loop.time()):
            self._carry_out(command)
        self._rearm()

    def _wake(self) -> None:
        for command in self._conversation.wake(self._loop.time()):
            self._carry_out(command)
        self._rearm()

    def _rearm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if (deadline := self._conversation.deadline) is not None:
            self._alarm = self._loop.call_at(deadline, self._wake)

    def _carry_out(self, command: do.Command) -> None:
        match command:
            case do.Say():
                self._latency.text_said(self._loop.time())
                self._speech.say(command)
            case do.StopTalking():
                self._speech.stop()
            case do.StartReply():
                self._latency.model_asked(self._loop.time())
                self._replying = self._start(self._reply(command))
            case do.CancelReply():
                if self._replying is not None:
                    self._replying.cancel()
            case do.RunTool():
                self._start(self._run_tool(command))
            case do.KeepTurn():
                self._keep_turn(command)
            case do.EndCall():
                self._start(self._end_call(command))
            case do.CallOver():
                self._call_over(command)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._tasks.create_task(work)

    # What takes time

    async def _listen(self) -> None:
        async for heard in self._listener.heard():
            self._dispatch(heard)

    async def _speak(self) -> None:
        async for piece in self._voice.speech():
            self._speech.take(piece)

    async def _reply(self, command: do.StartReply) -> None:
        settings = self._equipment.services.settings
        model = settings.openai_model if command.model == "first" else settings.openai_fallback_model
        try:
            async for piece in self._equipment.model.reply(model, self._system, command.messages):
                self._latency.first_token(self._loop.time())
                if isinstance(piece, Asked):
                    self._dispatch(ev.ReplyDone(command.reply, piece.tool_calls))
                else:
                    self._dispatch(ev.ReplyText(command.reply, piece))
        except PeerError as why:
            log.warning("model failed", extra=fields(model=model, why=type(why.__cause__ or why).__name__))
            self._dispatch(ev.ReplyFailed(command.reply))

    async def _run_tool(self, command: do.RunTool) -> None:
        started = self._loop.time()
        if not self._tools_running:
            self._tools_since = started
        self._tools_running += 1
        done = await self._toolbox.run(command.call, command.answers)
        self._tools_running -= 1
        now = self._loop.time()
        ran = {"name": command.call.name, "status": done.content.get("status"), "ms": round((now - started) * 1000, 1)}
        self._latency.tools.append(ran)
        if not self._tools_running:
            self._latency.tools_waited((now - self._tools_since) * 1000)
        self._dispatch(done)

    async def _end_call(self, command: do.EndCall) -> None:
        """Leave word for the webhook that Twilio asks next, then close: with our socket the `<Connect>` ends."""
        sessions = self._equipment.services.sessions
        await self._loop.run_in_executor(
            self._equipment.session_threads, sessions.mark_ending, self._sid, command.ending
        )
        await self._socket.close(1000)

    # What is kept

    def _first_audio(self) -> None:
        self._latency.first_audio(self._loop.time())

    def _keep_turn(self, kept: do.KeepTurn) -> None:
        latency, self._latency = self._latency, TurnLatency(ended=self._ended_at)
        stages = latency.stages()
        log.info("turn", extra=fields(turn=kept.turn, barged_in=kept.barged_in, tools=len(latency.tools), **stages))
        self._record(lambda c: calls.add_turn(
            c, call_sid=self._sid, turn=kept.turn, caller_said=kept.caller_said, sophie_said=kept.sophie_said,
            tools=latency.tools, latencies=stages, barged_in=kept.barged_in,
        ))  # fmt: skip

    _ended_at: float | None = None

    def _call_over(self, over: do.CallOver) -> None:
        log.info("call over", extra=fields(outcome=over.outcome))
        desk = self._equipment.services.shop.desk_number if over.outcome in ("transferred", "failed") else None
        self._record(lambda c: calls.close_call(
            c, call_sid=self._sid, outcome=cast(calls.Outcome, over.outcome), now=self._shop_now(), transferred_to=desk,
        ))  # fmt: skip
        self._over.set()

    def _record(self, write: Callable[[Any], None]) -> None:
        self._start(self._written(write))

    async def _written(self, write: Callable[[Any], None]) -> None:
        """One row after the other, in the order in which they came to be; a call goes on without its record."""
        database = self._equipment.services.database
        async with self._records:
            try:
                await self._loop.run_in_executor(self._equipment.record_threads, database.run, write)
            except PeerError as why:
                log.error("call record lost", extra=fields(why=type(why).__name__))

    def _shop_now(self) -> Any:
        return self._equipment.services.clock.now()
