"""One telephone call: the only place that holds tasks and sockets. It decides nothing.

Wire messages become events, events go to the conversation, and its commands become sends. Dispatching never waits, so
nothing interleaves; whatever takes time runs as a task of the call's one task group and comes back as an event.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import Connection
from websockets.asyncio.server import ServerConnection

from media_service import prompts
from media_service.calling import called_for
from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.conversation import Conversation
from media_service.equipment import Equipment, Work
from media_service.exchanges import Exchanges
from media_service.line import Line
from media_service.opening import Refusal
from media_service.peers.llm import Asked
from media_service.records import Records
from media_service.resuming import BECAUSE, resumed
from media_service.saving import Saving
from media_service.speech import Speech
from media_service.toolbox import Toolbox
from media_service.wire import twilio_media
from shared.domain import phone
from shared.domain.wording.wording import Language
from shared.errors import PeerError
from shared.log import call_sid, fields
from shared.sessions.state import SessionState
from shared.storage import callbacks
from shared.tools.call import CallContext

log = logging.getLogger(__name__)


class Call:
    """Made when its stream has started; `run` lasts until everything that must outlive the line is done.

    `before` is what an earlier stream of the call left behind; `released` is called as soon as the line is gone.
    """

    def __init__(
        self,
        equipment: Equipment,
        socket: ServerConnection,
        start: twilio_media.Start,
        epoch: int,
        before: SessionState | None,
        released: Callable[[], None],
    ) -> None:
        services = equipment.services
        caller = phone.normalise(start.parameters.get("from"))
        self._equipment = equipment
        self._line = Line(socket, start.stream_sid)
        self._released = released
        self._sid = start.call_sid
        self._epoch = epoch
        self._caller = caller
        self._attestation = start.parameters.get("attestation")
        self._called = made = called_for(start.parameters)
        self._flow = equipment.called if made is not None else equipment
        going_on = resumed(services.shop.texts, before, start.parameters.get(BECAUSE)) if epoch else None
        called = (equipment.called.lines, made.person) if made is not None else None
        vouched_for = made is not None or (caller is not None and self._attestation == "A")
        self._conversation = Conversation(equipment.lines, resumed=going_on, called=called, stranger=not vouched_for)
        self._listener = equipment.listener()
        context = before.context if before else self._new_context()
        self._voice = equipment.voice_in(context.language)
        if context.language != "en":
            self._listener.expect(context.language)
        outgoing = twilio_media.Outgoing(start.stream_sid)
        send, played = self._line.send, self._first_audio
        self._speech = Speech(self._voice, equipment.rendered, outgoing, send, self._dispatch, played)
        self._toolbox = Toolbox(equipment.desk, context, equipment.threads)
        self._records = Records(services, equipment.threads, self._sid, made.attempt if made is not None else None)
        self._saving = Saving(services.sessions, equipment.threads, self._sid, epoch, self._state)
        self._system = self._system_in(context.language)
        self._turn = self._conversation.turn
        self._exchanges = Exchanges(self._records)
        self._loop = asyncio.get_running_loop()
        self._alarm: asyncio.TimerHandle | None = None
        self._replying: dict[int, asyncio.Task[None]] = {}
        self._commands: deque[do.Command] = deque()
        self._carries_out = False
        self._over = asyncio.Event()
        self._tasks: asyncio.TaskGroup
        self._speaking: asyncio.Task[None]

    def _new_context(self) -> CallContext:
        if self._called is None:
            return CallContext(call_sid=self._sid, direction="inbound", caller=self._caller)
        return CallContext(self._sid, "outbound", self._caller, attempt=str(self._called.attempt))

    def _system_in(self, language: Language) -> Sequence[do.Message]:
        return prompts.system_messages(self._flow.static_prompt, self._facts(), language)

    def _facts(self) -> str:
        shop, now = self._equipment.services.shop, self._equipment.services.clock.now()
        if self._called is not None:
            return prompts.reminder_facts(shop, now, self._called.names)
        return prompts.call_facts(shop, now, self._caller)

    async def run(self) -> None:
        call_sid.set(self._sid)
        self._records.opened(self._caller, self._attestation)
        try:
            async with asyncio.TaskGroup() as self._tasks:
                await self._hold()
        except BaseException:
            self._records.closed("failed", False, self._exchanges.meter.take())
            raise
        finally:
            self._disarm()
            await self._records.write_all()

    def drain(self, elsewhere: bool) -> None:
        """The process must end: leave the call to another one where it can go on `elsewhere`, else finish politely. A
        call that we made is never connected anew, so it does not move."""
        self._dispatch(ev.DrainRequested(elsewhere and self._called is None))

    def superseded(self) -> None:
        """A later stream of the call has begun: this one finds out by its next save, so it saves."""
        self._saving.changed()

    async def _hold(self) -> None:
        self._dispatch(ev.StreamStarted())
        for outlives_the_line in (self._records.write_all, self._save, self._look_ahead):
            self._start(outlives_the_line)
        peers = [
            self._start(self._listen, lambda: self._dispatch(ev.RecogniserLost())),
            *(self._start(work) for work in self._equipment.meanwhile),
        ]
        self._speaking = self._start(self._speak, self._speech.voice_lost)
        abnormal = await self._line.read(self._hear, self._dispatch)
        self._released()
        self._dispatch(ev.StreamEnded(abnormal))
        await self._over.wait()
        for task in (*peers, self._speaking):
            task.cancel()

    def _hear(self, audio: bytes) -> None:
        self._exchanges.meter.heard(audio)
        self._listener.push(audio)

    # Events in, commands out

    def _dispatch(self, event: ev.Event) -> None:
        self._carry_out_all(self._conversation.receive(event, self._loop.time()))

    def _wake(self) -> None:
        self._carry_out_all(self._conversation.wake(self._loop.time()))

    def _carry_out_all(self, commands: list[do.Command]) -> None:
        """In order: what a command leads to at once, as a line from memory does, comes after all that was wanted before
        it."""
        self._commands.extend(commands)
        if self._carries_out:
            return
        self._carries_out = True
        try:
            while self._commands:
                self._carry_out(self._commands.popleft())
        finally:
            self._carries_out = False
        if self._conversation.turn != self._turn:
            self._turn = self._conversation.turn
            self._saving.changed()
        self._disarm()
        if (deadline := self._conversation.deadline) is not None:
            self._alarm = self._loop.call_at(deadline, self._wake)

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _carry_out(self, command: do.Command) -> None:
        match command:
            case do.Say():
                self._exchanges.timed.text_said(self._loop.time())
                if command.text not in self._equipment.rendered:
                    self._exchanges.meter.spoken(command.text, self._voice.model)
                self._speech.say(command)
            case do.StopTalking():
                self._speech.stop()
            case do.LetThrough(ms):
                self._speech.let_through(ms)
            case do.StartReply():
                if command.ahead:
                    self._exchanges.begun_ahead()
                self._exchanges.timed.model_asked(self._loop.time())
                failed = ev.ReplyFailed(command.reply)
                replying = self._start(partial(self._reply, command), lambda: self._dispatch(failed))
                self._replying[command.reply] = replying
            case do.CancelReply(reply):
                self._exchanges.withdrawn()
                if (cancelled := self._replying.pop(reply, None)) is not None:
                    cancelled.cancel()
            case do.RunTool():
                self._start(partial(self._run_tool, command))
            case do.SetPatience(patience):
                self._listener.set_patience(patience)
            case do.ChangeLanguage(language):
                self._change_language(language)
            case do.KeepTurn():
                self._exchanges.keep(command, self._loop.time())
            case do.TakeCallback(language):
                refused = ev.CallbackTaken(False)
                self._start(partial(self._take_callback, language), lambda: self._dispatch(refused))
            case do.EndCall():
                self._start(partial(self._end_call, command))
            case do.MoveCall():
                self._start(self._move)
            case do.KeepOpening():
                self._records.opening_heard()
            case do.KeepOptOut():
                self._start(partial(self._keep_opt_out, command), lambda: self._dispatch(ev.OptOutKept(False)))
            case do.CallOver():
                log.info("call over", extra=fields(outcome=command.outcome))
                self._records.closed(command.outcome, command.handed_over, self._exchanges.meter.take())
                self._saving.ended(command.outcome)
                self._over.set()

    def _start(self, work: Work, lost: Callable[[], None] = lambda: None) -> asyncio.Task[None]:
        """Run `work` beside the others; `lost` tells the conversation that it broke."""
        return self._tasks.create_task(self._guarded(work, lost))

    async def _guarded(self, work: Work, lost: Callable[[], None]) -> None:
        try:
            await work()
        except Exception:
            # The edge of a peer: what it did unforeseen is its own end, not the call's.
            log.exception("a part of the call broke")
            lost()

    # What takes time

    def _change_language(self, language: Language) -> None:
        """Another voice takes over from the one that has just fallen silent."""
        self._toolbox.speak(language)
        self._listener.expect(language)
        self._system = self._system_in(language)
        self._voice = self._equipment.voice_in(language)
        self._speech.change_voice(self._voice)
        self._speaking.cancel()
        self._speaking = self._start(self._speak, self._speech.voice_lost)

    async def _listen(self) -> None:
        async for heard in self._listener.heard():
            self._dispatch(heard)

    async def _speak(self) -> None:
        async for piece in self._voice.speech():
            self._speech.take(piece)

    async def _reply(self, command: do.StartReply) -> None:
        try:
            async for piece in self._flow.model.reply(command.model, self._system, command.messages):
                self._exchanges.timed.first_token(self._loop.time())
                if isinstance(piece, Asked):
                    self._exchanges.meter.answered(piece.model, piece.tokens)
                    self._dispatch(ev.ReplyDone(command.reply, piece.tool_calls))
                else:
                    self._dispatch(ev.ReplyText(command.reply, piece))
        except PeerError as why:
            log.warning("model failed", extra=fields(model=command.model, why=type(why.__cause__ or why).__name__))
            self._dispatch(ev.ReplyFailed(command.reply))
        finally:
            self._replying.pop(command.reply, None)

    async def _run_tool(self, command: do.RunTool) -> None:
        started = self._loop.time()
        latency = self._exchanges.timed
        latency.tool_started(started)
        async for answer in self._toolbox.run(command.call, command.answers, command.typed):
            now = self._loop.time()
            latency.tool_answered(command.call.name, answer.content.get("status"), started, now)
            self._dispatch(answer)
            self._saving.changed()

    async def _keep_opt_out(self, command: do.KeepOptOut) -> None:
        asked = ev.ToolCall("opt_out", "opt_out", json.dumps({"source": command.source}))
        async for answer in self._toolbox.run(asked, {}):
            if isinstance(answer, ev.ToolDone):
                self._dispatch(ev.OptOutKept(answer.changed))

    async def _take_callback(self, language: str) -> None:
        known, services = self._toolbox.known, self._equipment.services

        def write(connection: Connection) -> None:
            callbacks.add(
                connection,
                phone=known.number or "",
                customer_id=known.verified,
                reason="message",
                message=f"The caller speaks {language} and asks to be called back in it.",
                call_sid=self._sid,
                now=services.clock.now(),
            )

        if known.number is not None:
            await self._loop.run_in_executor(self._equipment.threads.tools, services.database.run, write)
        self._dispatch(ev.CallbackTaken(known.number is not None))

    async def _end_call(self, command: do.EndCall) -> None:
        """Leave word for the webhook that Twilio asks next, then close."""
        mark = self._equipment.services.sessions.mark_ending
        pool = self._equipment.threads.sessions
        told = await self._loop.run_in_executor(pool, mark, self._sid, self._epoch, command.ending)
        if not told and command.ending == "goodbye":
            await self._records.note_goodbye()
        await self._line.close()

    async def _move(self) -> None:
        """Keep what another process needs to go on, then close without a word of an ending."""
        await self._saving.save()
        await self._line.close()

    async def _look_ahead(self) -> None:
        if await self._toolbox.look_ahead():
            self._dispatch(ev.CallerOnFile())

    # What is kept

    def _first_audio(self) -> None:
        self._exchanges.first_audio(self._loop.time())

    async def _save(self) -> None:
        if not await self._saving.save_all():
            await self._line.refuse(Refusal(1008, "another stream holds this call"))

    def _state(self) -> SessionState:
        known = self._conversation.so_far
        return SessionState(
            context=self._toolbox.known,
            flow="service" if self._called is None else "reminder",
            turn=known.turn,
            dialogue=known.dialogue,
            read_backs=known.read_backs,
            outcome=known.outcome,
        )
