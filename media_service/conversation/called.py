"""The beginning of a call that we made, and its way out: who answered, what must be said first, and "never again".

    WAITING   nobody has spoken yet; a person says hello, a machine its greeting, a screening its question
    TONE      a machine spoke: its tone is awaited, then the message is left
    OPENING   who calls and why is being said, and is not interrupted: the law wants it heard
    TALKING   the conversation takes its course

Asked to call no more, by key or by word at any time, the call says nothing further until that is written down.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.common import Common
from media_service.conversation.lines import CalledLines
from media_service.conversation.outcome import Ending
from media_service.conversation.playback import Utterance
from media_service.conversation.timers import Timer
from media_service.conversation.who_answered import Answerer, puts_through, wants_no_calls, who_answered

Stage = Enum("Stage", "WAITING TONE OPENING TALKING OPTING_OUT")

# The question that ends the opening is answered before it is quite over.
_NEARLY_HEARD_MS = 1_500
_OPT_OUT_KEY = "9"

PERSON = "person"
"""The name under which the answer to "am I speaking with" reaches the tools, as a read-back's answer does."""


class Call(Protocol):
    """What this asks of the call."""

    @property
    def closing(self) -> bool: ...

    def fall_silent(self) -> None:
        """Drop what is being said and worked on."""

    def say_goodbye(self, line: str, outcome: str, ending: Ending = "goodbye") -> None: ...

    def hand_over_broken(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the call is for: the question that asks for them."""

    question: str


class Called:
    """One per call that we made."""

    def __init__(
        self,
        call: Call,
        common: Common,
        lines: CalledLines,
        person: Person,
        asked_person: Callable[[str, Utterance], None],
        number_wanted: Callable[[], bool],
    ) -> None:
        self._call = call
        self._common = common
        self._speaking = common.speaking
        self._timers = common.timers
        self._lines = lines
        self._person = person
        self._asked_person = asked_person
        self._number_wanted = number_wanted
        self._stage = Stage.WAITING
        self._opening: Utterance | None = None
        self._screened = False
        self.opting_out = False
        """Whether "never again" is being written down."""

    def begin(self) -> None:
        """The line is open: whoever took the call speaks first, or nobody does."""
        self._timers.set(Timer.HELLO, self._common.now + self._common.limits.hello)

    def takes(self, event: ev.Event) -> bool:
        """Whether an event is dealt with here and none of the conversation's business."""
        match event:
            case ev.KeyPressed(digit):
                if digit == _OPT_OUT_KEY and not self._number_wanted():
                    self._opt_out("keypad")
                    return True
                return self._stage is not Stage.TALKING
            case ev.OptOutKept(kept):
                self._opted_out(kept)
                return True
            case ev.TurnEnded(transcript):
                return self._turn_ended(transcript)
            case ev.SpeechStarted(transcript) | ev.Interim(transcript):
                awaited = self._stage in (Stage.WAITING, Stage.TONE) and not self._call.closing
                if awaited and transcript.strip():
                    # They speak: their turn's end decides; it is waited for, but not for ever.
                    self._timers.set(Timer.HELLO, self._common.now + self._common.limits.lost_turn)
                return not self._is_free
            case ev.EagerEndOfTurn() | ev.TurnResumed():
                return not self._is_free
        return False

    def waited(self) -> None:
        """Nobody spoke, or a machine's tone is over."""
        if self._call.closing:
            return
        if self._stage is Stage.TONE:
            self._call.say_goodbye(self._lines.voicemail, "voicemail")
        elif self._stage is Stage.WAITING and self._screened:
            self._call.say_goodbye(self._lines.nobody, "abandoned")
        elif self._stage is Stage.WAITING:
            self._open()

    def settle(self) -> None:
        """Told after every event: whether the opening has been heard is known from the carrier's marks."""
        if self._opening is not None and self._opening.heard_out:
            self._opening = None
            self._common.out.append(do.KeepOpening())
        if self._stage is Stage.OPENING and not self._speaking.talking:
            self._stage = Stage.TALKING

    @property
    def _is_free(self) -> bool:
        """Whether what is said there is for the conversation."""
        nearly = self._stage is Stage.OPENING and self._speaking.playback.unheard_ms <= _NEARLY_HEARD_MS
        return self._stage is Stage.TALKING or nearly

    def _turn_ended(self, transcript: str) -> bool:
        if wants_no_calls(transcript):
            self._opt_out("voice")
            return True
        if self._stage is Stage.OPTING_OUT or self._call.closing:
            return True
        if self._stage is Stage.TALKING:
            return False
        if not transcript.strip():
            return True
        who = who_answered(transcript)
        if who is Answerer.MACHINE:
            self._wait_for_tone()
        elif who is Answerer.SCREENING:
            self._answer_screening()
        elif self._stage is Stage.TONE:
            self._wait_for_tone()  # the greeting goes on
        elif self._screened and self._stage is Stage.WAITING and puts_through(transcript):
            self._timers.set(Timer.HELLO, self._common.now + self._common.limits.screened)
        elif self._stage is Stage.WAITING:
            self._open()
        else:
            return not self._is_free
        return True

    def _open(self) -> None:
        self._stage = Stage.OPENING
        self._timers.drop(Timer.HELLO)
        said = self._common.history.sophie_says()
        self._opening = self._speaking.say(said, self._lines.opening)
        self._asked_person(PERSON, self._speaking.say(said, self._person.question))

    def _wait_for_tone(self) -> None:
        self._stage = Stage.TONE
        self._call.fall_silent()
        self._opening = None
        self._timers.set(Timer.HELLO, self._common.now + self._common.limits.tone)

    def _answer_screening(self) -> None:
        """Say who calls in one sentence; the person may then pick up and say hello."""
        self._stage, self._screened, self._opening = Stage.WAITING, True, None
        self._call.fall_silent()
        self._speaking.line(self._lines.screening)
        self._timers.set(Timer.HELLO, self._common.now + self._common.limits.screened)

    def _opt_out(self, source: Literal["keypad", "voice"]) -> None:
        if self._stage is Stage.OPTING_OUT:
            return
        self._stage, self.opting_out = Stage.OPTING_OUT, True
        self._timers.drop(Timer.HELLO)
        if not self._call.closing:
            self._call.fall_silent()
        self._common.out.append(do.KeepOptOut(source))

    def _opted_out(self, kept: bool) -> None:
        self.opting_out = False
        if kept:
            self._common.outcome.wrote("opted_out")
            line = self._lines.opted_out_in.get(self._speaking.language, self._lines.opted_out)
            self._call.say_goodbye(line, "opted_out")
        else:
            self._call.hand_over_broken()
