"""The fixed words of a call and the limits of its patience. They come from the shop's file; the machine only uses
them."""

from dataclasses import dataclass


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
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds of patience, and bounds on what one turn of the model may do."""

    first_words: float = 1.2
    """Model silent since the caller's turn: a filler is spoken."""
    next_filler: float = 4.0
    """Still nothing after a filler: the next one."""
    tools: float = 0.7
    """Tools silent: a filler is spoken."""
    fallback: float = 4.0
    """Model silent: the fallback model is asked."""
    give_up: float = 8.0
    """Model silent: apology, and the desk."""
    caller_silence: float = 8.0
    """Nobody speaks: the caller is asked whether they are there."""
    lost_turn: float = 10.0
    """The recogniser heard the caller begin and says no more: what it understood is taken as the turn."""
    lost_marks: float = 5.0
    """Marks this late after the audio's end are taken as lost."""
    keys: float = 2.0
    """Pause after the last key that ends a number."""
    call: float = 900.0
    """Length of a call before it is ended politely."""
    tool_rounds: int = 6
    tool_calls: int = 8
    reply_characters: int = 700
