"""What of Sophie's speech the caller has heard, told from the marks that the carrier sends back.

Twilio returns a mark when all audio before it has been played, and returns every pending mark at once when the buffer
is cleared (Media Streams, "Send WebSocket messages"): so a mark counts only while its epoch lasts, and a clear begins a
new epoch. This module knows neither sockets nor time: a mark's name holds the position.
"""

from dataclasses import dataclass

from media_service.conversation.word_times import Pause, words_by, words_within

# Used only until the voice has made all of an utterance and its true length is known: conversational English runs at
# some 15 characters a second.
GUESSED_MS_PER_CHARACTER = 65
# How much audio stands between two marks: what was heard is known to about a word.
MARK_EVERY_MS = 200
# How far ahead of what was played audio is sent: it outlasts a stall of ours or the network's, and there is little to
# take back when the caller cuts in.
SEND_AHEAD_MS = 3_000
# A mark is old when it comes, and it takes time until a clear is there: no more than this is reckoned with for both.
MOST_ON_THE_WAY_MS = 250


def mark_name(epoch: int, utterance: int, ms: int) -> str:
    """The mark that follows `ms` milliseconds of an utterance's audio."""
    return f"{epoch}.{utterance}.{ms}"


@dataclass(slots=True)
class Utterance:
    """A stretch of speech that is sent to the voice in one piece."""

    number: int
    epoch: int
    text: str
    total_ms: int | None = None
    pauses: tuple[Pause, ...] = ()
    heard_ms: int = 0
    cut: bool = False
    held: bool = False
    """Cut, and to be taken up if the floor stays free."""
    rest: "Utterance | None" = None
    """What says the words that were cut off, where somebody took them up again."""

    @property
    def heard_out(self) -> bool:
        if self.rest is not None:
            return self.rest.heard_out
        return self.total_ms is not None and self.heard_ms >= self.total_ms

    @property
    def over(self) -> bool:
        """Nothing of it will be heard any more."""
        return self.cut or self.heard_out

    @property
    def heard_text(self) -> str:
        """The words heard so far: those that end within the part of the audio that was played."""
        if self.heard_out:
            return self.text
        if self.rest is not None:
            return f"{self._heard_itself} {self.rest.heard_text}".strip()
        return self._heard_itself

    @property
    def unheard_text(self) -> str:
        return self.text[len(self.heard_text) :].strip()

    @property
    def _heard_itself(self) -> str:
        if self.total_ms:
            return words_by(self.text, self.heard_ms, self.total_ms, self.pauses)
        guessed = max(len(self.text) * GUESSED_MS_PER_CHARACTER, self.heard_ms)
        return words_within(self.text, self.heard_ms / guessed if guessed else 0.0)

    @property
    def as_heard(self) -> str:
        """What the caller has heard or is about to hear; who takes the floor from a pause wants no answer to it."""
        if self.held or not self.cut:
            return self.text
        if self.rest is not None:
            return f"{self._heard_itself} {self.rest.as_heard}".strip()
        return self.heard_text

    @property
    def facts_heard(self) -> bool:
        """Whether everything before its closing question was heard."""
        last = self._last_sentence
        return self.heard_out or (last > 0 and len(self.heard_text) >= last)

    @property
    def asks_now(self) -> bool:
        """Whether its closing question is being heard: a "yes" now is an answer."""
        return self.text.rstrip().endswith("?") and len(self.heard_text) >= self._last_sentence

    @property
    def _last_sentence(self) -> int:
        """Where its last sentence begins: the length of what stands before it."""
        body = self.text.rstrip()
        return max(body.rfind(end, 0, len(body) - 1) for end in (". ", "? ", "! ")) + 1


class Playback:
    """The utterances of one call, in the order in which they are spoken."""

    def __init__(self) -> None:
        self.epoch = 0
        """How often she was silenced."""
        self.count = 0
        """Utterances there ever were."""
        self._open: dict[int, Utterance] = {}
        self._marked_at: float | None = None
        """When a mark came of what is being played; None before its first."""
        self._began: tuple[float, int] | None = None
        """When what is being played was said, and how much of this epoch's audio had been played before."""
        self._on_the_way_ms = MOST_ON_THE_WAY_MS
        self._heard_ms = 0
        """How much of this epoch's audio was played, as marks tell."""
        self.through_ms: int | None = SEND_AHEAD_MS
        """How much of this epoch's audio may have been sent; None for all there is."""

    @property
    def talking(self) -> bool:
        """Whether something said is still to be heard."""
        return bool(self._open)

    @property
    def asks_now(self) -> bool:
        """Whether the last of what is being said is a question that is being heard."""
        return len(self._open) == 1 and next(iter(self._open.values())).asks_now

    @property
    def open_text(self) -> str:
        """What is being said, from the beginning of the utterance that is being heard."""
        return " ".join(u.text for u in self._open.values())

    @property
    def open_heard_text(self) -> str:
        return next((u.heard_text for u in self._open.values()), "")

    @property
    def owed(self) -> int | None:
        """The utterance whose audio the voice has not made all of: the oldest such."""
        return next((u.number for u in self._open.values() if u.total_ms is None), None)

    @property
    def unheard_ms(self) -> int:
        """The length of what was made and not yet played."""
        return sum((u.total_ms or 0) - u.heard_ms for u in self._open.values())

    @property
    def holds_back(self) -> bool:
        """Whether there is, or may be, audio that is not to be sent yet."""
        if self.through_ms is None:
            return False
        made = self._heard_ms
        for utterance in self._open.values():
            if utterance.total_ms is None:
                return True
            made += utterance.total_ms - utterance.heard_ms
        return made > self.through_ms

    def say(self, text: str) -> Utterance:
        self.count += 1
        utterance = Utterance(self.count, self.epoch, text)
        self._open[utterance.number] = utterance
        return utterance

    def hold(self, text: str) -> Utterance:
        """An utterance that is not sent: it is held from its first word, and can be taken up."""
        self.count += 1
        return Utterance(self.count, self.epoch, text, cut=True, held=True)

    def finished(self, number: int, ms: int, pauses: tuple[Pause, ...]) -> None:
        """The voice has made all of an utterance's audio."""
        if (utterance := self._open.get(number)) is not None:
            utterance.total_ms, utterance.pauses = ms, pauses
            self._settle(utterance)

    def failed(self, number: int) -> bool:
        """The voice will not make the rest: what was sent is all there is. Whether anybody waits for it."""
        if (utterance := self._open.get(number)) is None:
            return False
        utterance.cut = True
        self._settle(utterance)
        return True

    def give_up_unmade(self) -> None:
        """The voice is lost without a word."""
        while (number := self.owed) is not None:
            self.failed(number)

    def returned(self, name: str, now: float) -> bool:
        """The carrier returned a mark; whether it told us anything."""
        epoch, _, rest = name.partition(".")
        number, _, ms = rest.partition(".")
        if epoch != str(self.epoch) or not number.isdigit() or not ms.isdigit():
            return False
        utterance = self._open.get(int(number))
        if utterance is None:
            return False
        self._played(utterance, int(ms))
        self._marked_at = now
        self._reckon_way(now)
        self._settle(utterance)
        self.through_ms = self._heard_ms + SEND_AHEAD_MS
        return True

    def note_time(self, now: float) -> None:
        """What was said in this moment, and not behind something else, begins to be played when it gets there."""
        if self._open and self._began is None:
            self._began = now, self._heard_ms

    def _reckon_way(self, now: float) -> None:
        """A mark cannot come sooner than the sound before it has lasted and both have travelled: a line from memory,
        which no voice makes wait, shows how long that takes."""
        if self._began is not None:
            since, before = self._began
            late = int((now - since) * 1000) - (self._heard_ms - before)
            self._on_the_way_ms = max(0, min(self._on_the_way_ms, late))

    def let_all_through(self) -> None:
        """The marks of what was sent are lost: nothing is held back until one comes."""
        self.through_ms = None

    def assume_heard(self) -> None:
        """Not a mark of what was sent came: take it as played."""
        for utterance in list(self._open.values()):
            self._played(utterance, utterance.total_ms or 0)
            self._settle(utterance)
        self.through_ms = self._heard_ms + SEND_AHEAD_MS

    def clear(self, now: float) -> list[Utterance]:
        """All that was not heard yet never will be: a new epoch begins. Answers what was cut, in its order."""
        cut = list(self._open.values())
        unmarked = self._played_unmarked(now)
        for utterance in cut:
            left = (utterance.total_ms or utterance.heard_ms + unmarked) - utterance.heard_ms
            played = max(0, min(unmarked, left))
            utterance.heard_ms += played
            unmarked -= played
            utterance.cut = True
        self._open.clear()
        self._marked_at = self._began = None
        self.epoch += 1
        self._heard_ms, self.through_ms = 0, SEND_AHEAD_MS
        return cut

    def take_up(self, cut: Utterance) -> Utterance:
        """A new utterance that says what was not heard of one that was held."""
        cut.held = False
        cut.rest = self.say(cut.unheard_text)
        return cut.rest

    def _played(self, utterance: Utterance, ms: int) -> None:
        more = max(0, ms - utterance.heard_ms)
        utterance.heard_ms += more
        self._heard_ms += more

    def _settle(self, utterance: Utterance) -> None:
        if utterance.over:
            del self._open[utterance.number]
            if not self._open:
                self._marked_at = self._began = None

    def _played_unmarked(self, now: float) -> int:
        """How much went on playing since the last mark, and will until the carrier clears."""
        if self._marked_at is None:
            return 0
        return min(MARK_EVERY_MS, int((now - self._marked_at) * 1000)) + self._on_the_way_ms
