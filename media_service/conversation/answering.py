"""Sophie's answer to a turn of the caller: the model writes it, tools run for it, their words are spoken in it.

It decides what may be spoken of what the model writes and what becomes of tools' answers; which of its requests the
model answers is decided in `asking`; whose turn it is to speak, and when the call ends, it asks of the call.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.asking import Asking
from media_service.conversation.claims import Claim
from media_service.conversation.common import Common
from media_service.conversation.history import SophieSaid
from media_service.conversation.outcome import Ending
from media_service.conversation.playback import Utterance
from media_service.conversation.read_backs import ReadBacks
from media_service.conversation.reply import FalseClaim, Reply
from media_service.conversation.timers import Timer
from media_service.conversation.tools import READ_ONLY, ToolRounds

_FALSE_CLAIM = (
    "Your last sentence was not spoken: it told the caller how an appointment stands, and no tool has said so since "
    "the caller's last words. Call a tool, or say something else."
)


@dataclass(slots=True)
class Ahead:
    """What is prepared for a turn that is only probably over: pieces to be spoken, and tools that would change
    something, both kept back until it is. `since` is the length of the history before it."""

    since: int
    pieces: list[tuple[Reply, list[str | FalseClaim]]] = field(default_factory=list)
    calls: tuple[SophieSaid, tuple[ev.ToolCall, ...]] | None = None


class Call(Protocol):
    """What an answer must know of the call, and may ask of it."""

    @property
    def must_be_silent(self) -> bool:
        """Whether the caller has the floor, or nothing is to be said for another reason."""

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

    def __init__(self, call: Call, common: Common) -> None:
        self._call = call
        self._common = common
        self._history = common.history
        self._speaking = common.speaking
        self._timers = common.timers
        self._asking = Asking(common)
        self._tools = ToolRounds(common.limits)
        self._read_backs = ReadBacks()
        self._ahead: Ahead | None = None
        self._waits_for: tuple[str, ...] = ()
        self._borne_out = Claim.NOTHING
        self._claims_refused = 0
        self._confirmed: str | None = None
        self._typed: str | None = None

    @property
    def writing(self) -> bool:
        """Whether the model is being waited for."""
        return self._asking.reply is not None and self._ahead is None

    @property
    def tools_run(self) -> bool:
        """Whether tools are being waited for."""
        return self._tools.running and self._ahead is None

    @property
    def idle(self) -> bool:
        """Whether nothing is being worked on or waits to be told."""
        return self._asking.reply is None and not self._tools.running and not self._tools.unspoken

    @property
    def ahead(self) -> bool:
        """Whether an answer is being prepared for a turn that is only probably over."""
        return self._ahead is not None

    @property
    def settled(self) -> bool:
        """Whether every tool that was ever run has answered."""
        return self._tools.settled

    @property
    def read_backs_heard(self) -> Mapping[str, str]:
        """By intent, what the caller has said since hearing its read-back."""
        return self._read_backs.heard

    @property
    def read_back_open(self) -> bool:
        """Whether something was prepared and the caller has not said yet whether to do it."""
        return self._read_backs.unanswered

    def recall(self, read_backs: Mapping[str, str], done: bool) -> None:
        """The read-backs that were heard in an earlier stream of the call, and what was said since. Where something was
        `done` in it, the first answer may say so: the caller may not have heard it."""
        self._read_backs.recall(read_backs)
        self._borne_out = Claim.DONE if done else Claim.NOTHING

    def asked_person(self, name: str, question: Utterance) -> None:
        """A question of ours whose answer a tool judges, as it judges that to a read-back."""
        self._read_backs.asked(name, question)

    def secret_typed(self, digits: str) -> None:
        """The caller has typed what only the tools may see."""
        self._typed = digits

    def answer(self, words: str) -> None:
        """The caller has finished a turn: begin to answer it."""
        self.hear(words)
        self.ask()

    def hear(self, words: str) -> None:
        """The caller has finished a turn that somebody else answers."""
        self._history.caller_said(words)
        self._new_turn()
        self._read_backs.caller_said(words)

    def _new_turn(self) -> None:
        self._claims_refused = 0
        self._borne_out = Claim.NOTHING
        self._tools.new_turn()

    def prepare(self, words: str) -> None:
        """The caller has probably finished a turn: begin to answer it, so that nothing is heard or changed yet."""
        self._ahead = Ahead(self._history.length)
        self._history.caller_said(words)
        self._new_turn()
        self.ask()

    def take_up(self, words: str) -> None:
        """The turn is over with just the words that it was prepared for: what was prepared is the answer."""
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            return
        self._read_backs.caller_said(words)
        for reply, pieces in ahead.pieces:
            if not self._speak(reply, pieces):
                return
        if self._asking.reply is not None:
            self._asking.watch()
            return
        self._asking.lose_patience()
        if ahead.calls is not None:
            self._run(*ahead.calls)
        elif self._tools.unspoken:
            self._speak_round()

    def withdraw(self) -> None:
        """The turn was not over: nothing was prepared."""
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            return
        self._asking.withdraw()
        self._tools.forget(self._history.withdraw_from(ahead.since))

    def go_on(self, cut_short: bool) -> None:
        """The floor is free again without a word of the caller's: say what was held back, or take up what was cut."""
        if self._tools.unspoken and self._asking.reply is None:
            self._speak_round()
        elif cut_short and not self._tools.running:
            self.ask()

    def drop(self) -> None:
        """Nobody wants what the model is writing."""
        self.withdraw()
        self._asking.drop()

    def cover_tools(self) -> None:
        """Nothing is audible and the floor is free: tools at work are not waited for in silence."""
        if self.tools_run and self._asking.reply is None and not self._timers.running(Timer.FILLER):
            self._timers.set(Timer.FILLER, self._common.now + self._common.limits.tools)

    def fill(self) -> None:
        """Cover the wait."""
        fitting = [line for tool in self._waits_for for line in self._speaking.lines.fillers_of.get(tool, ())]
        reply = self._asking.reply
        self._speaking.filler(reply.said if reply else None, fitting)
        self._timers.set(Timer.FILLER, self._common.now + self._common.limits.next_filler)

    def ask(self, model: do.Model = "first") -> None:
        if self._tools.running or self._tools.unspoken:
            self._tools.reply_owed = True
            if not self._tools.running:
                self._speak_round()
            return
        self._waits_for = ()
        self._asking.ask(model, self._borne_out, ahead=self.ahead)

    def ask_again(self) -> None:
        self._asking.ask_again()

    def ask_fallback(self) -> None:
        self.drop()
        self.ask("fallback")

    def reply_text(self, number: int, text: str) -> None:
        if (reply := self._asking.listened_to(number)) is not None:
            self._speak(reply, reply.feed(text))

    def _speak(self, reply: Reply, pieces: list[str | FalseClaim]) -> bool:
        """Say what the model has written; False when it may not be said and the reply was dropped."""
        if self._ahead is not None:
            self._ahead.pieces.append((reply, pieces))
            return True
        for piece in pieces:
            if isinstance(piece, FalseClaim):
                self._refuse_claim()
                return False
            self._speaking.say(reply.said, piece)
        if pieces:
            self._asking.heard_words()
        return True

    def _refuse_claim(self) -> None:
        self.drop()
        self._claims_refused += 1
        if self._claims_refused > 1:
            self._speaking.line(self._confirmed or self._speaking.lines.nothing_done)
            return
        self._history.note(_FALSE_CLAIM)
        self.ask()

    def reply_done(self, number: int, calls: tuple[ev.ToolCall, ...]) -> None:
        if (reply := self._asking.listened_to(number)) is None or not self._speak(reply, reply.finish()):
            return
        if not calls and not reply.characters:
            self.reply_failed(number)
            return
        self._asking.end()
        if self._ahead is not None and not READ_ONLY.issuperset(call.name for call in calls):
            self._ahead.calls = reply.said, calls
        elif calls:
            self._run(reply.said, calls)
        elif self._tools.unspoken:
            self._speak_round()

    def reply_failed(self, number: int) -> None:
        if self._asking.fails_beside_its_twin(number) or (reply := self._asking.listened_to(number)) is None:
            return
        if self._ahead is not None:
            self.withdraw()
        elif reply.answers:
            self._asking.end()
        elif reply.model == "first":
            self.ask_fallback()
        else:
            self._call.hand_over_broken()

    # Tools

    def _run(self, said: SophieSaid, calls: tuple[ev.ToolCall, ...]) -> None:
        started = self._tools.start(said, calls)
        if started is None:
            self._call.hand_over_broken()
            return
        self._common.out.extend(do.RunTool(call, self._read_backs.answers, self._typed) for call in started)
        self._waits_for = tuple(call.name for call in started)

    def tool_done(self, done: ev.ToolDone) -> None:
        if not self._tools.record(done):
            return
        self._borne_out = max(self._borne_out, Claim.DONE if done.changed else Claim(done.listed))
        if done.changed:
            self._confirmed = done.spoken
            self._common.outcome.wrote(done.outcome or "answered")
        elif done.outcome:
            self._common.outcome.suggest(done.outcome)
        self._tools_answered()

    def tool_late(self, late: ev.ToolLate) -> None:
        if self._tools.late(late.call_id, late.content):
            self._tools_answered()

    def _tools_answered(self) -> None:
        if self._ahead is not None:
            if self._tools.unspoken and self._tools.speechless and self._asking.reply is None:
                self._speak_round()
        elif self._tools.unspoken and not self._call.line_closed:
            self._timers.drop(Timer.FILLER)
            if not self._call.must_be_silent and self._asking.reply is None:
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
        self._timers.drop(Timer.FILLER)
        if done.intent is not None:
            self._read_backs.spoken(done.intent, utterance)

    def give_up(self) -> None:
        """Words that stopped in the middle leave the floor to the caller; none at all leave the call to the desk."""
        if (reply := self._asking.reply) is not None and reply.answers:
            self.drop()
        else:
            self._call.hand_over_broken()
