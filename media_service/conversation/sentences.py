"""Cuts a reply into pieces to speak while it is still being written.

An opener goes out as soon as it is spelled. The first sentence after it goes out alone, or a part of it when it is
long, so that the voice starts early; later ones are gathered, since every piece costs one of the twenty flushes a
minute that the voice allows.
"""

import re

from media_service.conversation.openers import OPENERS
from shared.domain.wording.wording import Language

_LATER_PIECE = 140
# A first sentence that is still not over after so many characters is cut at a comma; a part shorter than the other
# number would only make the voice stumble.
_LONG_FIRST = 90
_SHORT_PART = 30
_END = re.compile(r"[.!?]+[\"')\]]*\s+")
_NOT_AN_END = re.compile(
    r"(?:\b(?:mr|mrs|sr|sra|srta|ms|dr|st|ave|blvd|rd|no|vs|approx|e\.g|i\.e|[a-z])\.)\s+$", re.IGNORECASE
)
# Not inside "Thursday, November 26, 2026".
_COMMA = re.compile(r"(?<!day)[,;:]\s+(?!\d)")
_HALF_DAY = re.compile(r"\b[ap]\.m\.\s+$", re.IGNORECASE)


class Sentences:
    """Feed it text; it answers with the pieces that are ready to be spoken."""

    def __init__(self, language: Language = "en") -> None:
        self._openers = OPENERS[language]
        self._text = ""
        self._opens = True
        self._first = True

    def feed(self, text: str) -> list[str]:
        self._text += text
        pieces = []
        if self._opens and self._text.strip() in self._openers:
            self._opens = False
            pieces.append(self.rest())
        while (end := self._next_end()) is not None:
            piece, self._text = self._text[:end].strip(), self._text[end:]
            if piece:
                pieces.append(piece)
                self._first = self._opens and piece in self._openers
                self._opens = False
        return pieces

    def rest(self) -> str:
        """What is left when the reply is complete."""
        rest, self._text = self._text.strip(), ""
        return rest

    def _next_end(self) -> int | None:
        for match in _END.finditer(self._text):
            end = match.end()
            if self._ends_here(end) and (self._first or end >= _LATER_PIECE):
                return end
        return self._part() if self._first and len(self._text) > _LONG_FIRST else None

    def _part(self) -> int | None:
        """Where the first part of a long first sentence ends."""
        ends = (match.end() for match in _COMMA.finditer(self._text))
        return next((end for end in ends if _SHORT_PART <= end < len(self._text)), None)

    def _ends_here(self, end: int) -> bool:
        before, after = self._text[:end], self._text[end : end + 1]
        if not after:
            return False
        if _HALF_DAY.search(before):
            return after.isupper()
        return not _NOT_AN_END.search(before)
