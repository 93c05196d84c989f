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
from media_service.conversation.claims import Claim
from media_service.conversation.history import History, SophieSaid, marked
from media_service.conversation.keypad import Keypad
from media_service.conversation.lines import Limits, Lines
from media_service.conversation.outcome import Ending, Outcome
from media_service.conversation.read_backs import ReadBacks
from media_service.conversation.reply import FalseClaim, Model, Reply
from media_service.conversation.speaking import Speaking
from media_service.conversation.timers import Timer, Timers
from media_service.conversation.tools import ToolRounds

State = Enum("State", "LISTENING THINKING SPEAKING CLOSING ENDED")

_FALSE_CLAIM = (
    "Your last sentence was not spoken: it told the caller how an appointment stands, and no tool has said so since "
    "the caller's last words. Call a tool, or say something else."
)
_MODEL_TIMERS = (Timer.FILLER, Timer.FALLBACK, Timer.GIVE_UP)


class Conversation:
    """One per call; not thread-safe, never waits."""

    def __init__(self, lines: Lines, limits: Limits | None = None) -> None:
        self._lines = lines
        self._limits = limits or Limits()
        self._out: list[do.Command] = []
        self._history = History()
        self._speaking = Speaking(lines, self._history, self._out)
        self._timers = Timers()
        self._tools = ToolRounds(self._limits)
        self._read_backs = ReadBacks()
        self._keypad = Keypad()
        self._outcome = Outcome()
        self._now = 0.0
        self._turn = 0
        self._caller_words: str | None = None
        self._interim: str | None = None
        self._barged_in = False
        self._cut_short = False
        self._asked_if_there = 0
        self._reply: Reply | None = None
        self._replies = 0
        self._borne_out = Claim.NOTHING
        self._claims_refused = 0
        self._confirmed: str | None = None
        self._closing: Ending | None = None
        self._line_closed = False
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
        return State.THINKING if self._reply or self._tools.running else State.LISTENING

    @property
    def deadline(self) -> float | None:
        """When `wake` is wanted next, in the seconds of `now`."""
        return None if self._over else self._timers.next

    def receive(self, event: ev.Event, now: float) -> list[do.Command]:
        """Take in one event; the commands are to be carried out in order."""
        if self._over or (self._line_gone and not isinstance(event, ev.ToolDone)):
            return []
        self._now = now
        self._take(event)
        return self._settle()

    def wake(self, now: float) -> list[do.Command]:
        """Take in that time has passed."""
        if self._over:
            return []
        self._now = now
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
                self._reply_text(reply, text)
            case ev.ReplyDone(reply, calls):
                self._reply_done(reply, calls)
            case ev.ReplyFailed(reply):
                self._reply_failed(reply)
            case ev.ToolDone():
                self._tool_done(event)
            case ev.ToolLate(call_id, content):
                if self._tools.late(call_id, content):
                    self._tools_answered()
            case ev.SpeechFinished(utterance, ms):
                self._speaking.playback.finished(utterance, ms)
            case ev.SpeechFailed(utterance):
                self._speaking.playback.failed(utterance)
                self._hand_over_broken()
            case ev.KeyPressed(digit):
                self._key(digit)
            case ev.StreamStarted():
                self._timers.set(Timer.CALL, self._now + self._limits.call)
                self._speaking.line(self._lines.greeting)
            case ev.StreamEnded(abnormal):
                self._stream_ended(abnormal)
            case ev.RecogniserLost() | ev.DrainRequested():
                self._hand_over_broken()
            case ev.EagerEndOfTurn() | ev.TurnResumed():
                pass

    def _settle(self) -> list[do.Command]:
        """What follows from the state alone, after every event: closing, and the timers that watch over silence."""
        busy = self._speaking.talking or self._tools.running
        if self._closing and not (self._line_gone or self._line_closed or busy):
            self._line_closed = True
            self._out.append(do.EndCall(self._closing))
            self._timers.clear()
        if not (self._line_closed or self._line_gone):
            self._watch_over_silence()
        out = self._out[:]
        self._out.clear()
        return out

    def _watch_over_silence(self) -> None:
        playback = self._speaking.playback
        quiet = self.state is State.LISTENING and self._interim is None
        self._timers.keep(Timer.SILENCE, quiet, self._now + self._limits.caller_silence)
        self._timers.keep(Timer.LOST_TURN, self._interim is not None, self._now + self._limits.lost_turn)
        # Marks may be lost: speech that was all sent is over some time after it must have been played.
        played = self._now + playback.unheard_ms / 1000
        self._timers.keep(Timer.MARKS, playback.talking and not playback.unsent, played + self._limits.lost_marks)

    # The caller

    def _caller_speaks(self, transcript: str) -> None:
        if not transcript.strip() or self._closing:
            return
        self._timers.drop(Timer.LOST_TURN)
        self._interim = transcript
        self._interrupt()

    def _interrupt(self) -> None:
        """The caller has the floor: nothing of what Sophie was about to say is said."""
        self._cut_short = self._cut_short or self._speaking.talking or self._reply is not None
        self._barged_in = self._barged_in or self._speaking.talking
        self._drop_reply()
        self._speaking.stop()

    def _drop_reply(self) -> None:
        if self._reply is not None:
            self._out.append(do.CancelReply(self._reply.number))
            self._reply = None
        self._timers.drop(*_MODEL_TIMERS)

    def _caller_spoke(self, transcript: str, for_model: str) -> None:
        self._interim = None
        if self._closing:
            return
        if not transcript.strip():
            self._caller_said_nothing()
            return
        self._interrupt()
        self._keep_turn()
        self._caller_words = transcript
        self._asked_if_there = self._claims_refused = 0
        self._borne_out = Claim.NOTHING
        self._tools.new_turn()
        self._history.caller_said(for_model)
        self._read_backs.caller_said(for_model)
        self._ask()

    def _caller_said_nothing(self) -> None:
        """A sound without words took the floor, if anything did: Sophie takes it back."""
        if self._tools.unspoken:
            self._speak_round()
        elif self._cut_short:
            self._ask()

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
            self._timers.set(Timer.KEYS, self._now + self._limits.keys)

    def _keys_ended(self) -> None:
        self._timers.drop(Timer.KEYS)
        keys = self._keypad.take()
        if keys == "0":
            self._close("transfer", self._lines.to_person, "transferred")
        else:
            self._caller_spoke(keys, keys)

    # The model

    def _ask(self, model: Model = "first") -> None:
        self._cut_short = False
        self._timers.set(Timer.FILLER, self._now + self._limits.first_words)
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
            self._timers.set(Timer.FALLBACK, self._now + self._limits.fallback)
            self._timers.set(Timer.GIVE_UP, self._now + self._limits.give_up)

    def _ask_fallback(self) -> None:
        self._drop_reply()
        self._ask("fallback")
        self._timers.set(Timer.GIVE_UP, self._now + self._limits.give_up - self._limits.fallback)

    def _current(self, number: int) -> Reply | None:
        return self._reply if self._reply is not None and self._reply.number == number else None

    def _reply_text(self, number: int, text: str) -> None:
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
            self._timers.set(Timer.GIVE_UP, self._now + self._limits.give_up)
        return True

    def _refuse_claim(self) -> None:
        self._drop_reply()
        self._claims_refused += 1
        if self._claims_refused > 1:
            self._speaking.line(self._confirmed or self._lines.nothing_done)
            return
        self._history.note(_FALSE_CLAIM)
        self._ask()

    def _reply_done(self, number: int, calls: tuple[ev.ToolCall, ...]) -> None:
        if (reply := self._current(number)) is None or not self._speak(reply, reply.finish()):
            return
        if not calls and not reply.characters:
            self._reply_failed(number)
            return
        self._end_reply()
        if calls:
            self._run(reply.said, calls)
        elif self._tools.unspoken:
            self._speak_round()

    def _reply_failed(self, number: int) -> None:
        if (reply := self._current(number)) is None:
            return
        if reply.characters:
            self._end_reply()
        elif reply.model == "first":
            self._ask_fallback()
        else:
            self._hand_over_broken()

    def _end_reply(self) -> None:
        self._reply = None
        self._timers.drop(*_MODEL_TIMERS)

    # The tools

    def _run(self, said: SophieSaid, calls: tuple[ev.ToolCall, ...]) -> None:
        started = self._tools.start(said, calls)
        if started is None:
            self._hand_over_broken()
            return
        self._out.extend(do.RunTool(call, self._read_backs.answers) for call in started)
        self._timers.set(Timer.FILLER, self._now + self._limits.tools)

    def _tool_done(self, done: ev.ToolDone) -> None:
        if not self._tools.record(done):
            return
        self._borne_out = max(self._borne_out, Claim.DONE if done.changed else Claim(done.listed))
        if done.changed:
            self._confirmed = done.spoken
            self._outcome.wrote(done.outcome or "answered")
        elif done.outcome:
            self._outcome.suggest(done.outcome)
        self._tools_answered()

    def _tools_answered(self) -> None:
        if self._line_gone:
            self._end_when_settled()
        elif self._tools.unspoken and not self._line_closed:
            self._timers.drop(Timer.FILLER)
            if self._interim is None and self._reply is None:
                self._speak_round()

    def _speak_round(self) -> None:
        """All tools of a round have answered: say what they want said, then ask the model if anything is open."""
        overtaken = self._tools.reply_owed or self._closing is not None
        answers = self._tools.take()
        for said, done in answers.to_speak(only_changes=overtaken):
            self._say_for_tool(said, done)
        if self._closing:
            return
        if answers.ending is not None and not overtaken:
            self._closing = answers.ending
        elif overtaken or answers.model_must_answer:
            self._ask()

    def _say_for_tool(self, said: SophieSaid, done: ev.ToolDone) -> None:
        utterance = self._speaking.say(self._history.sophie_says(), done.spoken or "")
        said.voiced[done.call_id] = utterance
        self._timers.drop(Timer.FILLER, Timer.MARKS)
        if done.intent is not None:
            self._read_backs.spoken(done.intent, utterance)

    # The end

    def _close(self, ending: Ending, line: str, outcome: str) -> None:
        """Say the last line; the call ends on its mark."""
        if self._closing is not None:
            return
        self._drop_reply()
        self._speaking.stop()
        self._interim = None
        self._closing = ending
        self._outcome.suggest(outcome)
        self._speaking.line(line)

    def _hand_over_broken(self) -> None:
        self._close("transfer", self._lines.apology, "failed")

    def _stream_ended(self, abnormal: bool) -> None:
        # A line that we closed has ended as it should, however the carrier let go of it.
        if abnormal and not self._line_closed:
            self._outcome.suggest("failed")
        elif self._caller_words is not None or self._turn > 0:
            self._outcome.suggest("answered")
        self._drop_reply()
        self._speaking.playback.clear()
        self._keep_turn()
        self._line_gone = True
        self._timers.clear()
        self._end_when_settled()

    def _end_when_settled(self) -> None:
        """Not before the last tool has answered: what it did is part of the outcome."""
        if self._tools.settled:
            self._over = True
            self._out.append(do.CallOver(self._outcome.final(), self._line_closed and self._closing == "transfer"))

    def _time_out(self, timer: Timer) -> None:
        match timer:
            case Timer.FILLER:
                self._speaking.filler(self._reply.said if self._reply else None)
                self._timers.drop(Timer.MARKS)
                self._timers.set(Timer.FILLER, self._now + self._limits.next_filler)
            case Timer.FALLBACK:
                self._ask_fallback()
            case Timer.GIVE_UP:
                self._give_up_on_reply()
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

    def _give_up_on_reply(self) -> None:
        """Words that stopped in the middle leave the floor to the caller; none at all leave the call to the desk."""
        if self._reply is not None and self._reply.characters:
            self._drop_reply()
        else:
            self._hand_over_broken()

    def _nobody_speaks(self) -> None:
        if self._asked_if_there < len(self._lines.still_there):
            self._asked_if_there += 1
            self._speaking.line(self._lines.still_there[self._asked_if_there - 1])
        else:
            self._close("goodbye", self._lines.goodbye, "answered" if self._turn else "abandoned")
