"""A caller who speaks another language than the call is held in: noticed within two turns, and answered in theirs, or
offered in it to be called back where the house cannot hold a call in it. Who was mistaken for one finds the way back.

It decides what is said to such a caller and when; what becomes of the call-back, or of the call, it only hears.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from media_service.conversation import commands as do
from media_service.conversation.languages import agrees, spoken_in
from media_service.conversation.lines import LanguageLines
from media_service.conversation.speaking import Speaking
from shared.domain.wording.wording import Language

# Whoever mixes languages more than that is left to the model, which understands them all.
_MOST_CHANGES = 4


class Call(Protocol):
    """What becomes of the call."""

    def say_goodbye(self, line: str, outcome: str) -> None:
        """Say the last line and end the call."""

    def hand_over(self, line: str) -> None:
        """Say the last line and put the caller through to a person."""

    def change_language(self, language: Language) -> None:
        """Go on in another language."""


class OtherLanguage:
    """One per call. Commands are appended to `out`."""

    def __init__(
        self, call: Call, lines: Mapping[str, LanguageLines], speaking: Speaking, out: list[do.Command]
    ) -> None:
        self._call = call
        self._lines = lines
        self._speaking = speaking
        self._out = out
        self._suspected: str | None = None
        self._offered: str | None = None
        self._settled = not (lines or speaking.lines.spoken_in)
        self._changes = 0

    def answer_to(self, words: str, named: tuple[str, ...]) -> Callable[[], None] | None:
        """Gives the answer to this turn of the caller's; None when it is the model's to answer."""
        if self._settled:
            return None
        if self._offered is not None:
            self._settled = True
            return self._after_offer(words, self._lines[self._offered], self._offered)
        language, sure = spoken_in(words, named)
        suspected, self._suspected = self._suspected, language
        if language is None or language == self._speaking.language or not (sure or language == suspected):
            return None
        return self._change_to(language)

    def _change_to(self, language: str) -> Callable[[], None] | None:
        held = next((each for each in self._speaking.spoken_in if each == language), None)
        if held is not None:
            self._changes += 1
            self._settled = self._changes == _MOST_CHANGES
            return partial(self._call.change_language, held)
        if language not in self._lines:
            return None
        self._offered = language
        return partial(self._speaking.line, self._lines[language].offer)

    def _after_offer(self, words: str, lines: LanguageLines, language: str) -> Callable[[], None] | None:
        wanted = agrees(words, language)
        if wanted:
            return partial(self._out.append, do.TakeCallback(lines.name))
        if wanted is False or spoken_in(words)[0] not in (None, "en"):
            return partial(self._call.hand_over, lines.to_person)
        return None

    def callback_taken(self, taken: bool) -> None:
        """The call-back was written down, or could not be."""
        if self._offered is None:
            return
        lines = self._lines[self._offered]
        if taken:
            self._call.say_goodbye(lines.noted, "message")
        else:
            self._call.hand_over(lines.to_person)
