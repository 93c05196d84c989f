"""The sentences that the shop's file gives word for word, by the language of the call in which they are said."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.wording.wording import Language


@dataclass(frozen=True, slots=True)
class LanguageTexts:
    """What is said to a caller who speaks another language, in it; `name` is its English name, `voice` speaks it."""

    name: str
    voice: str
    offer: str
    noted: str
    to_person: str


@dataclass(frozen=True, slots=True)
class CallTexts:
    """Sentences that Sophie says word for word; `fillers_of` cover the wait for a tool, by its name."""

    greeting: str
    goodbye: str
    transfer: str
    apology: str
    still_there: tuple[str, ...]
    nothing_done: str
    cut_off: str
    nobody_at_desk: str
    called_opted_out: str
    closing_soon: str
    fillers: tuple[str, ...]
    fillers_of: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class InLanguage(CallTexts):
    """A call that goes on in another language. Its greeting says so; `services` are their names in it, by code."""

    services: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Texts(CallTexts):
    """The sentences of all calls. `other_language` is for callers who can only be called back, `in_language` for those
    whose calls go on in their language, by its code."""

    back_in_english: str
    """Said where a call that had changed its language goes on in English."""
    called_opening: str
    called_screening: str
    called_voicemail: str
    called_nobody: str
    other_language: Mapping[str, LanguageTexts]
    in_language: Mapping[Language, InLanguage]

    def held_in(self, language: Language) -> CallTexts:
        """The sentences of a call in this language; those of English where the shop has none."""
        return self.in_language.get(language, self)
