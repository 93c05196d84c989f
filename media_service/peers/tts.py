"""What a streaming voice is to a call, whoever makes it."""

from collections.abc import AsyncGenerator
from enum import Enum
from typing import Protocol

Spoken = Enum("Spoken", "OUT FAILED")
"""OUT: all audio of the oldest text was given. FAILED: the rest of it will not come, nor that of later ones."""


class TextToSpeech(Protocol):
    """One per call. Texts are spoken in order."""

    @property
    def model(self) -> str:
        """Who speaks what is said now, by the name that the price list knows."""

    def say(self, text: str) -> None:
        """Speak after what is already being spoken."""

    def stop(self) -> None:
        """Drop everything not yet given out: no audio of it comes any more."""

    def speech(self) -> AsyncGenerator[bytes | Spoken, None]:
        """µ-law audio, 8,000 bytes a second, as fast as it is made; Spoken.OUT after each text."""
