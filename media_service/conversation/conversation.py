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

from collections.abc import Callable
from enum import Enum

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.answering import Answering
from media_service.conversation.called import Called, Person
from media_service.conversation.floor import Floor
from media_service.conversation.history import History, marked
from media_service.conversation.lines import CalledLines, Limits, Lines
from media_service.conversation.other_language import OtherLanguage
from media_service.conversation.outcome import Ending, Outcome
from media_service.conversation.playback import LATE_MARK_SECONDS, SEND_AHEAD_MS
from media_service.conversation.recordings import is_recording
from media_service.conversation.resumed import Resumed, SoFar
from media_service.conversation.speaking import Speaking
from media_service.conversation.timers import Timer, Timers
from shared.domain.wording.wording import Language

# A recording that has not shown itself by then is answered as a person is.
_TURNS_OF_A_RECORDING = 2

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
        self._limits = limits or Limits()
        self._out: list[do.Command] = []
        self._history = History()
        self._speaking = Speaking(lines, self._history, self._out)
        self._timers = Timers()
        self._outcome = Outcome()
        self._answering = Answering(
            self, self._limits, self._history, self._speaking, self._timers, self._outcome, self._out
        )
        self._floor = Floor(self, self._limits, self._history, self._speaking, self._answering, self._timers)
        self._patience = self._floor.patience
        self._other_language = OtherLanguage(self, lines.other_language, self._speaking, self._out)
        self._languages: tuple[str, ...] = ()
        self._stranger = stranger
        self._cut_in = False
        self.now = 0.0
        self._turn = 0
        self._caller_words: str | None = None
        self._asked_if_there = 0
        self._must_warn = False
        self._waited_for_tools = False
        self._closing: Ending | None = None
        self._ended_by_us = False
        self._leaving = False
        self._line_gone = False
        self._over = False
        self._resumed = resumed
        self._called = None if called is None else self._calls(*called)
        if resumed is not None:
            self._recall(resumed.so_far)

    def _calls(self, lines: CalledLines, person: Person) -> Called:
        return Called(
            self,
            lines,
            person,
            self._limits,
            self._history,
            self._speaking,
            self._timers,
            self._out,
            self._answering.asked_person,
            self._floor.wants_number,
        )

    def _recall(self, so_far: SoFar) -> None:
        """The turn that broke off counts as over, whether or not the first stream could still keep it."""
        self._turn = so_far.turn + 1
        self._history.recall(so_far.dialogue)
        self._answering.recall(so_far.read_backs, done=so_far.outcome is not None)
        if so_far.outcome is not None:
            self._outcome.wrote(so_far.outcome)
        if so_far.language in self._speaking.lines.spoken_in:
            self._speaking.change_language(so_far.language)
            self._other_language.known()

    # What the shell sees

    @property
    def state(self) -> State:
        if self._line_gone:
            return State.ENDED
        if self._closing:
            return State.CLOSING
        if self._speaking.paused:
            return State.PAUSED
        if self._speaking.talking:
            return State.SPEAKING
        return State.THINKING if self._answering.writing or self._answering.tools_run else State.LISTENING

    @property
    def deadline(self) -> float | None:
        """When `wake` is wanted next, in the seconds of `now`."""
        return None if self._over else self._timers.next

    @property
    def turn(self) -> int:
        """The number of the turn that is going on: it begins with the caller's words and ends with their next."""
        return self._turn

    @property
    def so_far(self) -> SoFar:
        """As the caller has heard it up to now."""
        heard, read_backs = self._history.heard(), self._answering.read_backs_heard
        return SoFar(self._turn, heard, read_backs, self._outcome.written, self._speaking.language)

    # What an answer asks of the call

    @property
    def caller_speaks(self) -> bool:
        return self._floor.caller_speaks

    @property
    def closing(self) -> bool:
        return self._closing is not None or self._leaving

    @property
    def line_closed(self) -> bool:
        return self._ended_by_us or self._line_gone or self._leaving

    def close_after_this(self, ending: Ending) -> None:
        self._floor.give_up()
        self._closing = ending

    def fall_silent(self) -> None:
        """Nothing of what is being said or worked on is wanted any more."""
        self._answering.drop()
        self._speaking.stop(self.now)
        self._floor.give_up()

    def say_goodbye(self, line: str, outcome: str, ending: Ending = "goodbye") -> None:
        self._close(ending, line, outcome)

    def hand_over_broken(self) -> None:
        self._close("transfer", self._speaking.lines.apology, "failed")

    # Events and time

    def receive(self, event: ev.Event, now: float) -> list[do.Command]:
        """Take in one event; the commands are to be carried out in order."""
        if self._over or (self._line_gone and not isinstance(event, ev.ToolDone)):
            return []
        self.now = now
        self._take(event)
        return self._settle()

    def wake(self, now: float) -> list[do.Command]:
        """Take in that time has passed."""
        if self._over:
            return []
        self.now = now
        for timer in self._timers.pop_due(now):
            self._time_out(timer)
        return self._settle()

    def _take(self, event: ev.Event) -> None:
        if self._called is not None and self._called.takes(event):
            return
        match event:
            case ev.MarkReturned(name):
                if self._speaking.playback.returned(name, self.now):
                    self._timers.drop(Timer.LATE_MARK)
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
                self._speaking.playback.failed(utterance)
                self.hand_over_broken()
            case ev.KeyPressed(digit):
                self._floor.key(digit)
            case ev.StreamStarted():
                self._timers.set(Timer.WARNING, self.now + self._limits.warning)
                self._timers.set(Timer.CALL, self.now + self._limits.call)
                self._open(self._resumed)
            case ev.StreamEnded(abnormal):
                self._stream_ended(abnormal)
            case ev.CallerOnFile():
                self._stranger = False
            case ev.DrainRequested(elsewhere=True):
                self._leave()
            case ev.RecogniserLost() | ev.DrainRequested():
                self.hand_over_broken()

    def _open(self, resumed: Resumed | None) -> None:
        if self._called is not None and resumed is None:
            self._called.begin()
        elif resumed is None:
            self._speaking.line(self._speaking.lines.greeting)
        else:
            self._go_on(resumed)

    def _go_on(self, resumed: Resumed) -> None:
        self._speaking.line(resumed.opening)
        self._history.note(resumed.note)
        if resumed.owed:
            self._answering.ask()

    def _settle(self) -> list[do.Command]:
        """What follows from the state alone, after every event: closing, and the timers that watch over silence."""
        if self._called is not None:
            self._called.settle()
        if self._line_gone and self._answering.settled and not self._over:
            # Not before the last tool has answered: what it did is part of the outcome.
            self._over = True
            handed_over = self._ended_by_us and self._closing == "transfer"
            self._out.append(do.CallOver(self._outcome.final(), handed_over))
        if self._closing and not (self.line_closed or self._speaking.talking or self._speaking.paused):
            if self._answering.tools_run and not self._waited_for_tools:
                # What a tool has changed is still told, if it says so in time.
                self._timers.keep(Timer.CLOSING, True, self.now + self._limits.closing)
            else:
                self._ended_by_us = True
                self._out.append(do.EndCall(self._closing))
                self._timers.clear()
        if self._leaving and not (self._ended_by_us or self._line_gone):
            self._move()
        if not self.line_closed:
            self._watch_over_silence()
            self._set_patience()
            self._speaking.let_through(self.now)
        out = self._out[:]
        self._out.clear()
        return out

    def _set_patience(self) -> None:
        """The recogniser is told when what was asked, or how the caller speaks, calls for more or less patience."""
        if (patience := self._floor.patience) is not self._patience and patience != self._patience:
            self._patience = patience
            self._out.append(do.SetPatience(patience))

    def _watch_over_silence(self) -> None:
        playback = self._speaking.playback
        quiet = self.state is State.LISTENING and not self._floor.awaits_more
        quiet = quiet and not self._timers.running(Timer.HELLO)
        if quiet and self._must_warn:
            self._must_warn = False
            self._speaking.line(self._speaking.lines.closing_soon)
            return
        patience = self._limits.stranger_silence if self._unknown_yet else self._limits.caller_silence
        self._timers.keep(Timer.SILENCE, quiet, self.now + patience)
        runs_on = self._floor.caller_speaks and self._unknown_yet and self._floor.cut_in
        self._timers.keep(Timer.RUN_ON, runs_on, self.now + self._limits.run_on)
        self._timers.keep(Timer.LOST_TURN, self._floor.caller_speaks, self.now + self._limits.lost_turn)
        # Marks may be lost: then what is held back is sent without them, and speech that was all made is over some time
        # after it must have been played.
        late = self.now + SEND_AHEAD_MS / 1000 + LATE_MARK_SECONDS
        self._timers.keep(Timer.LATE_MARK, playback.holds_back, late)
        if not playback.talking or playback.unsent:
            self._timers.drop(Timer.MARKS)
        elif not self._timers.running(Timer.MARKS):
            self._timers.set(Timer.MARKS, self.now + playback.unheard_ms / 1000 + self._limits.lost_marks)

    # The caller

    def caller_said(self, words: str, heard: str, *, cut_in: bool) -> None:
        self._keep_turn(heard, cut_in)
        self._caller_words, self._cut_in = words, cut_in
        self._asked_if_there = 0

    def own_answer(self, words: str) -> Callable[[], None] | None:
        languages, self._languages = self._languages, ()
        if self.hears_recording(words, self._cut_in):
            return self._end_recording
        return self._other_language.answer_to(words, languages)

    def hears_recording(self, words: str, cut_in: bool) -> bool:
        """Whether a call begins with what only a machine says, so that no model is asked to answer it."""
        return self._called is None and self._turn <= _TURNS_OF_A_RECORDING and is_recording(words, cut_in)

    def _end_recording(self) -> None:
        self._close("goodbye", self._speaking.lines.goodbye, "spam")

    @property
    def _unknown_yet(self) -> bool:
        """Whether nobody vouches for the caller, who has not finished a sentence yet."""
        return self._stranger and self._turn == 0

    def change_language(self, language: Language) -> None:
        """Tell the caller so, then answer what they have said."""
        self._out.append(do.ChangeLanguage(language))
        self._speaking.change_language(language)
        self._speaking.line(self._speaking.lines.greeting)
        self._answering.ask()

    def wants_a_person(self) -> None:
        self.hand_over(self._speaking.lines.to_person)

    def hand_over(self, line: str) -> None:
        self._close("transfer", line, "transferred")

    def _keep_turn(self, heard: str, cut_in: bool) -> None:
        """The exchange that is now over, as it was really heard."""
        if self._caller_words is not None or heard:
            self._out.append(do.KeepTurn(self._turn, self._caller_words, heard, cut_in))
        self._turn += 1
        self._caller_words = None

    # The end

    def _leave(self) -> None:
        """Begin nothing more: the call goes on elsewhere. One that is ending anyway ends here."""
        if self.closing:
            return
        self.fall_silent()
        self._leaving = True

    def _move(self) -> None:
        """As soon as no tool is at work, or has been for too long: what it has done is part of what is kept."""
        if self._answering.tools_run and not self._waited_for_tools:
            self._timers.keep(Timer.CLOSING, True, self.now + self._limits.closing)
            return
        self._ended_by_us = True
        self._out.append(do.MoveCall())
        self._timers.clear()

    def _close(self, ending: Ending, line: str, outcome: str) -> None:
        """Say the last line; the call ends on its mark."""
        if self.closing:
            return
        self.fall_silent()
        self._closing = ending
        self._outcome.suggest(outcome)
        self._speaking.line(line)

    def _stream_ended(self, abnormal: bool) -> None:
        # A line that we closed has ended as it should, however the carrier let go of it.
        if abnormal and not self._ended_by_us:
            self._outcome.suggest("failed")
        elif self._called is None and self._answering.read_back_open and not self._ended_by_us:
            self._outcome.suggest("abandoned")
        elif self._caller_words is not None or self._turn > 0:
            self._outcome.suggest("answered")
        self._answering.drop()
        self._speaking.playback.clear(self.now)
        self._keep_turn(self._history.heard_since_caller(), self._floor.cut_in)
        self._line_gone = True
        self._timers.clear()

    def _time_out(self, timer: Timer) -> None:
        match timer:
            case Timer.FILLER:
                self._answering.fill()
            case Timer.HEDGE:
                self._answering.hedge()
            case Timer.FALLBACK:
                self._answering.ask_fallback()
            case Timer.GIVE_UP:
                self._answering.give_up()
            case Timer.SILENCE:
                self._nobody_speaks()
            case Timer.LOST_TURN:
                self._floor.turn_was_lost()
            case Timer.SOUND:
                self._floor.is_free()
            case Timer.INCOMPLETE:
                self._floor.nothing_followed()
            case Timer.LATE_MARK:
                self._speaking.playback.let_all_through()
            case Timer.MARKS:
                self._speaking.playback.assume_heard()
            case Timer.KEYS:
                self._floor.keys_ended()
            case Timer.CLOSING:
                self._waited_for_tools = True
            case Timer.WARNING:
                self._must_warn = True
            case Timer.HELLO:
                if self._called is not None:
                    self._called.waited()
            case Timer.RUN_ON:
                self._end_recording()
            case Timer.CALL:
                self._close("goodbye", self._speaking.lines.goodbye, "answered")

    def _nobody_speaks(self) -> None:
        asked_at_most = 1 if self._unknown_yet else len(self._speaking.lines.still_there)
        if self._asked_if_there < asked_at_most:
            self._asked_if_there += 1
            self._speaking.line(self._speaking.lines.still_there[self._asked_if_there - 1])
        else:
            self._close("goodbye", self._speaking.lines.goodbye, "answered" if self._turn else "abandoned")
