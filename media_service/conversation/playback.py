"""What of Sophie's speech the caller has heard, told from the marks that the carrier sends back.

Twilio returns a mark when all audio before it has been played, and returns every pending mark at once when the buffer
is cleared (Media Streams, "Send WebSocket messages"): so a mark counts only while its epoch lasts, and a clear begins a
new epoch. This module knows neither sockets nor time: a mark's name holds the position.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

# Used only until the voice has sent all of an utterance and its true length is known: conversational English runs at
# some 15 characters a second.
GUESSED_MS_PER_CHARACTER = 65
# How much audio stands between two marks: what was heard is known to about a word.
MARK_EVERY_MS = 200


def mark_name(epoch: int, utterance: int, ms: int) -> str:
    """The mark that follows `ms` milliseconds of an utterance's audio."""
    return f"{epoch}.{utterance}.{ms}"


def words_within(text: str, share: float) -> str:
    """The words of a text that end within this share of its audio."""
    ends = _word_ends(text)
    heard = bisect_right(ends, share * ends[-1])
    return text if heard == len(ends) else " ".join(text.split(" ")[:heard])


# How long things take to be said, in letters: a word's beginning, a digit, a capital said by its name, a pause.
_WORD, _DIGIT, _CAPITAL = 2.0, 4.5, 2.5
_PAUSES = {",": 4.0, ";": 4.0, ":": 4.0, ".": 9.0, "?": 9.0, "!": 9.0}
# A word that was heard but for its last sound was heard.
_NEARLY = 2.0


@lru_cache(1024)
def _word_ends(text: str) -> tuple[float, ...]:
    """Where each word's sound ends, in letters from the beginning."""
    ends, at = [], 0.0
    for word in text.split(" "):
        capital = _CAPITAL if word.isupper() else 1.0
        at += _WORD + sum(_DIGIT if c.isdigit() else capital if c.isupper() else 1.0 for c in word if c.isalnum())
        ends.append(at - _NEARLY)
        at += _PAUSES.get(word[-1:], 0.0)
    return tuple(ends)


@dataclass(slots=True)
class Utterance:
    """A stretch of speech that is sent to the voice in one piece."""

    number: int
    epoch: int
    text: str
    total_ms: int | None = None
    heard_ms: int = 0
    cut: bool = False
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
        total = self.total_ms or max(len(self.text) * GUESSED_MS_PER_CHARACTER, self.heard_ms)
        return words_within(self.text, self.heard_ms / total if total else 0.0)

    @property
    def as_heard(self) -> str:
        """What the caller has heard or is about to hear."""
        if not self.cut:
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
        self._epoch = 0
        self.count = 0
        """Utterances there ever were."""
        self._open: dict[int, Utterance] = {}
        self._marked_at = 0.0

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
    def unsent(self) -> bool:
        """Whether the voice still owes audio."""
        return any(u.total_ms is None for u in self._open.values())

    @property
    def unheard_ms(self) -> int:
        """The length of what was sent and not yet played."""
        return sum((u.total_ms or 0) - u.heard_ms for u in self._open.values())

    def say(self, text: str) -> Utterance:
        self.count += 1
        utterance = Utterance(self.count, self._epoch, text)
        self._open[utterance.number] = utterance
        return utterance

    def hold(self, text: str) -> Utterance:
        """An utterance that is not sent: it counts as cut before its first word, and can be taken up."""
        self.count += 1
        return Utterance(self.count, self._epoch, text, cut=True)

    def finished(self, number: int, ms: int) -> None:
        """The voice has sent all of an utterance's audio."""
        if (utterance := self._open.get(number)) is not None:
            utterance.total_ms = ms
            self._settle(utterance)

    def failed(self, number: int) -> None:
        """The voice will not send the rest: what was sent is all there is."""
        if (utterance := self._open.get(number)) is not None:
            utterance.cut = True
            self._settle(utterance)

    def returned(self, name: str, now: float) -> bool:
        """The carrier returned a mark; whether it told us anything."""
        epoch, _, rest = name.partition(".")
        number, _, ms = rest.partition(".")
        if epoch != str(self._epoch) or not number.isdigit() or not ms.isdigit():
            return False
        utterance = self._open.get(int(number))
        if utterance is None:
            return False
        utterance.heard_ms = max(utterance.heard_ms, int(ms))
        self._marked_at = now
        self._settle(utterance)
        return True

    def assume_heard(self) -> None:
        """The marks of what was sent are lost: take it as played."""
        for utterance in list(self._open.values()):
            utterance.heard_ms = utterance.total_ms or 0
            self._settle(utterance)

    def clear(self, now: float) -> list[Utterance]:
        """All that was not heard yet never will be: a new epoch begins. Answers what was cut, in its order."""
        cut = list(self._open.values())
        if cut and cut[0].heard_ms:
            # Between two marks it went on playing.
            cut[0].heard_ms += min(MARK_EVERY_MS, int((now - self._marked_at) * 1000))
        for utterance in cut:
            utterance.cut = True
        self._open.clear()
        self._epoch += 1
        return cut

    def take_up(self, cut: Utterance) -> Utterance:
        """A new utterance that says what was not heard of one that was cut."""
        cut.rest = self.say(cut.unheard_text)
        return cut.rest

    def _settle(self, utterance: Utterance) -> None:
        if utterance.over:
            del self._open[utterance.number]
