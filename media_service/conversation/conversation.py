"""One telephone conversation as a pure state machine: events in, commands out.

    LISTENING   nothing of Sophie's is to be heard and nothing is being worked on
    THINKING    the model writes or tools run, and nothing is audible
    SPEAKING    something said is still to be heard
    PAUSED      a sound silenced her; she goes on with the words not yet heard if nothing follows it
    CLOSING     the last line is being heard; then the line is closed
    ENDED       the line is gone

The state is read off what is open (playback, reply, tools, closing), never stored beside it, so the two cannot
disagree. Every answer that comes late carries the number of its reply and is dropped when that reply has passed, except
what tools answer: the booking happened, so it is always recorded.

It knows no sockets, no clock, no task: `now` is an argument in seconds of any steady clock, `deadline` is the next
moment it wants to be woken.
"""

from collections.abc import Callable, Mapping
from enum import Enum

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.answering import Answering
from media_service.conversation.called import Called, Person
from media_service.conversation.closing import Closing
from media_service.conversation.common import in_common
from media_service.conversation.floor import Floor
from media_service.conversation.history import marked
from media_service.conversation.lines import CalledLines, Limits, Lines
from media_service.conversation.marks import Marks
from media_service.conversation.other_language import OtherLanguage
from media_service.conversation.outcome import Ending
from media_service.conversation.presence import Presence
from media_service.conversation.resumed import Resumed, SoFar
from media_service.conversation.timers import Timer
from shared.domain.wording.wording import Language

State = Enum("State", "LISTENING THINKING SPEAKING PAUSED CLOSING ENDED")


class Conversation:
    """One per call; not thread-safe, never waits."""

    def __init__(
        self,
        lines: Lines,
        limits: Limits | None = None,
        resumed: Resumed | None = None,
        called: tuple[CalledLines, Person] | None = None,
        stranger: bool = False,
    ) -> None:
        """`stranger`: nobody vouches for the number that the call comes from."""
        self._common = common = in_common(lines, limits or Limits())
        self._speaking = common.speaking
        self._timers = common.timers
        self._answering = Answering(self, common)
        self._floor = Floor(self, common, self._answering)
        self._closing = Closing(common)
        self._presence = Presence(self, common, stranger)
        self._marks = Marks(common)
        self._other_language = OtherLanguage(self, lines.other_language, self._speaking, common.out)
        self._called = None if called is None else self._calls(*called)
        self._patience = self._floor.patience
        self._languages: tuple[str, ...] = ()
        self._cut_in = False
        self._turn = 0
        self._caller_words: str | None = None
        self._must_warn = False
        self._resumed = resumed
        self._when = self._what_is_due()
        if resumed is not None:
            self._recall(resumed.so_far)

    def _calls(self, lines: CalledLines, person: Person) -> Called:
        return Called(self, self._common, lines, person, self._answering.asked_person, self._floor.wants_number)

    def _what_is_due(self) -> Mapping[Timer, Callable[[], None]]:
        playback = self._speaking.playback
        return {
            Timer.FILLER: self._answering.fill,
            Timer.HEDGE: self._answering.ask_again,
            Timer.FALLBACK: self._answering.ask_fallback,
            Timer.GIVE_UP: self._answering.give_up,
            Timer.SILENCE: self._presence.nobody_speaks,
            Timer.RUN_ON: self._presence.end_recording,
            Timer.LOST_TURN: self._floor.turn_was_lost,
            Timer.SOUND: self._floor.is_free,
            Timer.INCOMPLETE: self._floor.nothing_followed,
            Timer.KEYS: self._floor.keys_ended,
            Timer.LATE_MARK: playback.let_all_through,
            Timer.MARKS: playback.assume_heard,
            Timer.VOICE: self._voice_is_lost,
            Timer.CLOSING: self._closing.waited,
            Timer.WARNING: self._warn,
            Timer.CALL: self._end_for_its_length,
            **({Timer.HELLO: self._called.waited} if self._called is not None else {}),
        }

    def _recall(self, so_far: SoFar) -> None:
        """The turn that broke off counts as over, whether or not the first stream could still keep it."""
        self._turn = so_far.turn + 1
        self._common.history.recall(so_far.dialogue)
        self._answering.recall(so_far.read_backs, done=so_far.outcome is not None)
        if so_far.outcome is not None:
            self._common.outcome.wrote(so_far.outcome)
        if so_far.language in self._speaking.lines.spoken_in:
            self._speaking.change_language(so_far.language)

    # What the shell sees

    @property
    def state(self) -> State:
        if self._closing.line_gone:
            return State.ENDED
        if self._closing.last_line:
            return State.CLOSING
        if self._speaking.paused:
            return State.PAUSED
        if self._speaking.talking:
            return State.SPEAKING
        return State.THINKING if self._answering.writing or self._answering.tools_run else State.LISTENING

    @property
    def deadline(self) -> float | None:
        """When `wake` is wanted next, in the seconds of `now`."""
        return None if self._closing.over else self._timers.next

    @property
    def turn(self) -> int:
        """The number of the turn that is going on: it begins with the caller's words and ends with their next."""
        return self._turn

    @property
    def so_far(self) -> SoFar:
        """As the caller has heard it up to now."""
        heard, read_backs = self._common.history.heard(), self._answering.read_backs_heard
        return SoFar(self._turn, heard, read_backs, self._common.outcome.written, self._speaking.language)

    # What its parts ask of the call

    @property
    def must_be_silent(self) -> bool:
        return self._floor.caller_speaks or self._opting_out

    @property
    def _opting_out(self) -> bool:
        return self._called is not None and self._called.opting_out

    @property
    def closing(self) -> bool:
        return self._closing.begun

    @property
    def line_closed(self) -> bool:
        return self._closing.line_closed

    def close_after_this(self, ending: Ending) -> None:
        self._floor.give_up()
        self._speaking.go_on()
        self._closing.after_this(ending)

    def fall_silent(self) -> None:
        """Nothing of what is being said or worked on is wanted any more."""
        self._answering.drop()
        self._speaking.stop(self._common.now)
        self._floor.give_up()

    def say_goodbye(self, line: str, outcome: str, ending: Ending = "goodbye") -> None:
        self._close(ending, line, outcome)

    def wants_a_person(self) -> None:
        self.hand_over(self._speaking.lines.to_person)

    def hand_over(self, line: str) -> None:
        self._close("transfer", line, "transferred")

    def hand_over_broken(self) -> None:
        self._close("transfer", self._speaking.lines.apology, "failed")

    def _close(self, ending: Ending, line: str, outcome: str) -> None:
        """Say the last line; the call ends on its mark."""
        if self.closing or self.line_closed:
            return
        self.fall_silent()
        self._closing.after_this(ending)
        self._common.outcome.suggest(outcome)
        self._speaking.line(line)

    # Events and time

    def receive(self, event: ev.Event, now: float) -> list[do.Command]:
        """Take in one event; the commands are to be carried out in order."""
        if self._closing.over or (self._closing.line_gone and not isinstance(event, ev.ToolDone | ev.OptOutKept)):
            return []
        self._common.now = now
        self._take(event)
        if isinstance(event, ev.ReplyText) and not self._common.out:
            # The commonest event by far, a piece of a sentence: nothing follows from it before the sentence is whole.
            return []
        return self._settle()

    def wake(self, now: float) -> list[do.Command]:
        """Take in that time has passed."""
        if self._closing.over:
            return []
        self._common.now = now
        while (timer := self._timers.pop_due(now)) is not None:
            self._when[timer]()
        return self._settle()

    def _take(self, event: ev.Event) -> None:
        if self._called is not None and self._called.takes(event):
            return
        match event:
            case ev.MarkReturned(name):
                self._marks.returned(name)
            case ev.SpeechStarted(""):
                self._floor.sound()
            case ev.SpeechStarted(transcript) | ev.Interim(transcript):
                self._floor.speaks(transcript)
            case ev.EagerEndOfTurn(transcript, words):
                self._floor.turn_probably_ended(transcript, marked(transcript, words))
            case ev.TurnResumed():
                self._floor.turn_resumed()
            case ev.TurnEnded(transcript, words, languages):
                self._languages = languages
                self._floor.spoke(transcript, marked(transcript, words))
                self._languages = ()
            case ev.ReplyText(reply, text):
                self._answering.reply_text(reply, text)
            case ev.ReplyDone(reply, calls):
                self._answering.reply_done(reply, calls)
            case ev.ReplyFailed(reply):
                self._answering.reply_failed(reply)
            case ev.ToolDone():
                self._answering.tool_done(event)
            case ev.ToolLate():
                self._answering.tool_late(event)
            case ev.CallbackTaken(taken):
                self._other_language.callback_taken(taken)
            case ev.SpeechFinished(utterance, ms, pauses):
                self._speaking.playback.finished(utterance, ms, pauses)
            case ev.SpeechFailed(utterance):
                if self._speaking.playback.failed(utterance):
                    self.hand_over_broken()
            case ev.KeyPressed(digit):
                self._floor.key(digit)
            case ev.StreamStarted():
                self._begin()
            case ev.StreamEnded(abnormal):
                self._stream_ended(abnormal)
            case ev.CallerOnFile():
                self._presence.vouched_for()
            case ev.DrainRequested(elsewhere=True):
                self._leave()
            case ev.RecogniserLost() | ev.DrainRequested():
                self.hand_over_broken()

    def _begin(self) -> None:
        self._timers.set(Timer.WARNING, self._common.now + self._common.limits.warning)
        self._timers.set(Timer.CALL, self._common.now + self._common.limits.call)
        if self._resumed is not None:
            self._go_on(self._resumed)
        elif self._called is not None:
            self._called.begin()
        else:
            self._speaking.line(self._speaking.lines.greeting)

    def _go_on(self, resumed: Resumed) -> None:
        self._speaking.line(resumed.opening)
        self._common.history.note(resumed.note)
        if resumed.owed:
            self._answering.ask()

    def _leave(self) -> None:
        """Begin nothing more: the call goes on elsewhere. One that is ending anyway ends here."""
        if not self.closing:
            self.fall_silent()
            self._closing.leave()

    def _warn(self) -> None:
        self._must_warn = True

    def _voice_is_lost(self) -> None:
        if self.closing:
            self._speaking.playback.give_up_unmade()
        else:
            self.hand_over_broken()

    def _end_for_its_length(self) -> None:
        self.say_goodbye(self._speaking.lines.goodbye, "answered")

    def _stream_ended(self, abnormal: bool) -> None:
        outcome, closed_by_us = self._common.outcome, self._closing.closed_by_us
        # A line that we closed has ended as it should, however the carrier let go of it.
        if abnormal and not closed_by_us:
            outcome.suggest("failed")
        elif self._called is None and self._answering.read_back_open and not closed_by_us:
            outcome.suggest("abandoned")
        elif self._caller_words is not None or self._turn > 0:
            outcome.suggest("answered")
        self._answering.drop()
        self._speaking.line_gone(self._common.now)
        self._keep_turn(self._common.history.heard_since_caller(), self._floor.cut_in)
        self._closing.line_gone = True
        self._timers.clear()

    # What follows from the state alone, after every event

    def _settle(self) -> list[do.Command]:
        if self._called is not None:
            self._called.settle()
        if self._closing.line_gone and self._answering.settled and not self._opting_out:
            # Not before the last tool has answered.
            self._closing.end()
        if self._closing.begun:
            self._closing.settle(self._answering.tools_run)
        if not self.line_closed:
            self._watch_over_silence()
            self._set_patience()
            self._speaking.let_through(self._common.now)
        out = self._common.out[:]
        self._common.out.clear()
        return out

    def _set_patience(self) -> None:
        """The recogniser is told when what was asked, or how the caller speaks, calls for more or less patience."""
        if (patience := self._floor.patience) is not self._patience:
            before, self._patience = self._patience, patience
            if patience != before:
                self._common.out.append(do.SetPatience(patience))

    def _watch_over_silence(self) -> None:
        caller_speaks = self._floor.caller_speaks
        state = self.state
        if state is State.THINKING and not self._floor.awaits_more:
            self._answering.cover_tools()
        quiet = state is State.LISTENING and not self._floor.awaits_more
        quiet = quiet and not self._timers.running(Timer.HELLO)
        if quiet and self._must_warn:
            self._must_warn = False
            self._speaking.line(self._speaking.lines.closing_soon)
            return
        self._presence.watch(quiet, caller_speaks and self._floor.cut_in)
        self._timers.keep(Timer.LOST_TURN, caller_speaks, self._common.now + self._common.limits.lost_turn)
        self._marks.watch()

    # The caller

    def caller_said(self, words: str, heard: str, *, cut_in: bool) -> None:
        self._keep_turn(heard, cut_in)
        self._caller_words, self._cut_in = words, cut_in
        self._presence.caller_said()

    def own_answer(self, words: str) -> Callable[[], None] | None:
        if self.hears_recording(words, self._cut_in):
            return self._presence.end_recording
        return self._other_language.answer_to(words, self._languages)

    def hears_recording(self, words: str, cut_in: bool) -> bool:
        return self._called is None and self._presence.is_recording(words, cut_in)

    def change_language(self, language: Language) -> None:
        """Tell the caller so, then answer what they have said."""
        self._common.out.append(do.ChangeLanguage(language))
        self._speaking.change_language(language)
        self._speaking.line(self._speaking.lines.greeting)
        self._answering.ask()

    def _keep_turn(self, heard: str, cut_in: bool) -> None:
        """The exchange that is now over, as it was really heard."""
        if self._caller_words is not None or heard:
            self._common.out.append(do.KeepTurn(self._turn, self._caller_words, heard, cut_in))
        self._turn += 1
        self._caller_words = None
