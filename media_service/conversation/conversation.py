"""One telephone conversation as a pure state machine: events in, commands out.

    LISTENING   nothing of Sophie's is to be heard and nothing is being worked on
    THINKING    the model writes or tools run, and nothing is audible
    SPEAKING    something said is still to be heard
    CLOSING     the last line is being heard; then the line is closed
    ENDED       the line is gone

The state is read off what is open (playback, reply, tools, closing), never stored beside it, so the two cannot
disagree. Every answer that comes late carries the number of its reply and is dropped when that reply has passed, except
what tools answer: the booking happened, so it is always recorded.

It knows no sockets, no clock, no task: `now` is an argument in seconds of any steady clock, `deadline` is the next
moment it wants to be woken.
"""

from enum import Enum

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.answering import Answering
from media_service.conversation.history import History, marked
from media_service.conversation.keypad import Keypad
from media_service.conversation.lines import Limits, Lines
from media_service.conversation.outcome import Ending, Outcome
from media_service.conversation.speaking import Speaking
from media_service.conversation.timers import Timer, Timers

State = Enum("State", "LISTENING THINKING SPEAKING CLOSING ENDED")


class Conversation:
    """One per call; not thread-safe, never waits."""

    def __init__(self, lines: Lines, limits: Limits | None = None) -> None:
        self._lines = lines
        self._limits = limits or Limits()
        self._out: list[do.Command] = []
        self._history = History()
        self._speaking = Speaking(lines, self._history, self._out)
        self._timers = Timers()
        self._keypad = Keypad()
        self._outcome = Outcome()
        self._answering = Answering(
            self, lines, self._limits, self._history, self._speaking, self._timers, self._outcome, self._out
        )
        self.now = 0.0
        self._turn = 0
        self._caller_words: str | None = None
        self._interim: str | None = None
        self._barged_in = False
        self._cut_short = False
        self._asked_if_there = 0
        self._closing: Ending | None = None
        self._ended_by_us = False
        self._line_gone = False
        self._over = False

    # What the shell sees

    @property
    def state(self) -> State:
        if self._line_gone:
            return State.ENDED
        if self._closing:
            return State.CLOSING
        if self._speaking.talking:
            return State.SPEAKING
        return State.THINKING if self._answering.writing or self._answering.tools_run else State.LISTENING

    @property
    def deadline(self) -> float | None:
        """When `wake` is wanted next, in the seconds of `now`."""
        return None if self._over else self._timers.next

    # What an answer asks of the call

    @property
    def caller_speaks(self) -> bool:
        return self._interim is not None

    @property
    def closing(self) -> bool:
        return self._closing is not None

    @property
    def line_closed(self) -> bool:
        return self._ended_by_us or self._line_gone

    def close_after_this(self, ending: Ending) -> None:
        self._closing = ending

    def hand_over_broken(self) -> None:
        self._close("transfer", self._lines.apology, "failed")

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
        match event:
            case ev.MarkReturned(name):
                self._speaking.playback.returned(name)
            case ev.SpeechStarted(transcript) | ev.Interim(transcript):
                self._caller_speaks(transcript)
            case ev.TurnEnded(transcript, words):
                self._caller_spoke(transcript, marked(transcript, words))
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
            case ev.SpeechFinished(utterance, ms):
                self._speaking.playback.finished(utterance, ms)
            case ev.SpeechFailed(utterance):
                self._speaking.playback.failed(utterance)
                self.hand_over_broken()
            case ev.KeyPressed(digit):
                self._key(digit)
            case ev.StreamStarted():
                self._timers.set(Timer.CALL, self.now + self._limits.call)
                self._speaking.line(self._lines.greeting)
            case ev.StreamEnded(abnormal):
                self._stream_ended(abnormal)
            case ev.RecogniserLost() | ev.DrainRequested():
                self.hand_over_broken()
            case ev.EagerEndOfTurn() | ev.TurnResumed():
                pass

    def _settle(self) -> list[do.Command]:
        """What follows from the state alone, after every event: closing, and the timers that watch over silence."""
        if self._line_gone and self._answering.settled and not self._over:
            # Not before the last tool has answered: what it did is part of the outcome.
            self._over = True
            handed_over = self._ended_by_us and self._closing == "transfer"
            self._out.append(do.CallOver(self._outcome.final(), handed_over))
        busy = self._speaking.talking or self._answering.tools_run
        if self._closing and not (self.line_closed or busy):
            self._ended_by_us = True
            self._out.append(do.EndCall(self._closing))
            self._timers.clear()
        if not self.line_closed:
            self._watch_over_silence()
        out = self._out[:]
        self._out.clear()
        return out

    def _watch_over_silence(self) -> None:
        playback = self._speaking.playback
        quiet = self.state is State.LISTENING and self._interim is None
        self._timers.keep(Timer.SILENCE, quiet, self.now + self._limits.caller_silence)
        self._timers.keep(Timer.LOST_TURN, self._interim is not None, self.now + self._limits.lost_turn)
        # Marks may be lost: speech that was all sent is over some time after it must have been played.
        if not playback.talking or playback.unsent:
            self._timers.drop(Timer.MARKS)
        elif not self._timers.running(Timer.MARKS):
            self._timers.set(Timer.MARKS, self.now + playback.unheard_ms / 1000 + self._limits.lost_marks)

    # The caller

    def _caller_speaks(self, transcript: str) -> None:
        if not transcript.strip() or self._closing:
            return
        self._timers.drop(Timer.LOST_TURN)
        self._interim = transcript
        self._interrupt()

    def _interrupt(self) -> None:
        """The caller has the floor: nothing of what Sophie was about to say is said."""
        self._cut_short = self._cut_short or self._speaking.talking or self._answering.writing
        self._barged_in = self._barged_in or self._speaking.talking
        self._answering.drop()
        self._speaking.stop()

    def _caller_spoke(self, transcript: str, for_model: str) -> None:
        self._interim = None
        if self._closing:
            return
        if not transcript.strip():
            # A sound without words took the floor, if anything did: Sophie takes it back.
            self._answering.go_on(self._cut_short)
            self._cut_short = False
            return
        self._interrupt()
        self._cut_short = False
        self._keep_turn()
        self._caller_words = transcript
        self._asked_if_there = 0
        self._history.caller_said(for_model)
        self._answering.answer(for_model)

    def _keep_turn(self) -> None:
        """The exchange that is now over, as it was really heard."""
        heard = self._history.heard_since_caller()
        if self._caller_words is not None or heard:
            self._out.append(do.KeepTurn(self._turn, self._caller_words, heard, self._barged_in))
        self._turn += 1
        self._caller_words, self._barged_in = None, False

    def _key(self, digit: str) -> None:
        if self._closing or not self._keypad.press(digit):
            return
        self._interrupt()
        if self._keypad.complete:
            self._keys_ended()
        else:
            self._timers.set(Timer.KEYS, self.now + self._limits.keys)

    def _keys_ended(self) -> None:
        self._timers.drop(Timer.KEYS)
        keys = self._keypad.take()
        if keys == "0":
            self._close("transfer", self._lines.to_person, "transferred")
        else:
            self._caller_spoke(keys, keys)

    # The end

    def _close(self, ending: Ending, line: str, outcome: str) -> None:
        """Say the last line; the call ends on its mark."""
        if self._closing is not None:
            return
        self._answering.drop()
        self._speaking.stop()
        self._interim = None
        self._closing = ending
        self._outcome.suggest(outcome)
        self._speaking.line(line)

    def _stream_ended(self, abnormal: bool) -> None:
        # A line that we closed has ended as it should, however the carrier let go of it.
        if abnormal and not self._ended_by_us:
            self._outcome.suggest("failed")
        elif self._caller_words is not None or self._turn > 0:
            self._outcome.suggest("answered")
        self._answering.drop()
        self._speaking.playback.clear()
        self._keep_turn()
        self._line_gone = True
        self._timers.clear()

    def _time_out(self, timer: Timer) -> None:
        match timer:
            case Timer.FILLER:
                self._answering.fill()
            case Timer.FALLBACK:
                self._answering.ask_fallback()
            case Timer.GIVE_UP:
                self._answering.give_up()
            case Timer.SILENCE:
                self._nobody_speaks()
            case Timer.LOST_TURN:
                words = self._interim or ""
                self._caller_spoke(words, words)
            case Timer.MARKS:
                self._speaking.playback.assume_heard()
            case Timer.KEYS:
                self._keys_ended()
            case Timer.CALL:
                self._close("goodbye", self._lines.goodbye, "answered")

    def _nobody_speaks(self) -> None:
        if self._asked_if_there < len(self._lines.still_there):
            self._asked_if_there += 1
            self._speaking.line(self._lines.still_there[self._asked_if_there - 1])
        else:
            self._close("goodbye", self._lines.goodbye, "answered" if self._turn else "abandoned")
