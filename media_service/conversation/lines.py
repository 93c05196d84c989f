"""The fixed words of a call and the limits of its patience. They come from the shop's file; the machine only uses
them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.wording.wording import Language


@dataclass(frozen=True, slots=True)
class CalledLines:
    """What is said word for word in a call that we made."""

    opening: str
    """Who calls, that it is a machine, why, and how to end such calls: the first words that a person hears."""
    screening: str
    """The answer to a machine that asks who calls, in one sentence."""
    voicemail: str
    opted_out: str
    nobody: str
    """Said when a screening was answered and nobody came."""
    opted_out_in: Mapping[Language, str] = field(default_factory=dict)
    """Where the call has changed its language."""

    @property
    def every(self) -> tuple[str, ...]:
        return self.opening, self.screening, self.voicemail, self.opted_out, self.nobody


@dataclass(frozen=True, slots=True)
class LanguageLines:
    """What is said to a caller who speaks another language, in it; `name` is the language's English name, `voice` the
    one that speaks it."""

    name: str
    voice: str
    offer: str
    noted: str
    to_person: str

    @property
    def every(self) -> tuple[str, ...]:
        return self.offer, self.noted, self.to_person


@dataclass(frozen=True, slots=True)
class Lines:
    """Sentences that are spoken as they stand; the service renders them once, before any call."""

    greeting: str
    fillers: tuple[str, ...]
    still_there: tuple[str, ...]
    goodbye: str
    apology: str
    """Said before a call that cannot go on is handed to a person."""
    to_person: str
    """Said before a caller who pressed 0 is handed to a person."""
    nothing_done: str
    """Said instead of a second claim that something was done when nothing was."""
    closing_soon: str
    """Said some time before a call is ended for its length."""
    fillers_of: Mapping[str, tuple[str, ...]]
    """Fillers that fit a tool, by its name."""
    other_language: Mapping[str, LanguageLines] = field(default_factory=dict)
    """By the language's code; callers in others are the model's."""
    spoken_in: Mapping[Language, "Lines"] = field(default_factory=dict)
    """By the language's code, the lines of a call that goes on in it, English among them where it can change; their
    greeting is what tells the caller so."""

    @property
    def every(self) -> tuple[str, ...]:
        return (
            self.greeting,
            *self.fillers,
            *self.still_there,
            self.goodbye,
            self.apology,
            self.to_person,
            self.nothing_done,
            self.closing_soon,
            *(line for lines in self.fillers_of.values() for line in lines),
            *(line for lines in self.other_language.values() for line in lines.every),
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds of patience, and bounds on what one turn of the model may do."""

    first_words: float = 1.2
    """Model silent since the caller's turn: a filler is spoken."""
    next_filler: float = 4.0
    """Still nothing after a filler: the next one."""
    tools: float = 0.7
    """Tools run and nothing is to be heard: a filler is spoken."""
    hedge: float = 1.2
    """Model silent: the same is asked a second time, and the first of the two to speak is listened to."""
    fallback: float = 4.0
    """Model silent: the fallback model is asked."""
    give_up: float = 8.0
    """Model silent: apology, and the desk."""
    caller_silence: float = 8.0
    """Nobody speaks: the caller is asked whether they are there."""
    stranger_silence: float = 5.0
    """The same, of a caller for whom nobody vouches and who has not said a word yet; they are asked once."""
    run_on: float = 30.0
    """Such a caller talks on from their first word without an end: nobody is there to be answered."""
    lost_turn: float = 10.0
    """The recogniser heard the caller begin and says no more: what it understood is taken as the turn."""
    sound: float = 1.2
    """A sound made Sophie pause and no words follow: she goes on."""
    incomplete: float = 3.0
    """The caller stopped in the middle of a number: what there is is taken as the answer."""
    cut_turn: float = 1.5
    """The caller goes on this soon after a turn was taken as over: it was not."""
    lost_marks: float = 5.0
    """Marks this late after the audio's end are taken as lost."""
    lost_voice: float = 8.0
    """The voice owes speech, and nothing more of it is made or heard: it is lost."""
    keys: float = 2.0
    """Pause after the last key that ends a number."""
    warning: float = 840.0
    """Length of a call before the caller is told that it will end."""
    call: float = 900.0
    """Length of a call before it is ended politely."""
    hello: float = 2.0
    """Nobody has spoken in a call that we made: we begin."""
    tone: float = 1.5
    """A machine's greeting is over: its tone comes in this time."""
    screened: float = 40.0
    """A screening was answered: the person picks up in this time."""
    closing: float = 2.5
    """The last line was heard and a tool still runs: what it changed is waited for."""
    eager_replies: int = 2
    """Replies begun ahead of the end of one turn: each costs a request to the model."""
    tool_rounds: int = 6
    tool_calls: int = 8
    reply_characters: int = 480
    """Half a minute of speech: what the model writes beyond it is not said."""
