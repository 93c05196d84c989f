"""A reply of the model while it is being written: its pieces, made fit to be spoken, and what must not be spoken."""

import re
from dataclasses import dataclass, field

from media_service.conversation.claims import Claim, claim_of
from media_service.conversation.commands import Message, Model
from media_service.conversation.history import SophieSaid
from media_service.conversation.openers import OPENERS
from media_service.conversation.sentences import Sentences
from media_service.conversation.speech_text import speakable
from shared.domain.wording.wording import Language

_SENTENCE_END = re.compile(r"[.!?](?=\s)")


@dataclass(frozen=True, slots=True)
class FalseClaim:
    """Stands where a sentence would tell the caller of a change that no row bears out."""


@dataclass(slots=True)
class Reply:
    """`number` tells its late answers from those of other replies; `said` is its place in the history, `messages` what
    the model was asked, `begun` whether it has given any sign, `answers` whether it has said more than its opener.

    `borne_out` is the strongest claim that the tools' answers of this turn allow.
    """

    number: int
    said: SophieSaid
    model: Model
    messages: list[Message]
    borne_out: Claim
    most_characters: int
    language: Language
    begun: bool = False
    answers: bool = False
    characters: int = 0
    _sentences: Sentences = field(init=False)

    def __post_init__(self) -> None:
        self._sentences = Sentences(self.language)

    def feed(self, text: str) -> list[str | FalseClaim]:
        """The pieces that can be spoken now; a FalseClaim is the last of them."""
        return self._checked(self._sentences.feed(text))

    def finish(self) -> list[str | FalseClaim]:
        """The pieces that are left when the model has written everything."""
        return self._checked([self._sentences.rest()])

    def _checked(self, pieces: list[str]) -> list[str | FalseClaim]:
        checked: list[str | FalseClaim] = []
        for piece in pieces:
            if claim_of(piece) > self.borne_out:
                return [*checked, FalseClaim()]
            if words := self._within_bounds(speakable(piece, self.language)):
                opens = not self.characters and words in OPENERS[self.language]
                self.characters += len(words)
                self.answers = self.answers or not opens
                # Where a filler has covered the wait, an opener would be a second one.
                if not (opens and self.said.utterances):
                    checked.append(words)
        return checked

    def _within_bounds(self, words: str) -> str:
        """As many whole sentences as may still be said; where there is not one, as many words."""
        room = self.most_characters - self.characters
        if len(words) <= room or room <= 0:
            return words if room > 0 else ""
        ends = [match.end() for match in _SENTENCE_END.finditer(words[: room + 1])]
        if ends:
            return words[: ends[-1]].rstrip()
        return "" if self.characters else words[:room].rpartition(" ")[0]
