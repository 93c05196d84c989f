"""Who has the floor, and when a turn of the caller's is over and whole.

A listener's noises and Sophie's own words coming back leave her the floor; a sound makes her pause; words take the
floor, and half a number keeps it. What is answered, and when the call ends, is decided elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from media_service.conversation.answering import Answering
from media_service.conversation.common import Common
from media_service.conversation.endpointing import Endpointing, Patience, is_incomplete
from media_service.conversation.interjections import is_back_channel, is_echo
from media_service.conversation.keypad import NUMERIC, Keypad, Typed
from media_service.conversation.timers import Timer


class Call(Protocol):
    """What the floor must know of the call, and tells it."""

    @property
    def closing(self) -> bool:
        """Whether the last line is being heard, or was."""

    def caller_said(self, words: str, heard: str, *, cut_in: bool) -> None:
        """A turn of the caller's is over; `heard` is what they had heard of Sophie's before it."""

    def own_answer(self, words: str) -> Callable[[], None] | None:
        """Gives the answer to this turn where it needs no model."""

    def hears_recording(self, words: str, cut_in: bool) -> bool:
        """Whether a machine says this."""

    def wants_a_person(self) -> None:
        """The caller has pressed 0."""


@dataclass(frozen=True, slots=True)
class Probable:
    """The caller's turn as the recogniser thinks it has ended, and what had been heard of Sophie's before it."""

    transcript: str
    heard: str


class Floor:
    """One per call."""

    def __init__(self, call: Call, common: Common, answering: Answering) -> None:
        self._call = call
        self._common = common
        self._speaking = common.speaking
        self._timers = common.timers
        self._answering = answering
        self._keypad = Keypad()
        self._endpointing = Endpointing()
        self._said = 0
        self._interim: str | None = None
        self._begun = ""
        self._probable: Probable | None = None
        self._eager_replies = 0
        self._cut_short = False
        self.cut_in = False
        """Whether the caller has cut in on the answer that is being given."""
        self._turn_ended_at: float | None = None

    @property
    def caller_speaks(self) -> bool:
        return self._interim is not None

    @property
    def awaits_more(self) -> bool:
        """Whether the caller is in the middle of something, speaking or not."""
        return self._interim is not None or bool(self._begun)

    @property
    def patience(self) -> Patience:
        """With the caller's next turn, by what Sophie has said last."""
        if self._speaking.playback.count != self._said:
            self._said = self._speaking.playback.count
            self._endpointing.sophie_asked(self._speaking.asked)
        return self._endpointing.patience

    def wants_number(self) -> bool:
        """Whether a key belongs to a number."""
        return self._keypad.begun or bool(self._endpointing.topics & NUMERIC)

    def give_up(self) -> None:
        """The call is closing: nothing that the caller began is finished."""
        self._interim, self._probable, self._begun = None, None, ""
        self._timers.drop(Timer.SOUND, Timer.INCOMPLETE, Timer.KEYS)

    # What the recogniser hears

    def sound(self) -> None:
        """Somebody makes a sound that may become words."""
        if self._speaking.talking and not self._call.closing:
            self._speaking.pause(self._common.now)
            self._timers.set(Timer.SOUND, self._common.now + self._common.limits.sound)

    def speaks(self, transcript: str) -> None:
        if not transcript.strip() or self._call.closing or self._leaves_the_floor(transcript):
            return
        self._timers.drop(Timer.LOST_TURN, Timer.SOUND, Timer.INCOMPLETE)
        if self._interim is None:
            self._note_false_end()
        self._interim = transcript
        if self._probable is not None and self._probable.transcript != transcript:
            self._withdraw()
        if self._probable is None:
            self._interrupt()

    def _leaves_the_floor(self, transcript: str) -> bool:
        """Whether the words are a listener's, or Sophie's own come back: she goes on speaking."""
        speaking = self._speaking
        if not (speaking.talking or speaking.paused):
            return False
        if is_back_channel(transcript):
            return not speaking.asks_now
        playback = speaking.playback
        return speaking.talking and is_echo(transcript, playback.open_text, playback.open_heard_text)

    def _note_false_end(self) -> None:
        """A caller who goes on at once, before an answer was heard, had only paused."""
        ended, self._turn_ended_at = self._turn_ended_at, None
        if ended is None or self._common.history.answer_heard:
            return
        if self._common.now - ended <= self._common.limits.cut_turn:
            self._endpointing.turn_was_cut()
        else:
            self._endpointing.turn_was_whole()

    def _interrupt(self) -> None:
        """The caller has the floor: nothing of what Sophie was about to say is said."""
        audible = self._speaking.talking or self._speaking.paused
        self._cut_short = self._cut_short or audible or self._answering.writing
        self.cut_in = self.cut_in or audible
        self._probable = None
        self._answering.drop()
        self._speaking.stop(self._common.now)

    def _is_incomplete(self, transcript: str) -> bool:
        return is_incomplete(transcript, self._endpointing.asked, self._speaking.language, self._begun)

    def turn_probably_ended(self, transcript: str, for_model: str) -> None:
        """Begin to answer, unheard: the recogniser ends the turn with these words, or resumes it first."""
        free = self._interim is not None and not self._begun and self._answering.idle and not self._speaking.talking
        if not free or self._call.closing or self._eager_replies >= self._common.limits.eager_replies:
            return
        if self._is_incomplete(transcript) or self._call.hears_recording(transcript, self.cut_in):
            return
        self._eager_replies += 1
        self._probable = Probable(transcript, self._common.history.heard_since_caller())
        self._answering.prepare(for_model)

    def turn_resumed(self) -> None:
        if self._probable is not None:
            self._endpointing.turn_was_cut()
            self._withdraw()

    def _withdraw(self) -> None:
        self._probable = None
        self._answering.withdraw()

    def spoke(self, transcript: str, for_model: str) -> None:
        self._interim = None
        if self._call.closing:
            return
        self._timers.drop(Timer.SOUND, Timer.INCOMPLETE)
        if not transcript.strip() or self._leaves_the_floor(transcript):
            self._withdraw()
            self.is_free()
            return
        incomplete = self._is_incomplete(transcript) and not self._keypad.begun
        if self._begun:
            transcript, for_model, self._begun = f"{self._begun} {transcript}", f"{self._begun} {for_model}", ""
        if incomplete:
            self._interrupt()
            self._begun = transcript
            self._timers.set(Timer.INCOMPLETE, self._common.now + self._common.limits.incomplete)
            return
        self._take_turn(transcript, for_model)

    def is_free(self) -> None:
        """No words took the floor, or only a listener's: what was held is said, what was cut is taken up."""
        if self._begun:
            # Of a number only the beginning was said: its rest is still waited for.
            self._timers.set(Timer.INCOMPLETE, self._common.now + self._common.limits.incomplete)
            return
        if self._speaking.paused:
            self._speaking.go_on()
        elif not self._speaking.talking:
            self._answering.go_on(self._cut_short)
        self._cut_short = self.cut_in = False

    def _take_turn(self, transcript: str, for_model: str) -> None:
        """The caller's turn is over and whole: answer it."""
        if typed := self._typed():
            # Half typed, half said.
            transcript, for_model = f"{typed.shown} {transcript}", f"{typed.for_model} {for_model}"
        probable, self._probable = self._probable, None
        prepared = probable is not None and probable.transcript == transcript and self._answering.ahead
        if not prepared:
            self._interrupt()
        self._cut_short = False
        heard = probable.heard if prepared and probable else self._common.history.heard_since_caller()
        self._call.caller_said(transcript, heard, cut_in=self.cut_in)
        self.cut_in = False
        self._eager_replies = 0
        self._turn_ended_at = self._common.now
        if (give_answer := self._call.own_answer(transcript)) is not None:
            self._answering.drop()
            self._answering.hear(for_model)
            give_answer()
        elif prepared:
            self._answering.take_up(for_model)
        else:
            self._answering.answer(for_model)

    def key(self, key: str) -> None:
        if self._call.closing or not self._keypad.press(key, self._endpointing.topics):
            return
        self._interrupt()
        self._timers.drop(Timer.INCOMPLETE)
        if self._keypad.complete:
            self.keys_ended()
        else:
            self._timers.set(Timer.KEYS, self._common.now + self._common.limits.keys)

    def keys_ended(self) -> None:
        typed, begun = self._typed(), self._begun
        self._begun = ""
        if typed is not None and typed.person:
            self._call.wants_a_person()
        elif typed is not None:
            self._take_turn(f"{begun} {typed.shown}".strip(), f"{begun} {typed.for_model}".strip())
        elif begun:
            self._take_turn(begun, begun)

    def _typed(self) -> Typed | None:
        """The number on the keypad, if there is one; its digits go to the tools alone when they are a secret."""
        self._timers.drop(Timer.KEYS)
        typed = self._keypad.take(self._endpointing.topics)
        if typed is not None and typed.secret is not None:
            self._answering.secret_typed(typed.secret)
        return typed

    def turn_was_lost(self) -> None:
        """The recogniser says no more of what the caller began: it is taken as it was understood."""
        words = self._interim or ""
        self.spoke(words, words)

    def nothing_followed(self) -> None:
        """The caller stopped in the middle of a number: what there is is the answer."""
        begun, self._begun = self._begun, ""
        self._take_turn(begun, begun)
