"""Sophie's answer to a turn of the caller: the model writes it, tools run for it, their words are spoken in it.

It decides what may be spoken of what the model writes and what becomes of tools' answers; whose turn it is to speak,
and when the call ends, it asks of the call.
"""

from typing import Protocol

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.claims import Claim
from media_service.conversation.history import History, SophieSaid
from media_service.conversation.lines import Limits, Lines
from media_service.conversation.outcome import Ending, Outcome
from media_service.conversation.read_backs import ReadBacks
from media_service.conversation.reply import FalseClaim, Model, Reply
from media_service.conversation.speaking import Speaking
from media_service.conversation.timers import Timer, Timers
from media_service.conversation.tools import ToolRounds

_FALSE_CLAIM = (
    "Your last sentence was not spoken: it told the caller how an appointment stands, and no tool has said so since "
    "the caller's last words. Call a tool, or say something else."
)
_MODEL_TIMERS = (Timer.FILLER, Timer.FALLBACK, Timer.GIVE_UP)


class Call(Protocol):
    """What an answer must know of the call, and may ask of it."""

    now: float

    @property
    def caller_speaks(self) -> bool:
        """Whether the caller has the floor."""

    @property
    def closing(self) -> bool:
        """Whether the last line is being heard, or was."""

    @property
    def line_closed(self) -> bool:
        """Whether nothing can be heard any more."""

    def close_after_this(self, ending: Ending) -> None:
        """What is being said is the last line."""

    def hand_over_broken(self) -> None:
        """It cannot go on: apologise and hand the caller to the desk."""


class Answering:
    """One per call."""

    def __init__(
        self,
        call: Call,
        lines: Lines,
        limits: Limits,
        history: History,
        speaking: Speaking,
        timers: Timers,
        outcome: Outcome,
        out: list[do.Command],
    ) -> None:
        self._call = call
        self._lines = lines
        self._limits = limits
        self._history = history
        self._speaking = speaking
        self._timers = timers
        self._outcome = outcome
        self._out = out
        self._tools = ToolRounds(limits)
        self._read_backs = ReadBacks()
        self._reply: Reply | None = None
        self._replies = 0
        self._borne_out = Claim.NOTHING
        self._claims_refused = 0
        self._confirmed: str | None = None

    @property
    def writing(self) -> bool:
        """Whether the model is being waited for."""
        return self._reply is not None

    @property
    def tools_run(self) -> bool:
        """Whether tools are being waited for."""
        return self._tools.running

    @property
    def settled(self) -> bool:
        """Whether every tool that was ever run has answered."""
        return self._tools.settled

    def answer(self, words: str) -> None:
        """The caller has finished a turn, which is in the history: begin to answer it."""
        self._claims_refused = 0
        self._borne_out = Claim.NOTHING
        self._tools.new_turn()
        self._read_backs.caller_said(words)
        self.ask()

    def go_on(self, cut_short: bool) -> None:
        """The floor is free again without a word of the caller's: say what was held back, or take up what was cut."""
        if self._tools.unspoken:
            self._speak_round()
        elif cut_short:
            self.ask()

    def drop(self) -> None:
        """Nobody wants what the model is writing."""
        if self._reply is not None:
            self._out.append(do.CancelReply(self._reply.number))
            self._reply = None
        self._timers.drop(*_MODEL_TIMERS)

    def fill(self) -> None:
        """Cover the wait."""
        self._speaking.filler(self._reply.said if self._reply else None)
        self._timers.drop(Timer.MARKS)
        self._timers.set(Timer.FILLER, self._call.now + self._limits.next_filler)

    def ask(self, model: Model = "first") -> None:
        self._timers.set(Timer.FILLER, self._call.now + self._limits.first_words)
        if self._tools.running:
            self._tools.reply_owed = True
            return
        if self._tools.unspoken:
            self._tools.reply_owed = True
            self._speak_round()
            return
        self._replies += 1
        messages = self._history.messages()
        said = self._history.sophie_says()
        self._reply = Reply(self._replies, said, model, self._borne_out, self._limits.reply_characters)
        self._out.append(do.StartReply(self._replies, messages, model))
        if model == "first":
            self._timers.set(Timer.FALLBACK, self._call.now + self._limits.fallback)
            self._timers.set(Timer.GIVE_UP, self._call.now + self._limits.give_up)

    def ask_fallback(self) -> None:
        self.drop()
        self.ask("fallback")
        self._timers.set(Timer.GIVE_UP, self._call.now + self._limits.give_up - self._limits.fallback)

    def _current(self, number: int) -> Reply | None:
        return self._reply if self._reply is not None and self._reply.number == number else None

    def reply_text(self, number: int, text: str) -> None:
        if (reply := self._current(number)) is not None:
            self._speak(reply, reply.feed(text))

    def _speak(self, reply: Reply, pieces: list[str | FalseClaim]) -> bool:
        """Say what the model has written; False when it may not be said and the reply was dropped."""
        for piece in pieces:
            if isinstance(piece, FalseClaim):
                self._refuse_claim()
                return False
            self._speaking.say(reply.said, piece)
            self._timers.drop(Timer.FILLER, Timer.FALLBACK, Timer.MARKS)
            self._timers.set(Timer.GIVE_UP, self._call.now + self._limits.give_up)
        return True

    def _refuse_claim(self) -> None:
        self.drop()
        self._claims_refused += 1
        if self._claims_refused > 1:
            self._speaking.line(self._confirmed or self._lines.nothing_done)
            return
        self._history.note(_FALSE_CLAIM)
        self.ask()

    def reply_done(self, number: int, calls: tuple[ev.ToolCall, ...]) -> None:
        if (reply := self._current(number)) is None or not self._speak(reply, reply.finish()):
            return
        if not calls and not reply.characters:
            self.reply_failed(number)
            return
        self._end_reply()
        if calls:
            self._run(reply.said, calls)
        elif self._tools.unspoken:
            self._speak_round()

    def reply_failed(self, number: int) -> None:
        if (reply := self._current(number)) is None:
            return
        if reply.characters:
            self._end_reply()
        elif reply.model == "first":
            self.ask_fallback()
        else:
            self._call.hand_over_broken()

    def _end_reply(self) -> None:
        self._reply = None
        self._timers.drop(*_MODEL_TIMERS)

    # Tools

    def _run(self, said: SophieSaid, calls: tuple[ev.ToolCall, ...]) -> None:
        started = self._tools.start(said, calls)
        if started is None:
            self._call.hand_over_broken()
            return
        self._out.extend(do.RunTool(call, self._read_backs.answers) for call in started)
        self._timers.set(Timer.FILLER, self._call.now + self._limits.tools)

    def tool_done(self, done: ev.ToolDone) -> None:
        if not self._tools.record(done):
            return
        self._borne_out = max(self._borne_out, Claim.DONE if done.changed else Claim(done.listed))
        if done.changed:
            self._confirmed = done.spoken
            self._outcome.wrote(done.outcome or "answered")
        elif done.outcome:
            self._outcome.suggest(done.outcome)
        self._tools_answered()

    def tool_late(self, late: ev.ToolLate) -> None:
        if self._tools.late(late.call_id, late.content):
            self._tools_answered()

    def _tools_answered(self) -> None:
        if self._tools.unspoken and not self._call.line_closed:
            self._timers.drop(Timer.FILLER)
            if not self._call.caller_speaks and self._reply is None:
                self._speak_round()

    def _speak_round(self) -> None:
        """All tools of a round have answered: say what they want said, then ask the model if anything is open."""
        overtaken = self._tools.reply_owed or self._call.closing
        answers = self._tools.take()
        for said, done in answers.to_speak(only_changes=overtaken):
            self._say_for_tool(said, done)
        if self._call.closing:
            return
        if answers.ending is not None and not overtaken:
            self._call.close_after_this(answers.ending)
        elif overtaken or answers.model_must_answer:
            self.ask()

    def _say_for_tool(self, said: SophieSaid, done: ev.ToolDone) -> None:
        utterance = self._speaking.say(self._history.sophie_says(), done.spoken or "")
        said.voiced[done.call_id] = utterance
        self._timers.drop(Timer.FILLER, Timer.MARKS)
        if done.intent is not None:
            self._read_backs.spoken(done.intent, utterance)

    def give_up(self) -> None:
        """Words that stopped in the middle leave the floor to the caller; none at all leave the call to the desk."""
        if self._reply is not None and self._reply.characters:
            self.drop()
        else:
            self._call.hand_over_broken()
