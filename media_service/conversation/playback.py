"""What of Sophie's speech the caller has heard, told from the marks that the carrier sends back.

Twilio returns a mark when all audio before it has been played, and returns every pending mark at once when the buffer
is cleared (Media Streams, "Send WebSocket messages"): so a mark counts only while its epoch lasts, and a clear begins a
new epoch. This module knows neither sockets nor time: a mark's name holds the position.
"""

from dataclasses import dataclass

# Used only until the voice has sent all of an utterance and its true length is known: conversational English runs at
# some 15 characters a second.
_GUESSED_MS_PER_CHARACTER = 65


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
    heard_ms: int = 0
    cut: bool = False

    @property
    def heard_out(self) -> bool:
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
        total = self.total_ms or max(len(self.text) * _GUESSED_MS_PER_CHARACTER, self.heard_ms)
        reached = len(self.text) * self.heard_ms / total if total else 0
        end = 0
        for word in self.text.split(" "):
            if end + len(word) > reached:
                break
            end += len(word) + 1
        return self.text[:end].rstrip()

    @property
    def as_heard(self) -> str:
        """What the caller has heard or is about to hear."""
        return self.heard_text if self.cut else self.text

    @property
    def facts_heard(self) -> bool:
        """Whether everything before its closing question was heard."""
        body = self.text.rstrip()
        last = max(body.rfind(end, 0, len(body) - 1) for end in (". ", "? ", "! "))
        return self.heard_out or (last >= 0 and len(self.heard_text) > last)


class Playback:
    """The utterances of one call, in the order in which they are spoken."""

    def __init__(self) -> None:
        self._epoch = 0
        self._count = 0
        self._open: dict[int, Utterance] = {}

    @property
    def talking(self) -> bool:
        """Whether something said is still to be heard."""
        return bool(self._open)

    @property
    def unsent(self) -> bool:
        """Whether the voice still owes audio."""
        return any(u.total_ms is None for u in self._open.values())

    @property
    def unheard_ms(self) -> int:
        """The length of what was sent and not yet played."""
        return sum((u.total_ms or 0) - u.heard_ms for u in self._open.values())

    def say(self, text: str) -> Utterance:
        self._count += 1
        utterance = Utterance(self._count, self._epoch, text)
        self._open[utterance.number] = utterance
        return utterance

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

    def returned(self, name: str) -> bool:
        """The carrier returned a mark; whether it told us anything."""
        epoch, _, rest = name.partition(".")
        number, _, ms = rest.partition(".")
        if epoch != str(self._epoch) or not number.isdigit() or not ms.isdigit():
            return False
        utterance = self._open.get(int(number))
        if utterance is None:
            return False
        utterance.heard_ms = max(utterance.heard_ms, int(ms))
        self._settle(utterance)
        return True

    def assume_heard(self) -> None:
        """The marks of what was sent are lost: take it as played."""
        for utterance in list(self._open.values()):
            utterance.heard_ms = utterance.total_ms or 0
            self._settle(utterance)

    def clear(self) -> None:
        """All that was not heard yet never will be: a new epoch begins."""
        for utterance in self._open.values():
            utterance.cut = True
        self._open.clear()
        self._epoch += 1

    def _settle(self, utterance: Utterance) -> None:
        if utterance.over:
            del self._open[utterance.number]
